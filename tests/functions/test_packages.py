"""Zips: what is unpacked, and every way to make one that harms."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from narthex.functions import packages
from narthex.functions.errors import LambdaError
from narthex.pure.functions import MOST_ZIP
from tests.functions.asking import zipped


def with_entry(name: str, *, mode: int = stat.S_IFREG | 0o644, data: bytes = b"x") -> bytes:
    """A zip of one entry of this name and mode, as it is, whatever zipfile thinks of it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        entry = zipfile.ZipInfo("placeholder")
        entry.external_attr = mode << 16
        entry.filename = name
        entry.orig_filename = name
        archive.writestr(entry, data)
    return held.getvalue()


def bomb() -> bytes:
    """256 MiB of nothing, in few bytes."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as entry,
    ):
        for _ in range(256):
            entry.write(bytes(1024 * 1024))
    return held.getvalue()


def lying() -> bytes:
    """An entry that is larger than the directory says."""
    data = bytearray(zipped(("main.py", b"x" * 1000)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def encrypted() -> bytes:
    """An entry that says it wants a password."""
    data = bytearray(zipped(("main.py", "x = 1")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark)
        data[at + place] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Two names for the same bytes."""
    data = bytearray(zipped(("a", b"x" * 100), ("b", b"y" * 100)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 42 : at + 46] = struct.pack("<I", 0)
    return bytes(data)


def corrupt() -> bytes:
    """One byte of an entry is another."""
    data = bytearray(with_entry("main.py", data=b"value = 1"))
    data[data.index(b"value")] ^= 1
    return bytes(data)


def many() -> bytes:
    """More entries than a folder should have."""
    return zipped(*[(str(number), b"") for number in range(packages.MOST_ENTRIES + 1)])


def twice() -> bytes:
    """The same name two times."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("main.py", "a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("main.py", "b")
    return held.getvalue()


BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no zip": lambda: b"PK\x03\x04 and then something else",
    "cut short": lambda: zipped(("main.py", "x = 1"))[:-9],
    "no entry": zipped,
    "parent": lambda: with_entry("../main.py"),
    "parent inside": lambda: with_entry("a/../../main.py"),
    "absolute": lambda: with_entry("/etc/passwd"),
    "backslashes": lambda: with_entry("..\\main.py"),
    "control character": lambda: with_entry("a\nb"),
    "long name": lambda: with_entry("a" * 300),
    "deep": lambda: with_entry("/".join(["a"] * 60)),
    "link": lambda: with_entry("link", mode=stat.S_IFLNK | 0o777, data=b"/etc/passwd"),
    "device": lambda: with_entry("device", mode=stat.S_IFCHR | 0o666),
    "pipe": lambda: with_entry("pipe", mode=stat.S_IFIFO | 0o666),
    "twice": twice,
    "file below a file": lambda: zipped(("a", "x"), ("a/b", "y")),
    "encrypted": encrypted,
    "overlapping": overlapping,
    "lying about its size": lying,
    "bomb": bomb,
    "one byte changed": corrupt,
    "too many": many,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_zip_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    data = BAD[name]()
    with pytest.raises(LambdaError) as caught:
        packages.check_zip(data)
    assert caught.value.code == "InvalidParameterValueException"
    folder = tmp_path / "inside" / "code"
    folder.parent.mkdir()
    with pytest.raises(LambdaError):
        packages.unpack(data, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_a_zip_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(LambdaError) as caught:
        packages.check_zip(bytes(MOST_ZIP + 1))
    assert caught.value.code == "RequestEntityTooLargeException"


def test_a_good_zip_becomes_a_folder_that_nobody_writes_to(tmp_path: Path) -> None:
    data = zipped(("main.py", "x = 1"), ("a/b/c.txt", "é"), ("empty/", b""), ("zero", b""))
    packages.check_zip(data)
    folder = tmp_path / "code"
    packages.unpack(data, folder)
    assert (folder / "a" / "b" / "c.txt").read_text("utf-8") == "é"
    assert (folder / "empty").is_dir()
    for top, _, files in os.walk(folder):
        assert not Path(top).stat().st_mode & 0o222
        assert not any((Path(top) / name).stat().st_mode & 0o222 for name in files)
    with pytest.raises(FileExistsError):
        packages.unpack(data, folder)


def test_a_program_in_a_zip_stays_one(tmp_path: Path) -> None:
    data = with_entry("tool", mode=stat.S_IFREG | 0o755)
    packages.unpack(data, tmp_path / "code")
    assert (tmp_path / "code" / "tool").stat().st_mode & 0o777 == 0o555
