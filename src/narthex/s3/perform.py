"""Run an authorised operation, and keep the absence of a key from those who may not list.

This file never decides by itself: `authorize.hide_absence` does.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.authorize import hide_absence
from narthex.s3.operation import Call, Operation
from narthex.s3.told import perform_act
from narthex.server import Server


async def perform(operation: Operation, call: Call, server: Server) -> Response:
    """What the operation answers."""
    try:
        if operation.is_act:
            return await perform_act(operation, call, server)
        return await operation.run(call, server)
    except S3Error as error:
        if error.code == "NoSuchKey" and call.bucket is not None:
            raise await hide_absence(call.asking, error, call.bucket, server) from error
        raise
