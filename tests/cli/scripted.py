"""A server that answers as a test tells it to: refusals, cut bodies, late errors. Loopback only."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it arrived. path: decoded. headers: names in lower case."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer. cut: so many bytes of the body are sent, then the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Answer = Callable[[Asked], Reply]


@dataclass
class Scripted:
    """The server: its URL, what it was asked, and what it answers."""

    url: str
    asked: list[Asked]
    answer: Answer

    @property
    def lines(self) -> list[str]:
        """Method and path of every request."""
        return [f"{asked.method} {asked.path}" for asked in self.asked]


def error(code: str, status: int = 400, message: str = "no", **fields: str) -> Reply:
    """A refusal of S3."""
    more = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    return Reply(status, body.encode())


def in_turn(*replies: Reply) -> Answer:
    """These replies one after the other; the last one for ever."""
    left = list(replies)
    lock = threading.Lock()

    def answer(_: Asked) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return answer


@contextlib.contextmanager
def scripted(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """A running server on a free port, ended with the block."""
    asked: list[Asked] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    script = Scripted(f"{scheme}://127.0.0.1:{server.server_port}", asked, answer)
    server.script = script  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        script: Scripted = self.server.script  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, self.path, unquote(parts.path), query, headers, body)
        script.asked.append(asked)
        self._reply(script.answer(asked))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any

    def _reply(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        if "Date" not in reply.headers:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(reply.body if reply.cut is None else reply.body[: reply.cut])
        if reply.cut is not None:
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: a test looks at `asked`."""
