"""XML in and out of operations: small documents, bounded and verified.

This file never knows what a document means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from narthex.errors import S3Error
from narthex.http import Pairs, Response, read_all
from narthex.pure import administration, checksums, xml
from narthex.s3.body import body_of
from narthex.s3.operation import Call


def xml_response(
    root: str, children: Sequence[xml.Child] | str, *, status: int = 200, headers: Pairs = ()
) -> Response:
    """An S3 result document."""
    body = xml.render(root, children)
    return Response(
        status,
        (
            *headers,
            ("content-type", "application/xml"),
            ("content-length", str(len(body))),
        ),
        body,
    )


def document_response(body: bytes) -> Response:
    """A document that is rendered already."""
    return Response(
        200, (("content-type", "application/xml"), ("content-length", str(len(body)))), body
    )


async def read_document(call: Call, at_most: int, *, checked: bool = True) -> bytes:
    """The body of an operation that takes a document: bounded, its digests verified.

    checked: x-amz-checksum-* headers are about this document. A streaming payload is for objects
    only and refused here.
    """
    body = body_of(call.request)
    if body.streaming:
        raise S3Error(
            "InvalidRequest", "a streaming payload is accepted for objects and parts only"
        )
    data = await read_all(body, at_most=at_most)
    md5 = checksums.content_md5(call.field("content-md5"))
    if md5 is not None:
        checksums.check_md5(md5, hashlib.md5(data, usedforsecurity=False).digest())
    declared = checksums.declared(call.request.headers.get) if checked else None
    if declared is not None:
        digest = checksums.Digest(declared.algorithm)
        digest.update(data)
        checksums.check(declared, digest.digest())
    if call.made is not None and data:
        call.made["document"] = administration.digest(data)
    return data
