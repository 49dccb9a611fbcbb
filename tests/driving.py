"""Drive a server in process: raw requests in, bytes out, no socket, a clock that stands still."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from narthex import Presigner
from narthex.app import open_server
from narthex.asgi import make_app
from narthex.bootstrap import RootKey, ensure_root
from narthex.config import Settings
from narthex.pure import sigv4
from narthex.review import looking
from narthex.server import Server

NOON = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z in microseconds
SECOND = 1_000_000
HOST = "narthex.test"
OBSERVING = Path(__file__).parent / "observing.toml"
ROOT = RootKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
Pairs = tuple[tuple[str, str], ...]


@dataclass
class Clock:
    """A clock that moves only when told to."""

    now_us: int = NOON

    def __call__(self) -> int:
        return self.now_us


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Pairs
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def xml(self) -> ElementTree.Element:
        """The document, without its namespace."""
        root = ElementTree.fromstring(self.body)
        for element in root.iter():
            element.tag = element.tag.removeprefix(NAMESPACE)
        return root

    def text(self, path: str) -> str | None:
        """The text of the first element at `path`, None when there is none."""
        return self.xml.findtext(path)

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.text("Code")


@dataclass(frozen=True)
class Head:
    """A request but for its method and body."""

    raw_path: str
    raw_query: str
    headers: Pairs


def changed(data: bytes, place: int = 0) -> bytes:
    """The same bytes with one of them different."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@dataclass
class Driver:
    """Sends requests as one key holder (or as nobody) and moves the clock."""

    server: Server
    clock: Clock
    key: RootKey | None = ROOT
    region: str = "us-east-1"
    host: str = HOST
    client: str = "192.0.2.7"
    token: str | None = None  # goes with a temporary key
    service: str = "s3"  # that requests are signed for
    app: Callable[..., Awaitable[None]] = field(init=False)

    def __post_init__(self) -> None:
        self.app = make_app(self.server)

    def as_nobody(self) -> Driver:
        """The same server, without a signature."""
        return replace(self, key=None, token=None)

    def as_key(self, key: RootKey, token: str | None = None) -> Driver:
        """The same server, signed with another key; a temporary one comes with its token."""
        return replace(self, key=key, token=token)

    def as_service(self, service: str) -> Driver:
        """The same server and key, signed for another service."""
        return replace(self, service=service)

    async def send(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]] = (),
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        payload_hash: str | None = None,
    ) -> Answer:
        """One request, signed in its headers. path: decoded; it is percent-encoded here."""
        sent = self.signed(method, path, query, headers, body, payload_hash)
        chunks = [body] if body else []
        return await self.raw(method, sent.raw_path, sent.raw_query, sent.headers, chunks)

    def signed(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]] = (),
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        payload_hash: str | None = None,
    ) -> Head:
        """What `send` would send before the body, to change a byte of it first."""
        query = tuple(query)
        raw_path = quote(path, safe="/-._~")
        raw_query = "&".join(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in query)
        sent = [("host", self.host), *((name.lower(), value) for name, value in headers)]
        if body or method in ("PUT", "POST"):
            sent.append(("content-length", str(len(body))))
        if self.key is not None:
            sent += sigv4.sign_headers(
                method,
                raw_path,
                query,
                tuple(sent),
                payload_hash or hashlib.sha256(body).hexdigest(),
                sigv4.Credentials(self.key.id, self.key.secret, self.token),
                self.region,
                self.service,
                self.clock.now_us,
            )
        return Head(raw_path, raw_query, tuple(sent))

    async def raw(
        self,
        method: str,
        raw_path: str,
        raw_query: str = "",
        headers: Iterable[tuple[str, str]] = (),
        chunks: Iterable[bytes] = (),
        *,
        cut: bool = False,
    ) -> Answer:
        """One request exactly as given. cut: the client goes away after its chunks."""
        pieces = list(chunks)
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": cut or place < len(pieces) - 1}
            for place, piece in enumerate(pieces)
        ] or [{"type": "http.request", "body": b"", "more_body": cut}]
        if cut:
            messages.append({"type": "http.disconnect"})
        waiting = iter(messages)
        heard: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            for message in waiting:
                return message
            return await asyncio.Future()  # the client waits for us

        async def send(message: dict[str, Any]) -> None:
            heard.append(message)

        scope = {
            "type": "http",
            "method": method,
            "raw_path": raw_path.encode("latin-1"),
            "query_string": raw_query.encode("latin-1"),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
            "scheme": "http",
            "client": (self.client, 50000),
        }
        await self.app(scope, receive, send)
        start = heard[0]
        answered = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"])
        body = b"".join([_bytes(message) for message in heard[1:]])
        return Answer(start["status"], answered, body)

    def link(self, method: str, path: str, *, expires_in: int = 3600, **more: Any) -> str:
        """A pre-signed URL for `/bucket/key`, signed now by this driver's key."""
        assert self.key is not None
        bucket, _, key = path[1:].partition("/")
        signer = Presigner(
            self.key.id,
            self.key.secret,
            region=self.region,
            endpoint_url=f"http://{self.host}",
            session_token=self.token,
            addressing_style="path",
            clock=lambda: self.clock.now_us / SECOND,
        )
        return signer.url(method, bucket, key, expires_in=expires_in, **more)

    async def url(self, url: str, method: str = "GET", **more: Any) -> Answer:
        """A link, followed as it is: nothing is signed but what the link carries."""
        _, _, rest = url.partition("://")
        host, slash, target = rest.partition("/")
        raw_path, _, raw_query = (slash + target).partition("?")
        headers = [("host", host), *more.pop("headers", ())]
        body = more.pop("body", b"")
        if body or method in ("PUT", "POST"):
            headers.append(("content-length", str(len(body))))
        return await self.raw(method, raw_path, raw_query, headers, [body] if body else [])


def _bytes(message: dict[str, Any]) -> bytes:
    if message["type"] == "http.response.pathsend":
        return Path(message["path"]).read_bytes()
    body: bytes = message.get("body", b"")
    return body


async def open_driver(
    folder: Path, *, observes: bool = True, **settings: Any
) -> AsyncIterator[Driver]:
    """A server on SQLite and files in `folder`, with the example root key and a still clock.

    observes: its reviews stop nothing; otherwise it has the model of its folder, or narthex's own.
    """
    clock = Clock()
    if observes:
        settings.setdefault("review_model", str(OBSERVING))
    opened = await open_server(Settings(data=str(folder), **settings))
    server = replace(opened, clock=clock)
    await ensure_root(server, ROOT)
    yield Driver(server, clock)
    await looking.close()
    await server.ledger.close()
    await server.catalog.close()
