"""Requests and responses as values, and the one way a body is read.

This file never decides anything: no routing, no authentication, no S3.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from narthex.errors import S3Error

Pairs = tuple[tuple[str, str], ...]


class Headers:
    """Header fields in the order they were sent. Names are lower case, values as received.

    Values are Latin-1 text (one character per byte), so nothing on the wire is lost.
    """

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: Pairs = tuple(pairs)
        first: dict[str, str] = {}
        for name, value in self.pairs:
            first.setdefault(name, value)
        self._first = first

    def get(self, name: str) -> str | None:
        """The first value sent under this lower-case name; None when it was not sent."""
        return self._first.get(name)

    def all(self, name: str) -> list[str]:
        """Every value sent under this lower-case name, in order."""
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: object) -> bool:
        return name in self._first

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __repr__(self) -> str:  # values may be secrets
        return f"Headers({[name for name, _ in self.pairs]})"


class Body(Protocol):
    """The bytes of a request, read once, in order. Iterating raises S3Error when they are bad."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class NoBody:
    """A body without bytes."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


NO_BODY = NoBody()


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came off the socket.

    raw_path and raw_query are the bytes of the request line as Latin-1 text, still
    percent-encoded: signatures are computed over what was sent, never over a decoded copy.
    client is the peer's IP address. body may be read once. sent_path is the path as clients know
    it, where a proxy took something away in front of it; "" where it is raw_path.
    """

    method: str
    raw_path: str
    raw_query: str
    headers: Headers
    scheme: str = "http"
    client: str = ""
    body: Body = field(default=NO_BODY, repr=False)
    sent_path: str = ""

    def with_body(self, body: Body) -> Request:
        """The same request with another body."""
        return Request(  # dataclasses.replace takes three times as long
            self.method,
            self.raw_path,
            self.raw_query,
            self.headers,
            self.scheme,
            self.client,
            body,
            self.sent_path,
        )


@dataclass(frozen=True, slots=True)
class File:
    """All bytes of a file, which the system can send by itself. stream: the same for who cannot."""

    path: str
    stream: AsyncIterator[bytes] = field(repr=False)


@runtime_checkable
class Closable(Protocol):
    """A stream that wants to know when nobody reads on. Safe to close twice, and at its end."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. body is all of its bytes, or a stream of them with `content-length` in headers.

    Header names are lower case. A response to HEAD keeps the headers and drops the bytes. content:
    the id of an object's bytes that it is about, modified_us: since when they are; never sent.
    """

    status: int
    headers: Pairs = ()
    body: bytes | AsyncIterator[bytes] | File = field(default=b"", repr=False)
    content: str = ""
    modified_us: int = 0


async def read_all(body: Body, *, at_most: int) -> bytes:
    """All bytes of a small body. Raises MaxMessageLengthExceeded beyond `at_most` bytes."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > at_most:
            raise S3Error(
                "MaxMessageLengthExceeded", detail=(("MaxMessageLengthBytes", str(at_most)),)
            )
        chunks.append(chunk)
    return b"".join(chunks)
