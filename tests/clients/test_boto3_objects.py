"""boto3: objects go in and come out as they were, whatever their size and name."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.conftest import Connect
from tests.clients.programs import WRONG
from tests.clients.refused import refused

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
KEYS = [
    "plain",
    "a//b",
    "a/../b",
    "./a",
    "trailing/",
    "/leading",
    "per%2Fcent%",
    "plus+and space",
    "a&b=c;d,e:f@g$h",
    "(1)!'*~._-",
    'quote"<>\\^`{|}',
    "ünï/cödé/日本語/🔥",
    "tab\tand\nline",
    "k" * 1024,
    "é" * 512,
]


def data_of(size: int) -> bytes:
    """The same bytes for the same size."""
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, MIB - 1, MIB, MIB + 1, 3 * MIB + 7])
def test_bytes_come_back_as_they_went_in(s3: Any, bucket: str, size: int) -> None:
    data = data_of(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == data
    assert (got["ContentLength"], got["ETag"]) == (size, put["ETag"])
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_any_text(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [item["Key"] for item in listed] == [key]
    copy = {"Bucket": bucket, "Key": key}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=copy)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "copy"}, {"Key": key}]})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_key_that_xml_cannot_hold_is_listed_all_the_same(s3: Any, bucket: str) -> None:
    """XML 1.0 has no U+0001: DeleteObjects cannot name it, on AWS neither."""
    s3.put_object(Bucket=bucket, Key="\x01\x7f", Body=b"x")
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == "\x01\x7f"
    many = {"Objects": [{"Key": "\x01\x7f"}]}
    assert refused(s3.delete_objects, Bucket=bucket, Delete=many).code == "MalformedXML"
    s3.delete_object(Bucket=bucket, Key="\x01\x7f")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_key_beyond_1024_bytes_is_refused(s3: Any, bucket: str) -> None:
    answer = refused(s3.put_object, Bucket=bucket, Key="é" * 512 + "k", Body=b"")
    assert (answer.code, answer.status) == ("KeyTooLongError", 400)


def test_headers_and_metadata_are_kept(s3: Any, bucket: str) -> None:
    kept = {
        "ContentType": "text/x-fire; charset=utf-8",
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment; filename*=UTF-8''f%20f",
        "ContentEncoding": "x-none",
        "ContentLanguage": "el",
        "Metadata": {"stolen-by": "prometheus", "from": "olympus"},
    }
    s3.put_object(Bucket=bucket, Key="k", Body=b"fire", StorageClass="STANDARD", **kept)
    for found in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
        assert {name: found[name] for name in kept} == kept


def test_expires_is_kept(s3: Any, bucket: str) -> None:
    at = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Expires=at)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"


def test_metadata_beyond_the_limit_is_refused(s3: Any, bucket: str) -> None:
    answer = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048})
    assert answer.code == "MetadataTooLarge"
    assert refused(s3.head_object, Bucket=bucket, Key="k").status == 404


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100000-200000", 100_000, 200_001),
        ("bytes=1048575-1048576", MIB - 1, MIB + 1),
        ("bytes=2000000-", 2_000_000, 2 * MIB),
        ("bytes=-5", 2 * MIB - 5, 2 * MIB),
        ("bytes=0-99999999", 0, 2 * MIB),
    ],
)
def test_a_range_is_exactly_that_range(
    s3: Any, bucket: str, asked: str, start: int, end: int
) -> None:
    data = data_of(2 * MIB)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {start}-{end - 1}/{len(data)}"
    assert got["Body"].read() == data[start:end]


def test_a_range_behind_the_end_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    answer = refused(s3.get_object, Bucket=bucket, Key="k", Range="bytes=5-9")
    assert (answer.code, answer.status) == ("InvalidRange", 416)
    assert answer.fields["ActualObjectSize"] == "5"


def test_what_is_deleted_is_gone_and_deleting_nothing_succeeds(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for _ in range(2):
        answer = s3.delete_object(Bucket=bucket, Key="k")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    answer = refused(s3.get_object, Bucket=bucket, Key="k")
    assert (answer.code, answer.fields["Key"]) == ("NoSuchKey", "k")


def test_many_are_deleted_at_once(s3: Any, bucket: str) -> None:
    keys = [f"k{number}" for number in range(20)]
    for key in keys[:10]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    objects = [{"Key": key} for key in keys]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert sorted(item["Key"] for item in answer["Deleted"]) == sorted(keys)
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_copy_keeps_or_replaces_what_goes_with_the_bytes(s3: Any, bucket: str) -> None:
    data = data_of(100_000)
    s3.put_object(
        Bucket=bucket,
        Key="from",
        Body=data,
        ContentType="a/b",
        Metadata={"m": "1"},
        Tagging="t=1",
    )
    source = {"Bucket": bucket, "Key": "from"}
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    s3.copy_object(
        Bucket=bucket,
        Key="other",
        CopySource=source,
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",
        ContentType="c/d",
        Metadata={"m": "2"},
        Tagging="t=2",
    )
    for key, kind, mark in (("same", "a/b", "1"), ("other", "c/d", "2")):
        got = s3.get_object(Bucket=bucket, Key=key)
        assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (
            data,
            kind,
            {"m": mark},
        )
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert tags == [{"Key": "t", "Value": mark}]


def test_a_copy_onto_itself_that_changes_nothing_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    source = {"Bucket": bucket, "Key": "k"}
    answer = refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=source)
    assert (answer.code, answer.status) == ("InvalidRequest", 400)
    missing = {"Bucket": bucket, "Key": "missing"}
    answer = refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=missing)
    assert answer.code == "NoSuchKey"


def test_tags_are_put_read_and_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b%20c=%2B")
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b c", "Value": "+"}]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    other = [{"Key": "z", "Value": "ü"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": other})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == other
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    twice = [{"Key": "z", "Value": "1"}, {"Key": "z", "Value": "2"}]
    answer = refused(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": twice})
    assert answer.code == "InvalidTag"


def test_attributes_are_told(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"fire", ChecksumAlgorithm="SHA256")
    told = s3.get_object_attributes(
        Bucket=bucket,
        Key="k",
        ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"],
    )
    assert told["ETag"] == hashlib.md5(b"fire").hexdigest()
    assert told["ObjectSize"] == 4
    assert told["StorageClass"] == "STANDARD"
    assert told["Checksum"]["ChecksumSHA256"] == "3J8osS3RgY7kL/yS7LlAOGIUWYg3NI0w08bAt7V+NMk="


def test_a_wrong_secret_is_refused_and_changes_nothing(
    s3: Any, connect: Connect, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    other = connect(secret=WRONG)
    place = {"Bucket": bucket, "Key": "k"}
    assert refused(other.put_object, **place, Body=b"second").code == "SignatureDoesNotMatch"
    assert refused(other.get_object, **place).code == "SignatureDoesNotMatch"
    assert refused(other.head_object, **place).status == 403
    assert refused(other.delete_object, **place).code == "SignatureDoesNotMatch"
    assert refused(other.create_multipart_upload, **place).code == "SignatureDoesNotMatch"
    assert s3.get_object(**place)["Body"].read() == b"first"


def test_a_wrong_content_md5_is_refused_and_stores_nothing(s3: Any, bucket: str) -> None:
    wrong = "AAAAAAAAAAAAAAAAAAAAAA=="
    answer = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5=wrong)
    assert answer.code == "BadDigest"
    assert refused(s3.head_object, Bucket=bucket, Key="k").status == 404
