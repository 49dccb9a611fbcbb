"""Rows to values and back: the column lists of each noun, and how its fields are spelled in SQL.

This file never asks the database anything.
"""

from __future__ import annotations

import json
from functools import lru_cache

from awscrt.checksums import crc32c

from narthex.catalog import Row, Value
from narthex.errors import Corrupt
from narthex.http import Pairs
from narthex.model import Checksum, Object, Piece, Upload

OBJECT = (
    "version, content, size, etag, modified_us, owner, headers, tags, storage_class,"
    " checksum_algorithm, checksum_value, checksum_type, parts, acl"
)
# An object as it is listed: without what listings do not tell.
LISTED = (
    "version, content, size, etag, modified_us, owner, '[]', '[]', storage_class,"
    " checksum_algorithm, checksum_value, checksum_type, parts, ''"
)
PIECE = (
    "number, start, size, etag, modified_us, blob,"
    " checksum_algorithm, checksum_value, checksum_type, sums, data"
)
PUT_PIECE = f"INSERT INTO pieces (content, {PIECE}) VALUES (?, {', '.join('?' * 11)})"
# A part as it is listed: what it weighs and sums up to, not what it holds.
PART = (
    "number, start, size, etag, modified_us, blob,"
    " checksum_algorithm, checksum_value, checksum_type, '', NULL"
)
UPLOAD = (
    "id, bucket, key, initiated_us, owner, initiator, headers, tags, storage_class,"
    " checksum_algorithm, checksum_type, acl"
)


def is_word(text: str) -> bool:
    """Whether this can be an id or a name at all. Others are not asked for: TEXT holds no NUL."""
    return text.isascii() and "\0" not in text


def write_pairs(pairs: Pairs) -> str:
    """JSON in ASCII, so that it holds any text on any engine."""
    return json.dumps(pairs, separators=(",", ":")) if pairs else "[]"


@lru_cache(maxsize=4096)
def read_pairs(text: str) -> Pairs:
    """The pairs `write_pairs` wrote. Most objects share their headers, so the texts repeat."""
    return tuple((name, value) for name, value in json.loads(text))


def _checksum_values(checksum: Checksum | None) -> tuple[str, str, str]:
    return ("", "", "") if checksum is None else (checksum.algorithm, checksum.value, checksum.type)


def read_object(key: str, row: Row) -> Object:
    """The object of a row that begins with the columns OBJECT."""
    return Object(
        key,
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        read_pairs(row[6]) if row[6] != "[]" else (),
        read_pairs(row[7]) if row[7] != "[]" else (),
        row[8],
        Checksum(row[9], row[10], row[11]) if row[9] else None,
        row[12],
        row[13],
    )


def object_values(object: Object) -> tuple[Value, ...]:
    """The values of the columns OBJECT."""
    return (
        object.version,
        object.content,
        object.size,
        object.etag,
        object.modified_us,
        object.owner,
        write_pairs(object.headers),
        write_pairs(object.tags),
        object.storage_class,
        *_checksum_values(object.checksum),
        object.parts,
        object.acl,
    )


def read_piece(row: Row) -> Piece:
    """The piece of a row of the columns PIECE or PART. Raises Corrupt: inline bytes altered."""
    data: bytes | None = row[10]
    sums: bytes = row[9] or b""
    if data is not None and (len(data) != row[2] or _sum(data) != sums):
        raise Corrupt(f"inline bytes with etag {row[4]} fail their checksum")
    return Piece(
        row[0],
        row[2],
        row[3],
        row[4],
        row[1],
        data,
        row[5],
        b"" if data is not None else sums,
        Checksum(row[6], row[7], row[8]) if row[6] else None,
    )


def piece_values(piece: Piece) -> tuple[Value, ...]:
    """The values of the columns PIECE. Inline bytes get a checksum of their own here."""
    return (
        piece.number,
        piece.start,
        piece.size,
        piece.etag,
        piece.modified_us,
        piece.blob,
        *_checksum_values(piece.checksum),
        piece.sums if piece.data is None else _sum(piece.data),
        piece.data,
    )


def _sum(data: bytes) -> bytes:
    checksum: int = crc32c(data)
    return checksum.to_bytes(4, "big")


def read_upload(row: Row) -> Upload:
    """The upload of a row of the columns UPLOAD."""
    return Upload(
        id=row[0],
        bucket=row[1],
        key=row[2].decode(),
        initiated_us=row[3],
        owner=row[4],
        initiator=row[5],
        headers=read_pairs(row[6]),
        tags=read_pairs(row[7]),
        storage_class=row[8],
        checksum_algorithm=row[9],
        checksum_type=row[10],
        acl=row[11],
    )


def upload_values(upload: Upload) -> tuple[Value, ...]:
    """The values of the columns UPLOAD."""
    return (
        upload.id,
        upload.bucket,
        upload.key.encode(),
        upload.initiated_us,
        upload.owner,
        upload.initiator,
        write_pairs(upload.headers),
        write_pairs(upload.tags),
        upload.storage_class,
        upload.checksum_algorithm,
        upload.checksum_type,
        upload.acl,
    )
