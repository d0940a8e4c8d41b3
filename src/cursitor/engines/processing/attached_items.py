"""
Messages attached to messages of an Outlook store: pypff's Python interface does not hand them out, its library can.

pypff objects begin with a pointer to libpff's item behind the object's head. A second object of the same message is
given the attached item's pointer in place of its own and frees that item when it goes. Its own stays with the worker,
because libpff shares parts of it; workers are renewed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypff

_HEAD_BYTES = object.__basicsize__
_OF_ITEM = ord("i")
_POINTER = ctypes.POINTER(ctypes.c_void_p)


def attached_item(attachment: Any, donor: Callable[[], Any]) -> Any | None:
    """
    Return the item that is attached as such, None if there is none or the library cannot tell.

    donor: gives an object of a message that nobody else holds; it is what is returned, and no longer that message.
    """
    library = _library()
    if library is None:
        return None
    kind, item, error = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    held = _pointer_of(attachment)
    is_told = library.libpff_attachment_get_type(held, ctypes.byref(kind), ctypes.byref(error)) == 1
    if not is_told or kind.value != _OF_ITEM:
        return None
    if library.libpff_attachment_get_item(held, ctypes.byref(item), ctypes.byref(error)) != 1 or not item.value:
        return None
    found = donor()
    _pointer_of(found).value = item.value
    return found


def _library() -> Any | None:
    try:
        library = ctypes.CDLL(pypff.__file__)
        library.libpff_attachment_get_type.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), _POINTER]
        library.libpff_attachment_get_item.argtypes = [ctypes.c_void_p, _POINTER, _POINTER]
    except (OSError, AttributeError):
        return None
    return library


def _pointer_of(found: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(id(found) + _HEAD_BYTES)
