"""File names as they come from strangers, made fit to be kept and handed out again."""

import re
import unicodedata

from cursitor.plumbing.refusal import Invalid
from cursitor.spine.files.choices import LONGEST_NAME

_SEPARATORS = re.compile(r"[/\\]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def fit(name: str) -> str:
    """
    Return the last part of a path as a name that is safe on every system and shows as what it is.

    Folders are dropped, and with them `..`. Control characters and invisible marks that turn the reading direction
    (they make "exe.pdf" of "fdp.exe") go; characters that Windows forbids become underscores; a name of a Windows
    device gets one in front. A name that is too long is cut before its extension. Text is NFC.
    :raises Invalid: when nothing is left.

    >>> fit("../../etc/passwd"), fit("C:\\\\mail\\\\brief\\u202efdp.exe"), fit("what?.txt"), fit("NUL.txt")
    ('passwd', 'brieffdp.exe', 'what_.txt', '_NUL.txt')
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    shown = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    kept = re.sub(r'[<>:"|?*]', "_", " ".join(shown.split())).strip(" .")
    if not kept:
        raise Invalid("The file has no name that could be kept.", field="name")
    if _DEVICE.fullmatch(kept):
        kept = f"_{kept}"
    if len(kept) <= LONGEST_NAME:
        return kept
    stem, dot, extension = kept.rpartition(".")
    if not dot or len(extension) > 20:
        return kept[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"
