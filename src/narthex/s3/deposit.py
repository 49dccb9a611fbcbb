"""Run what brings a file in by a request: PUT, form, or parts; within its limits, all of them.

This file never decides about rights, and never judges a file: `ledger.deposits` does, in the
transaction that books it. INVARIANT: no byte of a file is read before it was booked, and what is
not stored in the end is given back.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace

from narthex.http import Headers, Response
from narthex.ledger import visits
from narthex.ledger.deposits import Brought
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.issue import event
from narthex.ledger.underway import Passage
from narthex.pure.shares import Share, Verdict, Visit
from narthex.s3.body import body_of
from narthex.s3.operation import Call, Operation
from narthex.s3.parts import no_such_upload
from narthex.s3.post_form import file_of
from narthex.s3.publish import judge_write
from narthex.s3.select import part_number
from narthex.server import Server

PUT, POST, CREATE = "PutObject", "PostObject", "CreateMultipartUpload"
PART, COMPLETE, ABORT = "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"
OF_UPLOADS = frozenset([PUT, POST, CREATE, PART, COMPLETE, ABORT, "ListParts"])
NEW_ONLY = frozenset([PUT, POST, CREATE, COMPLETE])  # where nothing may be replaced
_UPLOAD_ID = re.compile(rb"<UploadId>([0-9a-f]{32})</UploadId>")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that brings something in."""

    operation: Operation
    call: Call
    share: Share
    visit: Visit
    server: Server


async def deposit(
    operation: Operation, call: Call, share: Share, visit: Visit, server: Server
) -> Response:
    """What the operation answers. Raises NotAdmitted, and every refusal of the operation."""
    if operation.name in NEW_ONLY and not share.accepts.overwrite:
        call = _only_new(call)
    given = Delivery(operation, call, share, visit, server)
    try:
        if operation.name in (PUT, POST):
            return await _file(given)
        if operation.name == CREATE:
            return await _begin_parts(given)
        return await _go_on(given, call.parameter("uploadId") or "")
    except NotAdmitted as error:
        raise visits.refused(server.ledger, share, visit, error.verdict, server.clock()) from error


def _only_new(call: Call) -> Call:
    """The same write, on the condition that nothing has its key yet."""
    request = call.request
    kept = [pair for pair in request.headers if pair[0] not in ("if-match", "if-none-match")]
    headers = Headers((*kept, ("if-none-match", "*")))
    return replace(call, asking=replace(call.asking, request=replace(request, headers=headers)))


async def _file(given: Delivery) -> Response:
    """A file in one request."""
    call, share, server = given.call, given.share, given.server
    deposits, id = server.ledger.deposits, server.new_id()
    await deposits.book(share.id, given.visit, _brought(given), id, server.clock())
    stored: int | None = None
    try:
        response = await _run(given, id)
        is_form = given.operation.name == POST
        stored = file_of(call.request).size if is_form else body_of(call.request).length
        return response
    finally:
        is_told = bool(share.notices.occasions)
        await deposits.settle(share.id, id, stored, server.clock(), is_told=is_told)
        _note(given, stored, id)


def _brought(given: Delivery) -> Brought:
    """What is announced. A form's file is cut off beyond the size that is taken."""
    call = given.call
    if given.operation.name == POST:
        file = file_of(call.request)
        if given.share.accepts.max_size is not None:
            file.limit(given.share.accepts.max_size)
        size = file.proposed
    elif given.operation.name == CREATE:
        size = 0
    else:
        size = body_of(call.request).length or 0  # without a length, the operation refuses it
    return Brought(call.key, call.field("content-type") or "", size)


async def _begin_parts(given: Delivery) -> Response:
    """An upload in parts. Where it could not be completed, it is refused before its first byte."""
    share, server = given.share, given.server
    await server.catalog.run(lambda tx: judge_write(tx, given.call))
    deposits, id = server.ledger.deposits, server.new_id()
    await deposits.book(share.id, given.visit, _brought(given), id, server.clock())
    try:
        response = await given.operation.run(given.call, server)
        found = _UPLOAD_ID.search(response.body) if isinstance(response.body, bytes) else None
        if found is None:
            raise RuntimeError("an upload was begun without an id")
        await deposits.begin_parts(share.id, id, found[1].decode(), server.clock())
    except BaseException:
        await deposits.settle(share.id, id, None, server.clock())
        raise
    return response


async def _go_on(given: Delivery, upload: str) -> Response:
    """With an upload in parts that this share has begun; no other is known to it."""
    name, share, server = given.operation.name, given.share, given.server
    deposits = server.ledger.deposits
    if not await deposits.owns(share.id, upload):
        raise no_such_upload(upload)
    if name == PART:
        return await _part(given, upload)
    if name == COMPLETE:
        await deposits.check_parts(share.id, given.visit, upload, server.clock())
    response = await given.operation.run(given.call, server)
    if name == COMPLETE:
        is_told = bool(share.notices.occasions)
        size = await deposits.end_parts(
            share.id, upload, server.clock(), stored=True, is_told=is_told
        )
        _note(given, size, upload)
    elif name == ABORT:
        await deposits.end_parts(share.id, upload, server.clock(), stored=False)
        _note(given, None, upload)
    return response


async def _part(given: Delivery, upload: str) -> Response:
    call, share, server = given.call, given.share, given.server
    deposits = server.ledger.deposits
    number = part_number(call.parameter("partNumber") or "")
    size = body_of(call.request).length or 0
    await deposits.book_part(share.id, given.visit, upload, number, size, server.clock())
    try:
        return await _run(given, "")
    finally:
        await deposits.settle_part(share.id, upload, size, server.clock())


async def _run(given: Delivery, booking: str) -> Response:
    """The operation, watched while it reads: it ends when its share does."""
    server, underway = given.server, given.server.ledger.underway
    passage = Passage(given.share, booking)
    underway.enter(passage, server.identities.generation, server.clock)
    try:
        return await given.operation.run(given.call, server)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if passage.is_cut and task is not None and not task.uncancel():
            raise NotAdmitted(Verdict.REVOKED) from None
        raise
    finally:
        underway.leave(passage)


def _note(given: Delivery, size: int | None, booking: str) -> None:
    """Write down what became of a file. size: None when it is not there in the end."""
    given.server.ledger.journal.note(
        event(
            given.share,
            "used",
            given.server.clock(),
            outcome="broken" if size is None else "completed",
            address=given.visit.client,
            agent=given.visit.agent,
            key=given.call.key,
            size=size or 0,
            booking=booking,
        )
    )
