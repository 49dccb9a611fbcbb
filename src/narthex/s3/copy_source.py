"""The source of a copy: named by a header, authorised as a read, conditions judged.

This file never reads the bytes. The name is decoded once, here, and the same name is authorised
and read (two decodings have let other servers authorise one key and read another).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from narthex.catalog import objects
from narthex.errors import S3Error, invalid_argument
from narthex.model import Bucket, Object, Piece
from narthex.pure import conditions, names
from narthex.s3.authorize import check_expected_owner, hide_absence, of_version, permit
from narthex.s3.operation import Call
from narthex.s3.question import check_judged
from narthex.server import Server


@dataclass(frozen=True, slots=True)
class Source:
    """An object to copy from. version: the one asked for by id, if any."""

    bucket: Bucket
    object: Object
    piece: Piece | None
    version: str | None

    @staticmethod
    async def stream(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes as a stream, however they came."""
        if isinstance(body, bytes):
            yield body
            return
        async for chunk in body:
            yield chunk


async def find_source(call: Call, server: Server) -> Source:
    """The source of this copy. Raises AccessDenied, NoSuchBucket, NoSuchKey, PreconditionFailed."""
    named = names.parse_copy_source(call.field("x-amz-copy-source") or "")
    action = of_version("s3:GetObject", named.version)
    bucket = await permit(call.asking, action, named.bucket, named.key, server)
    check_expected_owner(call.field("x-amz-source-expected-bucket-owner"), bucket)
    if named.version not in (None, "null"):
        raise invalid_argument("Invalid version id specified", "versionId", named.version or "")
    found = await objects.find_with_piece(server.catalog, bucket.id, named.key)
    if found is None:
        absent = S3Error("NoSuchKey", detail=(("Key", named.key),))
        raise await hide_absence(call.asking, absent, bucket, server)
    target, piece = found
    check_judged(call.asking, bucket, target)
    conditions.check_copy_source(call.field, target.etag, target.modified_us, now_us=server.clock())
    return Source(bucket, target, piece, named.version)
