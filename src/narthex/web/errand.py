"""What a page asks of S3 for a share: signed with the share's own key, through S3's own door.

This file never decides who may do what and never reads a row of an object: what the share's key may
not see now, no page shows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from narthex.errors import S3Error
from narthex.http import NO_BODY, Body, Closable, File, Headers, Pairs, Request, Response
from narthex.ledger.links import CLICK
from narthex.presigner import Presigner
from narthex.pure import sigv4, uri, xml
from narthex.pure.disposition import attachment
from narthex.pure.shares import Share
from narthex.s3.handle import handle
from narthex.server import Server

LIFETIME = 60  # seconds that a minted URL is good for: the time of one redirect
MOST_KEYS = 1000  # of one listing
MOST_ELEMENTS = 20 * MOST_KEYS  # of its document
# Headers of a visitor that mean something to S3, and none by which it would act as somebody else.
_PASSED = frozenset(
    "accept if-match if-modified-since if-none-match if-range if-unmodified-since range "
    "user-agent".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a folder."""

    key: str
    size: int

    @property
    def is_folder(self) -> bool:
        """An empty object that some programs make to stand for a folder."""
        return self.size == 0 and self.key.endswith("/")


@dataclass(frozen=True, slots=True)
class Errand:
    """One visitor of one share. secret: of the share's key. click: the one use it is part of."""

    server: Server
    request: Request
    share: Share
    secret: str = field(repr=False)
    click: str

    async def head(self, key: str) -> Response:
        """What S3 says of an object; it uses nothing up."""
        query = (*self._version(), self._click)
        return await self._ask("HEAD", key, query, signed=(("x-amz-checksum-mode", "ENABLED"),))

    async def why(self, key: str) -> Response:
        """What S3 says to a GET: HEAD has no words. Nothing is sent, so nothing is used up."""
        answer = await self._ask("GET", key, (*self._version(), self._click))
        await drop(answer)
        return answer

    async def get(self, key: str) -> Response:
        """All of an object."""
        return await self._ask("GET", key, (*self._version(), self._click))

    async def pass_on(self, key: str, filename: str) -> Response:
        """The object as the visitor asked for it, with its ranges and conditions, to be saved."""
        passed = tuple(pair for pair in self.request.headers if pair[0] in _PASSED)
        return await self._ask("GET", key, self._download_query(filename), passed)

    def url(self, key: str, filename: str) -> str:
        """A fresh URL of the object, as path and query; it begins with the bucket's name."""
        return self._target("GET", key, self._download_query(filename))[1:]

    def sign(self, method: str, key: str, query: Pairs) -> str:
        """A fresh URL for a visitor's own request about a key; it begins with the bucket's name."""
        return self._target(method, key, (*query, self._click))[1:]

    async def bring(self, key: str, headers: Pairs, body: Body) -> Response:
        """What S3 says to a file that a visitor sends here. headers: about its bytes."""
        return await self._ask("PUT", key, (self._click,), headers, body=body)

    async def list(self, after: str) -> tuple[list[Entry], str] | Response:
        """Files behind the key `after`, and behind which key there are more, "" for none.

        S3's answer when it refuses.
        """
        query: list[tuple[str, str]] = [
            ("list-type", "2"),
            ("encoding-type", "url"),
            ("max-keys", str(MOST_KEYS)),
            ("prefix", self.share.target.key),
            self._click,
        ]
        if after:
            query.append(("start-after", after))
        answer = await self._ask_signed(tuple(query))
        return _read_listing(await all_of(answer)) if answer.status == 200 else answer

    def _version(self) -> Pairs:
        version = self.share.target.version
        return (("versionId", version),) if version else ()

    def _download_query(self, filename: str) -> Pairs:
        named = ("response-content-disposition", attachment(filename))
        return (*self._version(), named, self._click)

    @property
    def _click(self) -> tuple[str, str]:
        return CLICK, self.click

    async def _ask(
        self,
        method: str,
        key: str,
        query: Pairs,
        headers: Pairs = (),
        signed: Pairs = (),
        body: Body = NO_BODY,
    ) -> Response:
        """A request by a pre-signed URL, as a visitor would send it. signed: headers, too."""
        raw_path, _, raw_query = self._target(method, key, query, signed).partition("?")
        return await self._send(method, raw_path, raw_query, (*headers, *signed), body)

    async def _ask_signed(self, query: Pairs) -> Response:
        """A request about the bucket, signed in its headers: there are no URLs for buckets."""
        raw_path = f"/{uri.encode_path(self.share.target.bucket)}"
        headers = sigv4.sign_headers(
            "GET",
            raw_path,
            query,
            (("host", self._host),),
            hashlib.sha256(b"").hexdigest(),
            sigv4.Credentials(self.share.access_key_id, self.secret),
            self.server.settings.home_region,
            "s3",
            self.server.clock(),
        )
        return await self._send("GET", raw_path, uri.join_query(query), headers)

    async def _send(
        self, method: str, raw_path: str, raw_query: str, headers: Pairs, body: Body = NO_BODY
    ) -> Response:
        agent = [pair for pair in self.request.headers if pair[0] == "user-agent"]
        sent = [("host", self._host), *agent, *(pair for pair in headers if pair not in agent)]
        asked = replace(
            self.request,
            method=method,
            raw_path=raw_path,
            sent_path="",  # it is signed here, as it begins here
            raw_query=raw_query,
            headers=Headers(sent),
            body=body,
        )
        return await handle(asked, self.server, os.urandom(8).hex().upper())

    @property
    def _host(self) -> str:
        """As it was sent, in the spelling that is signed."""
        return (self.request.headers.get("host") or "localhost").lower()

    def _target(self, method: str, key: str, query: Pairs, headers: Pairs = ()) -> str:
        """Path and query of a pre-signed URL on the host that the visitor sees."""
        bucket = self.share.target.bucket
        signer = Presigner(
            self.share.access_key_id,
            self.secret,
            region=self.server.settings.home_region,
            endpoint_url=f"http://{self._host}",
            addressing_style="path",
            clock=lambda: self.server.clock() / 1_000_000,
        )
        url = signer.url(method, bucket, key, expires_in=LIFETIME, query=query, headers=headers)
        return "/" + url.partition("://")[2].partition("/")[2]


