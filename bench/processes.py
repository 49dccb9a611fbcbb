"""Programs started for one measurement: waited for until they answer, ended by their own pid.

Nothing is ever ended by name. On Linux a program started here also ends when we are killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.result import Failed

ROOT = Path(__file__).parent.parent
OUT = ROOT / "bench" / "out"
LOOPBACK = "127.0.0.1"
READY = 60.0  # seconds until a program must accept connections
END = 15.0  # seconds it may take to end before it is killed
PAUSE = 0.05
Command = Sequence[str | os.PathLike[str]]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def found(program: str) -> str:
    """The path of a program. Raises Failed when it is not installed."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        raise Failed(f"`{program}` is not installed")
    return path


@contextlib.contextmanager
def running(
    command: Command,
    log: Path,
    *,
    port: int | None = None,
    address: str = LOOPBACK,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs inside the block and has ended after it. port: wait until it listens
    there, at that address.

    Raises Failed, with the end of its log, when it does not come up.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    bound = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*bound, *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        if port is not None:
            _wait_for((address, port), process, log)
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; kill it when it does not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(place: tuple[str, int], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(place, 1):
            return
        time.sleep(PAUSE)
    raise Failed(f"did not come up: {last_lines(log)}")


def last_lines(log: Path) -> str:
    """The end of a log, on one line."""
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return " / ".join(lines[-3:])[-300:] or "it said nothing"


def answer_of(
    command: Command, *, within: float, environment: Mapping[str, str] | None = None
) -> str:
    """What a program prints. environment: all of it; None is ours. Raises Failed when it fails or
    takes longer than `within` seconds."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    if done.returncode:
        text = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise Failed(f"`{os.fspath(command[0])}` exited {done.returncode}: {text[-300:]}")
    return done.stdout.decode("utf-8", "replace")
