"""Reading of LEDES 1998B text into rows."""

import dataclasses
from collections.abc import Iterator

from cursitor.engines.money.ledes import fields


class NotLedes(ValueError):
    """Raised when a text has not the structure of LEDES 1998B; the message names the line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line item: number of its line in the file (from 1) and the text of every field by name."""

    line: int
    values: dict[str, str]


def read_1998b(text: str) -> tuple[Row, ...]:
    """
    Return the line items of a LEDES 1998B file.

    Only the structure is checked (format line, header, 24 fields, line ends); see `validate_1998b` for the rest.
    :raises NotLedes: at the first line that has not the structure.
    """
    rows = []
    for item in scan(text):
        if isinstance(item, StructureFault):
            raise NotLedes(f"line {item.line}: {item.message}")
        rows.append(item)
    return tuple(rows)


@dataclasses.dataclass(frozen=True, slots=True)
class StructureFault:
    """A line that is no line item, with the reason."""

    line: int
    code: str
    message: str


def scan(text: str) -> Iterator[Row | StructureFault]:
    """Yield every line item, or what is wrong with the structure of its line, in file order."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0] != fields.FORMAT_LINE:
        yield StructureFault(1, "FORMAT_LINE", f"the first line must be {fields.FORMAT_LINE}")
        return
    if len(lines) < 2 or lines[1] != fields.HEADER_LINE:
        yield StructureFault(2, "HEADER", _header_message(lines[1] if len(lines) > 1 else ""))
        return
    if len(lines) == 2:
        yield StructureFault(2, "EMPTY", "the file holds no line item")
    for number, line in enumerate(lines[2:], start=3):
        yield _row(number, line)


def _header_message(line: str) -> str:
    names = line.removesuffix(fields.LINE_END).split(fields.FIELD_SEPARATOR)
    missing = [name for name in fields.BY_NAME if name not in names]
    if missing:
        return f"the header lacks {', '.join(missing)}"
    return "the header must name the 24 fields in the order of the format and end with []"


def _row(number: int, line: str) -> Row | StructureFault:
    if not line.endswith(fields.LINE_END):
        return StructureFault(number, "LINE_END", "the line does not end with []")
    body = line.removesuffix(fields.LINE_END)
    if fields.LINE_END in body:
        return StructureFault(number, "LINE_END", "[] occurs inside the line")
    values = body.split(fields.FIELD_SEPARATOR)
    if len(values) != len(fields.FIELDS):
        return StructureFault(number, "FIELD_COUNT", f"the line has {len(values)} fields, not 24")
    return Row(number, dict(zip(fields.BY_NAME, values, strict=True)))
