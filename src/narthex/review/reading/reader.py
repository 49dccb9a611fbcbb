"""One file, read: by what its bytes are, never by its name. Read `read_document` first.

INVARIANT: whatever the bytes, it ends within the budget, and says what it did not read.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib
from typing import Protocol, cast

from narthex.pure.detectors.passages import Document
from narthex.pure.detectors.signatures import HEAD, ending_of, media_of
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import MIB, Budget, Spent
from narthex.review.reading.compound import read_compound
from narthex.review.reading.mail import is_mail, read_mail
from narthex.review.reading.markup import read_markup
from narthex.review.reading.notes import Notes, Unreadable
from narthex.review.reading.office import is_office, read_office
from narthex.review.reading.open_document import is_open_document, read_open_document
from narthex.review.reading.pictures import PICTURES, read_picture
from narthex.review.reading.plain import read_text
from narthex.review.reading.rich_text import read_rich_text

DEEPEST = 1  # levels of files in a file that are opened
_ARCHIVES = frozenset("zip gzip bzip2 xz tar 7z rar zstd cab iso lzip".split())
_LARGEST_INSIDE = 32 * MIB


def read_document(
    name: str, content_type: str, size: int, data: bytes, budget: Budget, *, cut: bool = False
) -> Document:
    """What `data` holds. cut: whether these are only the file's first bytes."""
    notes = Notes()
    if cut:
        notes.unread.append(f"only the first {len(data) / MIB:.0f} MiB were looked at")
    try:
        _read(name, data, budget, notes, 0)
    except Spent as error:
        notes.unread.append(str(error))
    except Unreadable as error:
        notes.blind = str(error)
    except MemoryError:
        notes.blind = "reading it takes more memory than is allowed"
    except RecursionError:
        notes.blind = "it is nested too deeply"
    return Document(name, content_type, size, tuple(budget.passages), notes.traits())


def _read(name: str, data: bytes, budget: Budget, notes: Notes, depth: int) -> None:
    head = data[:HEAD]
    media, ending = media_of(data[:33000]), ending_of(name)
    if depth == 0:
        notes.media = media
    if media == "zip":
        _read_zip(data, budget, notes, depth)
    elif media == "pdf":
        from narthex.review.reading.portable import read_portable

        read_portable(data, budget, notes)
    elif media == "ole":
        read_compound(data, budget, notes)
    elif media == "rtf":
        read_rich_text(data, budget, notes)
    elif media in {"gzip", "bzip2", "xz", "tar"}:
        _read_packed(name, media, data, budget, notes, depth)
    elif media in PICTURES:
        read_picture(data, budget, notes)
    elif media in {"text", "script", "markup"}:
        _read_letters(media, ending, head, data, budget, notes, depth)
    elif b"\0" in head and head.count(0) * 5 > len(head) and _wide_text(head):
        read_text(data, ending, budget)
    else:
        if media in _ARCHIVES and depth:
            notes.archives.append(name)
        notes.unread.append(f"{_called(media)} cannot be read")


def _called(media: str) -> str:
    return f"the format {media}" if media else "a binary format"


def _wide_text(head: bytes) -> bool:
    """Whether these are letters of two bytes each, without a byte order mark."""
    return b"\0\0" not in head[:200] and 0 in head[:2] and len(head) > 7


def _read_letters(
    media: str, ending: str, head: bytes, data: bytes, budget: Budget, notes: Notes, depth: int
) -> None:
    if is_mail(head, ending):
        for inner, payload in read_mail(data, budget, notes):
            _read_inside(inner, payload, budget, notes, depth)
    elif media == "markup" or ending in {"html", "htm", "xhtml", "svg"}:
        read_markup(data, budget)
    else:
        read_text(data, ending, budget)


