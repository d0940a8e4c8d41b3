"""The house's arrows point down only, and the engines stand alone."""

import subprocess
import sys
from pathlib import Path

from tests.architecture import code

CLOCK_AND_CHANCE = {
    "timezone.now",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "time.time",
    "random.random",
    "random.choice",
    "random.sample",
    "random.shuffle",
    "uuid.uuid4",
}
FILES_AND_PROCESSES = {"open", "os.urandom", "subprocess.run", "subprocess.Popen", "socket.socket", "os.system"}


class TestLayers:
    def test_import_contracts_hold_with_no_ignore_list(self):
        lint = Path(sys.executable).parent / "lint-imports"

        result = subprocess.run([lint, "--no-cache"], cwd=code.ROOT, capture_output=True, text=True, check=False)

        assert result.returncode == 0, result.stdout[-3000:]
        assert "ignore_imports" not in (code.ROOT / "pyproject.toml").read_text()

    def test_engines_take_time_chance_and_files_as_arguments(self):
        forbidden = CLOCK_AND_CHANCE | FILES_AND_PROCESSES

        found = [
            f"{code.place(path)}:{line} {name}"
            for path in code.python_files("engines")
            for name, line in code.calls(path)
            if name in forbidden
        ]

        assert not found

    def test_operations_and_queries_take_time_as_an_argument(self):
        paths = [
            path
            for path in code.python_files("spine", "lines", "plumbing")
            if path.stem in {"operations", "queries", "access", "models"}
            or path.parent.name in {"operations", "queries"}
        ]

        found = [
            f"{code.place(path)}:{line} {name}"
            for path in paths
            for name, line in code.calls(path)
            if name in CLOCK_AND_CHANCE - {"uuid.uuid4"}
        ]

        assert paths
        assert not found

    def test_operations_never_import_tasks_or_views(self):
        found = [
            f"{code.place(path)}:{line} {name}"
            for path in code.python_files("spine", "lines", "plumbing")
            if path.stem == "operations" or path.parent.name == "operations"
            for name, line in code.imports(path)
            if name.endswith((".tasks", ".views")) and ".operations." not in name
        ]

        assert not found

    def test_views_reach_objects_through_access_and_queries_only(self):
        found = [
            f"{code.place(path)}:{node.lineno}"
            for path in code.python_files("spine", "lines", "web")
            if path.stem == "views" or path.parent.name in {"views", "api"}
            for node in _manager_uses(path)
        ]

        assert not found


def _manager_uses(path):
    import ast

    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
            yield node
