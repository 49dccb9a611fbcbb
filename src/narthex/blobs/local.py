"""Blobs as local files: `<folder>/ab/cd/<id>`, and `<folder>/unfinished/<id>` while written.

This file never trusts the disk (every block is verified before a byte of it goes out) and never
blocks the loop: files are touched in threads of its own, so that a slow disk starves nobody else.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from awscrt.checksums import crc32c

from narthex.blobs import BLOCK
from narthex.blobs.folders import Folders, sync
from narthex.errors import Corrupt, Unavailable

T = TypeVar("T")

THREADS: Final = 16  # reads and syncs at once; more only queue at the disk
UNFINISHED: Final = "unfinished"
VERIFIED_SECONDS: Final = 3600  # how long one whole reading lets a file be sent unread
VERIFIED_MOST: Final = 65_536
ID: Final = re.compile(r"[0-9a-f]{32}")
# Starts writing dirty pages back at once, so that little is left for the sync at the end; what is
# dirty is not dropped. Linux; where it does not exist, the sync has more to do.
_write_back: Callable[[int, int, int], None] | None = None
if hasattr(os, "posix_fadvise"):

    def _write_back(handle: int, start: int, size: int) -> None:
        os.posix_fadvise(handle, start, size, os.POSIX_FADV_DONTNEED)


def open_local(folder: Path) -> LocalBlobs:
    """The store in this folder, made (mode 0700) when needed. Raises Unavailable. Blocks."""
    try:
        (folder / UNFINISHED).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"blobs folder `{folder}`: {error.strerror}") from error
    return LocalBlobs(folder)
