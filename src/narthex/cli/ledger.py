"""The API of shares on a narthex server: JSON, signed for the service `narthex` (docs/api.md).

This file never prints a body, and never sends twice what would be done twice.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
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
from narthex.cli.failure import (
    CONFIGURATION,
    SERVICE,
    USAGE,
    Failure,
    ServiceError,
    Stopped,
    Unreachable,
)
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
Answer = Callable[[Stopped], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Shares, or requests for files. name: in an answer. noun: in the name of an operation."""

    name: str
    noun: str

    @property
    def path(self) -> str:
        """Of all of them."""
        return f"/{self.name}s"

    def path_of(self, identity: str) -> str:
        """Of one. Raises Failure for what is no id."""
        if not _ID.fullmatch(identity):
            told = f"`{identity}` is no id of a {self.name}; `narthex {self.name}s` lists them"
            raise Failure(told, USAGE)
        return f"{self.path}/{identity}"


SHARES = Kind("share", "Share")
REQUESTS = Kind("request", "Request")
OF_REQUESTS = frozenset(("max_files", "max_size", "types", "overwrite"))  # fields of them alone


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

    def issue(
        self,
        wanted: Sequence[Mapping[str, Any]],
        said: Mapping[str, Any] | None = None,
        stopped: Answer | None = None,
    ) -> Iterator[Document]:
        """Issue shares; their answers in order, each with `share`, `link`, `raw` and `review`.

        said: what is said to a review at once. stopped: what is said to one that stopped a share;
        it is tried again with that. Raises Stopped.
        """
        for batch in _batches(wanted):
            try:
                answer = self._issue(batch, said or {})
            except Stopped as error:
                if stopped is None:
                    raise
                answer = self._issue(batch, {**(said or {}), **stopped(error)})
            yield from answer["shares"] if len(batch) > 1 else (answer,)

    def _issue(self, batch: Sequence[bytes], said: Mapping[str, Any]) -> Document:
        more = b"".join(b",%s:%s" % (_json(name), _json(value)) for name, value in said.items())
        many = b'{"shares":[%s]}' % b",".join(batch)
        body = (many if len(batch) > 1 else batch[0])[:-1] + more + b"}"
        return self.call("CreateShare", "POST", "/shares", body=body)

    def review(self, fields: Mapping[str, Any]) -> Document:
        """What a share would come to: one of the answer's `reviews`."""
        answer = self.call("ReviewShare", "POST", "/reviews", body=_json(fields))
        found: Document = answer["reviews"][0]
        return found

    def approve(self, identity: str, fields: Mapping[str, Any]) -> Document:
        """The owner's yes to a refused decision; the answer has `approval`."""
        if not _ID.fullmatch(identity):
            raise Failure(f"`{identity}` is no id of a decision", USAGE)
        path = f"/decisions/{identity}/approval"
        return self.call("ApproveDecision", "POST", path, body=_json(fields))

    def confirm(self, identity: str, said: Mapping[str, Any]) -> Document:
        """Say why a share is right that waits for that; the share. Raises Stopped."""
        path = f"{SHARES.path_of(identity)}/confirmation"
        answer = self.call("UpdateShare", "POST", path, body=_json(said))
        found: Document = answer["share"]
        return found

    def ask_for_files(self, fields: Mapping[str, Any]) -> Document:
        """Issue a request for files; the answer has `request` and `link`."""
        body = json.dumps(fields).encode()
        return self.call("CreateRequest", "POST", REQUESTS.path, body=body)

    def listed(self, kind: Kind, query: Pairs = ()) -> Iterator[Document]:
        """Every share, or request, that the query admits, the newest first."""
        return self._pages(f"List{kind.noun}s", kind.path, f"{kind.name}s", query)

    def find(self, kind: Kind, identity: str) -> Document:
        """One share or request."""
        answer = self.call(f"Get{kind.noun}", "GET", kind.path_of(identity))
        found: Document = answer[kind.name]
        return found

    def log(self, kind: Kind, identity: str) -> Iterator[Document]:
        """What happened with a share or a request, the newest first."""
        path = f"{kind.path_of(identity)}/log"
        return self._pages(f"Get{kind.noun}", path, "entries", ())

    def sign(self, identity: str, names: Sequence[str], *, form: bool) -> Document:
        """Sign for a request: the answer has `puts`, one for each name, and `form`."""
        body = json.dumps({"names": list(names), "form": form}).encode()
        return self.call("UpdateRequest", "POST", f"{REQUESTS.path_of(identity)}/links", body=body)

    def change(self, identity: str, fields: Mapping[str, Any]) -> Document:
        """Change what has this id; the answer has `share` and `raw`, or `request`."""
        body = json.dumps(fields).encode()
        return self._either("Update", "PATCH", identity, body, OF_REQUESTS & fields.keys())

    def revoke(self, identity: str) -> Document:
        """Take back what has this id; the answer has `share` or `request`."""
        return self._either("Revoke", "DELETE", identity, b"", frozenset())

    def _either(
        self, verb: str, method: str, identity: str, body: bytes, of_requests: Set[str]
    ) -> Document:
        """Of a share or of a request: an id does not say which. of_requests: what only they have"""
        if not of_requests:
            try:
                path = SHARES.path_of(identity)
                return self.call(f"{verb}{SHARES.noun}", method, path, body=body)
            except ServiceError as error:
                if error.code != "NoSuchShare":
                    raise
        path = REQUESTS.path_of(identity)
        return self.call(f"{verb}{REQUESTS.noun}", method, path, body=body)

    def audit(self, query: Pairs, after: str = "") -> Iterator[Document]:
        """Everything that was written down behind the entry `after`, the oldest first."""
        while True:
            more = (("limit", str(PAGE)), *((("after", after),) if after else ()))
            answer = self.call("ListAudit", "GET", "/audit", query=(*query, *more))
            yield from answer["entries"]
            if len(answer["entries"]) < PAGE:
                return
            after = answer["next"]

    def sealed_audit(self) -> Iterator[Document]:
        """All of the account's log with its seals, in pages; the last one has no seals."""
        after = 0
        while True:
            query = (("after", str(after)),)
            answer = self.call("VerifyAudit", "GET", "/audit/seals", query=query)
            yield answer
            if not answer["seals"]:
                return
            after = answer["next"]

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
            if "reviews" in (document or {}):
                raise Stopped(operation, sent.status, code, message, document or {})
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


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


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
