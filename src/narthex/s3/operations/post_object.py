"""PostObject: one object, from a form of a web page.

Source: Amazon S3 developer guide, "POST Object"; recorded answers of S3.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.model import Object
from narthex.pure import post_fields
from narthex.s3.lifecycle import expiration_of
from narthex.s3.operation import Call, operation
from narthex.s3.post_form import file_of
from narthex.s3.publish import Draft, publish
from narthex.s3.receive import receive_file
from narthex.s3.representation import checksum_headers
from narthex.s3.route import bucket_of_host
from narthex.server import Server


@operation("PostObject", "POST", "bucket", action="s3:PutObject", form=True)
async def post_object(call: Call, server: Server) -> Response:
    file = file_of(call.request)
    draft = await Draft.of(call, server)  # what the fields say is refused before the file is read
    received = await receive_file(file, call.request.headers.get, server)
    written = await publish(call, draft, received, server, "ObjectCreated:Post")
    return await _answer(call, file.answer, written, server)


async def _answer(
    call: Call, wanted: post_fields.Answer, written: Object, server: Server
) -> Response:
    bucket, key, etag = call.held.name, written.key, written.etag
    place = post_fields.location(_bucket_url(call, server), key)
    expiration = await expiration_of(call.held, written, server)
    headers = (("etag", f'"{etag}"'), *checksum_headers(written), *expiration)
    if wanted.redirect:
        page = post_fields.redirected(wanted.redirect, bucket, key, etag)
        return Response(303, (*headers, ("location", page), ("content-length", "0")))
    headers = (*headers, ("location", place))
    if wanted.status == 204:
        return Response(204, headers)
    body = post_fields.render(place, bucket, key, etag) if wanted.status == 201 else b""
    if body:
        headers = (*headers, ("content-type", "application/xml"))
    return Response(wanted.status, (*headers, ("content-length", str(len(body)))), body)


def _bucket_url(call: Call, server: Server) -> str:
    """The bucket's URL, in the style it was asked in."""
    settings = server.settings
    if settings.public_url:
        return f"{settings.public_url.rstrip('/')}/{call.held.name}"
    host = call.request.headers.get("host") or ""
    base = f"{call.request.scheme}://{host}"
    return base if bucket_of_host(host, settings.domain) else f"{base}/{call.held.name}"
