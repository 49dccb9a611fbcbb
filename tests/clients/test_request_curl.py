"""`curl -T FILE link/`, the line that a request's page and `curl link` print, against a server."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File
from tests.clients.test_pages import ask

pytestmark = pytest.mark.clients


def make(endpoint: Endpoint, bucket: str, **fields: Any) -> dict[str, Any]:
    """A request for `inbox/`, by the API."""
    order = {"bucket": bucket, "key": "inbox/", "expires_in": 3600, **fields}
    told: dict[str, Any] = ask(endpoint, "POST", "/-/api/v1/requests", order)
    return told


def test_the_line_on_the_page_works_as_it_is(
    endpoint: Endpoint, s3: Any, bucket: str, presentation: File, tmp_path: Path
) -> None:
    link = make(endpoint, bucket)["link"]
    said = subprocess.run(["curl", "-sS", link], capture_output=True, text=True, check=True).stdout
    command = shlex.split(said.splitlines()[-1])
    (tmp_path / "FILE").symlink_to(presentation.path)
    done = subprocess.run([*command, "-sS"], cwd=tmp_path, capture_output=True, text=True)
    digest = hashlib.md5(presentation.path.read_bytes()).hexdigest()
    assert done.stdout == f"Received: FILE (MD5 {digest})\n", done.stderr
    assert presentation.same(s3.get_object(Bucket=bucket, Key="inbox/FILE")["Body"].read())


def test_curl_is_told_at_once_what_is_not_taken(
    endpoint: Endpoint, bucket: str, presentation: File
) -> None:
    told = make(endpoint, bucket, max_size=1000, password="correct horse")
    command = ["curl", "-sS", "--fail-with-body", "-T", str(presentation.path), f"{told['link']}/"]
    locked = subprocess.run(command, capture_output=True, text=True)
    assert (locked.returncode, locked.stdout) == (22, "This link has a password\n")
    command += ["-u", "guest:correct horse"]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 22, refused.stderr
    assert refused.stdout == "This file is larger than what is asked for.\n"
