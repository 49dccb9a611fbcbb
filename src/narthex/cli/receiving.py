"""Files that came by a request, on their way from a store into a folder of this computer.

Their names are others' words. INVARIANT: none leads out of the folder or through a symbolic link,
none is hidden, and none takes the place of a file that is there.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from narthex.cli import calls
from narthex.cli.client import Client
from narthex.cli.items import Item
from narthex.cli.moving import move_all
from narthex.cli.results import Results
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Options, Transfers
from narthex.cli.workers import Workers

MOST_BYTES = 200  # of one part of a name; file systems take 255, and a number may come behind
MOST_PARTS = 16
NUMBERS = 10_000  # files of one name


def receive(client: Client, bucket: str, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Move every object of the bucket into the folder: each key, and where its file is now.

    None: it could not be written, and is still in the store. An object is removed from there when
    its file is whole and on the disk. Raises Failure.
    """
    options = Options(move=True)
    for page in calls.list_pages(client, bucket, ""):
        for one in page.objects:
            yield one.key, _received(client, Location(bucket, one.key), one.size, folder, options)


def _received(
    client: Client, source: Location, size: int, folder: Path, options: Options
) -> Path | None:
    try:
        path = reserve(folder, source.key)
    except OSError:
        return None
    results = Results("download", lines=False, errors=False, bar=False)
    try:
        workers = Workers(options.threads)
        item = Item(source, str(path), size)
        move_all((item,), "download", Transfers(client, options, workers, results))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if results.failed:
        path.unlink(missing_ok=True)
        return None
    return path


def reserve(folder: Path, key: str) -> Path:
    """A new empty file for this key, with the folders above it. Raises OSError."""
    *above, name = safe_parts(key)
    for part in above:
        folder = _folder_in(folder, part)
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    for number in range(1, NUMBERS):
        path = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{folder / name}: there are too many of this name")


def _folder_in(folder: Path, name: str) -> Path:
    """A real folder of this name; one with a number where something else has the name."""
    for number in range(1, NUMBERS):
        path = folder / (name if number == 1 else f"{name} ({number})")
        try:
            path.mkdir()
        except FileExistsError:
            if path.is_symlink() or not path.is_dir():
                continue
        return path
    raise FileExistsError(f"{folder / name}: there are too many of this name")


def safe_parts(key: str) -> list[str]:
    """A key as names of folders and, at last, of a file. Pure."""
    parts = [_safe(part) for part in key.split("/") if part not in ("", ".", "..")]
    if len(parts) > MOST_PARTS:
        parts = [*parts[: MOST_PARTS - 1], "_".join(parts[MOST_PARTS - 1 :])[:MOST_BYTES]]
    return parts or ["file"]


def _safe(part: str) -> str:
    """Without what a terminal, a shell or a file system could take for more than a letter."""
    text = "".join("_" if _is_odd(letter) else letter for letter in part).strip()
    if text.startswith((".", "-", "~")):  # hidden; an option; a home folder
        text = f"_{text[1:]}"
    stem, dot, ending = text.rpartition(".")
    most = MOST_BYTES - len(f"{dot}{ending}".encode()) if stem and len(ending) < 16 else 0
    if most:
        return f"{_cut(stem, most)}{dot}{ending}"
    return _cut(text, MOST_BYTES) or "file"


def _is_odd(letter: str) -> bool:
    return letter in '\\:*?"<>|' or unicodedata.category(letter).startswith(("C", "Zl", "Zp"))


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
