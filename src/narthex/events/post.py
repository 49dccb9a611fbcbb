"""The one post of a steward in each data folder: who holds its lock is who works here.

This file never waits for another process. INVARIANT: a lock ends with the process that holds it,
so whoever gets it knows that its predecessor is gone, and may go on at once under the same name.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from narthex.errors import Unavailable

NAME = "steward.lock"
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Post:
    """A held lock. holder: the name under which this folder's steward takes leases."""

    handle: int
    holder: str

    def leave(self) -> None:
        """Give the lock up."""
        os.close(self.handle)


def take_post(folder: Path, fresh_id: str) -> Post | None:
    """The post of this folder; None while another process holds it.

    fresh_id: 32 hex digits that name the folder from its first steward on. Raises Unavailable.
    """
    path = folder / NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Post(handle, f"{socket.gethostname()}:{_folder_id(handle, fresh_id)}")
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error


def _folder_id(handle: int, fresh_id: str) -> str:
    found = os.pread(handle, 64, 0).decode("latin-1")
    if _ID.fullmatch(found):
        return found
    os.ftruncate(handle, 0)
    os.pwrite(handle, fresh_id.encode(), 0)
    os.fsync(handle)
    return fresh_id
