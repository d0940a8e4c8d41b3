"""The one way collected files are read: in a killable worker without network, by path, under limits."""

import atexit
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cursitor.engines.processing.items import Place, ProcessedItem
from cursitor.engines.processing.limits import Limits
from cursitor.plumbing.sandbox import spool
from cursitor.plumbing.sandbox.pool import Sandbox

LIMITS = Limits()

Read = Callable[[Path, str, Place, Path], tuple[ProcessedItem, tuple[spool.SpooledChild, ...]]]
"""(file, its label, its place, folder for children) -> its summary and its children; raises ProcessingException."""


def in_sandbox(sandbox: Sandbox) -> Read:
    """Return the reader that works inside a sandbox, under the sandbox's own limits."""

    def read(path: Path, name: str, place: Place, folder: Path) -> tuple[ProcessedItem, tuple[spool.SpooledChild, ...]]:
        return sandbox.run(spool.process_file, str(path), name, sandbox.limits, place, str(folder))

    return read


@lru_cache(maxsize=1)
def shared() -> Read:
    """Return the reader of this process; its sandbox starts with the first file and ends with the process."""
    sandbox = Sandbox(LIMITS)
    atexit.register(sandbox.close)
    return in_sandbox(sandbox)


def clean(value: Any) -> Any:
    """Return a value as both databases take it: text without NUL and lone surrogates, inside lists and mappings too."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(key): clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [clean(part) for part in value]
    return value
