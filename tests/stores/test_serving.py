"""A server whose blobs are in an object store: the same for every client, and one setting more."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from narthex.blobs import MARK
from narthex.cli.serve import Endpoint, embedded
from tests.stores.conftest import BUCKET, Place, client_of

MIB = 1 << 20
REDIRECTED = 2 * MIB  # bytes from which on downloads are handed over


@pytest.fixture
def node(place: Place, plain: dict[str, str], tmp_path: Path) -> Iterator[Endpoint]:
    """A server on the store, with a bucket of its own."""
    extra = ["--workers", "1", "--blobs", place.url]
    environment = {**plain, **place.environment, "NARTHEX_REDIRECT_SIZE": str(REDIRECTED)}
    with embedded(tmp_path / "node", extra=extra, environment=environment) as started:
        client_of(started).create_bucket(Bucket="bucketofbigsecrets")
        yield started


def put(node: Endpoint, size: int, **more: Any) -> bytes:
    data = random.Random(size).randbytes(size)
    client_of(node).put_object(Bucket="bucketofbigsecrets", Key="a b/Ü.bin", Body=data, **more)
    return data


def link(node: Endpoint, **more: Any) -> str:
    given = {"Bucket": "bucketofbigsecrets", "Key": "a b/Ü.bin", **more}
    url: str = client_of(node).generate_presigned_url("get_object", given)
    return url


def test_large_objects_are_in_the_store_and_small_ones_in_the_catalog(
    node: Endpoint, place: Place
) -> None:
    client = client_of(node)
    client.put_object(Bucket="bucketofbigsecrets", Key="small", Body=b"x" * 1000)
    data = put(node, REDIRECTED - 1)
    held = place.client.list_objects_v2(Bucket=BUCKET, Prefix=place.prefix)
    sizes = [item["Size"] for item in held["Contents"] if not item["Key"].endswith(MARK)]
    assert sizes == [len(data)]
    got = client.get_object(Bucket="bucketofbigsecrets", Key="a b/Ü.bin")["Body"].read()
    assert got == data
    answer = httpx.get(link(node), headers={"range": "bytes=1000000-1000009"})
    assert (answer.status_code, answer.content) == (206, data[1_000_000:1_000_010])


def test_a_large_download_by_a_link_is_handed_to_the_store(node: Endpoint, place: Place) -> None:
    data = put(node, REDIRECTED, ContentType="application/x-secret")
    url = link(node, ResponseContentDisposition='attachment; filename="a.bin"')
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
    followed = httpx.get(url, follow_redirects=True)
    assert followed.content == data
    assert followed.headers["content-type"] == "application/x-secret"
    assert followed.headers["content-disposition"] == 'attachment; filename="a.bin"'
    away = answer.headers["location"]
    assert place.key("").rpartition("/")[0].strip("/") in away
    assert httpx.get(away[:-1] + ("0" if away[-1] != "0" else "1")).status_code == 403
    assert httpx.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403


def test_whoever_signs_in_a_header_is_served_here(node: Endpoint) -> None:
    data = put(node, REDIRECTED)
    answer = client_of(node).get_object(Bucket="bucketofbigsecrets", Key="a b/Ü.bin")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["Body"].read() == data


def test_a_multipart_upload_comes_back_whole(node: Endpoint) -> None:
    client, parts = client_of(node), [random.Random(n).randbytes(5 * MIB) for n in range(3)]
    where = {"Bucket": "bucketofbigsecrets", "Key": "big"}
    upload = client.create_multipart_upload(**where)["UploadId"]
    done = [
        client.upload_part(**where, UploadId=upload, PartNumber=n, Body=part)["ETag"]
        for n, part in enumerate(parts, 1)
    ]
    listed = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(done, 1)]
    client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": listed})
    assert client.get_object(**where)["Body"].read() == b"".join(parts)


def test_a_store_that_goes_away_is_said_and_small_objects_are_still_served(
    plain: dict[str, str], tmp_path: Path
) -> None:
    with embedded(tmp_path / "backend", extra=["--workers", "1"], environment=plain) as backend:
        client_of(backend).create_bucket(Bucket=BUCKET)
        keys = {
            "NARTHEX_BLOBS_ACCESS_KEY_ID": backend.access_key_id,
            "NARTHEX_BLOBS_SECRET_ACCESS_KEY": backend.secret,
        }
        url = f"s3://{BUCKET}?endpoint={backend.url}"
        extra = ["--workers", "1", "--blobs", url]
        with embedded(tmp_path / "node", extra=extra, environment={**plain, **keys}) as node:
            client = client_of(node)
            client.create_bucket(Bucket="bucketofbigsecrets")
            put(node, MIB)
            client.put_object(Bucket="bucketofbigsecrets", Key="small", Body=b"still here")
            os.kill(backend.pid, signal.SIGTERM)
            with pytest.raises(ClientError) as caught:
                client.get_object(Bucket="bucketofbigsecrets", Key="a b/Ü.bin")
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            with pytest.raises(ClientError) as caught:
                put(node, MIB + 1)
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            small = client.get_object(Bucket="bucketofbigsecrets", Key="small")
            assert small["Body"].read() == b"still here"
