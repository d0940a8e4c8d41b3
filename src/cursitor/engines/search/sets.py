"""Sets of numbers as bits: number n is bit n % 64 of entry n // 64."""

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]

_WIDTH = 64


def empty(n_numbers: int) -> Bits:
    """Return an empty set of numbers below this."""
    return np.zeros(-(-n_numbers // _WIDTH), np.uint64)


def packed(flags: npt.NDArray[np.bool_]) -> Bits:
    """Return one bit for each flag, the last entry filled up with none."""
    found = np.zeros(-(-len(flags) // _WIDTH) * 8, np.uint8)
    found[: -(-len(flags) // 8)] = np.packbits(flags, bitorder="little")
    return found.view(np.uint64)


def later(bits: Bits, by: int) -> Bits:
    """Return the numbers that are larger than these by so much."""
    if not by:
        return bits
    whole, part = divmod(by, _WIDTH)
    if not whole:
        moved = bits << np.uint64(part)
        moved[1:] |= bits[:-1] >> np.uint64(_WIDTH - part)
        return moved
    moved = np.zeros_like(bits)
    if whole < len(bits):
        np.left_shift(bits[: len(bits) - whole], np.uint64(part), out=moved[whole:])
        if part:
            moved[whole + 1 :] |= bits[: len(bits) - whole - 1] >> np.uint64(_WIDTH - part)
    return moved


def earlier(bits: Bits, by: int) -> Bits:
    """Return the numbers that are smaller than these by so much."""
    if not by:
        return bits
    whole, part = divmod(by, _WIDTH)
    if not whole:
        moved = bits >> np.uint64(part)
        moved[:-1] |= bits[1:] << np.uint64(_WIDTH - part)
        return moved
    moved = np.zeros_like(bits)
    if whole < len(bits):
        np.right_shift(bits[whole:], np.uint64(part), out=moved[: len(bits) - whole])
        if part:
            moved[: len(bits) - whole - 1] |= bits[whole + 1 :] << np.uint64(_WIDTH - part)
    return moved
