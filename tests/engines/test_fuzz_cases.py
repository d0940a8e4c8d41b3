"""What a fuzzer once broke stays whole; how the fuzzers are run stands in docs/fuzzing.md."""

import pytest
from fuzz import cases
from fuzz.targets import table

TARGETS = table.all_targets()
KEPT = sorted(path for path in cases.FOLDER.glob("*/*") if path.is_file())
SECONDS = 20
"""Processor time for one case. None needs a tenth of it; those that once grew with the square need minutes."""


class TestTargets:
    @pytest.mark.parametrize("name", TARGETS)
    def test_each_takes_what_its_search_begins_with(self, name):
        assert TARGETS[name].seeds

        for seed in TARGETS[name].seeds:
            with cases.seconds_at_most(SECONDS):
                TARGETS[name].read(seed)


class TestCases:
    @pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_a_case_is_read_as_its_parser_promises(self, path):
        data = cases.read(path)

        with cases.seconds_at_most(SECONDS):
            TARGETS[path.parent.name].read(data)

    def test_a_pumped_case_is_as_long_as_its_recipe_says(self):
        assert cases.Pump("<", "ab", ">", 6).data() == b"<ababab>"
