"""Answer one request of IAM or STS: the whole way, in one function. Read this file first.

What `s3/handle.py` is for S3 this file is for the query protocol: nothing else of it turns an error
into bytes or says `except Exception`. Forms, tokens and secrets never reach the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from narthex import acts
from narthex.errors import Conflict, Corrupt, StoreError, Unavailable
from narthex.http import Request, Response
from narthex.query_api.authenticate import authenticate
from narthex.query_api.authorize import Asked, Wire, require
from narthex.query_api.document import Fields, render_answer, render_refusal
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Operation, Resource, Service
from narthex.query_api.parameters import read_arguments
from narthex.query_api.told import act_of
from narthex.server import Server

log: Any = structlog.get_logger("narthex")

MAX_HEADERS = 200
MAX_HEAD_BYTES = 32 * 1024
NOWHERE = Resource("*")


@dataclass(slots=True)
class Trace:
    """What is known about a request so far, for its answer and its log line."""

    request: Request
    service: Service
    request_id: str
    action: str = ""
    caller: str = ""


async def handle(request: Request, service: Service, server: Server) -> Response:
    """Answer one request. Every refusal, from any layer, leaves here as one ErrorResponse."""
    trace = Trace(request, service, _uuid(server.new_id()))
    try:
        _check_bounds(request)
        identity, claim, form = await authenticate(request, service.name, server)  # who asks
        trace.caller = identity.principal.access_key_id
        operation = _asked_for(form, service)  # what is asked; unknown is refused
        trace.action = operation.name
        service.check_caller(identity, operation.name)
        arguments = read_arguments(form, operation.rules, operation.needs)
        now_us = server.clock()
        wire = Wire.of(request, identity, claim, now_us)
        call = Call(identity, arguments, now_us, wire)
        result = await _run(operation, call, trace, server)
    except QueryError as error:
        return _refusal(error, trace)
    except StoreError as error:  # a store failed: the log says how, the client when to come back
        return _refusal(_reported(error, trace), trace)
    except Exception as error:  # a bug: log it whole, tell the caller nothing
        return _refusal(_reported(error, trace), trace)
    body = render_answer(operation.name, service.namespace, result, trace.request_id)
    return _response(200, body, trace)


async def _run(operation: Operation, call: Call, trace: Trace, server: Server) -> Fields | None:
    """May they; the default is no. Then do it, and write acts of administration down."""
    resource = NOWHERE if operation.resource is None else await operation.resource(call, server)
    act = None
    if operation.is_act:
        act = act_of(operation, call, resource, trace.request, trace.request_id)
    with acts.denials_noted(act, server, QueryError):
        if operation.resource is not None:
            _require(operation, call, resource)
        if act is None:
            return await operation.run(call, resource, server)
        return await acts.perform(act, server, lambda server: operation.run(call, resource, server))


def _require(operation: Operation, call: Call, resource: Resource) -> None:
    given = call.arguments
    tags = given.pairs("Tags") if "Tags" in given else None
    keys = dict(resource.keys)
    if "TagKeys" in given:
        keys["aws:tagkeys"] = tuple(given.texts("TagKeys"))
    asked = Asked(operation.action, resource.arn, call.account, resource.tags, tags, keys)
    require(call.identity, asked, call.wire)


def _check_bounds(request: Request) -> None:
    pairs = request.headers.pairs
    size = sum(len(name) + len(value) for name, value in pairs)
    if size + len(request.raw_query) > MAX_HEAD_BYTES or len(pairs) > MAX_HEADERS:
        raise QueryError("RequestEntityTooLarge", "The request's head is too large")
    if request.method not in ("GET", "POST") or request.raw_path != "/":
        raise QueryError("InvalidAction", "Actions are asked for by GET or POST of /")


def _asked_for(form: dict[str, str], service: Service) -> Operation:
    """The operation a form names. Takes Action and Version out of it."""
    action = form.pop("Action", "")
    version = form.pop("Version", "")
    if not action:
        raise QueryError("MissingAction", "The request must contain the parameter Action")
    operation = service.declared().get(action)
    if operation is None or version != service.version:
        raise QueryError(
            "InvalidAction", f"Could not find operation {action[:128]} for version {version[:32]}"
        )
    return operation


def _refusal(error: QueryError, trace: Trace) -> Response:
    request = trace.request
    log.info(
        "refused",
        code=error.code,
        status=error.status,
        operation=trace.action,
        service=trace.service.name,
        method=request.method,
        client=request.client,
        caller=trace.caller,
        request_id=trace.request_id,
    )
    ours = error.status >= 500
    body = render_refusal(
        trace.service.namespace, error.code, error.message, ours=ours, request_id=trace.request_id
    )
    return _response(error.status, body, trace)


def _reported(error: Exception, trace: Trace) -> QueryError:
    """The answer for an error that is not the client's, after logging all of it."""
    facts = {"request_id": trace.request_id, "operation": trace.action}
    if isinstance(error, Conflict):  # somebody else made the same thing between two looks
        log.warning("conflict", reason=str(error), **facts)
        return QueryError(
            "ConcurrentModification",
            "The request was rejected because multiple requests to change this object were "
            "submitted simultaneously. Wait a few minutes and submit your request again.",
        )
    if isinstance(error, Unavailable):
        log.error("unavailable", reason=str(error), **facts)
        return QueryError("ServiceUnavailable", "The service is not available. Try again later.")
    if isinstance(error, StoreError):
        kind = "corrupt" if isinstance(error, Corrupt) else "store"
        log.error(kind, reason=str(error), **facts)
    else:
        log.error("bug", exc_info=error, **facts)
    return QueryError(trace.service.failure, "The request processing has failed on our side.")


def _response(status: int, body: bytes, trace: Trace) -> Response:
    headers = (
        ("content-type", "text/xml"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        ("server", "narthex"),
        ("x-amzn-requestid", trace.request_id),
    )
    return Response(status, headers, body)


def _uuid(digits: str) -> str:
    """32 hex digits as these services write the id of a request."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