def _read_zip(data: bytes, budget: Budget, notes: Notes, depth: int) -> None:
    archive = Archive(data)
    if len(set(archive.names)) < len(
        archive.entries
    ):  # one of a name, and the first 5000, are read
        notes.unread.append("it has more files than are read, or two of one name")
    if archive.encrypted:
        notes.encrypted += archive.encrypted[:3]
        notes.unread.append("it is encrypted")
        notes.names += archive.names
        return
    if is_office(archive):
        read_office(archive, budget, notes)
        return
    if is_open_document(archive, data[:HEAD]):
        read_open_document(archive, budget, notes)
        return
    notes.names += archive.names
    for name in archive.names:
        budget.part()
        _read_inside(name, archive.read(name, budget, _LARGEST_INSIDE), budget, notes, depth)


def _read_inside(name: str, data: bytes, budget: Budget, notes: Notes, depth: int) -> None:
    """A file in a file. What is broken or too deep there is noted and does not end the reading."""
    media = media_of(data[:33000])
    nested = media in _ARCHIVES and not _is_document(data)
    if nested:
        notes.archives.append(name)
    if depth >= DEEPEST and (nested or media == "zip"):
        notes.unread.append("archives in archives were not opened")
        return
    before = len(budget.passages)
    try:
        _read(name, data, budget, notes, depth + 1)
    except Unreadable as error:
        notes.unread.append(f"`{name[-40:]}` in it: {error}")
    for at in range(before, len(budget.passages)):
        passage = budget.passages[at]
        place = f"{name[-40:]}, {passage.place}" if passage.place else name[-40:]
        budget.passages[at] = type(passage)(passage.text, place, passage.kind)


def _is_document(data: bytes) -> bool:
    return b"[Content_Types].xml" in data or b"mimetypeapplication/vnd.oasis" in data[:200]


def _read_packed(
    name: str, media: str, data: bytes, budget: Budget, notes: Notes, depth: int
) -> None:
    """gzip, bzip2, xz and tar: unpacked, and what comes out read once more as if it stood there."""
    if media == "tar":
        _read_tar(data, budget, notes, depth)
        return
    unpacked, all_of_it = _unpack(media, data, budget)
    if not all_of_it:
        notes.unread.append("what follows the first packed file was not read")
    inner = name.rpartition(".")[0] or "content"
    notes.names.append(inner.rpartition("/")[2])
    if media_of(unpacked[:33000]) == "tar":
        _read_tar(unpacked, budget, notes, depth)
    else:
        _read_inside(inner.rpartition("/")[2], unpacked, budget, notes, depth)


class _Machine(Protocol):
    """What zlib, bz2 and lzma have in common."""

    eof: bool

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def _machine(media: str) -> _Machine:
    if media == "gzip":
        return cast(_Machine, zlib.decompressobj(31))
    if media == "bzip2":
        return cast(_Machine, bz2.BZ2Decompressor())
    return cast(_Machine, lzma.LZMADecompressor(memlimit=64 * MIB))


def _unpack(media: str, data: bytes, budget: Budget) -> tuple[bytes, bool]:
    """What comes out, and whether that is all of it. Raises Unreadable, Spent."""
    machine = _machine(media)
    pieces: list[bytes] = []
    total, source = 0, data
    try:
        while not machine.eof:
            piece = machine.decompress(source, MIB)
            total += len(piece)
            if total > max(MIB, 200 * len(data)) or total > _LARGEST_INSIDE:
                raise Spent("it unpacks to far more than is read")
            budget.unpack(len(piece))
            pieces.append(piece)
            source = getattr(machine, "unconsumed_tail", b"")
            if not piece and not source:
                break
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise Unreadable(f"a broken {media} file") from error
    return b"".join(pieces), machine.eof and not machine.unused_data.strip(b"\0")


def _read_tar(data: bytes, budget: Budget, notes: Notes, depth: int) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for entry in tar:
                budget.part()
                notes.names.append(entry.name)
                if entry.isfile() and entry.size > _LARGEST_INSIDE:
                    notes.unread.append("a file in it is larger than is read")
                if not entry.isfile() or entry.size > _LARGEST_INSIDE:
                    continue
                source = tar.extractfile(entry)
                content = source.read(_LARGEST_INSIDE) if source is not None else b""
                budget.unpack(len(content))
                _read_inside(entry.name, content, budget, notes, depth)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise Unreadable("a broken tar file") from error