async def all_of(answer: Response) -> bytes:
    """All bytes of a small answer."""
    if isinstance(answer.body, bytes):
        return answer.body
    return b"".join([chunk async for chunk in chunks(answer)])


async def message(answered: Response) -> str:
    """What S3 says in a refusal; "" when it says nothing."""
    if answered.status < 400:
        return ""
    try:
        error = xml.read(await all_of(answered), "Error")
    except S3Error:
        return ""
    return next((child.text for child in error.children if child.name == "Message"), "")


async def chunks(answer: Response) -> AsyncGenerator[bytes, None]:
    """The bytes of an answer as they come. What was begun is ended, whatever happens."""
    try:
        if isinstance(answer.body, bytes):
            if answer.body:
                yield answer.body
            return
        async for chunk in _stream(answer):
            yield chunk
    finally:
        await drop(answer)


async def drop(answer: Response) -> None:
    """Nobody will read an answer, or read on: what was booked for it is given back."""
    if isinstance(answer.body, bytes):
        return
    stream: object = _stream(answer)
    if isinstance(stream, Closable):
        await stream.aclose()


def _stream(answer: Response) -> AsyncIterator[bytes]:
    body: Any = answer.body
    return body.stream if isinstance(body, File) else body


def _read_listing(document: bytes) -> tuple[list[Entry], str]:
    root = xml.read(document, "ListBucketResult", most=MOST_ELEMENTS)
    told = {child.name: child.text for child in root.children}
    entries = [_entry(child) for child in root.children if child.name == "Contents"]
    more = told.get("IsTruncated") == "true"
    return entries, entries[-1].key if more and entries else ""


def _entry(element: xml.Element) -> Entry:
    told = {child.name: child.text for child in element.children}
    return Entry(uri.decode_path(told["Key"]), int(told["Size"]))
