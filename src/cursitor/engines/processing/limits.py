"""Every bound that keeps a hostile or merely enormous file from taking the machine with it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from cursitor.engines.processing.exceptions import Class, LimitHit, Stage

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """
    Bound what one item may cost; every field is a positive number.

    depth: levels of children below an input. children: members of one container. ratio: expanded bytes per packed
    byte, counted once a member passes `ratio_free_bytes` (small files compress absurdly well without harm).
    item_bytes: one item. total_bytes: everything expanded from one container. seconds: wall time of one item.
    memory_bytes: address space of the worker. text_characters: text kept of one item. output_bytes: what a worker may
    send back for one item.
    """

    depth: int = 32
    children: int = 250_000
    ratio: int = 200
    ratio_free_bytes: int = 16 * MEBIBYTE
    item_bytes: int = 512 * MEBIBYTE
    total_bytes: int = 8192 * MEBIBYTE
    seconds: float = 120.0
    memory_bytes: int = 3072 * MEBIBYTE
    text_characters: int = 20_000_000
    output_bytes: int = 1024 * MEBIBYTE

    def __post_init__(self) -> None:
        """
        Refuse bounds that could never be met.

        :raises ValueError: naming the field that is not positive.
        """
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ValueError(f"The limit {field.name} must be positive, not {getattr(self, field.name)}.")


class Budget:
    """What is left of one container's limits while its children come out one at a time."""

    def __init__(self, limits: Limits) -> None:
        """Start with nothing spent."""
        self.limits = limits
        self.n_children = 0
        self.n_bytes = 0

    def count_child(self) -> None:
        """
        Count one more child.

        :raises LimitHit: when the container has more children than allowed.
        """
        if self.n_children >= self.limits.children:
            raise LimitHit(
                Stage.EXPAND,
                Class.LIMIT_HIT,
                f"More than {self.limits.children:,} children; the rest was left unopened.",
            )
        self.n_children += 1

    def count_bytes(self, n_bytes: int) -> None:
        """
        Count expanded bytes.

        :raises LimitHit: when the container has given more bytes than allowed.
        """
        self.n_bytes += n_bytes
        if self.n_bytes > self.limits.total_bytes:
            raise LimitHit(
                Stage.EXPAND,
                Class.LIMIT_HIT,
                f"More than {self.limits.total_bytes:,} bytes came out; the rest was left unopened.",
            )
