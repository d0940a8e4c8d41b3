"""What a corpus has too much of to hold in memory, put aside in files that are gone when their process is."""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_AT_ONCE = 1 << 16


class Shelf:
    """
    Values fit for JSON, each known by a number; twelve bytes of each are held, up to the largest number.

    What comes back is as JSON gives it: lists for tuples.
    """

    def __init__(self, folder: Path) -> None:
        """Begin empty, in an unnamed file of a folder."""
        self._file = tempfile.TemporaryFile(dir=folder, buffering=_AT_ONCE)  # noqa: SIM115 (lives as long as the shelf)
        self._places, self._sizes = array("q"), array("I")
        self._end = self._flushed = 0

    def __len__(self) -> int:
        """Return the largest number and one."""
        return len(self._places)

    def __contains__(self, number: int) -> bool:
        """Tell whether there is a value of this number."""
        return 0 <= number < len(self._places) and self._sizes[number] > 0

    def __setitem__(self, number: int, value: Any) -> None:
        """Put a value away, in place of another if there was one."""
        missing = number + 1 - len(self._places)
        if missing > 0:
            self._places.frombytes(bytes(8 * missing))
            self._sizes.frombytes(bytes(4 * missing))
        data = json.dumps(value, separators=(",", ":")).encode("ascii")
        self._file.write(data)
        self._places[number], self._sizes[number] = self._end, len(data)
        self._end += len(data)

    def __getitem__(self, number: int) -> Any:
        """Return a value; which there must be."""
        place, size = self._places[number], self._sizes[number]
        if place + size > self._flushed:
            self._file.flush()
            self._flushed = self._end
        return json.loads(os.pread(self._file.fileno(), size, place).decode("ascii"))

    def append(self, value: Any) -> None:
        """Put a value away under the next number."""
        self[len(self)] = value

    def size(self, number: int) -> int:
        """Return how many bytes a value takes on the shelf."""
        return self._sizes[number]


class Rows:
    """Rows of as many numbers each, put away one after the other and then asked for by position; none is held."""

    def __init__(self, folder: Path, width: int) -> None:
        """Begin empty, in an unnamed file of a folder. width: numbers of 32 bits a row."""
        self._file = tempfile.TemporaryFile(dir=folder, buffering=_AT_ONCE)  # noqa: SIM115 (lives as long as the rows)
        self._width = width
        self._n_rows = 0
        self._mapped: mmap.mmap | None = None

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._n_rows

    def append(self, row: bytes) -> None:
        """Put a row away, its numbers with their lowest byte first; before any is asked for."""
        self._file.write(row)
        self._n_rows += 1

    def __getitem__(self, positions: slice | npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
        """Return some rows."""
        if not self._n_rows:
            return np.empty((0, self._width), np.uint32)
        if self._mapped is None:
            self._file.flush()
            self._mapped = mmap.mmap(self._file.fileno(), 0, prot=mmap.PROT_READ)
        rows = np.frombuffer(self._mapped, "<u4").reshape(-1, self._width)
        found = np.array(rows[positions], np.uint32)
        # What was looked at would count as memory of this process until others need it.
        self._mapped.madvise(mmap.MADV_DONTNEED)
        return found
