"""Requests to a function's URL as the event it is given, and what it returns as an answer.

This file never decides who may ask. Pure: no I/O, no clock.
Source: AWS Lambda developer guide, "Invoking Lambda function URLs", payload format 2.0.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from narthex.http import Pairs, Request
from narthex.model import Principal

ID = re.compile(r"[0-9a-f]{32}")
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
JSON_TYPE = "application/json"
# Kinds of bodies that are text in an event; all others are base64.
_TEXT = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|javascript)|application/x-www-form-urlencoded"
)
# What a function is not told: what proves who asks.
SECRETS = frozenset(["authorization", "x-amz-security-token", "cookie"])
# What is ours to say about an answer.
OURS = frozenset(
    "connection content-length keep-alive proxy-authenticate proxy-connection te trailer "
    "transfer-encoding upgrade service-worker-allowed strict-transport-security server date "
    "set-cookie".split()
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,128}")
_VALUE = re.compile(r"[\x20-\x7e\x80-\xff\t]*")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
MOST_HEADERS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to a URL. path: below the URL, percent-encoded. caller: None for who did not sign.

    own_host: the URL has a host of its own, so that its cookies are nobody else's.
    """

    request: Request
    url_id: str
    path: str
    query: Pairs
    raw_query: str
    host: str
    request_id: str
    now_us: int
    caller: Principal | None = None
    own_host: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What is answered."""

    status: int
    headers: Pairs
    body: bytes


def event_of(asked: Asked, body: bytes) -> bytes:
    """The event, as JSON in ASCII."""
    headers = _headers(asked.request)
    path = unquote(asked.path, errors="replace") or "/"
    told: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": asked.raw_query,
        "headers": headers,
        "requestContext": _context(asked, path, headers.get("user-agent", "")),
        "isBase64Encoded": False,
    }
    cookies = _cookies(asked)
    if cookies:
        told["cookies"] = cookies
    if asked.query:
        told["queryStringParameters"] = _joined(asked.query)
    if body:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        told |= _body(body, kind)
    return json.dumps(told).encode()


def _context(asked: Asked, path: str, agent: str) -> dict[str, Any]:
    at = datetime.fromtimestamp(asked.now_us // 1_000_000, UTC)
    caller = asked.caller
    told: dict[str, Any] = {
        "accountId": "anonymous" if caller is None else caller.account,
        "apiId": asked.url_id,
        "domainName": asked.host,
        "domainPrefix": asked.url_id,
        "http": {
            "method": asked.request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": asked.request.client,
            "userAgent": agent,
        },
        "requestId": asked.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": f"{at.day:02d}/{MONTHS[at.month - 1]}/{at.year}:{at:%H:%M:%S} +0000",
        "timeEpoch": asked.now_us // 1000,
    }
    if caller is not None:
        told["authorizer"] = {
            "iam": {
                "accessKey": caller.access_key_id,
                "accountId": caller.account,
                "callerId": caller.unique_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": caller.arn,
                "userId": caller.unique_id,
            }
        }
    return told


def _headers(request: Request) -> dict[str, str]:
    return _joined([pair for pair in request.headers if pair[0] not in SECRETS])


def _cookies(asked: Asked) -> list[str]:
    """Those of the URL's own host. On a host that it shares they are not its business."""
    if not asked.own_host:
        return []
    texts = asked.request.headers.all("cookie")
    return [one.strip() for text in texts for one in text.split(";") if one.strip()]


def _joined(pairs: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(body: bytes, kind: str) -> dict[str, Any]:
    if _TEXT.fullmatch(kind):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def answer_of(payload: bytes, *, own_host: bool) -> Shown | None:
    """What the function returned, as an answer; None for what cannot be one."""
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(told, dict) or "statusCode" not in told:
        return Shown(200, (("content-type", JSON_TYPE),), payload)
    status = told["statusCode"]
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) == 3:
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        return None
    body = _answer_body(told)
    headers = _answer_headers(told.get("headers"))
    if body is None or headers is None:
        return None
    if not any(name == "content-type" for name, _ in headers):
        headers = (("content-type", JSON_TYPE), *headers)
    if own_host:
        headers += _set_cookies(told.get("cookies"))
    return Shown(status, headers, body)


def _answer_body(told: dict[str, Any]) -> bytes | None:
    body = told.get("body", "")
    if body is None:
        return b""
    if not isinstance(body, str):
        return json.dumps(body).encode()
    if not told.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _answer_headers(told: Any) -> Pairs | None:
    """Those that may go out: their names and values are whole, and none of ours is among them."""
    if told is None:
        return ()
    if not isinstance(told, dict) or len(told) > MOST_HEADERS:
        return None
    found: list[tuple[str, str]] = []
    for name, value in told.items():
        text = _text(value)
        if text is None or not _NAME.fullmatch(name.lower()) or not _VALUE.fullmatch(text):
            return None
        if name.lower() not in OURS:
            found.append((name.lower(), text))
    return tuple(found)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _set_cookies(told: Any) -> Pairs:
    """Cookies for the URL's own host: one that names another domain is left out."""
    if not isinstance(told, list):
        return ()
    return tuple(
        ("set-cookie", one)
        for one in told[:MOST_HEADERS]
        if isinstance(one, str)
        and _VALUE.fullmatch(one)
        and not re.search(r";\s*domain\s*=", one, re.IGNORECASE)
    )


@dataclass(frozen=True, slots=True)
class UrlCors:
    """Who may read answers from a page. Empty: nobody but the URL's own pages."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int = 0

    def for_answer(self, origin: str) -> Pairs:
        """Headers for an answer to a page of this origin; none where it may not read it."""
        allowed = self._allowed(origin)
        if not allowed:
            return ()
        told = [("access-control-allow-origin", allowed)]
        if allowed != "*":
            told.append(("vary", "Origin"))
        if self.exposed:
            told.append(("access-control-expose-headers", ",".join(self.exposed)))
        if self.credentials:
            told.append(("access-control-allow-credentials", "true"))
        return tuple(told)

    def for_preflight(self, origin: str) -> Pairs:
        """Headers for the answer to a browser that asks beforehand."""
        told = self.for_answer(origin)
        if not told:
            return ()
        more = [
            ("access-control-allow-methods", ",".join(self.methods)),
            ("access-control-allow-headers", ",".join(self.headers)),
            ("access-control-max-age", str(self.max_age) if self.max_age else ""),
        ]
        return (*told, *[pair for pair in more if pair[1]])

    def _allowed(self, origin: str) -> str:
        if "*" in self.origins:
            return "*" if not self.credentials else origin
        return origin if origin in self.origins else ""
