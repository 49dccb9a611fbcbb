"""Locking this process in: memory, time, files, processes, network. Linux; less elsewhere.

INVARIANT: done before the first byte of the file is seen, and nothing here undoes it. The limits
are the kernel's; the parent's clock ends what still lives.
"""

from __future__ import annotations

import ctypes
import gc
import resource
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38
_OPEN_FILES = 32  # Python opens what it imports late


def confine(memory: int, seconds: int) -> None:
    """memory: bytes of address space. seconds: of processor time."""
    limits = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ]
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        # A network of its own, without any device. Where that is not allowed, the hook below stays.
        system.unshare(_NEW_USER | _NEW_NETWORK)
    for which, value in limits:
        _, hard = resource.getrlimit(which)
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(which, (wanted, wanted))
        except (ValueError, OSError):  # macOS has no RLIMIT_AS to set
            continue
    sys.addaudithook(_refuse)
    sys.setrecursionlimit(500)
    gc.freeze()


_REFUSED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system",
    "shutil.",
            "os.remove", "os.rename", "os.mkdir", "os.link", "os.symlink", "ctypes.",
            "urllib.")  # fmt: skip


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """No reader has a reason for these, so a file that gets one to try ends here."""
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is not for readers")
    if event == "open" and len(arguments) > 1 and str(arguments[1] or "r")[:1] in "wax":
        raise PermissionError("readers do not write")
