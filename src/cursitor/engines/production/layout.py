"""Where the files of a production lie inside its volume."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cursitor.engines.production.numbering import ControlNumber

PER_FOLDER = 1000


@dataclass(frozen=True)
class Place:
    """Where one document's files go: paths with forward slashes. native is None where no native goes out."""

    native: str | None
    text: str


def place(begin: ControlNumber, *, position: int, file_name: str | None, per_folder: int = PER_FOLDER) -> Place:
    """
    Return where a document's files go, named by its begin number: its own name would speak where it is withheld.

    position: place of the document in the production, from 0; a folder takes per_folder of them. file_name: gives the
    native's extension if that is 1 to 10 letters or digits; None where no native goes out. The prefix of the number
    must be fit for a file name.

    :raises ValueError: if the number holds a character a file name cannot, or the counts are impossible.

    >>> from cursitor.engines.production.numbering import parse
    >>> place(parse("ABC-0000418"), position=1000, file_name="Re: deal.MSG")
    Place(native='NATIVES/0002/ABC-0000418.msg', text='TEXT/0002/ABC-0000418.txt')
    """
    if position < 0 or per_folder < 1:
        raise ValueError(f"Position {position} in folders of {per_folder} is impossible.")
    if not re.fullmatch(r"[\w][\w .-]*", str(begin)):
        raise ValueError(f"{str(begin)!r} cannot be a file name.")
    folder = f"{position // per_folder + 1:04d}"
    text = f"TEXT/{folder}/{begin}.txt"
    if file_name is None:
        return Place(None, text)
    extension = re.search(r"\.([A-Za-z0-9]{1,10})$", file_name)
    return Place(f"NATIVES/{folder}/{begin}{'.' + extension[1].lower() if extension else ''}", text)


def as_link(path: str) -> str:
    r"""
    Return a path as load files write it, relative with backward slashes.

    >>> as_link("NATIVES/0002/ABC-0000418.msg")
    'NATIVES\\0002\\ABC-0000418.msg'
    """
    return path.replace("/", "\\")
