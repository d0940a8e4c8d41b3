"""The numbers in docs/algorithms and in docstrings are recomputed, so that no page says what the code does not do."""

import doctest
import importlib
import pathlib
import pkgutil

import pytest

PAGES = pathlib.Path(__file__).parents[2] / "docs" / "algorithms"
ENGINES = ["entry", "merkle", "sampling", "clocks", "money", "policy", "pii", "chronology"]


def modules_of(engine):
    package = importlib.import_module(f"cursitor.engines.{engine}")
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


@pytest.mark.parametrize("engine", ENGINES)
class TestWrittenExamples:
    def test_of_the_page_come_out_as_written(self, engine):
        result = doctest.testfile(str(PAGES / f"{engine}.md"), module_relative=False, encoding="utf-8")

        assert result.attempted > 5
        assert result.failed == 0

    def test_of_docstrings_come_out_as_written(self, engine):
        results = [doctest.testmod(module) for module in modules_of(engine)]

        assert sum(result.failed for result in results) == 0
