"""CopyObject: an object's bytes under another key, read and written as the same caller.

Source: Amazon S3 API reference, CopyObject. The source is authorised like a GET of it.
"""

from __future__ import annotations

from narthex.errors import S3Error, invalid_argument
from narthex.http import Response
from narthex.model import Object
from narthex.pure import checksums, metadata, times
from narthex.s3.answer import xml_response
from narthex.s3.authorize import of_version, require
from narthex.s3.content import read_content
from narthex.s3.copy_source import Source, find_source
from narthex.s3.lifecycle import expiration_of
from narthex.s3.operation import Call, operation
from narthex.s3.publish import Draft, publish
from narthex.s3.receive import store
from narthex.server import Server

MOST = 5 * 1024**3


@operation("CopyObject", "PUT", "object", action="s3:PutObject", query="copy")
async def copy_object(call: Call, server: Server) -> Response:
    draft = await Draft.of(call, server)
    replace_headers = _directive(call, "x-amz-metadata-directive")
    replace_tags = _directive(call, "x-amz-tagging-directive")
    algorithm = checksums.algorithm_named(call.field("x-amz-checksum-algorithm"))
    source = await find_source(call, server)
    found = source.object
    if found.size > MOST:
        raise S3Error(
            "InvalidRequest",
            "The specified copy source is larger than the maximum allowable size for a copy "
            f"source: {MOST}",
        )
    _refuse_no_change(call, source, replace_headers)
    if found.tags and not replace_tags:
        await _permit_tags(call, source, server)
    kept = Draft(
        draft.headers if replace_headers else found.headers,
        draft.tags if replace_tags else found.tags,
        draft.storage_class,
        draft.owner,
        draft.acl,
    )
    written = await _copy(call, source, kept, algorithm, server)
    return xml_response(
        "CopyObjectResult",
        [
            ("LastModified", times.iso(written.modified_us)),
            ("ETag", f'"{written.etag}"'),
            *checksums.elements(written.checksum),
        ],
        headers=await expiration_of(call.held, written, server),
    )


async def _permit_tags(call: Call, source: Source, server: Server) -> None:
    """Tags are read and written with the bytes: policies on either count. Raises AccessDenied."""
    found, asking = source.object, call.asking
    read = of_version("s3:GetObjectTagging", source.version)
    await require(asking, read, source.bucket, found.key, server)
    for action in ("s3:PutObject", "s3:PutObjectTagging"):
        await require(
            asking, action, call.held, call.key, server, request_tags=found.tags, writes=True
        )


async def _copy(call: Call, source: Source, kept: Draft, algorithm: str, server: Server) -> Object:
    found = source.object
    if not algorithm and found.checksum is not None:
        algorithm = found.checksum.algorithm
    body = await read_content(found, source.piece, 0, found.size, server)
    received = await store(source.stream(body), found.size, server, algorithm)
    return await publish(call, kept, received, server, "ObjectCreated:Copy")


def _directive(call: Call, name: str) -> bool:
    """Whether REPLACE was asked for; COPY is the default."""
    value = call.field(name)
    if value not in (None, "COPY", "REPLACE"):
        raise invalid_argument("Unknown directive.", name, value or "")
    return value == "REPLACE"


def _refuse_no_change(call: Call, source: Source, replace_headers: bool) -> None:
    """A copy of an object onto itself must change something."""
    same = source.bucket.id == call.held.id and source.object.key == call.key
    changed = (
        replace_headers
        or metadata.storage_class(call.field("x-amz-storage-class")) != source.object.storage_class
        or call.field("x-amz-website-redirect-location") is not None
        or call.field("x-amz-checksum-algorithm") is not None
    )
    if same and not changed and source.version is None:
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself "
            "without changing the object's metadata, storage class, website redirect location or "
            "encryption attributes.",
        )
