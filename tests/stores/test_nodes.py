"""Two nodes on one PostgreSQL and one object store: one store for every client."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from narthex.app import open_server
from narthex.cli.serve import Endpoint, embedded
from narthex.config import Settings
from narthex.errors import StoreError
from tests.stores.conftest import Place, client_of

pytestmark = pytest.mark.postgresql
BUCKET = "bucketofbigsecrets"


@dataclass(frozen=True)
class Nodes:
    """Two of them; the first was started first."""

    first: Endpoint
    second: Endpoint

    def clients(self) -> tuple[Any, Any]:
        return client_of(self.first), client_of(self.second)


@pytest.fixture
def nodes(place: Place, plain: dict[str, str], url: str, tmp_path: Path) -> Iterator[Nodes]:
    environment = {**plain, **place.environment}
    extra = ["--workers", "1", "--catalog", url, "--blobs", place.url]
    with embedded(tmp_path / "first", extra=extra, environment=environment) as first:
        (tmp_path / "second").mkdir(mode=0o700)
        for name in ("master.key", "credentials"):
            shutil.copy(tmp_path / "first" / name, tmp_path / "second" / name)
        with embedded(tmp_path / "second", extra=extra, environment=environment) as second:
            yield Nodes(first, second)


def test_what_one_node_does_the_other_serves_and_refuses_at_once(nodes: Nodes) -> None:
    here, there = nodes.clients()
    here.create_bucket(Bucket=BUCKET)
    data = bytes(range(256)) * 8192
    here.put_object(Bucket=BUCKET, Key="a", Body=data)
    assert there.get_object(Bucket=BUCKET, Key="a")["Body"].read() == data
    there.put_object(Bucket=BUCKET, Key="a", Body=b"second")
    assert here.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"second"
    link = here.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"})
    elsewhere = link.replace(nodes.first.url, nodes.second.url)
    assert httpx.get(elsewhere).status_code == 403  # its host was signed
    link = there.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"})
    assert httpx.get(link).content == b"second"
    here.delete_object(Bucket=BUCKET, Key="a")
    assert httpx.get(link).status_code == 404
    with pytest.raises(ClientError, match="NoSuchKey"):
        there.get_object(Bucket=BUCKET, Key="a")


def test_doctor_tells_how_the_nodes_stand(nodes: Nodes, plain: dict[str, str]) -> None:
    first, second = nodes.first, nodes.second
    environment = {
        **plain,
        "AWS_ACCESS_KEY_ID": first.access_key_id,
        "AWS_SECRET_ACCESS_KEY": first.secret,
        "AWS_ENDPOINT_URL": second.url,
    }
    words = [sys.executable, "-m", "narthex", "doctor", "--cluster"]
    addresses = [node.url.removeprefix("http://") for node in (first, second)]
    for _ in range(40):  # a node tells of itself soon after it answers
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        if all(address in done.stdout for address in addresses):
            break
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(address in done.stdout for address in addresses)
    assert done.stdout.count("is the steward") == 1
    assert done.stdout.count("a round trip: catalog") == 2
    assert "clocks of nodes and catalog are at most" in done.stdout
    assert "0 deliveries wait" in done.stdout


async def test_a_node_with_another_master_key_is_refused(
    url: str, plain: dict[str, str], tmp_path: Path
) -> None:
    first = await open_server(Settings(data=str(tmp_path / "first"), catalog=url))
    await first.catalog.close()
    with pytest.raises(StoreError, match=r"is not the master key.*copy the file"):
        await open_server(Settings(data=str(tmp_path / "second"), catalog=url))
    named = str(tmp_path / "first" / "master.key")
    second = await open_server(
        Settings(data=str(tmp_path / "second"), catalog=url, master_key=named)
    )
    await second.catalog.close()
