"""How a target is entered into the table, and what several of them share."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cursitor.engines.processing.limits import MEBIBYTE, Limits

SAMPLES = Path(__file__).resolve().parent.parent.parent / "tests" / "engines" / "processing" / "samples"
LIMITS = Limits(
    children=1000, item_bytes=4 * MEBIBYTE, total_bytes=16 * MEBIBYTE, ratio_free_bytes=MEBIBYTE, depth=4, seconds=5
)


@dataclass(frozen=True)
class Target:
    """
    One parser to be tried.

    seeds: inputs to begin with. longest: bytes that the fuzzer tries. words: what its grammar is made of. pumped: bytes
    of the inputs that repeat themselves, fewer where a parser is slow by its nature.
    """

    name: str
    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    longest: int = 4096
    words: tuple[str, ...] = ()
    pumped: int = 131_072


TARGETS: dict[str, Target] = {}
MODULES = ("mail", "archives", "office", "production", "search", "records", "folders", "forms")


def named(name: str) -> Target:
    """Return a target, loading no more modules than it takes to find it: each process of a fuzzer begins with that."""
    for module in MODULES:
        importlib.import_module(f"fuzz.targets.{module}")
        if name in TARGETS:
            return TARGETS[name]
    raise KeyError(name)


def all_targets() -> dict[str, Target]:
    """Return the whole table."""
    for module in MODULES:
        importlib.import_module(f"fuzz.targets.{module}")
    return TARGETS


def target(
    *seeds: bytes | str,
    files: Iterable[str] = (),
    longest: int = 4096,
    words: str = "",
    pumped: int = 131_072,
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    """Enter a function into the table under its own name; files: of the samples of processing."""

    def entered(read: Callable[[bytes], None]) -> Callable[[bytes], None]:
        given = [seed.encode() if isinstance(seed, str) else seed for seed in seeds]
        given += [(SAMPLES / name).read_bytes() for name in files]
        name = read.__name__
        TARGETS[name] = Target(name, read, tuple(given), longest, tuple(words.split()), pumped)
        return read

    return entered


def text_of(data: bytes) -> str:
    """Return bytes as a text, whatever they are."""
    return data.decode("utf-8", "replace")


def json_of(data: bytes) -> dict[str, Any] | None:
    """Return bytes as an object of JSON; None if they are none."""
    try:
        value = json.loads(text_of(data))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_storable(text: str) -> bool:
    """Tell whether every database can hold a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any(0xD800 <= ord(sign) < 0xE000 for sign in text)
