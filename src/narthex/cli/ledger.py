"""The API of shares on a narthex server: JSON, signed for the service `narthex` (docs/api.md).

This file never prints a body, and never sends twice what would be done twice.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import responses
from typing import TYPE_CHECKING, Any

from narthex import __version__
from narthex.cli.client import (
    ATTEMPTS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PASSING_STATUS,
    Pairs,
    seconds_ahead,
    target_of,
)
from narthex.cli.configuration import Configuration
from narthex.cli.connections import Connections, Outgoing
from narthex.cli.endpoint import place
from narthex.cli.failure import CONFIGURATION, SERVICE, USAGE, Failure, ServiceError, Unreachable
from narthex.pure.sigv4 import sha256_hex, sign_headers

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

API = "/-/api/v1"
SERVICE_NAME = "narthex"
MOST_ANSWERED = 64 * 1024 * 1024  # bytes
MOST_SHARES = 1000  # in one request
MOST_SENT = 1024 * 1024  # bytes in one request; the server takes twice that
PAGE = 1000
PERFORMED = frozenset(("GET", "PATCH", "DELETE"))  # twice is as good as once
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

Document = dict[str, Any]


class NoLedger(Failure):
    """Whoever answered is not narthex: another S3 server, or a page."""


class Ledger:
    """Speaks to the ledger of a configuration's server.

    pause: waits so many seconds between attempts; now: seconds since the epoch.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._configuration = configuration
        self._connections = Connections(configuration, 1)
        self._now = now
        self._pause = pause
        self._skew = 0.0  # seconds the server's clock is ahead of ours, once it complained

    def is_there(self) -> bool:
        """Whether the server is narthex. Raises ServiceError for a key it does not take."""
        try:
            self.call("ListShares", "GET", "/shares", query=(("limit", "1"),))
        except NoLedger:
            return False
        except ServiceError as error:
            if error.code != "AccessDenied":  # other things may be allowed
                raise
        return True

    def issue(self, wanted: Sequence[Mapping[str, Any]]) -> Iterator[Document]:
        """Issue shares; their answers in order, each with `share`, `link` and `raw`."""
        for batch in _batches(wanted):
            many = len(batch) > 1
            body = b'{"shares":[%s]}' % b",".join(batch) if many else batch[0]
            answer = self.call("CreateShare", "POST", "/shares", body=body)
            yield from answer["shares"] if many else (answer,)

    def shares(self, query: Pairs = ()) -> Iterator[Document]:
        """Every share that the query admits, the newest first."""
        return self._pages("ListShares", "/shares", "shares", query)

    def share(self, identity: str) -> Document:
        """One share."""
        answer = self.call("GetShare", "GET", _path_of(identity))
        share: Document = answer["share"]
        return share

    def log(self, identity: str) -> Iterator[Document]:
        """What happened with a share, the newest first."""
        return self._pages("GetShare", f"{_path_of(identity)}/log", "entries", ())

    def change(self, identity: str, fields: Mapping[str, Any]) -> Document:
        """Change a share; the answer has `share` and `raw`."""
        body = json.dumps(fields).encode()
        return self.call("UpdateShare", "PATCH", _path_of(identity), body=body)

    def revoke(self, identity: str) -> Document:
        """Take one share back; the answer has `share`."""
        return self.call("RevokeShare", "DELETE", _path_of(identity))

    def revoke_by(self, fields: Mapping[str, Any]) -> Document:
        """Take back by what is at hand; the answer has `shares` and `links`."""
        body = json.dumps(fields).encode()
        return self.call("RevokeShare", "POST", "/revocations", body=body)

    def _pages(self, operation: str, path: str, name: str, query: Pairs) -> Iterator[Document]:
        after: str | None = None
        while True:
            more = (("limit", str(PAGE)), *((("after", after),) if after else ()))
            answer = self.call(operation, "GET", path, query=(*query, *more))
            yield from answer[name]
            if not answer.get("next"):
                return
            if answer["next"] == after:
                raise Failure("The server gave the same page of a listing twice")
            after = answer["next"]

    def call(
        self, operation: str, method: str, path: str, *, query: Pairs = (), body: bytes = b""
    ) -> Document:
        """The document of one answer.

        Raises ServiceError for a refusal, NoLedger when it is not narthex that answers,
        Unreachable when nobody does.
        """
        corrected = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                sent = self._send(method, path, query, body)
                return self._read(operation, sent)
            except Unreachable:
                if attempt == ATTEMPTS or method not in PERFORMED:
                    raise
            except ServiceError as error:
                if error.code == "RequestTimeTooSkewed" and not corrected:
                    corrected = True
                    self._skew = seconds_ahead(sent.headers.get("date", ""), self._now())
                    continue
                if attempt == ATTEMPTS or not _passes(error, method):
                    raise
            self._pause(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, query: Pairs, body: bytes) -> BaseHTTPResponse:
        configuration = self._configuration
        region = configuration.signing_region
        where = place(configuration.endpoint_url, region, "path")
        raw_path = f"{where.path.rstrip('/')}{API}{path}"
        fields = [("host", where.host)]
        if body:
            fields.append(("content-type", "application/json"))
        if (credentials := configuration.credentials) is not None:
            fields += sign_headers(
                method,
                raw_path,
                tuple(query),
                tuple(fields),
                sha256_hex(body),
                credentials,
                region,
                SERVICE_NAME,
                int((self._now() + self._skew) * 1_000_000),
            )
        fields += [("content-length", str(len(body)))] if body else []
        fields.append(("user-agent", f"narthex/{__version__}"))
        target = target_of(raw_path, query)
        self._note(f"{method} {where.scheme}://{where.host}{target}")
        sent = self._connections.send(Outgoing(method, where, target, fields, body))
        self._note(f"{sent.status} {sent.reason}")
        return sent

    def _read(self, operation: str, sent: BaseHTTPResponse) -> Document:
        url = self._configuration.endpoint_url or ""
        document = _document(self._connections.read_whole(sent, MOST_ANSWERED, url))
        if document is not None and 200 <= sent.status < 300:
            return document
        told = document.get("error") if document else None
        if isinstance(told, dict):
            code, message = str(told.get("code")), str(told.get("message"))
            if told.get("field"):
                message = f"{told['field']}: {message}"
            raise ServiceError(operation, sent.status, code, message)
        if sent.status in PASSING_STATUS:  # a proxy's page while the server behind it is away
            words = responses.get(sent.status, "")
            raise ServiceError(operation, sent.status, str(sent.status), words)
        raise NoLedger(f"{url} is no narthex server: it knows no shares", SERVICE)

    def _note(self, text: str) -> None:
        if self._configuration.debug:
            print(f"debug: {text}", file=sys.stderr)


def open_ledger(configuration: Configuration) -> Ledger:
    """The ledger of the server that is configured. Raises Failure when none is."""
    if configuration.endpoint is None:
        raise Failure(
            "Shares are kept by a narthex server: name yours by --endpoint-url, AWS_ENDPOINT_URL "
            "or endpoint_url in ~/.aws/config",
            CONFIGURATION,
        )
    return Ledger(configuration)


def _path_of(identity: str) -> str:
    if not _ID.fullmatch(identity):
        raise Failure(f"`{identity}` is no id of a share; `narthex shares` lists them", USAGE)
    return f"/shares/{identity}"


def _passes(error: ServiceError, method: str) -> bool:
    """Whether to try again: what was refused as a whole, or what may be done twice."""
    return error.status == 503 or (error.status in PASSING_STATUS and method in PERFORMED)


def _document(body: bytes) -> Document | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _batches(wanted: Sequence[Mapping[str, Any]]) -> Iterator[list[bytes]]:
    """What is sent in one request: as many shares as it may hold."""
    batch: list[bytes] = []
    size = 0
    for fields in wanted:
        text = json.dumps(fields, ensure_ascii=False).encode()
        if batch and (len(batch) == MOST_SHARES or size + len(text) > MOST_SENT):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield batch
