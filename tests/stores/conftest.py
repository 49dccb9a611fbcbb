"""A store of blobs for each test: a prefix of a bucket on a narthex of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from narthex.blobs.remote import RemoteBlobs
from narthex.blobs.remote_url import KEY_ID, SECRET, open_remote
from narthex.cli.serve import Endpoint, embedded
from tests.contract.conftest import server, template, url

__all__ = ["server", "template", "url"]  # fixtures: a PostgreSQL database for each test

BUCKET = "store"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def plain() -> dict[str, str]:
    """This process's environment without what speaks of AWS or narthex."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, str]) -> Iterator[Endpoint]:
    """The server that holds the blobs, with an empty bucket."""
    folder = tmp_path_factory.mktemp("backend")
    with embedded(folder, extra=["--workers", "1"], environment=plain) as started:
        client_of(started).create_bucket(Bucket=BUCKET)
        yield started


def client_of(endpoint: Endpoint) -> Any:
    """A boto3 client of its root."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-2",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@dataclass(frozen=True)
class Place:
    """Where one test's blobs are. client: sees the objects themselves."""

    url: str
    prefix: str
    environment: dict[str, str]
    client: Any

    def open(self) -> RemoteBlobs:
        """The store, as one node has it."""
        return open_remote(self.url, self.environment)

    def key(self, blob: str) -> str:
        """The object that is a blob."""
        return f"{self.prefix}/{blob[:2]}/{blob}"

    def unfinished(self) -> list[str]:
        """Keys of uploads whose parts lie about."""
        found = self.client.list_multipart_uploads(Bucket=BUCKET, Prefix=self.prefix)
        return [upload["Key"] for upload in found.get("Uploads", [])]


@pytest.fixture
def place(backend: Endpoint) -> Place:
    """An empty one."""
    prefix = f"node-{next(_numbers)}"
    environment = {KEY_ID: backend.access_key_id, SECRET: backend.secret}
    url = f"s3://{BUCKET}/{prefix}?endpoint={backend.url}&region=us-east-2"
    return Place(url, prefix, environment, client_of(backend))


@pytest.fixture(params=["memory", "s3"])
def blobs(request: pytest.FixtureRequest) -> RemoteBlobs:
    """An empty store of each kind."""
    if request.param == "memory":
        return open_remote("memory:///", {})
    opened: Callable[[], RemoteBlobs] = request.getfixturevalue("place").open
    return opened()
