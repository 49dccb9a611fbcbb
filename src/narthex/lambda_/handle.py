"""Answer one request of Lambda: the whole way, in one function. Read this file first.

What `s3/handle.py` is for S3 this file is for Lambda: nothing else of it turns an error into bytes
or says `except Exception`. Code, payloads, variables and secrets never reach the log.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from narthex import acts
from narthex.errors import Conflict, S3Error, StoreError, Unavailable
from narthex.functions.errors import LambdaError
from narthex.http import Pairs, Request, Response
from narthex.lambda_.authenticate import authenticate
from narthex.lambda_.authorize import require
from narthex.lambda_.operation import Answer, Call, Operation, Resource, find_operation
from narthex.lambda_.told import act_of
from narthex.s3.bounds import check_bounds
from narthex.server import Server

log: Any = structlog.get_logger("narthex")


async def handle(request: Request, server: Server) -> Response:
    """Answer one request. Every refusal, from any layer, leaves here as one JSON error."""
    request_id = _uuid(server.new_id())
    try:
        check_bounds(request)
        asked, parts = find_operation(request.method, request.raw_path)  # what is asked
        identity, claim, query, body = await authenticate(request, asked.most, server)  # who asks
        call = Call(identity, claim, request, query, parts, body, server.clock())
        resource = await asked.find(call, server)
        answer = await _run(asked, call, resource, request_id, server)
    except LambdaError as error:
        return _refusal(error, request, request_id)
    except S3Error as error:  # the head of the request was too much
        told = LambdaError("ValidationException", error.message)
        return _refusal(told, request, request_id)
    except Exception as error:  # a store that failed, or a bug: log it whole, tell nothing
        return _refusal(_reported(error, request_id), request, request_id)
    return _response(answer, request_id)


async def _run(
    asked: Operation, call: Call, resource: Resource, request_id: str, server: Server
) -> Answer:
    """May they; the default is no. Then do it, and write acts of administration down."""
    act = act_of(asked, call, resource, request_id) if asked.is_act else None
    with acts.denials_noted(act, server, LambdaError):
        require(call, asked.action, resource)
        if act is None:
            return await asked.run(call, resource, server)
        return await acts.perform(act, server, lambda server: asked.run(call, resource, server))


def _refusal(error: LambdaError, request: Request, request_id: str) -> Response:
    log.info(
        "refused",
        code=error.code,
        status=error.status,
        method=request.method,
        path=request.raw_path[:256],
        client=request.client,
        request_id=request_id,
    )
    told = {
        "Type": "User" if error.status < 500 else "Service",
        "Message": error.message,
        "message": error.message,  # as older operations spell it; clients read either
    }
    headers: Pairs = (("x-amzn-errortype", error.code),)
    if error.status == 429:
        told |= {"Reason": error.reason}
        headers += (("retry-after", "1"),)
    return _response(Answer(told, error.status, headers), request_id)


def _reported(error: Exception, request_id: str) -> LambdaError:
    """The answer for an error that is not the client's, after logging all of it."""
    facts = {"request_id": request_id}
    if isinstance(error, Conflict):  # somebody else made the same thing between two looks
        log.warning("conflict", reason=str(error), **facts)
        return LambdaError("ResourceConflictException", "The resource was changed meanwhile.")
    if isinstance(error, Unavailable):
        log.error("unavailable", reason=str(error), **facts)
        return LambdaError("ServiceUnavailableException", "Try again later.")
    if isinstance(error, StoreError):
        log.error("store", reason=str(error), **facts)
    else:
        log.error("bug", exc_info=error, **facts)
    return LambdaError("ServiceException", "The request processing has failed on our side.")


def _response(answer: Answer, request_id: str) -> Response:
    body = answer.body
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (
        ("content-type", "application/json"),
        ("content-length", str(len(data))),
        ("cache-control", "no-store"),
        ("server", "narthex"),
        ("x-amzn-requestid", request_id),
        *answer.headers,
    )
    return Response(answer.status, headers, data)


def _uuid(digits: str) -> str:
    """32 hex digits as AWS writes the id of a request."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
