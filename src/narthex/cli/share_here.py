"""`narthex share` without a server: start one for these files, and end it with their links.

The copy that is served lives in a private folder (mode 0700) that is removed at the end; what a
killed run left behind is removed by the next.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.failure import DONE, GENERAL, USAGE, Failure
from narthex.cli.ledger import Ledger
from narthex.cli.serve import Endpoint, embedded
from narthex.cli.share import Targets, look_of
from narthex.cli.share_links import issue, print_links
from narthex.cli.share_targets import DEFAULT_BUCKET, store
from narthex.cli.share_terms import Terms, ask_password
from narthex.pure.sigv4 import Credentials

LOOK = 1.0  # seconds between looks at the clock and the server: a laptop may sleep in between
PREFIX = "share-"
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not listened on by default
UNROUTED = ("192.0.2.1", 9)  # RFC 5737: asked for a route only; nothing is sent there


def share_here(targets: Targets, terms: Terms, flags: argparse.Namespace) -> int:
    """Serve the files until their links expire, Ctrl-C or SIGTERM; 0 in each case."""
    if flags.public_url and not flags.public_url.startswith(("http://", "https://")):
        raise Failure(f"--public-url: {flags.public_url} is not an http(s) URL", USAGE)
    password = ask_password(flags)
    os.environ["no_proxy"] = "*"  # from here on we speak to our own server only
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _private_folder(flags.data) as folder, _server(folder, flags) as endpoint:
            stored = store(targets, _configuration(endpoint, endpoint.url), DEFAULT_BUCKET)
            # The server names itself in links as it was asked, when no public URL was given.
            public = _reachable(endpoint.url, flags.listen)
            asked = endpoint.url if flags.public_url else public
            made = issue(Ledger(_configuration(endpoint, asked)), stored, terms, password)
            end = print_links(made, stored, terms, look_of(flags), lambda _: "")
            _tell_where(flags.public_url.rstrip("/") or public)
            _serve_until(end, endpoint)
            tell("Expired: nothing is shared any more.")
    except KeyboardInterrupt:
        tell("\nStopped: nothing is shared any more.")
    finally:
        signal.signal(signal.SIGTERM, before)
    return DONE


@contextlib.contextmanager
def _server(folder: Path, flags: argparse.Namespace) -> Iterator[Endpoint]:
    """A server for this share only: settings meant for a lasting one do not reach it."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("NARTHEX_")
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


def _configuration(endpoint: Endpoint, url: str) -> Configuration:
    credentials = Credentials(endpoint.access_key_id, endpoint.secret)
    return Configuration(
        profile=Found("default", "default", ""),
        region=None,
        endpoint=Found(url, "", ""),
        key=Key(credentials, "", ""),
    )


def _reachable(url: str, listen: str) -> str:
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


def _tell_where(public: str) -> None:
    host = urlsplit(public).hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        tell("It works on this computer only; --listen 0.0.0.0:0 lets others on your network in.")
    else:
        tell(f"Whoever has it and reaches {public} can download.")
    tell("This command serves it: Ctrl-C ends the sharing.")


def _serve_until(end: datetime, endpoint: Endpoint) -> None:
    while (left := end.timestamp() - time.time()) > 0:
        time.sleep(min(LOOK, left))
        if os.waitid(os.P_PID, endpoint.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            raise Failure("The server ended by itself; nothing is shared any more", GENERAL)


@contextlib.contextmanager
def _private_folder(chosen: str) -> Iterator[Path]:
    """A folder for the served copy; below the user's cache unless another place was chosen."""
    above = Path(chosen) if chosen else _cache()
    above.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(above)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "narthex"


def _remove_left_behind(above: Path) -> None:
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
