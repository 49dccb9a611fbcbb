"""The README's first command, as a stranger runs it, and its Python example."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File
from tests.clients.programs import Home

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_command_shares_a_file_until_it_is_stopped(home: Home) -> None:
    command = re.search(r"&& \.venv/bin/narthex (share .+)$", README, re.MULTILINE)
    assert command is not None
    words = shlex.split(command[1])
    screen, terminal = pty.openpty()  # a person watches, so that there is a QR code
    sharing = subprocess.Popen(
        [sys.executable, "-m", "narthex", *words],
        cwd=ROOT,
        env={"HOME": str(home.folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    with sharing:
        assert sharing.stdout is not None
        link = sharing.stdout.readline().rstrip("\n")
        home.done("curl", "-sS", "-f", "-o", "shared", link)
        assert (home.folder / "shared").read_bytes() == (ROOT / words[1]).read_bytes()
        altered = link[:-1] + ("b" if link[-1] == "a" else "a")
        assert home.run("curl", "-sS", "-f", altered).code == 22  # refused by its status
        sharing.send_signal(signal.SIGINT)
        told = read_screen(screen)
        assert sharing.stdout.read() == ""
    assert sharing.returncode == 0
    assert "The link works until" in told
    assert "▀" in told  # the QR code
    assert home.run("curl", "-sS", link).code == 7  # nobody listens any more
    left = [path.name for path in (home.folder / ".cache" / "narthex").iterdir()]
    assert left == []


def read_screen(screen: int) -> str:
    """All that was written to a terminal, once every writer has ended."""
    shown = b""
    with open(screen, "rb", buffering=0) as file, contextlib.suppress(OSError):
        while data := file.read(65536):  # Linux answers EIO, not an end
            shown += data
    return shown.decode("utf-8")


def test_the_python_example_makes_a_link_that_downloads(
    endpoint: Endpoint, s3: Any, home: Home, presentation: File
) -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    code = example[1].replace("http://127.0.0.1:9000", endpoint.url)
    names: dict[str, Any] = {
        "access_key_id": endpoint.access_key_id,
        "secret": endpoint.secret,
    }
    lines = code.rstrip().splitlines()
    exec("\n".join(lines[:-1]), names)
    link = eval(lines[-1], names)
    s3.create_bucket(Bucket="bucketofbigsecrets")
    s3.upload_file(str(presentation.path), "bucketofbigsecrets", "Prometheus.pptx")
    home.done("curl", "-sS", "-f", "-o", "file", link)
    assert presentation.same(home.folder / "file")
    s3.delete_object(Bucket="bucketofbigsecrets", Key="Prometheus.pptx")
    s3.delete_bucket(Bucket="bucketofbigsecrets")
