"""Zips of code: what may be in one, and how it becomes a folder that nobody can write to.

This file never trusts an entry's name, size or kind. It looks at all entries before it reads one.
Source: AWS Lambda developer guide, "Lambda quotas"; CVE-2007-4559 and its kin, zip bombs.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from narthex.functions.errors import LambdaError, invalid
from narthex.pure.functions import MOST_UNZIPPED, MOST_ZIP

MOST_ENTRIES = 20_000
LONGEST_NAME = 512  # bytes of an entry's path
DEEPEST = 40  # folders in each other
STORED_OR_DEFLATED = frozenset([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
ENCRYPTED = 0x1  # of an entry's flags
READABLE, LISTABLE = 0o444, 0o555
COPY_BYTES = 256 * 1024

# What zipfile raises for files that are made to break it, methods that it lacks among them.
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError)
_UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."


def check_zip(data: bytes) -> None:
    """Refuse what is no zip that may be unpacked.

    Raises InvalidParameterValueException, RequestEntityTooLargeException.
    """
    if len(data) > MOST_ZIP:
        raise LambdaError(
            "RequestEntityTooLargeException", f"Zipped size must be smaller than {MOST_ZIP} bytes"
        )
    with _opened(data) as archive:
        entries = _checked(archive)
        for entry in entries:  # their sizes are claims until each has been read
            _read_out(archive, entry, None)


def unpack(data: bytes, folder: Path) -> None:
    """The zip's files, in a new folder that is readable for all and writable for nobody.

    Raises LambdaError when it is none that may be unpacked, OSError.
    """
    folder.mkdir(mode=0o700)
    with _opened(data) as archive:
        for entry in _checked(archive):
            path = folder.joinpath(*_parts(entry))
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = LISTABLE if (entry.external_attr >> 16) & 0o111 else READABLE
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                _read_out(archive, entry, file)
                os.fchmod(file.fileno(), mode)
    for top, _, _ in os.walk(folder, topdown=False):
        Path(top).chmod(LISTABLE)


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (*_BROKEN, OSError) as error:
        raise invalid(_UNREADABLE) from error


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Its entries, when all of them are plain files and folders that fit and do not overlap."""
    entries = archive.infolist()
    if not entries:
        raise invalid("Uploaded file must be a non-empty zip")
    if len(entries) > MOST_ENTRIES:
        raise invalid(f"A zip has at most {MOST_ENTRIES} entries")
    if sum(entry.file_size for entry in entries) > MOST_UNZIPPED:
        raise invalid(f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes")
    taken: dict[str, bool] = {}  # path -> whether it is a folder
    for entry in entries:
        _check_entry(entry)
        parts = _parts(entry)
        for depth in range(1, len(parts)):
            if not taken.setdefault("/".join(parts[:depth]), True):
                raise invalid(_UNREADABLE)
        path = "/".join(parts)
        if path in taken and not (entry.is_dir() and taken[path]):
            raise invalid(f"{_UNREADABLE} An entry is there twice.")
        taken[path] = entry.is_dir()
    _check_overlap(entries)
    return entries


def _check_entry(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise invalid(f"{_UNREADABLE} Links and devices are not unpacked.")
    if entry.flag_bits & ENCRYPTED or entry.compress_type not in STORED_OR_DEFLATED:
        raise invalid(f"{_UNREADABLE} Entries are stored or deflated, and not encrypted.")


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path of an entry below the folder. Raises LambdaError for one that leads elsewhere."""
    # What zipfile read from the file, before it cut it at a NUL or changed a separator.
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    if (
        not parts
        or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME
        or len(parts) > DEEPEST
        or name.startswith("/")
        or "\\" in name
        or any(part == ".." or len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts)
        or any(letter < " " or letter == "\x7f" for letter in name)
        or any("\ud800" <= letter <= "\udfff" for letter in name)
    ):
        raise invalid(f"{_UNREADABLE} The name of an entry leads outside, or is none.")
    return parts


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """No two entries share bytes: that is how a small zip becomes a large one many times over."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise invalid(f"{_UNREADABLE} Entries overlap.")
        end = entry.header_offset + 30 + entry.compress_size  # 30: of the shortest local header


def _read_out(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, into: io.BufferedWriter | None
) -> None:
    """Read an entry to its end: no more than it says, and with the checksum it says."""
    size = 0
    try:
        with archive.open(entry) as source:
            while chunk := source.read(COPY_BYTES):
                size += len(chunk)
                if size > entry.file_size:
                    raise invalid(f"{_UNREADABLE} An entry is larger than it says.")
                if into is not None:
                    into.write(chunk)
    except (*_BROKEN, zlib.error, EOFError) as error:
        raise invalid(_UNREADABLE) from error
    except RuntimeError as error:  # zipfile's word for an entry that wants a password
        raise invalid(_UNREADABLE) from error
    if size != entry.file_size:
        raise invalid(_UNREADABLE)
