"""The folder of overlays beside a model: `rules.d/*.toml`, read whole or not at all.

INVARIANT: only regular files that lie in the folder count, and none that anybody may write to;
their number and size are bounded. This file never reads what is in them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from narthex.pure.review.overlays import Written

FOLDER = "rules.d"
ENDING = ".toml"
MOST = 64  # files
LARGEST = 256 * 1024  # bytes of one
Print = tuple[tuple[str | int, ...], ...]  # what changes when one of them does


class OverlayFilesError(ValueError):
    """The folder cannot be taken as it is. The text names the file, and no path."""


def print_of(folder: Path) -> Print | None:
    """What changes when anything in it does; None when there is no folder. Raises OSError."""
    try:
        found = folder.stat()
        names = _names(folder)
    except FileNotFoundError:
        return None
    every: list[tuple[str | int, ...]] = [(found.st_mode,)]
    for name in names[: MOST + 1]:
        try:
            one = (folder / name).stat()
        except FileNotFoundError:  # a link that leads nowhere, or it went just now
            every.append((name,))
            continue
        every.append((name, one.st_mtime_ns, one.st_ctime_ns, one.st_size, one.st_ino))
    return tuple(every)


def overlays_in(folder: Path) -> tuple[Written, ...]:
    """The overlays, by name; () when there is no folder. Raises OverlayFilesError, OSError."""
    try:
        _require_safe(folder)
        names = _names(folder)
    except FileNotFoundError:
        return ()
    if len(names) > MOST:
        raise OverlayFilesError(f"{FOLDER}: more than {MOST} files")
    return tuple(Written(f"{FOLDER}/{name}", _read(folder, name)) for name in names)


def _names(folder: Path) -> list[str]:
    """Those that count: an editor's copies and hidden files do not."""
    return sorted(
        name for name in os.listdir(folder) if name.endswith(ENDING) and not name.startswith(".")
    )


def _require_safe(folder: Path) -> None:
    """Where anybody may put a file, anybody would decide."""
    mode = folder.stat().st_mode
    read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    if mode & stat.S_IWOTH and not read_only:
        raise OverlayFilesError(f"{FOLDER}: anybody may write to it (chmod o-w)")


def _read(folder: Path, name: str) -> str:
    shown = f"{FOLDER}/{name}"
    path = Path(os.path.realpath(folder / name))
    if not path.is_relative_to(os.path.realpath(folder)):
        raise OverlayFilesError(f"{shown}: it leads out of the folder")
    # O_NONBLOCK: what nobody writes to, such as a FIFO, does not hold us up.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with open(opened, "rb") as file:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise OverlayFilesError(f"{shown}: it is no file")
        if found.st_mode & stat.S_IWOTH:
            raise OverlayFilesError(f"{shown}: anybody may write to it (chmod o-w)")
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OverlayFilesError(f"{shown}: larger than {LARGEST} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OverlayFilesError(f"{shown}: this is not in UTF-8") from error
