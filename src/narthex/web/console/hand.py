"""What the console asks, signed with the key that signed in and sent through the wire's own doors.

This file never decides who may do what: S3 and the API do, as for any other client of the key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from narthex.api.authenticate import SERVICE
from narthex.api.endpoint import PREFIX
from narthex.api.handle import handle as answer_api
from narthex.errors import S3Error
from narthex.http import Body, Headers, Pairs, Request, Response
from narthex.identity import Identity
from narthex.presigner import Presigner
from narthex.pure import sigv4, uri, xml
from narthex.s3.handle import handle as answer_s3
from narthex.server import Server
from narthex.web.console.refused import Refused
from narthex.web.errand import all_of

S3 = "s3"
Json = dict[str, Any]
# What of a browser's request policies may ask about, and nothing by which it would act otherwise.
_PASSED = frozenset(["user-agent"])
_BY_STATUS = {403: "AccessDenied", 404: "NoSuchKey", 412: "PreconditionFailed"}


class Bytes:
    """A body that is known whole."""

    __slots__ = ("_chunks",)

    def __init__(self, data: bytes) -> None:
        self._chunks = [data] if data else []

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._chunks:
            raise StopAsyncIteration
        return self._chunks.pop()


@dataclass(frozen=True, slots=True)
class Hand:
    """One request's hand: it asks as `identity`. token: of a temporary key."""

    server: Server
    request: Request
    identity: Identity
    token: str | None = field(repr=False)

    async def api(
        self, method: str, path: str, query: Pairs = (), body: Json | None = None
    ) -> Json:
        """What the API answers. path: below its prefix. Raises Refused."""
        data = b"" if body is None else json.dumps(body).encode()
        asked = self._signed(method, f"{PREFIX}{path}", query, (), data, SERVICE)
        answer = await answer_api(asked, self.server)
        told: Json = json.loads(await all_of(answer))
        if answer.status >= 400:
            error = told["error"]
            field = error["field"] or ""
            raise Refused(answer.status, error["code"], error["message"], field, told)
        return told

    async def s3(
        self,
        method: str,
        path: str,
        query: Pairs = (),
        headers: Pairs = (),
        body: bytes = b"",
    ) -> Response:
        """What S3 answers. path: decoded, as `path_of` makes it. Raises Refused."""
        asked = self._signed(method, uri.encode_path(path), query, headers, body, S3)
        answer = await answer_s3(asked, self.server, os.urandom(8).hex().upper())
        if answer.status >= 400:
            raise _refused(answer.status, await all_of(answer))
        return answer

    async def document(
        self, root: str, path: str, query: Pairs = (), *, most: int = 10_000
    ) -> xml.Element:
        """The XML document that a GET of S3 answers. Raises Refused."""
        answer = await self.s3("GET", path, query)
        return xml.read(await all_of(answer), root, most=most)

    def url(self, method: str, bucket: str, key: str, query: Pairs, lifetime: int) -> str:
        """A pre-signed URL below the server's root: path and query, no leading slash.

        lifetime: seconds. Raises Refused for a key that no URL can name in a browser.
        """
        if any(part in (".", "..") for part in key.split("/")):
            raise Refused(400, "InvalidURI", "a browser would change this name on its way")
        signer = Presigner(
            self.identity.principal.access_key_id,
            self.identity.secret,
            region=self.server.settings.home_region,
            endpoint_url=f"http://{self._host}",
            session_token=self.token,
            addressing_style="path",
            clock=lambda: self.server.clock() / 1_000_000,
        )
        url = signer.url(method, bucket, key, expires_in=lifetime, query=query)
        return url.partition("://")[2].partition("/")[2]

    @property
    def _host(self) -> str:
        """As the browser sent it, in the spelling that is signed."""
        return (self.request.headers.get("host") or "localhost").lower()

    def _signed(
        self, method: str, raw_path: str, query: Pairs, headers: Pairs, body: bytes, service: str
    ) -> Request:
        sent = [("host", self._host), *headers]
        if body or method in ("PUT", "POST"):
            sent.append(("content-length", str(len(body))))
        sent += sigv4.sign_headers(
            method,
            raw_path,
            query,
            tuple(sent),
            hashlib.sha256(body).hexdigest(),
            sigv4.Credentials(
                self.identity.principal.access_key_id, self.identity.secret, self.token
            ),
            self.server.settings.home_region,
            service,
            self.server.clock(),
        )
        passed = [pair for pair in self.request.headers if pair[0] in _PASSED]
        content: Body = Bytes(body)
        return replace(
            self.request,
            method=method,
            raw_path=raw_path,
            sent_path="",
            raw_query=uri.join_query(query),
            headers=Headers((*sent, *passed)),
            body=content,
        )


def path_of(bucket: str, key: str = "") -> str:
    """The path of a bucket, or of an object in it; decoded."""
    return f"/{bucket}/{key}" if key else f"/{bucket}"


def _refused(status: int, body: bytes) -> Refused:
    """What S3's refusal says; HEAD has no words."""
    try:
        told = {child.name: child.text for child in xml.read(body, "Error").children}
    except S3Error:
        told = {}
    code = told.get("Code") or _BY_STATUS.get(status, "InternalError")
    return Refused(status, code, told.get("Message", ""))
