"""A node whose catalog is PostgreSQL and whose blobs are in Ceph, both started by the tests.

One walk, since a Ceph takes half a minute to come up.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import httpx
import pytest
from bench.ceph import radosgw
from bench.result import Failed

from narthex.blobs.remote_url import KEY_ID, SECRET, open_remote
from narthex.blobs.remote_writer import PART
from narthex.cli.serve import embedded
from tests.contract.test_blobs import bytes_of, sums_of
from tests.stores.conftest import client_of

pytestmark = [pytest.mark.ceph, pytest.mark.postgresql, pytest.mark.timeout(400)]
BLOB = "0123456789abcdef" * 2
BUCKET = "bucketofbigsecrets"


async def test_on_ceph_and_postgresql(url: str, plain: dict[str, str], tmp_path: Path) -> None:
    try:
        with radosgw(tmp_path / "ceph") as ceph:
            client = ceph.client()
            client.create_bucket(Bucket="store")
            keys = {KEY_ID: ceph.key, SECRET: ceph.secret}
            where = f"s3://store/node?endpoint={ceph.url}"
            await _writes_verifies_and_leaves_nothing(where, keys, client)
            _serves_and_hands_over(where, url, {**plain, **keys}, tmp_path / "node")
    except Failed as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Ceph does not come up here: {error}")


async def _writes_verifies_and_leaves_nothing(
    where: str, keys: dict[str, str], client: object
) -> None:
    blobs = open_remote(where, keys)
    await blobs.check()
    data = bytes_of(2 * PART + 7)
    writer = await blobs.create(BLOB)
    for start in range(0, len(data), PART // 3):
        await writer.write(data[start : start + PART // 3])
    sums = await writer.commit()
    assert sums == sums_of(data)
    got = [chunk async for chunk in blobs.read(BLOB, len(data), sums, 5, len(data) - 5)]
    assert b"".join(got) == data[5:-5]
    assert [blob async for blob, _ in blobs.scan()] == [BLOB]
    given_up = await blobs.create("f" * 32)
    await given_up.write(data)
    await given_up.abort()
    await blobs.delete(BLOB)
    assert [blob async for blob, _ in blobs.scan()] == []
    assert "Uploads" not in client.list_multipart_uploads(Bucket="store")  # type: ignore[attr-defined]


def _serves_and_hands_over(
    where: str, catalog: str, environment: dict[str, str], data: Path
) -> None:
    extra = ["--workers", "1", "--catalog", catalog, "--blobs", where]
    redirecting = {**environment, "NARTHEX_REDIRECT_SIZE": "1000000"}
    with embedded(data, extra=extra, environment=redirecting) as node:
        client = client_of(node)
        client.create_bucket(Bucket=BUCKET)
        for size in (1000, 900_000, 2_000_000):
            body = random.Random(size).randbytes(size)
            client.put_object(Bucket=BUCKET, Key="a b", Body=body, ContentType="text/x-secret")
            assert client.get_object(Bucket=BUCKET, Key="a b")["Body"].read() == body
            link = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a b"})
            assert httpx.get(link).status_code == (307 if size > 1_000_000 else 200)
            answer = httpx.get(link, follow_redirects=True)
            assert (answer.content, answer.headers["content-type"]) == (body, "text/x-secret")
