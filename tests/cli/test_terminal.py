"""On a terminal: a progress bar while it lasts, and no escape sequences out of keys."""

from __future__ import annotations

import os
import pty
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from narthex.cli.client import Client
from tests.cli.conftest import Person
from tests.cli.scripted import Asked, Reply, scripted
from tests.cli.test_cp import put

pytestmark = pytest.mark.clients


@contextmanager
def on_terminal(person: Person, *words: str) -> Iterator[Callable[[], bytes]]:
    """Run `narthex <words>` on a terminal; gives a function that reads some of what it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(person.home)
        command = [sys.executable, "-m", "narthex", *words]
        os.execve(command[0], command, {**person.variables, "TERM": "xterm"})

    def read() -> bytes:
        try:
            return os.read(terminal, 65536)
        except OSError:  # Linux: the other end is closed
            return b""

    try:
        yield read
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0


def everything(read: Callable[[], bytes]) -> bytes:
    """What is shown until the command ends."""
    return b"".join(iter(read, b""))


def test_a_bar_shows_how_far_an_upload_is_and_is_wiped(stranger: Person) -> None:
    stranger.write("slow.bin", b"x" * 1024 * 1024)
    stranger.environment |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    drawn = threading.Event()

    def answer(_: Asked) -> Reply:
        drawn.wait(30)
        return Reply(200, b"", {"ETag": '"e"'})

    with scripted(answer) as server:
        words = ("cp", "slow.bin", "s3://bucket/k", "--endpoint-url", server.url)
        with on_terminal(stranger, *words) as read:
            shown = b""
            while b"1 file left" not in shown:
                shown += read()
            assert b"1.0/1.0 MiB" in shown
            drawn.set()
            rest = everything(read)
    assert b"upload: ./slow.bin to s3://bucket/k\r\n" in rest
    assert rest.endswith(b"\x1b[?25h\r\x1b[1A\x1b[2K")  # the cursor is back, the bar's line empty


def test_no_bar_is_drawn_when_it_is_not_wanted(person: Person, client: Client, bucket: str) -> None:
    put(client, bucket, "k")
    with on_terminal(person, "cp", f"s3://{bucket}/k", "k", "--no-progress") as read:
        shown = everything(read)
    assert shown == f"download: s3://{bucket}/k to ./k\r\n".encode()


def test_a_key_cannot_command_the_terminal(person: Person, client: Client, bucket: str) -> None:
    put(client, bucket, "a\x1b]0;owned\x07b")
    with on_terminal(person, "ls", f"s3://{bucket}") as read:
        shown = everything(read)
    assert b"a?]0;owned?b" in shown
    assert b"\x1b" not in shown
    assert "a\x1b]0;owned\x07b\n" in person.done("ls", f"s3://{bucket}")
    with on_terminal(person, "rm", f"s3://{bucket}", "--recursive") as read:
        assert b"\x1b" not in everything(read)
