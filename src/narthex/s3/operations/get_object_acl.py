"""GetObjectAcl: the access control list of an object.

Source: Amazon S3 API reference, GetObjectAcl.
"""

from __future__ import annotations

from narthex.catalog import objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import acl, acl_requests
from narthex.s3.answer import document_response
from narthex.s3.operation import Call, operation
from narthex.s3.question import check_judged
from narthex.s3.rules import rules_of
from narthex.s3.select import check_version
from narthex.server import Server


@operation("GetObjectAcl", "GET", "object", action="s3:GetObjectAcl", query="acl")
async def get_object_acl(call: Call, server: Server) -> Response:
    check_version(call)
    found = await objects.find(server.catalog, call.held.id, call.key)
    if found is None:
        raise S3Error("NoSuchKey", detail=(("Key", call.key),))
    check_judged(call.asking, call.held, found)
    rules = await rules_of(server.catalog, call.held)
    listed = acl.read(found.acl, found.owner) if rules.uses_acls else acl.private(call.held.owner)
    return document_response(acl_requests.render(listed))
