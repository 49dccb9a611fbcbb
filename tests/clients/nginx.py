"""Debian's nginx in front of a server, with our own example of a configuration."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from narthex.cli.serve import Endpoint, embedded
from tests.clients.tls import write_certificate

NGINX = Path("/usr/sbin/nginx")
EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
SECONDS = 20.0  # until nginx answers
AROUND = """\
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/bodies;
  proxy_temp_path {folder}/answers;
  fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
{example}
}}
"""


@dataclass(frozen=True)
class Proxied:
    """A server behind nginx. url: the public one. folder: nginx's. log: the server's."""

    url: str
    behind: Endpoint
    folder: Path
    certificate: Path
    log: Path


@contextlib.contextmanager
def proxied(folder: Path, path: str = "") -> Iterator[Proxied]:
    """A server, and nginx in front of it, until the end of the block. path: of the public URL."""
    with served(folder, path) as front, in_front(front):
        yield front


@contextlib.contextmanager
def served(folder: Path, path: str = "") -> Iterator[Proxied]:
    """The server alone, which takes itself to be behind nginx."""
    certificate = folder / "proxy.pem"
    write_certificate(certificate)
    url = f"https://127.0.0.1:{_free_port()}{path}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment["SSL_CERT_FILE"] = str(certificate)  # the self-test asks through TLS, too
    log = folder / "server.log"
    extra = ["--trusted-proxies", "127.0.0.1", "--workers", "1"]
    with (
        log.open("wb") as lines,
        embedded(
            folder / "data", public_url=url, extra=extra, environment=environment, log=lines
        ) as endpoint,
    ):
        yield Proxied(url, endpoint, folder, certificate, log)


@contextlib.contextmanager
def in_front(front: Proxied, tweak: tuple[str, str] = ("", "")) -> Iterator[None]:
    """nginx, until the end of the block. tweak: what of the example is replaced by what."""
    folder, port = front.folder, urlsplit(front.url).port or 0
    file, log = folder / "nginx.conf", folder / "error.log"
    file.write_text(AROUND.format(folder=folder, example=_example(front, tweak)))
    with subprocess.Popen([NGINX, "-p", folder, "-e", log, "-c", file]) as running:
        try:
            deadline = time.monotonic() + SECONDS
            while not _answers(port):
                assert running.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)  # another program's start sends no event: bounded looks
            yield
        finally:
            running.terminate()


def _example(front: Proxied, tweak: tuple[str, str]) -> str:
    """The example, with this machine's ports and files in place of its own."""
    text = EXAMPLE.read_text("utf-8")
    if tweak[0]:
        assert tweak[0] in text
        text = text.replace(*tweak)
    for pattern, with_ in (
        (r"server 127\.0\.0\.1:9000;", f"server {urlsplit(front.behind.url).netloc};"),
        (r"listen 443 ssl;", f"listen {urlsplit(front.url).netloc} ssl;"),
        (r"(ssl_certificate(?:_key)?) \S+;", rf"\1 {front.certificate};"),
        (r"  location / \{", f"  location {urlsplit(front.url).path or '/'} {{"),
    ):
        text, count = re.subn(pattern, with_, text)
        assert count, f"{EXAMPLE} has no {pattern}"
    return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
