"""Answer a request to a function's URL: find it, ask its policy, run it, show what it returned.

This file never lets a function speak for us: on a host that it shares with our own pages it gets no
cookies, sets none, and its pages are kept in a sandbox of the browser.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from narthex.errors import S3Error, StoreError
from narthex.functions import channel
from narthex.functions.errors import LambdaError
from narthex.functions.making import uuid
from narthex.functions.policies import policy_of
from narthex.functions.qualifiers import resolve
from narthex.functions.tracing import trace_of
from narthex.functions.urls import LABEL, PATH, Found, find
from narthex.http import Pairs, Request, Response, read_all
from narthex.identity import NOBODY, Identity
from narthex.lambda_.authenticate import authenticate, translated
from narthex.pure import uri
from narthex.pure.function_urls import FORBIDDEN, ID, Asked, Shown, answer_of, event_of
from narthex.pure.functions import MOST_PAYLOAD, Order, arn_of
from narthex.pure.policy import Access, Context, Facts, Policies, evaluate
from narthex.pure.policy.patterns import Value
from narthex.s3.bounds import check_bounds
from narthex.server import Server

log: Any = structlog.get_logger("narthex")

ACTION = "lambda:InvokeFunctionUrl"
AUTH_TYPE = "lambda:functionurlauthtype"
SIGNED = "x-amz-"  # how the parameters of a signature begin, which no function needs
# A page of a function must not act as one of ours: it has an origin of its own, and no storage.
SANDBOX = (
    ("content-security-policy", "sandbox allow-downloads allow-forms allow-popups allow-scripts"),
    ("x-content-type-options", "nosniff"),
)
FAILED = Shown(502, (("content-type", "text/plain"),), b"Internal Server Error")


def is_function_url(request: Request, server: Server) -> bool:
    """Whether a request is to a URL of a function."""
    if request.raw_path.startswith(PATH):
        return True
    return bool(server.settings.domain) and bool(_id_in_host(request, server))


def _id_in_host(request: Request, server: Server) -> str:
    host = (request.headers.get("host") or "").partition(":")[0].lower()
    id, _, rest = host.partition(".")
    if not rest.startswith(f"{LABEL}.") or ID.fullmatch(id) is None:
        return ""
    domain = rest.removeprefix(f"{LABEL}.").partition(".")[2]
    return id if domain in server.settings.domain else ""


async def answer(request: Request, server: Server) -> Response:
    """The answer to one request. Every refusal, from any layer, leaves here."""
    own_host = not request.raw_path.startswith(PATH)
    request_id = uuid(server)
    cors: Pairs = ()
    try:
        check_bounds(request)
        asked = _asked(request, request_id, server, own_host=own_host)
        found = await find(server.catalog, asked.url_id)
        if found is None:
            return _response(_refused(None), (), request_id, own_host=own_host)
        origin = request.headers.get("origin")
        if origin is not None and found.config.cors is not None:
            if request.method == "OPTIONS":
                told = found.config.cors.for_preflight(origin)
                return _response(Shown(200, (), b""), told, request_id, own_host=own_host)
            cors = found.config.cors.for_answer(origin)
        shown = await _run(asked, found, server)
    except LambdaError as error:
        log.info("refused", code=error.code, status=error.status, request_id=request_id)
        shown = Shown(error.status, _JSON, json.dumps({"Message": error.message}).encode())
    except S3Error as error:
        refused = translated(error)
        shown = Shown(refused.status, _JSON, json.dumps({"Message": refused.message}).encode())
    except StoreError as error:
        log.error("store", reason=str(error), request_id=request_id)
        shown = FAILED
    except Exception as error:  # a bug: log it whole, tell the caller nothing
        log.error("bug", exc_info=error, request_id=request_id)
        shown = FAILED
    return _response(shown, cors, request_id, own_host=own_host)


_JSON: Pairs = (("content-type", "application/json"),)


def _asked(request: Request, request_id: str, server: Server, *, own_host: bool) -> Asked:
    host = request.headers.get("host") or ""
    query = uri.decode_query(request.raw_query)
    if own_host:
        id, path = _id_in_host(request, server), request.raw_path
    else:
        id, slash, rest = request.raw_path.removeprefix(PATH).partition("/")
        path = slash + rest
    plain = tuple(pair for pair in query if not pair[0].lower().startswith(SIGNED))
    raw = "&".join(
        part for part in request.raw_query.split("&") if not part.lower().startswith(SIGNED)
    )
    return Asked(
        request, id, path or "/", plain, raw, host, request_id, server.clock(), None, own_host
    )


async def _run(asked: Asked, found: Found, server: Server) -> Shown:
    """The function's answer, when whoever asks may have it. Raises LambdaError."""
    function = found.function
    identity = NOBODY
    if found.config.auth == "AWS_IAM":
        try:
            identity, _, _, body = await authenticate(asked.request, MOST_PAYLOAD, server)
        except LambdaError as error:
            if error.code == "MissingAuthenticationTokenException":
                return _refused(FORBIDDEN)
            raise
        asked = replace(asked, caller=identity.principal)
    if not await _is_allowed(asked, found, identity, server):
        return _refused(FORBIDDEN)
    if found.config.auth == "NONE":  # nobody's body is read before that
        body = await read_all(asked.request.body, at_most=MOST_PAYLOAD)
    version, _ = await resolve(server.catalog, function, found.qualifier, server.new_id())
    if version is None:
        return _refused(None)
    payload = event_of(asked, body)
    if len(payload) > MOST_PAYLOAD:
        raise LambdaError("RequestTooLargeException", "Request must be smaller than 6291556 bytes")
    order = Order(
        function.id,
        version,
        asked.request_id,
        arn_of(function.region, function.account, function.name, found.qualifier),
        payload,
        trace_id=trace_of(asked.request, server),
    )
    outcome = await channel.ask(server.settings.folder, order, patient=False)
    if outcome.failure:
        return FAILED
    return answer_of(outcome.payload, own_host=asked.own_host) or FAILED


async def _is_allowed(asked: Asked, found: Found, identity: Identity, server: Server) -> bool:
    function, request = found.function, asked.request
    facts = Facts(
        identity.caller,
        asked.now_us,
        client=request.client,
        secure=request.scheme == "https",
        region=function.region,
        owner=function.account,
        header=request.headers.get,
        resource_tags=function.tags,
    )

    def source(key: str) -> Value:
        return found.config.auth if key == AUTH_TYPE else facts.value(key)

    policy = await policy_of(server.catalog, function, found.qualifier)
    arn = arn_of(function.region, function.account, function.name, found.qualifier)
    own = identity.policies
    access = Access(identity.caller.actor, ACTION, arn, function.account, Context(source=source))
    return evaluate(access, Policies(own.identity, own.boundary, own.sessions, policy)).allowed


def _refused(message: str | None) -> Shown:
    return Shown(403, _JSON, json.dumps({"Message": message}).encode())


def _response(shown: Shown, cors: Pairs, request_id: str, *, own_host: bool) -> Response:
    headers = (
        *shown.headers,
        *cors,
        *(() if own_host else SANDBOX),
        ("content-length", str(len(shown.body))),
        ("x-amzn-requestid", request_id),
    )
    return Response(shown.status, headers, shown.body)
