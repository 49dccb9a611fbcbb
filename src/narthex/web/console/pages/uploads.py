"""Uploads of the console's script: it is told where to send the bytes, S3 gets them itself.

This file never sees a byte of a file. A small one is one PUT; a large one is S3's own multipart
upload, begun and finished here as the key, its parts signed one by one when their turn comes.
"""

from __future__ import annotations

from typing import Any

from narthex.http import Response
from narthex.pure import xml
from narthex.web.console import look
from narthex.web.console.hand import path_of
from narthex.web.console.refused import Refused, invalid
from narthex.web.console.visit import Visit
from narthex.web.errand import all_of

MIB = 1024 * 1024
WHOLE = 16 * MIB  # what is sent in one request
PART = 8 * MIB
MOST_PARTS = 10_000  # of one upload, as S3 allows
LARGEST = 5 * 1024 * 1024 * MIB
LIFETIME = 15 * 60  # seconds until a part has to begin; how long it takes does not count
LONGEST_KIND = 255


async def begin(visit: Visit) -> Response:
    """Where a file goes: a URL for all of it, or an upload in parts.

    A file that is there is not replaced unless that is said: {"exists": true}.
    """
    bucket, key = _target(visit)
    size = visit.data.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= LARGEST:
        raise invalid("size", "this is a number of bytes, at most 5 TiB")
    where = path_of(bucket, key)
    if not visit.data.get("replace") and await _is_there(visit, where):
        return look.told(200, {"exists": True})
    if size <= WHOLE:
        return look.told(200, {"url": visit.hand.url("PUT", bucket, key, (), LIFETIME)})
    visit.hand.url("PUT", bucket, key, (), LIFETIME)  # a key that no part could be sent to
    headers = (("content-type", _kind(visit)),)
    answer = await visit.hand.s3("POST", where, (("uploads", ""),), headers)
    document = xml.read(await all_of(answer), "InitiateMultipartUploadResult")
    upload = next(one.text for one in document.children if one.name == "UploadId")
    return look.told(200, {"upload": upload, "part_size": part_size(size)})


async def part(visit: Visit) -> Response:
    """Where one part goes."""
    bucket, key = _target(visit)
    number = visit.data.get("number")
    if not isinstance(number, int) or not 1 <= number <= MOST_PARTS:
        raise invalid("number", "this is the number of a part")
    query = (("partNumber", str(number)), ("uploadId", _text(visit, "upload")))
    return look.told(200, {"url": visit.hand.url("PUT", bucket, key, query, LIFETIME)})


async def finish(visit: Visit) -> Response:
    """All parts are there: now they are one object."""
    bucket, key = _target(visit)
    tags = visit.data.get("parts")
    if not isinstance(tags, list) or not 1 <= len(tags) <= MOST_PARTS:
        raise invalid("parts", "this is a list of tags")
    if not all(isinstance(tag, str) and len(tag) <= 64 for tag in tags):
        raise invalid("parts", "this is a list of tags")
    parts = [
        ("Part", [("PartNumber", str(number)), ("ETag", tag)])
        for number, tag in enumerate(tags, start=1)
    ]
    headers = () if visit.data.get("replace") else (("if-none-match", "*"),)
    answer = await visit.hand.s3(
        "POST",
        path_of(bucket, key),
        (("uploadId", _text(visit, "upload")),),
        headers,
        xml.render("CompleteMultipartUpload", parts),
    )
    _refuse_late(await all_of(answer))
    return look.told(200, {})


async def abort(visit: Visit) -> Response:
    """Nobody goes on with it."""
    bucket, key = _target(visit)
    await visit.hand.s3("DELETE", path_of(bucket, key), (("uploadId", _text(visit, "upload")),))
    return look.told(200, {})


def part_size(size: int) -> int:
    """Bytes of each part but the last: whole MiB, so few that S3 takes them."""
    least = -(-size // MOST_PARTS)
    return max(PART, -(-least // MIB) * MIB)


def _target(visit: Visit) -> tuple[str, str]:
    bucket, key = _text(visit, "bucket"), _text(visit, "key")
    if "/" in bucket:
        raise invalid("bucket", "this is the name of a bucket")
    return bucket, key


def _text(visit: Visit, name: str) -> str:
    value: Any = visit.data.get(name)
    if not isinstance(value, str) or not value or len(value) > 2048:
        raise invalid(name, "this is a text")
    return value


def _kind(visit: Visit) -> str:
    """What the browser calls the file's type; what is none is no type."""
    value: Any = visit.data.get("type")
    fine = isinstance(value, str) and value.isascii() and value.isprintable() and "/" in value
    return value if fine and len(value) <= LONGEST_KIND else "application/octet-stream"


async def _is_there(visit: Visit, where: str) -> bool:
    """Whether an object has this key, as far as this key may know; S3 looks again at the end."""
    try:
        await visit.hand.s3("HEAD", where)
    except Refused as error:
        if error.status in (403, 404):
            return False
        raise
    return True


def _refuse_late(document: bytes) -> None:
    """S3 may begin an answer before it knows that it refuses."""
    if b"<Error>" in document[:512]:
        told = {one.name: one.text for one in xml.read(document, "Error").children}
        raise Refused(409, told.get("Code", "InternalError"), told.get("Message", ""))
