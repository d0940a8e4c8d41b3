"""Paths inside a volume, as load files write them, and whether they may be followed."""

from __future__ import annotations

import re


class UnsafePath(ValueError):
    """Raised when a path must not be followed. `code` is the code of the finding."""

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{path!r} must not be followed ({code}).")
        self.code = code


def inside_volume(path: str) -> str:
    r"""
    Return a path as written in a load file as a relative path with forward slashes, no '.' and no empty steps.

    Backward slashes are separators, as in every load file; an empty path stays empty.

    :raises UnsafePath: PATH_UNC, PATH_DRIVE, PATH_ABSOLUTE, PATH_TRAVERSAL or PATH_CONTROL_CHARACTER.

    >>> inside_volume(r".\VOL01\NATIVES\A-1.msg")
    'VOL01/NATIVES/A-1.msg'
    """
    slashed = path.strip().replace("\\", "/")
    if re.search(r"[\x00-\x1f\x7f]", slashed):
        raise UnsafePath("PATH_CONTROL_CHARACTER", path)
    if slashed.startswith("//"):
        raise UnsafePath("PATH_UNC", path)
    if re.match("[A-Za-z]:", slashed):
        raise UnsafePath("PATH_DRIVE", path)
    if slashed.startswith("/"):
        raise UnsafePath("PATH_ABSOLUTE", path)
    # Windows drops dots and spaces at the end of a step, so '.. ' climbs there as '..' does.
    steps = [step for step in slashed.split("/") if step not in ("", ".")]
    if any(step.startswith("..") and not step.strip(". ") for step in steps):
        raise UnsafePath("PATH_TRAVERSAL", path)
    return "/".join(steps)
