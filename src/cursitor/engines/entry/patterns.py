"""
Patterns that somebody else wrote, matched in time that grows with the text and never explodes.

The matcher is the `regex` crate of Rust, reached through pydantic-core: finite automata, no backtracking, a limit on
the size of the compiled pattern. Look-around and back-references, which need backtracking, are refused by name.
"""

import functools

import pydantic_core
from pydantic_core import core_schema

LONGEST_PATTERN = 500
LONGEST_TEXT = 10_000


class PatternRefused(ValueError):
    """Raised when a pattern cannot be run safely. The sentence says why."""


def matches(pattern: str, text: str) -> bool:
    """
    Say whether the pattern is found in the text, anywhere unless it is anchored (as JSON Schema has it).

    A text of more than 10,000 characters matches nothing.
    :raises PatternRefused: if the pattern is too long, is faulty, or needs backtracking.

    >>> matches("^[A-Z]{2}-[0-9]+$", "CF-0042"), matches("^[A-Z]{2}-[0-9]+$", "cf-42")
    (True, False)
    >>> matches("^(a+)+$", "a" * 5000 + "!")
    False
    """
    return len(text) <= LONGEST_TEXT and compiled(pattern).isinstance_python(text)


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> pydantic_core.SchemaValidator:
    """
    Return the matcher for a pattern.

    :raises PatternRefused: if the pattern is too long, is faulty, or needs backtracking.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"the pattern is longer than {LONGEST_PATTERN} characters")
    try:
        return pydantic_core.SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except (pydantic_core.SchemaError, UnicodeError) as problem:
        raise PatternRefused(f"the pattern {pattern!r} cannot be used: {_reason(str(problem))}") from None


def _reason(told: str) -> str:
    reasons = [line.split("error:", 1)[1].strip() for line in told.splitlines() if line.startswith("error:")]
    if reasons:
        return reasons[0]
    return "it grows too large" if "size limit" in told else "it is no regular expression"
