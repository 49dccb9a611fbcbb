"""What the process of apprise may do: reach public hosts, read its own program, nothing else."""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path

import pytest

from narthex.events.apprise_child import Refused, guard

ALLOWED = ("127.0.0.1/32",)
NEVER: list[tuple[str, tuple[object, ...]]] = [
    ("socket.connect", (None, ("10.0.0.1", 80))),
    ("socket.connect", (None, ("127.0.0.2", 80))),
    ("socket.connect", (None, ("169.254.169.254", 80))),
    ("socket.connect", (None, ("::1", 80, 0, 0))),
    ("socket.connect", (None, "/run/docker.sock")),
    ("socket.connect", (None, b"\0abstract")),
    ("socket.connect", (None, ())),
    ("socket.sendto", (None, ("10.0.0.1", 514))),
    ("socket.sendmsg", (None, ("10.0.0.1", 514))),
    ("socket.bind", (None, ("0.0.0.0", 0))),
    ("open", ("/etc/passwd", "r", os.O_RDONLY)),
    ("open", (b"/etc/shadow", "r", os.O_RDONLY)),
    ("open", (f"{Path(json.__file__).parent}/../../../../../../../etc/passwd", "r", os.O_RDONLY)),
    ("open", (json.__file__, "w", os.O_WRONLY | os.O_CREAT)),
    ("open", (json.__file__, "r+", os.O_RDWR)),
    ("subprocess.Popen", ("sh", ["sh"], None, None)),
    ("os.system", (b"sh",)),
    ("os.exec", ("sh", ["sh"], None)),
    ("os.fork", ()),
    ("os.forkpty", ()),
    ("os.posix_spawn", ("sh", ["sh"], {})),
    ("os.remove", ("/x", -1)),
    ("os.rename", ("/x", "/y", -1, -1)),
]
FREELY: list[tuple[str, tuple[object, ...]]] = [
    ("socket.connect", (None, ("127.0.0.1", 80))),
    ("socket.connect", (None, ("8.8.8.8", 443))),
    ("socket.connect", (None, ("2606:4700::1111", 443, 0, 0))),
    ("socket.sendmsg", (None, None)),
    ("open", (json.__file__, "r", os.O_RDONLY)),
    ("open", (3, "r", os.O_RDONLY)),
    ("import", ("json", None, None, None, None)),
    ("compile", (None, "x")),
]


@pytest.mark.parametrize(("event", "given"), NEVER, ids=str)
def test_what_it_may_never_do(event: str, given: tuple[object, ...]) -> None:
    with pytest.raises(Refused):
        guard(ALLOWED, [])(event, given)


@pytest.mark.parametrize(("event", "given"), FREELY, ids=str)
def test_what_it_may_do(event: str, given: tuple[object, ...]) -> None:
    guard(ALLOWED, [])(event, given)


def test_the_authorities_of_tls_may_be_read() -> None:
    place = ssl.get_default_verify_paths().openssl_cafile
    guard((), [])("open", (place, "r", os.O_RDONLY))


def test_a_refused_connection_is_what_is_told() -> None:
    told: list[str] = []
    with pytest.raises(Refused):
        guard((), told)("socket.connect", (None, ("10.0.0.1", 80)))
    assert len(told) == 1
    assert "10.0.0.1" not in told[0]
