"""Run what brings a file in by a request: PUT, form, or parts; within its limits, all of them.

This file never decides about rights, and never judges a file: `ledger.deposits` does, once more in
the transaction that books it. INVARIANT: no byte of a file is read before it was booked, and what
is not stored in the end is given back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from narthex.errors import S3Error
from narthex.http import Headers, Response
from narthex.ledger import visits
from narthex.ledger.deposits import Brought
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.underway import Passage
from narthex.model import ANONYMOUS
from narthex.pure.shares import Share, Verdict, Visit
from narthex.s3.body import body_of
from narthex.s3.operation import Call, Operation
from narthex.s3.parts import no_such_upload
from narthex.s3.post_form import file_of
from narthex.s3.select import part_number
from narthex.server import Server

PUT, POST, CREATE = "PutObject", "PostObject", "CreateMultipartUpload"
PART, COMPLETE, ABORT = "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"
LIST = "ListParts"
OF_UPLOADS = frozenset([PUT, POST, CREATE, PART, COMPLETE, ABORT, LIST])
MAKES_OBJECT = frozenset([PUT, POST, COMPLETE])
_UPLOAD_ID = re.compile(rb"<UploadId>([0-9a-f]{32})</UploadId>")


async def deposit(
    operation: Operation, call: Call, share: Share, visit: Visit, server: Server
) -> Response:
    """What the operation answers. Raises NotAdmitted, and every refusal of the operation."""
    if operation.name in MAKES_OBJECT and not share.accepts.overwrite:
        call = _only_new(call)
    door = _Door(operation, call, share, visit, server)
    try:
        if operation.name in (PUT, POST, CREATE):
            return await door.bring()
        return await door.go_on()
    except NotAdmitted as error:
        raise visits.refused(server.ledger, share, visit, error.verdict, server.clock()) from error


class _Door:
    """One request on its way in."""

    def __init__(
        self, operation: Operation, call: Call, share: Share, visit: Visit, server: Server
    ) -> None:
        self._operation = operation
        self._call = call
        self._share = share
        self._visit = visit
        self._server = server
        self._deposits = server.ledger.deposits

    async def bring(self) -> Response:
        """A file, or the beginning of one that comes in parts."""
        call, share, server = self._call, self._share, self._server
        id, size = server.new_id(), self._announced()
        brought = Brought(call.key, call.field("content-type") or "", size or 0)
        await self._deposits.book(share.id, self._visit, brought, id, server.clock())
        stored: int | None = None
        try:
            response = await self._watched(id)
            if self._operation.name == CREATE:
                upload = _upload_id(response)
                await self._deposits.begin_parts(share.id, id, upload, server.clock())
                return response
            stored = size if size is not None else file_of(call.request).size
            return response
        finally:
            if stored is not None or self._operation.name != CREATE:
                await self._settled(id, stored)
