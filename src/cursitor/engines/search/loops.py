"""
Loops over the words of a field and over places, compiled when this is first imported after an installation.

Each does in one pass, and outside the interpreter's lock, what numpy does in several: threads that answer segments side
by side need not wait for one another. What an index holds is not trusted: no loop leaves its arrays. Sets of words are
bits; what a loop finds it adds to its last argument.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba import types

from cursitor.engines.search.sets import Bits

Numbers = npt.NDArray[np.int32]
Ends = npt.NDArray[np.int64]

Loop = TypeVar("Loop", bound=Callable[..., Bits | None])

_ENTRY, _LAST, _ONE = np.uint64(6), np.uint64(63), np.uint64(1)


def _read(kind: types.Type, n_dimensions: int = 1) -> types.Array:
    """Return the type of an array that is only read, as those of a mapped file are."""
    return types.Array(kind, n_dimensions, "C", readonly=True)


_NUMBERS, _ENDS, _BITS, _OPENINGS = _read(types.int32), _read(types.int64), _read(types.uint64), _read(types.uint64, 2)
_INTO_BITS = types.uint64[::1]


def _compiled(*takes: types.Type, gives: types.Type = types.void) -> Callable[[Loop], Loop]:
    """Compile a loop; what comes of it is kept beside the source or in the user's cache, where one can be written."""

    def compiled(loop: Loop) -> Loop:
        try:
            return cast(Loop, numba.njit(gives(*takes), nogil=True, cache=True)(loop))
        except RuntimeError:  # neither can: every process compiles anew
            return cast(Loop, numba.njit(gives(*takes), nogil=True)(loop))

    return compiled


@_compiled(_NUMBERS, _BITS, _INTO_BITS)
def look_up(sequence: Numbers, asked: Bits, found: Bits) -> None:
    """Find every word of the reading order that is asked for. asked: one bit for each word of the vocabulary."""
    if not len(asked):
        return
    last = np.int32((len(asked) << 6) - 1)
    for entry in range(len(found)):
        bits = np.uint64(0)
        piece = sequence[entry << 6 : (entry + 1) << 6]
        for at in range(len(piece)):
            word = np.uint64(max(np.int32(0), min(piece[at], last)))
            bits |= ((asked[word >> _ENTRY] >> (word & _LAST)) & _ONE) << np.uint64(at)
        found[entry] |= bits


@_compiled(_NUMBERS, types.int64, types.int64, _INTO_BITS)
def compare(sequence: Numbers, first: int, end: int, found: Bits) -> None:
    """Find every word of the reading order whose number is in [first, end)."""
    lowest, farthest = np.uint32(first), np.uint32(end - first - 1)
    for entry in range(len(found)):
        bits = np.uint64(0)
        piece = sequence[entry << 6 : (entry + 1) << 6]
        for at in range(len(piece)):
            bits |= np.uint64(np.uint32(np.uint32(piece[at]) - lowest) <= farthest) << np.uint64(at)
        found[entry] |= bits


@_compiled(_NUMBERS, _ENDS, _ENDS, types.int64, _NUMBERS, _INTO_BITS)
def scatter(places: Numbers, first: Ends, end: Ends, block_bits: int, ahead: Numbers, found: Bits) -> None:
    """
    Find the words at runs of places, each from `first` to `end`. ahead: by block of places, what these are ahead of the
    reading order.
    """
    for run in range(len(first)):
        for place in places[first[run] : end[run]]:
            block = place >> block_bits
            if 0 <= block < len(ahead):
                number = place - ahead[block]
                if 0 <= number < len(found) << 6:
                    found[number >> 6] |= _ONE << np.uint64(number & 63)


