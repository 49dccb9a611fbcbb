"""minio-py: put, get, list, copy, delete, in parts, by link; and refused with a wrong secret."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from minio import Minio
from minio.commonconfig import ENABLED, CopySource, Tags
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File
from tests.clients.programs import WRONG, address

pytestmark = pytest.mark.clients

Open = Callable[[str], Minio]


@pytest.fixture
def client(endpoint: Endpoint) -> Minio:
    """A client of the root."""
    return open_client(endpoint, endpoint.secret)


def open_client(endpoint: Endpoint, secret: str) -> Minio:
    """minio-py, for a server without TLS."""
    return Minio(
        address(endpoint), access_key=endpoint.access_key_id, secret_key=secret, secure=False
    )


def read(client: Minio, bucket: str, key: str, **options: Any) -> bytes:
    """All bytes of an object."""
    answer = client.get_object(bucket, key, **options)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()


def test_buckets(client: Minio) -> None:
    client.make_bucket("made-by-minio")
    assert client.bucket_exists("made-by-minio")
    assert "made-by-minio" in [bucket.name for bucket in client.list_buckets()]
    client.remove_bucket("made-by-minio")
    assert not client.bucket_exists("made-by-minio")


def test_objects(client: Minio, bucket: str) -> None:
    client.put_object(
        bucket, "a/é +.txt", io.BytesIO(b"fire"), 4, "text/x-fire", metadata={"from": "olympus"}
    )
    assert read(client, bucket, "a/é +.txt") == b"fire"
    assert read(client, bucket, "a/é +.txt", offset=1, length=2) == b"ir"
    told = client.stat_object(bucket, "a/é +.txt")
    assert (told.size, told.content_type) == (4, "text/x-fire")
    assert told.metadata is not None
    assert told.metadata["x-amz-meta-from"] == "olympus"
    client.copy_object(bucket, "copy", CopySource(bucket, "a/é +.txt"))
    assert read(client, bucket, "copy") == b"fire"
    names = [item.object_name for item in client.list_objects(bucket, recursive=True)]
    assert names == ["a/é +.txt", "copy"]
    assert {item.object_name for item in client.list_objects(bucket)} == {"a/", "copy"}
    client.remove_object(bucket, "copy")
    assert list(client.remove_objects(bucket, [DeleteObject("a/é +.txt")])) == []
    assert list(client.list_objects(bucket, recursive=True)) == []


def test_parts(client: Minio, bucket: str, presentation: File, tmp_path: Path) -> None:
    client.fput_object(bucket, "p", str(presentation.path), part_size=5 * 1024 * 1024)
    client.fget_object(bucket, "p", str(tmp_path / "back"))
    assert presentation.same(tmp_path / "back")
    etag = client.stat_object(bucket, "p").etag
    assert etag is not None
    assert etag.endswith("-4")


def test_a_stream_of_unknown_length(client: Minio, bucket: str) -> None:
    data = bytes(range(256)) * 40_000
    client.put_object(bucket, "s", io.BytesIO(data), -1, part_size=5 * 1024 * 1024)
    assert read(client, bucket, "s") == data


def test_tags(client: Minio, bucket: str) -> None:
    client.put_object(bucket, "k", io.BytesIO(b""), 0)
    tags = Tags.new_object_tags()
    tags["colour"] = "red"
    client.set_object_tags(bucket, "k", tags)
    assert client.get_object_tags(bucket, "k") == {"colour": "red"}
    client.delete_object_tags(bucket, "k")
    assert client.get_object_tags(bucket, "k") is None


def test_links(client: Minio, bucket: str) -> None:
    hour = timedelta(hours=1)
    up = client.presigned_put_object(bucket, "up", expires=hour)
    with urlopen(Request(up, data=b"by link", method="PUT")) as answer:
        assert answer.status == 200
    down = client.presigned_get_object(bucket, "up", expires=hour)
    with urlopen(down) as answer:
        assert answer.read() == b"by link"


def test_a_wrong_secret_is_refused(endpoint: Endpoint, client: Minio, bucket: str) -> None:
    client.put_object(bucket, "k", io.BytesIO(b"first"), 5)
    other = open_client(endpoint, WRONG)
    calls: list[Callable[[], Any]] = [
        lambda: other.put_object(bucket, "k", io.BytesIO(b"second"), 6),
        lambda: other.get_object(bucket, "k"),
        lambda: list(other.list_objects(bucket)),
        lambda: other.remove_object(bucket, "k"),
        other.list_buckets,
    ]
    for call in calls:
        with pytest.raises(S3Error) as caught:
            call()
        assert caught.value.code == "SignatureDoesNotMatch"
    assert read(client, bucket, "k") == b"first"


def test_what_is_not_built_yet_says_so(client: Minio, bucket: str) -> None:
    from minio.versioningconfig import VersioningConfig

    with pytest.raises(S3Error) as caught:
        client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    assert caught.value.code == "NotImplemented"
