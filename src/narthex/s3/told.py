"""An act of administration of S3 as the audit log tells it, done or denied.

This file never tells what a document says, only its digest. Objects that are read or written are no
acts: whoever may is decided by what is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from narthex import acts
from narthex.acts import Act
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import ownership
from narthex.pure.acl_requests import ACL_HEADERS
from narthex.s3.asking import Asking
from narthex.s3.operation import Call, Operation
from narthex.s3.question import ARN
from narthex.s3.route import route
from narthex.server import Server

# Whoever holds a link, or signs nothing, has no business here; a flood of them says nothing.
KNOWN: Final = frozenset(["root", "user", "role", "federated"])
HEADERS: Final = (*ACL_HEADERS, ownership.HEADER)


async def perform_act(operation: Operation, call: Call, server: Server) -> Response:
    """What the operation answers, written down as it is done."""
    call = replace(call, made={})
    owner = "" if call.bucket is None else call.bucket.account
    act = _act(operation, call.asking, call.bucket_name, call.key, call.request_id, owner)
    act = replace(act, said=lambda: _said(call))
    return await acts.perform(act, server, lambda server: operation.run(call, server))


def note_denial(asking: Asking, request_id: str, server: Server) -> None:
    """Somebody known was denied this request, should it be an act."""
    if asking.identity.principal.kind not in KNOWN:
        return
    try:
        asked, _ = route(asking.request, server.settings.domain)
    except S3Error:
        return
    if asked.operation.is_act:
        act = _act(asked.operation, asking, asked.bucket, asked.key, request_id, "")
        acts.note_denial(act, server)


def _act(
    operation: Operation, asking: Asking, bucket: str, key: str, request_id: str, owner: str
) -> Act:
    resource = f"{ARN}{bucket}" if bucket else "*"
    return Act(
        operation.action,
        operation.name,
        f"{resource}/{key}" if key else resource,
        owner,
        asking.identity,
        asking.request,
        request_id,
        tuple,
    )


def _said(call: Call) -> Iterator[tuple[str, str]]:
    yield from (call.made or {}).items()
    for name in HEADERS:
        value = call.field(name)
        if value is not None:
            yield name, value
