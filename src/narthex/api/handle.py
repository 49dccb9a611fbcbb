"""Answer one request of the API: the whole way, in one function. Read this file first.

What `s3/handle.py` is for S3 this file is for the API: nothing else of it turns an error into bytes
or says `except Exception`. Bodies, passwords, links and tokens never reach the log.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from narthex import acts
from narthex.api.authenticate import authenticate
from narthex.api.authorize import require
from narthex.api.endpoint import PREFIX, Answer, Call, Endpoint, Json, find_endpoint
from narthex.api.errors import ApiError
from narthex.api.reading import read_object
from narthex.api.told import act_of
from narthex.errors import StoreError, Unavailable
from narthex.http import Pairs, Request, Response
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Issuer
from narthex.ledger.links import Place
from narthex.ledger.owning import Scope
from narthex.s3.asking import Asking
from narthex.s3.bounds import check_bounds
from narthex.server import Server
from narthex.share_keys import owner_of

log: Any = structlog.get_logger("narthex")


def is_api(raw_path: str) -> bool:
    """Whether a path is one of ours."""
    return raw_path.startswith(PREFIX)


async def handle(request: Request, server: Server) -> Response:
    """Answer one request. Every refusal, from any layer, leaves here as one JSON error."""
    try:
        check_bounds(request)
        asked, parts = find_endpoint(request.method, request.raw_path)  # what is asked
        asking, data = await authenticate(request, server)  # who asks
        _check_parameters(asking.query, asked.parameters)
        call = _call(asking, parts, read_object(data), request, server)
        answer = await _run(asked, call, server)
    except LedgerError as error:
        return _refusal(ApiError(error.code, error.message, error.field), request)
    except ApiError as error:
        return _refusal(error, request)
    except Exception as error:  # a store that failed, or a bug: log it whole, tell nothing
        return _refusal(_reported(error, request), request)
    return _response(answer.status, answer.body)


async def _run(asked: Endpoint, call: Call, server: Server) -> Answer:
    """May they; the default is no. Then do it, and write acts of administration down."""
    act = act_of(asked, call) if asked.is_act else None
    with acts.denials_noted(act, server, ApiError):
        resource = await asked.find(call, server)
        for arn in resource.arns:
            require(call.asking, resource.action or asked.action, arn, server)
        for action, arn in resource.more:
            require(call.asking, action, arn, server)
        if act is None:
            return await asked.run(call, resource.held, server)
        act = replace(act, resource=resource.arns[0] if resource.arns else "*")
        held = resource.held
        return await acts.perform(act, server, lambda server: asked.run(call, held, server))


def _call(
    asking: Asking, parts: dict[str, str], body: Json, request: Request, server: Server
) -> Call:
    principal = asking.identity.principal
    owner, origin = owner_of(asking.identity)
    return Call(
        asking,
        Issuer(owner, origin, principal.arn),
        Scope.of(owner),
        parts,
        asking.query,
        body,
        _place(request, server),
        server.clock(),
    )


def _place(request: Request, server: Server) -> Place:
    """Where clients reach us: as we were told, else as this one did."""
    settings = server.settings
    host = request.headers.get("host") or "localhost"
    url = settings.public_url.rstrip("/") or f"{request.scheme}://{host}"
    return Place(url, settings.home_region)


def _check_parameters(query: Pairs, known: frozenset[str]) -> None:
    for name, _ in query:
        if name not in known:
            raise ApiError("InvalidArgument", f"unknown parameter `{name[:64]}`", name[:64])


def _refusal(error: ApiError, request: Request) -> Response:
    log.info(
        "refused",
        code=error.code,
        status=error.status,
        method=request.method,
        path=request.raw_path[:256],
        client=request.client,
    )
    told = {"code": error.code, "message": error.message, "field": error.field or None}
    headers = (("allow", error.allow),) if error.allow else ()
    return _response(error.status, {"error": told, **error.more}, headers)


def _reported(error: Exception, request: Request) -> ApiError:
    """The answer for an error that is not the client's, after logging all of it."""
    facts = {"path": request.raw_path[:256]}
    if isinstance(error, Unavailable):
        log.error("unavailable", reason=str(error), **facts)
        return ApiError("ServiceUnavailable", "the catalog is not to be reached: try again later")
    if isinstance(error, StoreError):
        log.error("store", reason=str(error), **facts)
    else:
        log.error("bug", exc_info=error, **facts)
    return ApiError("InternalError", "the server failed: its log says how")


def _response(status: int, body: Json, headers: Pairs = ()) -> Response:
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    return Response(
        status,
        (
            ("content-type", "application/json"),
            ("content-length", str(len(data))),
            ("cache-control", "no-store"),
            ("server", "narthex"),
            *headers,
        ),
        data,
    )
