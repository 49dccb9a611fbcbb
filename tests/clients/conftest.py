"""One real server for all tests of a process; a home and a bucket for each test."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from narthex.cli.serve import Endpoint, embedded
from tests.clients.programs import Home
from tests.driving import OBSERVING

PRESENTATION_SIZE = 20_622_958  # bytes of the Prometheus.pptx whose sharing this project is about


@dataclass(frozen=True)
class File:
    """A file on disk and what it holds."""

    path: Path
    size: int
    sha256: str

    def same(self, other: Path | bytes) -> bool:
        """Whether other bytes are these."""
        data = other if isinstance(other, bytes) else other.read_bytes()
        return len(data) == self.size and hashlib.sha256(data).hexdigest() == self.sha256


def write_file(path: Path, size: int) -> File:
    """A file of bytes that nothing compresses, the same on every run."""
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return File(path, size, hashlib.sha256(data).hexdigest())


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A running server. Subdomains of `localhost` are buckets too."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment["NARTHEX_REVIEW_MODEL"] = str(OBSERVING)
    environment["NARTHEX_FUNCTIONS_UNCONFINED"] = "true"  # where this system cannot confine them
    folder = tmp_path_factory.mktemp("server")
    with embedded(
        folder, extra=["--domain", "localhost", "--workers", "2"], environment=environment
    ) as started:
        yield started


@pytest.fixture(scope="session")
def presentation(tmp_path_factory: pytest.TempPathFactory) -> File:
    """Prometheus.pptx: 20,622,958 bytes."""
    return write_file(tmp_path_factory.mktemp("files") / "Prometheus.pptx", PRESENTATION_SIZE)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def connect(endpoint: Endpoint) -> Connect:
    """Makes boto3 clients for the server; keyword arguments go to boto3 and to its Config."""

    def make(
        *, secret: str = "", region: str | None = "us-east-2", url: str = "", **config: Any
    ) -> Any:
        verify = config.pop("verify", None)
        config.setdefault("retries", {"max_attempts": 1})
        return boto3.session.Session().client(
            "s3",
            endpoint_url=url or endpoint.url,
            aws_access_key_id=endpoint.access_key_id,
            aws_secret_access_key=secret or endpoint.secret,
            region_name=region,
            verify=verify,
            config=Config(**config),
        )

    return make


@pytest.fixture(scope="session")
def s3(connect: Connect) -> Any:
    """A boto3 client of the root, region us-east-2, so that links are SigV4."""
    return connect()


_numbers = itertools.count(1)


@pytest.fixture
def bucket(s3: Any) -> str:
    """A new empty bucket."""
    name = f"bucketofbigsecrets-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """boto3 reads neither the variables nor the files of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
