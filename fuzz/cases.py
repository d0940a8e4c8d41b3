"""Inputs that once broke a parser: files of `tests/fuzz_cases/TARGET`, replayed by the tests without any fuzzer."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fuzz_cases"
PUMPED, PACKED, LARGE = ".pump", ".gz", 16_384


class Hung(BaseException):
    """Raised in a parser that has had its processor time; nothing that it catches holds this."""


@dataclass(frozen=True)
class Pump:
    """An input that repeats itself, kept as its recipe: head, then the loop until `size` bytes, then tail; latin-1."""

    head: str
    loop: str
    tail: str
    size: int

    def data(self) -> bytes:
        """Return the input itself."""
        text = self.head + self.loop * max(1, self.size // max(1, len(self.loop))) + self.tail
        return text.encode("latin-1")


def read(path: Path) -> bytes:
    """Return the input of a case."""
    if path.suffix == PUMPED:
        return Pump(**json.loads(path.read_text())).data()
    return gzip.decompress(path.read_bytes()) if path.suffix == PACKED else path.read_bytes()


def keep(target: str, what: str, found: bytes | Pump, folder: Path = FOLDER) -> Path:
    """Write an input down as a case of a target; what: a word for the file's name, such as the exception's."""
    content, ending = found, ""
    if isinstance(found, Pump):
        content, ending = json.dumps(asdict(found)).encode(), PUMPED
    elif len(found) > LARGE:
        content, ending = gzip.compress(found, mtime=0), PACKED
    place = folder / target
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{what}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"
    path.write_bytes(content)
    return path


@contextmanager
def seconds_at_most(seconds: float) -> Iterator[None]:
    """End what runs inside after so much processor time. :raises Hung: then."""

    def hang(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
