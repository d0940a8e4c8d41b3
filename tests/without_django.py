"""A pytest plugin that makes Django look not installed: `python -m pytest -p tests.without_django tests/engines`."""

import sys
from importlib.abc import MetaPathFinder


class NotInstalled(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"django", "ninja", "allauth"}:
            raise ModuleNotFoundError(f"{name} is not importable in the engines' tests", name=name)


sys.meta_path.insert(0, NotInstalled())
