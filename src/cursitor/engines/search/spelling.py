"""Which words a wildcard or a fuzzy word stands for."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> "re.Pattern[str]":
    """
    Return the regular expression that a whole word must match.

    Each part between stars is found at its earliest place and then kept (an atomic group), so that no pattern takes
    more than the product of its length and the word's.

    >>> bool(wildcard("f*l?d").fullmatch("failled")), bool(wildcard("f*l?d").fullmatch("failed"))
    (True, True)
    """
    first, *others = [_plain(part) for part in re.split(r"\*+", pattern)]
    if not others:
        return re.compile(first, re.DOTALL)
    *inner, latest = others
    return re.compile(first + "".join(f"(?>.*?{part})" for part in inner) + ".*" + latest, re.DOTALL)


def regex(pattern: str) -> str:
    """
    Return a wildcard pattern as the regular expression of an index, whose automaton needs no such care.

    >>> regex("f?il*")
    'f.il.*'
    """
    return ".*".join(_plain(part) for part in re.split(r"\*+", pattern))


def _plain(part: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in part)


def is_within(word: str, other: str, distance: int) -> bool:
    """
    Return whether two words are at most `distance` edits apart (optimal string alignment).

    An edit is one letter inserted, dropped, changed, or swapped with its neighbour; no letter is edited twice.

    >>> is_within("recieve", "receive", 1), is_within("ca", "abc", 2)
    (True, False)
    """
    if abs(len(word) - len(other)) > distance:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        current = [i]
        for j, mark in enumerate(other, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (letter != mark))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == mark:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > distance and min(row) > distance:
            return False
        before, row = row, current
    return row[-1] <= distance
