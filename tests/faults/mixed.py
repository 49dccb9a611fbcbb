"""Mixed load on several nodes by one name, remembering exactly what was acknowledged.

PUT, GET, DELETE, shares with a limit, their use and their revocation. Every answer is judged at
once: `Truth.wrong` holds what must never happen. Nothing but the addresses given is spoken to.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from narthex import Presigner
from narthex.pure.sigv4 import Credentials, sha256_hex, sign_headers

BUCKET = "bucketofbigsecrets"
NAME = "narthex.test"  # whatever node it is: what is signed for one is good at all
SIZES = (0, 300, 5_000, 16_384, 16_385, 60_000)  # the last two are blobs
USES = 2
CONNECT = 2.0  # seconds
TIMEOUT = 25.0  # seconds; a node that cannot ask its database says so in less
BUSY = frozenset((b"SlowDown", b"ServiceUnavailable"))
Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Nodes:
    """addresses: host and port of each. key: of the root."""

    addresses: tuple[tuple[str, int], ...]
    key: str
    secret: str = field(repr=False)

    def ask(self, node: int, method: str, url: str, body: bytes = b"") -> Answer:
        """Status and body. url: signed for NAME. Raises OSError, HTTPException."""
        parts = urlsplit(url)
        return self._send(node, method, f"{parts.path}?{parts.query}", {}, body)

    def order(self, node: int, method: str, path: str, fields: Any = None) -> Answer:
        """The same of the API below /-/api/v1, signed with the root's key."""
        body = json.dumps(fields).encode() if fields else b""
        return self.signed(node, method, f"/-/api/v1{path}", body, "narthex")

    def signed(
        self, node: int, method: str, path: str, body: bytes = b"", service: str = "s3"
    ) -> Answer:
        """The same, signed in its headers with the root's key."""
        credentials, now_us = Credentials(self.key, self.secret), time.time_ns() // 1000
        headers = sign_headers(
            *(method, path, (), (("host", NAME),), sha256_hex(body)),
            *(credentials, "us-east-1", service, now_us),
        )
        return self._send(node, method, path, dict(headers), body)

    def sign(self, method: str, key: str) -> str:
        """A link for NAME."""
        signer = Presigner(self.key, self.secret, region="us-east-1", endpoint_url=f"http://{NAME}")
        return signer.url(method, BUCKET, key)

    def _send(
        self, node: int, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        connection = http.client.HTTPConnection(*self.addresses[node], timeout=CONNECT)
        try:
            connection.connect()
            connection.sock.settimeout(TIMEOUT)
            connection.request(method, target, body or None, {"host": NAME, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@dataclass
class Truth:
    """What was acknowledged by now. digests: of objects that must be there, whole.

    told: keys and ETags of all acknowledged PUTs. acknowledged_at: when, by time.monotonic.
    """

    digests: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    uses: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    acknowledged_at: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """One client: its keys and shares are its own, its nodes are whichever."""

    def __init__(self, nodes: Nodes, truth: Truth, number: int, stop: threading.Event) -> None:
        super().__init__(name=f"c{number}", daemon=True)
        self._nodes, self._truth, self._stop_it = nodes, truth, stop
        self._dice = random.Random(number)
        self._count = 0
        self._keys: list[str] = []
        self._shares: list[tuple[str, str, str]] = []  # id, link, key

    def run(self) -> None:
        """Until told to stop."""
        often = [self.put, self.get, self.use] * 2
        steps = [*often, self.delete, self.share, self.revoke, self.try_revoked]
        while not self._stop_it.wait(0.02):
            self._dice.choice(steps)()

    def put(self) -> None:
        """A key of its own."""
        self._count += 1
        key = f"{self.name}/{self._count}"
        body = self._dice.randbytes(self._dice.choice(SIZES))
        status, _ = self._ask("PUT", self._nodes.sign("PUT", key), body)
        if status == 200:
            self._truth.digests[key] = hashlib.sha256(body).hexdigest()
            self._truth.told.add((key, hashlib.md5(body).hexdigest()))
            self._truth.acknowledged_at.append(time.monotonic())
            self._keys.append(key)
        elif status not in (0, 503):
            self._truth.wrong.append(f"PUT {key}: {status}")

    def get(self) -> None:
        """What was acknowledged."""
        if self._keys:
            self._look(self._dice.choice(self._keys))

    def delete(self) -> None:
        """What was acknowledged, now and then."""
        if len(self._keys) < 5:
            return
        key = self._keys.pop(self._dice.randrange(len(self._keys)))
        del self._truth.digests[key]
        self._shares = [one for one in self._shares if one[2] != key]
        status, _ = self._ask("DELETE", self._nodes.sign("DELETE", key))
        if status == 204:
            self._truth.gone.add(key)
        elif status not in (0, 503):
            self._truth.wrong.append(f"DELETE {key}: {status}")

    def share(self) -> None:
        """For so many downloads."""
        if not self._keys:
            return
        key = self._dice.choice(self._keys)
        fields = {"bucket": BUCKET, "key": key, "expires_in": 3600, "raw": True}
        status, body = self._order("POST", "/shares", {**fields, "max_downloads": USES})
        if status == 201:
            told = json.loads(body)
            self._shares.append((told["share"]["id"], told["raw"], key))
        elif status not in (0, 503):
            self._truth.wrong.append(f"share of {key}: {status} {body[:200]!r}")

    def use(self) -> None:
        """Counted as served when all of it came."""
        if not self._shares:
            return
        id, link, key = self._dice.choice(self._shares)
        status, body = self._ask("GET", link)
        if status == 200:
            self._truth.uses[id] += 1
            if self._truth.uses[id] > USES:
                self._truth.wrong.append(f"share {id} was used {self._truth.uses[id]} times")
            if hashlib.sha256(body).hexdigest() != self._truth.digests[key]:
                self._truth.wrong.append(f"share {id} gave other bytes")
        elif status not in (0, 403, 503):
            self._truth.wrong.append(f"use of {id}: {status}")

    def revoke(self) -> None:
        """A share that may have uses left."""
        if len(self._shares) < 2:
            return
        id, link, _ = self._shares.pop(self._dice.randrange(len(self._shares)))
        status, _ = self._order("DELETE", f"/shares/{id}")
        if status == 200:
            self._truth.revoked.append(link)
        elif status not in (0, 503):
            self._truth.wrong.append(f"revocation of {id}: {status}")

    def try_revoked(self) -> None:
        """Whoever took it back, at whatever node."""
        if self._truth.revoked:
            status, _ = self._ask("GET", self._dice.choice(self._truth.revoked))
            if status not in (0, 403, 404, 503):  # 404: its object went meanwhile
                self._truth.wrong.append(f"a revoked link: {status}")

    def _look(self, key: str) -> None:
        status, body = self._ask("GET", self._nodes.sign("GET", key))
        if status == 200:
            if hashlib.sha256(body).hexdigest() != self._truth.digests[key]:
                self._truth.wrong.append(f"GET {key}: other bytes")
        elif status not in (0, 503):
            self._truth.wrong.append(f"GET {key}: {status}")

    def _ask(self, method: str, url: str, body: bytes = b"") -> Answer:
        node = self._dice.randrange(len(self._nodes.addresses))
        try:
            return self._judged(self._nodes.ask(node, method, url, body))
        except (OSError, http.client.HTTPException):
            return self._judged((0, b""))

    def _order(self, method: str, path: str, fields: Any = None) -> Answer:
        node = self._dice.randrange(len(self._nodes.addresses))
        try:
            return self._judged(self._nodes.order(node, method, path, fields))
        except (OSError, http.client.HTTPException):
            return self._judged((0, b""))

    def _judged(self, answer: Answer) -> Answer:
        """Refused for a time in the words for it; 0 is no answer at all."""
        status, body = answer
        self._truth.answers[str(status)] += 1
        if status == 503 and not any(word in body for word in BUSY):
            self._truth.wrong.append(f"503 without a word: {body[:200]!r}")
        return answer


@dataclass
class Load:
    """Clients at work between `start` and `end`."""

    nodes: Nodes
    count: int = 4
    truth: Truth = field(default_factory=Truth)
    stop: threading.Event = field(default_factory=threading.Event)
    clients: list[Client] = field(default_factory=list)

    def start(self) -> None:
        """All of them."""
        self.clients = [
            Client(self.nodes, self.truth, number, self.stop) for number in range(self.count)
        ]
        for client in self.clients:
            client.start()

    def end(self) -> None:
        """All have ended."""
        self.stop.set()
        for client in self.clients:
            client.join(4 * TIMEOUT)
            assert not client.is_alive()

    def check(self, nodes: Sequence[int]) -> None:
        """Everything acknowledged holds, at each of these nodes."""
        truth, ask, sign = self.truth, self.nodes.ask, self.nodes.sign
        for place, (key, digest) in enumerate(truth.digests.items()):
            status, body = ask(nodes[place % len(nodes)], "GET", sign("GET", key))
            assert (status, hashlib.sha256(body).hexdigest()) == (200, digest), f"{key} is lost"
        for place, key in enumerate(truth.gone):
            assert ask(nodes[place % len(nodes)], "GET", sign("GET", key))[0] == 404, key
        for place, link in enumerate(truth.revoked):
            assert ask(nodes[place % len(nodes)], "GET", link)[0] in (403, 404), link
        assert truth.wrong == []
