"""The folders of the local store: a place for every id, made when needed and durable by name.

This file never sees a blob's bytes. All of it blocks: call it in a thread.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from narthex.blobs import MARK, MARK_MOST

UNFINISHED: Final = "unfinished"
_FULL_SYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)  # macOS


class Folders:
    """Where blobs lie under one folder: `ab/cd/<id>`, `unfinished/<id>` while they are written."""

    def __init__(self, top: Path) -> None:
        self._top = str(top)
        self._durable: set[str] = (
            set()
        )  # made or found, and synced, by this process: 65,536 at most

    @property
    def top(self) -> str:
        """The folder that holds all."""
        return self._top

    @property
    def unfinished(self) -> str:
        """The folder of the blobs in the making."""
        return f"{self._top}/{UNFINISHED}"

    def make(self) -> None:
        """The store's own folders are there, mode 0700, and can be written. Raises OSError."""
        os.makedirs(os.path.dirname(self._top), exist_ok=True)
        for folder in (self._top, self.unfinished):
            _make_folder(folder)
        if not os.access(self.unfinished, os.W_OK | os.X_OK):
            is_read_only = os.statvfs(self.unfinished).f_flag & os.ST_RDONLY
            code = errno.EROFS if is_read_only else errno.EACCES
            raise OSError(code, os.strerror(code))
        _sync_folder(self._top)

    def path(self, blob: str) -> str:
        """The file of a committed blob."""
        return f"{self._top}/{blob[:2]}/{blob[2:4]}/{blob}"

    def publish(self, blob: str) -> None:
        """Move a blob, written and synced, to its place, so that a power cut would not undo it."""
        self._make(blob)
        try:
            os.rename(f"{self.unfinished}/{blob}", self.path(blob))
        except FileNotFoundError:  # somebody tidied up: the folder was known, and is gone
            self._durable.clear()
            self._make(blob)
            os.rename(f"{self.unfinished}/{blob}", self.path(blob))
        _sync_folder(f"{self._top}/{blob[:2]}/{blob[2:4]}")

    def mark(self, owner: str) -> str:
        """What the store is marked with: `owner`, unless there is a mark already."""
        path = f"{self._top}/{MARK}"
        if not os.path.exists(path):
            fresh = f"{self.unfinished}/{MARK}-{owner}"
            with open(fresh, "wb") as file:
                file.write(owner.encode())
                file.flush()
                sync(file.fileno())
            try:
                os.link(fresh, path)  # a mark is whole, and never replaced
            except FileExistsError:
                os.unlink(fresh)
            except OSError:  # a file system without links
                os.rename(fresh, path)
            else:
                os.unlink(fresh)
            _sync_folder(self._top)
        with open(path, "rb") as file:
            return file.read(MARK_MOST).decode("ascii", "replace")

    def _make(self, blob: str) -> None:
        """The folders of this blob are there, and their names are durable."""
        outer, inner = f"{self._top}/{blob[:2]}", f"{self._top}/{blob[:2]}/{blob[2:4]}"
        if inner in self._durable:
            return
        # One that is there may have been made by another process, which has not synced it yet.
        _make_folder(outer)
        _make_folder(inner)
        _sync_folder(outer)
        _sync_folder(self._top)
        self._durable.add(inner)


def sync(handle: int) -> None:
    """The file's bytes are on the disk, not in a cache of the system or of the drive."""
    if _FULL_SYNC is not None:
        fcntl.fcntl(handle, _FULL_SYNC)
    else:
        os.fsync(handle)


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass


def _sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(handle)
    finally:
        os.close(handle)
