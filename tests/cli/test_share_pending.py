"""`narthex share` of what takes long to review: the link at once, and a wait for its verdict.

The server reviews next to nothing at once, so that nothing here has to be large.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from narthex.cli.serve import Endpoint, embedded
from tests.cli.conftest import Person
from tests.cli.test_presign import fetch
from tests.cli.test_shares import FILE, ID
from tests.review.test_share_reviews import CARDS, INLINE, LONG, WITH_KEY

pytestmark = pytest.mark.clients
REVIEWS = {"NARTHEX_REVIEW_MODEL": "", "NARTHEX_REVIEW_INLINE": str(INLINE)}


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server with the model that is shipped."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    folder = tmp_path_factory.mktemp("reviewing")
    with embedded(
        folder, extra=["--workers", "1"], environment={**environment, **REVIEWS}
    ) as started:
        yield started


@pytest.fixture
def sharer(stranger: Person, reviewing: Endpoint) -> Person:
    """Somebody who shares by it."""
    stranger.environment |= {
        "AWS_ENDPOINT_URL": reviewing.url,
        "AWS_ACCESS_KEY_ID": reviewing.access_key_id,
        "AWS_SECRET_ACCESS_KEY": reviewing.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        **REVIEWS,
    }
    for name, data in (("long.txt", LONG), ("a.pem", WITH_KEY), ("cards.txt", CARDS)):
        stranger.write(name, data)
    return stranger


def state_of(sharer: Person, identity: str) -> dict[str, Any]:
    """A share as `shares show` tells it."""
    told: dict[str, Any] = json.loads(sharer.done("shares", "show", identity, "--json"))
    return told


def on_a_terminal(person: Person, *words: str, answers: dict[bytes, bytes]) -> tuple[int, bytes]:
    """How a command ends for somebody at a terminal, and what it shows. answers: to what it ends
    its lines with; b"\\3" is Ctrl-C.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(person.home)
        os.execve(sys.executable, [sys.executable, "-m", "narthex", *words], person.variables)
    shown = b""
    try:
        while True:
            shown += os.read(terminal, 65536)
            for asked in [one for one in answers if one in shown]:
                os.write(terminal, answers.pop(asked))
    except OSError:  # Linux: the other end is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_without_a_terminal_the_link_is_printed_and_nothing_is_waited_for(sharer: Person) -> None:
    ran = sharer.run("share", "long.txt", "--no-qr")
    assert ran.code == 0, str(ran)
    (url,) = ran.out.splitlines()
    assert "The link is pending" in ran.err
    (identity,) = ID.findall(ran.err)
    assert f"narthex shares show {identity}" in ran.err
    assert fetch(url, accept=FILE)[0] in (200, 503)


def test_one_that_waits_ends_when_the_link_is_open(sharer: Person) -> None:
    ran = sharer.run("share", "long.txt", "--wait")
    assert ran.code == 0, str(ran)
    assert "the link is open" in ran.err
    assert fetch(ran.out.strip(), accept=FILE)[:2] == (200, LONG)


def test_one_that_waits_for_what_is_refused_says_so(sharer: Person) -> None:
    ran = sharer.run("share", "a.pem", "--wait", "--justify", "agreed")
    assert ran.code == 4, str(ran)
    (identity,) = ID.findall(ran.err)
    decision = state_of(sharer, identity)["pending"]["decision"]
    assert f"narthex review approve {decision}" in ran.err
    assert fetch(ran.out.strip(), accept=FILE)[0] == 403
    told = sharer.done("shares", "show", identity)
    assert "refused" in told
    assert "whoever answers for it" in told
    sharer.done("review", "approve", decision, "--reason", "a key of the tests")
    # The steward may have opened it already, which is refused as needing no word.
    assert sharer.run("shares", "confirm", identity).code in (0, 254)
    assert fetch(ran.out.strip(), accept=FILE)[:2] == (200, WITH_KEY)


def test_what_has_to_be_confirmed_is_confirmed_later(sharer: Person) -> None:
    ran = sharer.run("share", "cards.txt", "--wait", "--expires-in", "7d")
    assert ran.code == 3, str(ran)
    (identity,) = ID.findall(ran.err)
    assert f"narthex shares confirm {identity} --justify WHY" in ran.err
    assert "pending" in sharer.done("shares")
    assert "you to say why" in sharer.done("shares", "show", identity)
    short = sharer.run("shares", "confirm", identity, "--justify", "because")
    assert short.code == 3, str(short)
    assert state_of(sharer, identity)["state"] == "pending"
    ran_again = sharer.run("shares", "confirm", identity, "--justify", "agreed")
    assert ran_again.code == 0, str(ran_again)
    assert state_of(sharer, identity)["state"] == "active"
    assert fetch(ran.out.strip(), accept=FILE)[:2] == (200, CARDS)
    assert sharer.run("shares", "confirm", identity, "--justify", "agreed").code == 254
    assert sharer.run("shares", "--justify", "agreed").code == 252


def test_a_reason_given_at_once_is_enough(sharer: Person) -> None:
    ran = sharer.run("share", "cards.txt", "--wait", "--expires-in", "7d", "--justify", "agreed")
    assert ran.code == 0, str(ran)
    assert fetch(ran.out.strip(), accept=FILE)[0] == 200


def test_on_a_terminal_it_asks_why_and_opens(sharer: Person) -> None:
    words = ("share", "cards.txt", "--expires-in", "7d", "--no-qr")
    code, shown = on_a_terminal(sharer, *words, answers={b"\r\n> ": b"1\n"})
    assert code == 0, shown
    assert b"Why is it right" in shown
    assert b"the link is open" in shown


def test_ctrl_c_leaves_it_as_it_is(sharer: Person) -> None:
    words = ("share", "cards.txt", "--expires-in", "7d", "--no-qr")
    code, shown = on_a_terminal(sharer, *words, answers={b"\r\n> ": b"\3"})
    assert code == 0, shown
    (identity,) = ID.findall(shown.decode().replace("\r", ""))
    assert state_of(sharer, identity)["state"] == "pending"


def test_a_server_of_its_own_reviews_it_too(sharer: Person) -> None:
    for name in [one for one in sharer.environment if one.startswith("AWS_")]:
        del sharer.environment[name]
    with sharer.foreground("share", "long.txt", "--wait") as (url, running):
        assert running.stderr is not None
        while "the link is open" not in (line := running.stderr.readline()):
            assert line, "it ended"
        assert fetch(url, accept=FILE)[:2] == (200, LONG)
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0


def test_a_server_of_its_own_ends_with_what_never_opens(sharer: Person) -> None:
    for name in [one for one in sharer.environment if one.startswith("AWS_")]:
        del sharer.environment[name]
    ran = sharer.run("share", "a.pem", "--wait")
    assert ran.code == 4, str(ran)
    assert "stays closed" in ran.err
