"""Message brokers of the tests' own: Debian's programs on free ports, ended by their process id."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS = 30.0


@contextlib.contextmanager
def running(program: str, arguments: list[str], port: int) -> Iterator[int]:
    """The program, once it answers on its port."""
    process = subprocess.Popen(
        [program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert process.poll() is None, f"{program} ended with {process.returncode}"
            assert time.monotonic() < until, f"{program} does not answer"
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def program(name: str) -> str:
    """Where it is; the test that needs it says when it is not."""
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/usr/sbin")
    if found is None:
        pytest.fail(f"this needs Debian's package {name}: `make packages` installs it")
    return found


@contextlib.contextmanager
def redis_server(folder: Path, *more: str) -> Iterator[int]:
    """A Redis that keeps nothing, with a password; its port."""
    port = free_port()
    words = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    with running(program("redis-server"), [*words, "--requirepass", "pass word", *more], port):
        yield port


@contextlib.contextmanager
def nats_server(folder: Path) -> Iterator[int]:
    """A NATS with JetStream, with a user; its port."""
    port = free_port()
    words = ["--addr", "127.0.0.1", "--port", str(port), "--user", "ana", "--pass", "pass word"]
    with running(program("nats-server"), [*words, "--jetstream", "--store_dir", str(folder)], port):
        yield port
