"""An act of Lambda as the audit log tells it: what it is on, and what it was given.

This file never tells what is not named here: variables and code hold secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from narthex.acts import Act
from narthex.lambda_.operation import SMALL, Call, Operation, Resource

GIVEN: Final = (
    "Role", "Runtime", "Handler", "Principal", "StatementId", "Action", "SourceArn",
    "SourceAccount", "FunctionUrlAuthType", "AuthType", "Name", "FunctionVersion",
    "ReservedConcurrentExecutions", "Publish",
)  # fmt: skip


def act_of(asked: Operation, call: Call, resource: Resource, request_id: str) -> Act:
    """The act that this call is."""
    return Act(
        asked.action,
        asked.name,
        resource.arn,
        resource.owner,
        call.identity,
        call.request,
        request_id,
        lambda: _said(call),
    )


def _said(call: Call) -> Iterator[tuple[str, str]]:
    for name, value in call.parts.items():
        if name != "name":  # the function's, which its ARN tells
            yield name, value
    yield from call.made.items()
    try:
        body = json.loads(call.body) if call.body and len(call.body) <= SMALL else {}
    except (ValueError, RecursionError):  # refused by the operation
        return
    if not isinstance(body, dict):
        return
    for name in GIVEN:
        given = body.get(name)
        if isinstance(given, str | int) and name not in call.made:
            yield name, str(given)
