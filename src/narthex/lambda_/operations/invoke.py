"""Invoke: run a function now and answer with what it returned, or keep the event and run it soon.

Source: AWS Lambda API reference, Invoke and InvokeAsync.
"""

from __future__ import annotations

import base64
import binascii
import json

from narthex.functions import channel
from narthex.functions.errors import LambdaError, invalid
from narthex.functions.events import enqueue_invocation
from narthex.functions.making import uuid
from narthex.functions.tracing import trace_of
from narthex.lambda_.operation import Answer, Call, Resource, operation
from narthex.lambda_.targets import function, version_of
from narthex.pure.functions import MOST_EVENT, MOST_PAYLOAD, Order, arn_of
from narthex.server import Server

MOST_CONTEXT = 3583  # bytes of a client context, in base64
TYPES = ("RequestResponse", "Event", "DryRun")


@operation(
    "Invoke",
    "POST",
    "/2015-03-31/functions/{name}/invocations",
    action="lambda:InvokeFunction",
    find=function,
    most=MOST_PAYLOAD,
)
async def invoke(call: Call, resource: Resource, server: Server) -> Answer:
    kind = call.header("x-amz-invocation-type") or "RequestResponse"
    if kind not in TYPES:
        raise invalid(f"Invocation type `{kind[:64]}` is none")
    version, _ = await version_of(server, resource)
    payload = _payload(call.body, MOST_EVENT if kind == "Event" else MOST_PAYLOAD)
    context = _client_context(call.header("x-amz-client-context"))
    held = resource.held
    if kind == "DryRun":
        return Answer(None, 204)
    if kind == "Event":
        await enqueue_invocation(server, held, resource.qualifier, payload, call.now_us)
        return Answer(None, 202)
    order = Order(
        held.id,
        version,
        uuid(server),
        arn_of(held.region, held.account, held.name, resource.qualifier),
        payload,
        context,
        trace_of(call.request, server),
    )
    outcome = await channel.ask(server.settings.folder, order, patient=False)
    headers = [("x-amz-executed-version", outcome.version)]
    if outcome.failure:
        headers.append(("x-amz-function-error", outcome.failure))
    if call.header("x-amz-log-type") == "Tail":
        headers.append(("x-amz-log-result", base64.b64encode(outcome.log).decode()))
    return Answer(outcome.payload, 200, tuple(headers))


@operation(
    "InvokeAsync",
    "POST",
    "/2014-11-13/functions/{name}/invoke-async",
    action="lambda:InvokeFunction",
    find=function,
    most=MOST_EVENT,
)
async def invoke_async(call: Call, resource: Resource, server: Server) -> Answer:
    await version_of(server, resource)
    payload = _payload(call.body, MOST_EVENT)
    await enqueue_invocation(server, resource.held, resource.qualifier, payload, call.now_us)
    return Answer({"Status": 202}, 202)


def _payload(body: bytes, most: int) -> bytes:
    """What the handler is given. Raises RequestTooLarge-, InvalidRequestContentException."""
    if len(body) > most:
        raise LambdaError(
            "RequestTooLargeException",
            f"{len(body)} byte payload is too large for the invocation type (limit {most} bytes)",
        )
    if not body:
        return b"{}"
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LambdaError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: {str(error)[:128]}",
        ) from error
    return body


def _client_context(given: str) -> str:
    """The client's context as JSON. Raises InvalidRequestContentException."""
    if not given:
        return ""
    refused = LambdaError(
        "InvalidRequestContentException",
        "Client context must be a Base64-encoded JSON object",
    )
    try:
        told = base64.b64decode(given, validate=True).decode()
        if len(given) > MOST_CONTEXT or not isinstance(json.loads(told), dict):
            raise refused
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refused from error
    return json.dumps(json.loads(told))  # in ASCII, on one line: it goes into a header
