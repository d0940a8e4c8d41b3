import doctest
from pathlib import Path

import pytest

from cursitor.engines.production import layout, manifest, moments, names, numbering, paths

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "production.md"


class TestDocumentation:
    def test_repeats_what_the_engine_computes(self):
        result = doctest.testfile(str(PAGE), module_relative=False)

        assert result.attempted >= 8
        assert result.failed == 0

    @pytest.mark.parametrize("module", [layout, manifest, moments, names, numbering, paths])
    def test_of_the_modules_repeats_it_too(self, module):
        result = doctest.testmod(module)

        assert result.attempted >= 1
        assert result.failed == 0
