"""Where the outcome of an asynchronous invocation goes: on success, on failure, dead letters.

This file never delivers: it enqueues, in the transaction that it is given. The function's role must
be allowed to send what is sent in its name.
Source: AWS Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from narthex.catalog import Reader, Transaction, accounts, deliveries, entities
from narthex.entities import Session
from narthex.events.target import Delivery
from narthex.functions.credentials import SERVICE
from narthex.functions.events import INVOCATION, SECOND_US
from narthex.identity import bundle, texts_of
from narthex.principals import caller_of, session_principal
from narthex.pure.functions import Function, Outcome, Settings, arn_of
from narthex.pure.policy import Access, Facts, Policies, evaluate
from narthex.pure.times import iso

KEPT = 86_400 * SECOND_US  # that a record is tried to be delivered
MOST_RESPONSE = 256 * 1024  # bytes of a response in a record
# Service in the ARN of a destination -> what its sender must be allowed.
ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """An asynchronous invocation that is over. condition: "Success", "RetriesExhausted" or
    "EventAgeExceeded". tries: how often it ran. outcome: the last, None where none is known.
    """

    function: Function
    version: str
    delivery: Delivery
    request_id: str
    condition: str
    tries: int
    outcome: Outcome | None


def record_of(ended: Ended, now_us: int) -> str:
    """What a destination is told: JSON in ASCII."""
    function, outcome = ended.function, ended.outcome
    told: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso(now_us),
        "requestContext": {
            "requestId": ended.request_id,
            "functionArn": arn_of(function.region, function.account, function.name, ended.version),
            "condition": ended.condition,
            "approximateInvokeCount": ended.tries,
        },
        "requestPayload": json.loads(ended.delivery.payload),
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": outcome.version}
        if outcome.failure:
            context["functionError"] = outcome.failure
        told["responseContext"] = context
        told["responsePayload"] = _json(outcome.payload)
    return json.dumps(told)


def _json(payload: bytes) -> Any:
    if len(payload) > MOST_RESPONSE:
        return None
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


async def send(
    tx: Transaction, ended: Ended, address: str, text: str, settings: Settings, now_us: int
) -> bool:
    """Whether it will be delivered: the function's role may send there."""
    if not await may_send(tx, ended.function, settings, address, now_us):
        return False
    await deliveries.enqueue(
        tx,
        account=ended.function.account,
        target=address,
        lane=f"invocation {ended.delivery.id}",
        kind=INVOCATION,
        payload=text,
        now_us=now_us,
        expires_us=now_us + KEPT,
    )
    return True


async def may_send(
    reader: Reader, function: Function, settings: Settings, address: str, now_us: int
) -> bool:
    """Whether the function's role is allowed to send there. Addresses that are no ARN need none."""
    parts = address.split(":")
    action = ACTIONS.get(parts[2]) if parts[0] == "arn" and len(parts) > 5 else None
    if action is None:
        return not address.startswith("arn:")
    role = await entities.get(reader, settings.role_id)
    account = await accounts.find(reader, function.account)
    if role is None or account is None:
        return False
    session = Session(
        SERVICE, account.id, "role", role.id, function.name, b"", b"", "", now_us, now_us
    )
    principal = session_principal(session, role, account.canonical_id)
    caller = caller_of(principal)
    texts = await texts_of(reader, role)
    boundary = None if texts.boundary is None else bundle((texts.boundary,), "identity")
    facts = Facts(caller, now_us, region=function.region, owner=account.id)
    access = Access(caller.actor, action, address, account.id, facts.context())
    policies = Policies(bundle(texts.identity, "identity"), boundary)
    return evaluate(access, policies).allowed
