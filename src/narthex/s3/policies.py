"""What the bucket policy operations share: whose business a policy is, and whom it names.

This file never evaluates a policy: `authorize` does.
"""

from __future__ import annotations

from collections.abc import Iterable

from narthex.catalog import entities
from narthex.errors import S3Error
from narthex.s3.operation import Call
from narthex.s3.rules import entity_names
from narthex.server import Server

INVALID = "Invalid principal in policy"


def refuse_other_accounts(call: Call) -> None:
    """A bucket's policy is its own account's business, whatever the policy says."""
    if call.caller.account != call.held.account:
        raise S3Error(
            "MethodNotAllowed", detail=(("Method", call.request.method), ("ResourceType", "BUCKET"))
        )


async def pin_principals(named: Iterable[str], server: Server) -> dict[str, str]:
    """The unique id behind each user and role ARN. Raises MalformedPolicy for who is nobody."""
    wanted = entity_names(named)
    pins = dict(await entities.ids_of(server.catalog, wanted))
    if pins.keys() != set(wanted):
        raise S3Error("MalformedPolicy", INVALID)
    return pins
