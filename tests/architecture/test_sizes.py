"""Functions, files and templates stay small. An allow-list may only shrink."""

from statistics import median

from tests.architecture import code

FUNCTION_LINES, FILE_LINES, TEMPLATE_LINES = 80, 600, 250
ALLOWED: frozenset[str] = frozenset()


def length(node) -> int:
    return node.end_lineno - node.lineno + 1


class TestSizes:
    def test_functions_are_at_most_80_lines_and_10_in_the_median(self):
        lengths = {
            f"{code.place(path)}:{node.lineno} {node.name}": length(node)
            for path in code.python_files()
            for node in code.functions(path)
        }

        long = {name: n for name, n in lengths.items() if n > FUNCTION_LINES}

        assert not long
        assert median(lengths.values()) <= 10

    def test_files_are_at_most_600_lines(self):
        long = {
            code.place(path): n
            for path in code.python_files()
            if (n := path.read_text().count("\n")) > FILE_LINES and code.place(path) not in ALLOWED
        }

        assert not long

    def test_templates_are_at_most_250_lines(self):
        templates = list(code.SOURCE.rglob("*.html"))

        long = {code.place(p): n for p in templates if (n := p.read_text().count("\n")) > TEMPLATE_LINES}

        assert templates
        assert not long

    def test_the_allow_list_names_only_files_that_still_need_it(self):
        stale = {name for name in ALLOWED if (code.ROOT / name).read_text().count("\n") <= FILE_LINES}

        assert not stale

    def test_no_module_is_named_for_nothing_in_particular(self):
        names = {"utils", "helpers", "manager", "managers", "misc", "common"}

        assert not [code.place(path) for path in code.python_files() if path.stem in names]
