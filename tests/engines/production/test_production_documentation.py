import doctest
import re
from pathlib import Path

import pytest

from cursitor.engines.production import findings, layout, manifest, moments, names, numbering, paths

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "production.md"
COMMANDS = PAGE.parents[1] / "operating" / "commands.md"


class TestDocumentation:
    def test_repeats_what_the_engine_computes(self):
        result = doctest.testfile(str(PAGE), module_relative=False)

        assert result.attempted >= 30
        assert result.failed == 0

    def test_lists_every_code_with_its_severity_and_sentence(self):
        listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)

        assert listed == [
            (code, severity.capitalize(), sentence) for code, (severity, sentence) in findings.CODES.items()
        ]

    def test_of_the_commands_says_how_many_codes_there_are(self):
        assert f"there are {len(findings.CODES)}, listed" in COMMANDS.read_text()

    @pytest.mark.parametrize("module", [layout, manifest, moments, names, numbering, paths])
    def test_of_the_modules_repeats_it_too(self, module):
        result = doctest.testmod(module)

        assert result.attempted >= 1
        assert result.failed == 0
