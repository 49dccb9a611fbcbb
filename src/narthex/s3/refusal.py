"""Turn errors into bytes, and say in one log line what happened. Nothing else does either.

This file never shows a secret: queries, signatures, tokens and Authorization stay out of the log.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import structlog

from narthex.errors import ERRORS, Corrupt, S3Error, StoreError, Unavailable
from narthex.http import Pairs, Request, Response
from narthex.model import ANONYMOUS, Principal
from narthex.pure import error_page, xml
from narthex.s3.asking import Asking
from narthex.s3.told import note_denial
from narthex.server import Server

log: Any = structlog.get_logger("narthex")

SERVER = ("server", "narthex")
BODILESS = frozenset([304])


@dataclass(slots=True)
class Trace:
    """What is known about a request so far, for its answer's headers and its log line.

    cors: what the answer, whatever it is, tells a browser.
    """

    request: Request
    request_id: str
    operation: str = ""
    caller: Principal = ANONYMOUS
    asking: Asking | None = None
    cors: Pairs = ()

    @property
    def host_id(self) -> str:
        """The second id S3 answers with."""
        return host_id_of(self.request_id)


def host_id_of(request_id: str) -> str:
    """The second id, derived from the first: one is enough to find the log line."""
    return base64.b64encode(hashlib.sha256(request_id.encode()).digest()).decode()


def stamped(response: Response, trace: Trace) -> Response:
    """The response with the headers that every S3 answer carries."""
    ids = (SERVER, ("x-amz-request-id", trace.request_id), ("x-amz-id-2", trace.host_id))
    return Response(response.status, response.headers + trace.cors + ids, response.body)


def refusal(error: S3Error, trace: Trace, server: Server) -> Response:
    """One error as S3 answers it: XML, or a page when a browser asks; no body for HEAD and 304."""
    request = trace.request
    _note(error, trace)
    if error.code == "AccessDenied" and trace.asking is not None:
        note_denial(trace.asking, trace.request_id, server)
    headers = [*error.headers]
    body = b""
    if error.status not in BODILESS:
        if _wants_page(request):
            body = error_page.render(error, trace.request_id, server.clock())
            headers += error_page.HEADERS
        else:
            body = _document(error, trace)
            headers.append(("content-type", "application/xml"))
        headers.append(("content-length", str(len(body))))
    return stamped(Response(error.status, tuple(headers), body), trace)


def _document(error: S3Error, trace: Trace) -> bytes:
    children: list[xml.Child] = [("Code", error.code), ("Message", error.message)]
    children += error.detail
    children += [("RequestId", trace.request_id), ("HostId", trace.host_id)]
    return xml.render("Error", children, namespace=False)


def _wants_page(request: Request) -> bool:
    accept = request.headers.get("accept") or ""
    return request.method == "GET" and "text/html" in accept


def report(error: Exception, trace: Trace) -> S3Error:
    """The answer for an error that is not the client's, after logging all of it."""
    facts = {"request_id": trace.request_id, "operation": trace.operation}
    if isinstance(error, Unavailable):
        log.error("unavailable", reason=str(error), **facts)
        return S3Error("SlowDown")
    if isinstance(error, Corrupt):
        log.error("corrupt", reason=str(error), **facts)
        return S3Error("InternalError")
    if isinstance(error, StoreError):
        log.error("store", reason=str(error), **facts)
        return S3Error("InternalError")
    log.error("bug", exc_info=error, **facts)
    return S3Error("InternalError")


def _note(error: S3Error, trace: Trace) -> None:
    if error.status < 400 or error.code not in ERRORS:
        return
    request = trace.request
    log.info(
        "refused",
        code=error.code,
        status=error.status,
        operation=trace.operation,
        method=request.method,
        path=request.raw_path[:256],
        client=request.client,
        caller=trace.caller.access_key_id,
        request_id=trace.request_id,
    )
