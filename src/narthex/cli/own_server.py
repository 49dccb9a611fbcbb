"""A server of this computer's own, for as long as one command runs: `share` and `request`.

What it keeps lives in a private folder (mode 0700) that is removed at the end; what a killed run
left behind is removed by the next.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.failure import GENERAL, USAGE, Failure
from narthex.cli.serve import Endpoint, embedded
from narthex.pure.sigv4 import Credentials

PREFIX = "share-"
OF_REVIEWS = ("NARTHEX_REVIEW_MODEL", "NARTHEX_REVIEW_INLINE", "NARTHEX_CLAMD")
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not listened on by default
UNROUTED = ("192.0.2.1", 9)  # RFC 5737: asked for a route only; nothing is sent there


@contextlib.contextmanager
def own_server(flags: argparse.Namespace) -> Iterator[Endpoint]:
    """A running server. SIGTERM ends the block as Ctrl-C does, and no proxy is asked meanwhile."""
    if flags.public_url and not flags.public_url.startswith(("http://", "https://")):
        raise Failure(f"--public-url: {flags.public_url} is not an http(s) URL", USAGE)
    os.environ["no_proxy"] = "*"  # from here on we speak to our own server only
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _private_folder(flags.data) as folder, _server(folder, flags) as endpoint:
            yield endpoint
    finally:
        signal.signal(signal.SIGTERM, before)


def asked_at(endpoint: Endpoint, flags: argparse.Namespace) -> str:
    """The URL to ask the server by: it names itself in links as it was asked, when it was not told
    how others reach it.
    """
    return endpoint.url if flags.public_url else reachable(endpoint.url, flags.listen)


def public_of(endpoint: Endpoint, flags: argparse.Namespace) -> str:
    """The URL that others reach it by."""
    return flags.public_url.rstrip("/") or reachable(endpoint.url, flags.listen)


def check_runs(endpoint: Endpoint) -> None:
    """Raises Failure when the server has ended by itself."""
    if os.waitid(os.P_PID, endpoint.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
        raise Failure("The server ended by itself; nothing is shared any more", GENERAL)


def configuration_of(endpoint: Endpoint, url: str) -> Configuration:
    """What a client of it runs with."""
    credentials = Credentials(endpoint.access_key_id, endpoint.secret)
    return Configuration(
        profile=Found("default", "default", ""),
        region=None,
        endpoint=Found(url, "", ""),
        key=Key(credentials, "", ""),
    )


@contextlib.contextmanager
def _server(folder: Path, flags: argparse.Namespace) -> Iterator[Endpoint]:
    """A server for this share only: settings meant for a lasting one do not reach it, but those
    by which shares are reviewed.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NARTHEX_") or name in OF_REVIEWS
    }
    path = folder / "server.log"  # its lines would run through the link and the QR code
    try:
        with (
            path.open("wb") as log,
            embedded(
                folder, flags.listen, flags.public_url, environment=environment, log=log
            ) as endpoint,
        ):
            yield endpoint
    except RuntimeError as error:
        told = path.read_text("utf-8", "replace").strip()
        raise Failure(f"{error}\n{told}".strip(), GENERAL) from error


def reachable(url: str, listen: str) -> str:
    """The server's URL for others: with this computer's address when it listens on all of them."""
    host = listen.rpartition(":")[0].strip("[]")
    if host not in ANYWHERE:
        return url
    return f"http://{_own_address()}:{urlsplit(url).port}"


def _own_address() -> str:
    """The address that packets to the network carry; the loopback's without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(UNROUTED)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


@contextlib.contextmanager
def _private_folder(chosen: str) -> Iterator[Path]:
    """A folder for the served copy; below the user's cache unless another place was chosen."""
    above = Path(chosen) if chosen else _cache()
    above.mkdir(parents=True, exist_ok=True)
    remove_left_behind(above)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "narthex"


def remove_left_behind(above: Path) -> None:
    """Folders of shares whose process is gone: they hold copies of private files."""
    for folder in above.glob(f"{PREFIX}*-*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdigit() and not _is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
