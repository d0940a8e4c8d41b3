"""
What a worker may not do: outlive its parent, take all memory, fill the disk, or speak to a network.

The network is cut off by a network namespace of its own, where the kernel lets an ordinary process make one
(unshare); it has no interface but a dead loopback. Elsewhere a seccomp filter refuses every socket that is not local
(AF_UNIX) to Python and to native code alike. Where neither can be had, `cut_network` says so and no worker starts.
Linux only. Sources: unshare(2), user_namespaces(7), seccomp(2), prctl(2), setrlimit(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
from pathlib import Path

from cursitor.engines.processing.limits import Limits

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_GREATER_OR_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_SYSCALL_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_IO_URING_SETUP, _AF_UNIX, _X32_BIT = 425, 1, 0x40000000
# Audit number of the architecture and its number for socket(2).
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_OPEN_FILES = 256


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def cut_network() -> str:
    """
    Cut this process and its descendants off from every network; return by what means.

    "namespace", "filter", or an empty string if the kernel allows neither. Must be called before threads start.
    """
    if _unshare(_CLONE_NEWNET) or _unshare_as_user():
        return "namespace"
    return "filter" if _filter_sockets() else ""


def _unshare(flags: int) -> bool:
    return bool(_libc().unshare(flags) == 0)


def _unshare_as_user() -> bool:
    user, group = os.getuid(), os.getgid()
    if not _unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        return False
    # Keep the same numbers inside, so that a library that asks who it is gets the usual answer; without
    # them the network is cut off all the same.
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(content)
    return True


def _filter_sockets() -> bool:
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    architecture, socket_call = known
    program = b"".join(
        struct.pack("<HBBI", code, if_true, if_false, value)
        for code, if_true, if_false, value in (
            (_LOAD, 0, 0, _ARCHITECTURE_AT),
            (_JUMP_IF_EQUAL, 0, 7, architecture),
            (_LOAD, 0, 0, _SYSCALL_AT),
            (_JUMP_IF_GREATER_OR_EQUAL, 5, 0, _X32_BIT),
            (_JUMP_IF_EQUAL, 4, 0, _IO_URING_SETUP),
            (_JUMP_IF_EQUAL, 0, 2, socket_call),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_JUMP_IF_EQUAL, 0, 1, _AF_UNIX),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _REFUSE),
        )
    )
    held = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(held)))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0) == 0)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent, the process of this id, is gone; at once if it already is."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def bound(limits: Limits) -> None:
    """Bound this process in address space, written file size, open files and core dumps."""
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.total_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
