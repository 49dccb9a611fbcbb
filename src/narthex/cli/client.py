"""One signed request to an S3 server, tried again where that can help.

This file knows no operation (see `calls`), follows no redirect but AWS's "other region" answers,
and never shows a secret: --debug prints method, URL and status only.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from narthex import __version__
from narthex.cli.answers import MOST_BYTES, read_error
from narthex.cli.bodies import Body, Bytes
from narthex.cli.configuration import Configuration
from narthex.cli.connections import Connections, Outgoing, translated
from narthex.cli.endpoint import Place, place
from narthex.cli.failure import ServiceError, Unreachable
from narthex.pure.sigv4 import UNSIGNED, sign_headers
from narthex.pure.uri import encode

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

Pairs = Sequence[tuple[str, str]]

ATTEMPTS = 5  # as the aws CLI v1
LONGEST_PAUSE = 20.0  # seconds
FIRST_PAUSE = 0.2  # seconds, doubled each time, and a random part of that is waited
PASSING_STATUS = frozenset((429, 500, 502, 503, 504))
PASSING_CODES = frozenset(
    ("InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling")
)
REDIRECTING = frozenset((301, 307, 400, 403))  # statuses that may name the bucket's region
READ_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. body: all its bytes; empty for a streamed one, which `stream` reads."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    stream: BaseHTTPResponse | None = None
    url: str = ""  # of what was asked, without a query

    def close(self) -> None:
        """Give up a stream that is not read to its end, and its connection with it."""
        if self.stream is not None:
            self.stream.close()


class Client:
    """Speaks to the server of a configuration. Safe to share between threads.

    pause: waits so many seconds between attempts; now: seconds since the epoch.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        connections: int = 10,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._configuration = configuration
        self._connections = Connections(configuration, connections)
        self._now = now
        self._pause = pause
        self._regions: dict[str, str] = {}
        self._skew = 0.0  # seconds the server's clock is ahead of ours, once it complained
        self._lock = threading.Lock()

    def call(
        self,
        operation: str,
        method: str,
        bucket: str = "",
        key: str = "",
        *,
        query: Pairs = (),
        headers: Pairs = (),
        body: Body | None = None,
        stream: bool = False,
        read_timeout: float | None = None,
    ) -> Answer:
        """The answer to one request. Raises ServiceError for a refusal, Unreachable without one."""
        asked = _Asked(method, bucket, key, query, headers, body or Bytes(), read_timeout)
        corrected = False
        for attempt in range(1, ATTEMPTS + 1):
            region = self._regions.get(bucket, self._configuration.signing_region)
            try:
                where = self._place(asked, region)
                sent = self._send(asked, where, region)
                return self._answer(operation, asked, sent, where.url, stream=stream)
            except Unreachable:
                if attempt == ATTEMPTS:
                    raise
            except _Refused as refused:
                if not corrected and self._correct(bucket, region, refused):
                    corrected = True
                    continue
                if attempt == ATTEMPTS or not _passes(refused.error):
                    raise refused.error from None
            self._pause(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))
        raise AssertionError("unreachable")

    def _place(self, asked: _Asked, region: str) -> Place:
        url, style = self._configuration.endpoint_url, self._configuration.addressing_style
        return place(url, region, style, asked.bucket, asked.key)

    def _send(self, asked: _Asked, where: Place, region: str) -> BaseHTTPResponse:
        fields = [("host", where.host), *asked.headers]
        if asked.body.size or asked.method in ("PUT", "POST"):
            fields.append(("content-length", str(asked.body.size)))
        credentials = self._configuration.credentials
        if credentials is not None:
            # TLS keeps a body whole on its way; without TLS the signature has to.
            by_tls = asked.body.size and where.scheme == "https"
            fields += sign_headers(
                asked.method,
                where.path,
                tuple(asked.query),
                tuple(fields),
                UNSIGNED if by_tls else asked.body.sha256(),
                credentials,
                region,
                "s3",
                int((self._now() + self._skew) * 1_000_000),
            )
        fields.append(("user-agent", f"narthex/{__version__}"))
        target = target_of(where.path, asked.query)
        self._note(f"{asked.method} {where.scheme}://{where.host}{target}")
        sent = self._connections.send(
            Outgoing(asked.method, where, target, fields, asked.body.open(), asked.read_timeout)
        )
        self._note(f"{sent.status} {sent.reason}")
        return sent

    def _answer(
        self, operation: str, asked: _Asked, sent: BaseHTTPResponse, url: str, *, stream: bool
    ) -> Answer:
        headers = {name.lower(): value for name, value in sent.headers.items()}
        if 200 <= sent.status < 300 and stream:
            return Answer(sent.status, headers, b"", sent, url)
        body = self._connections.read_whole(sent, MOST_BYTES, url)
        if 200 <= sent.status < 300 and not _hides_an_error(asked.method, body):
            return Answer(sent.status, headers, body, url=url)
        status = sent.status if sent.status >= 300 else 500
        raise _Refused(read_error(operation, status, body), headers)

    def _correct(self, bucket: str, region: str, refused: _Refused) -> bool:
        """Learn the bucket's region or the server's time from a refusal; whether that was new."""
        error = refused.error
        if error.code == "RequestTimeTooSkewed":
            ahead = seconds_ahead(refused.headers.get("date", ""), self._now())
            with self._lock:
                changed = abs(ahead - self._skew) > 1
                self._skew = ahead
            return changed
        told = error.fields.get("Region") or refused.headers.get("x-amz-bucket-region")
        if told and told != region and error.status in REDIRECTING:
            self._regions[bucket] = told
            return True
        return False

    def _note(self, text: str) -> None:
        if self._configuration.debug:
            print(f"debug: {text}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    bucket: str
    key: str
    query: Pairs
    headers: Pairs
    body: Body
    read_timeout: float | None


class _Refused(Exception):
    """A refusal with the headers of its answer."""

    def __init__(self, error: ServiceError, headers: dict[str, str]) -> None:
        self.error = error
        self.headers = headers
        super().__init__(error.code)


def read_blocks(answer: Answer) -> Iterator[bytes]:
    """The bytes of a streamed answer, block by block. Raises Unreachable when it is cut short."""
    stream = answer.stream
    if stream is None:
        return
    whole = False
    try:
        with translated(answer.url):
            while block := stream.read(READ_BLOCK):
                yield block
        whole = True
    finally:
        if whole:
            stream.release_conn()
        else:
            stream.close()


def target_of(path: str, query: Pairs) -> str:
    """What stands in a request line: the percent-encoded path, and the query as it is signed."""
    if not query:
        return path
    return (
        path
        + "?"
        + "&".join(
            f"{encode(name)}={encode(value)}" if value else encode(name) for name, value in query
        )
    )


def _passes(error: ServiceError) -> bool:
    """Whether the same request may succeed a moment later."""
    return error.status in PASSING_STATUS or error.code in PASSING_CODES


def _hides_an_error(method: str, body: bytes) -> bool:
    """Whether a 200 is a late failure: copying and completing answer before they are done."""
    return method in ("PUT", "POST") and b"<Error>" in body[:200] and b"Result" not in body[:200]


def seconds_ahead(date: str, now: float) -> float:
    """How far a Date header is ahead of `now`, in seconds; 0.0 when it cannot be read."""
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except ValueError:
        return 0.0