@_compiled(_BITS, _BITS, types.int64, _INTO_BITS)
def spread_later(bits: Bits, openings: Bits, by: int, found: Bits) -> None:
    """Find the words `by` behind those of a set which are among `openings`."""
    whole, up, down = by >> 6, np.uint64(by & 63), np.uint64(63 - (by & 63))
    if whole < len(found):
        found[whole] |= (bits[0] << up) & openings[whole]
    near, far = bits[1 : len(bits) - whole], bits[: len(bits) - whole - 1]
    into, through = found[whole + 1 :], openings[whole + 1 :]
    for entry in range(len(into)):
        into[entry] |= ((near[entry] << up) | ((far[entry] >> _ONE) >> down)) & through[entry]


@_compiled(_BITS, _BITS, types.int64, _INTO_BITS)
def spread_earlier(bits: Bits, openings: Bits, by: int, found: Bits) -> None:
    """Find the words `by` in front of those of a set that are among `openings`."""
    whole, down, up = by >> 6, np.uint64(by & 63), np.uint64(63 - (by & 63))
    last = len(bits) - 1
    if whole <= last:
        found[last - whole] |= (bits[last] & openings[last]) >> down
    near, far = bits[whole:last], bits[whole + 1 :]
    near_through, far_through = openings[whole:last], openings[whole + 1 :]
    for entry in range(len(near)):
        from_near, from_far = near[entry] & near_through[entry], far[entry] & far_through[entry]
        found[entry] |= (from_near >> down) | ((from_far << _ONE) << up)


@_compiled(_BITS, types.uint64, _INTO_BITS)
def _widen_later(openings: Bits, by: np.uint64, found: Bits) -> None:
    """Do as `spread_later` with the set that is found already; by: 1 to 63."""
    back, before = np.uint64(64) - by, np.uint64(0)
    for entry in range(len(found)):
        now = found[entry]
        found[entry] = now | (((now << by) | (before >> back)) & openings[entry])
        before = now


@_compiled(_BITS, types.uint64, _INTO_BITS)
def _widen_earlier(openings: Bits, by: np.uint64, found: Bits) -> None:
    """Do as `spread_earlier` with the set that is found already; by: 1 to 63."""
    back = np.uint64(64) - by
    for entry in range(len(found) - 1):
        after = found[entry + 1] & openings[entry + 1]
        found[entry] |= ((found[entry] & openings[entry]) >> by) | (after << back)
    if len(found):
        found[-1] |= (found[-1] & openings[-1]) >> by


@_compiled(_OPENINGS, types.int64, gives=_BITS)
def through(openings: Bits, distance: int) -> Bits:
    """
    Return the words before which stand so many others of their document, at least 1.

    openings: in row n those before which stand 2 to the power of n; the last row must not be less than half of it.
    """
    row = 0
    while row + 1 < len(openings) and 2 << row <= distance:
        row += 1
    most: Bits = openings[row]
    if 1 << row == distance:
        return most
    found = np.zeros_like(most)
    spread_later(most, most, distance - (1 << row), found)
    return found


@_compiled(_BITS, _OPENINGS, types.int64, _INTO_BITS)
def follow(bits: Bits, openings: Bits, distance: int, found: Bits) -> None:
    """
    Find the words at most `distance`, at least 1, behind one of a set, in its document. `found` must be empty.

    openings: as in `through`.
    """
    spread_later(bits, openings[0], 1, found)
    reach = 1
    while reach < distance:
        step = min(reach, distance - reach)
        if step > 63:
            spread_later(found.copy(), through(openings, step), step, found)
        else:
            _widen_later(through(openings, step), np.uint64(step), found)
        reach += step


@_compiled(_BITS, _OPENINGS, types.int64, _INTO_BITS)
def lead(bits: Bits, openings: Bits, distance: int, found: Bits) -> None:
    """Find the words at most `distance`, at least 1, in front of one of a set, as `follow` those behind."""
    spread_earlier(bits, openings[0], 1, found)
    reach = 1
    while reach < distance:
        step = min(reach, distance - reach)
        if step > 63:
            spread_earlier(found.copy(), through(openings, step), step, found)
        else:
            _widen_earlier(through(openings, step), np.uint64(step), found)
        reach += step
