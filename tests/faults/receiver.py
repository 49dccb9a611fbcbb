"""A webhook's other end: a real HTTP server on loopback that keeps what it took, in order.

It refuses some of what comes, as receivers do; what it refused it did not take.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """refuse: the share of requests that are answered 503, from 0 to 1."""

    refuse: float = 0.0
    url: str = ""
    taken: list[Any] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # time.time() when each was taken
    changed: threading.Condition = field(default_factory=threading.Condition)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def take(self, body: bytes) -> int:
        """The status to answer with."""
        at = time.time()
        with self.changed:
            if self.dice.random() < self.refuse:
                return 503
            self.taken.append(json.loads(body))
            self.times.append(at)
            self.changed.notify_all()
        return 200

    def records(self) -> list[Any]:
        """The events among what was taken."""
        with self.changed:
            taken = list(self.taken)
        return [record for message in taken for record in message.get("Records", [])]

    def has(self, least: int) -> bool:
        """Whether so many were taken."""
        return len(self.taken) >= least

    def wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Whether `enough()` came true in time."""
        with self.changed:
            return self.changed.wait_for(enough, seconds)


@contextmanager
def receiving(refuse: float = 0.0, host: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver that listens inside the block. host: an address of this machine's."""
    receiver = Receiver(refuse)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take(body)
            self.send_response(status)
            if status == 503:
                self.send_header("retry-after", "0")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server((host, 0), Handler) as server:
        receiver.url = f"http://{host}:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
