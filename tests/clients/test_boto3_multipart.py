"""boto3: objects that arrive in parts."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.clients.conftest import File
from tests.clients.refused import refused

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
Place = dict[str, str]


@pytest.fixture
def place(bucket: str) -> Place:
    """Where the object will be, as boto3's arguments."""
    return {"Bucket": bucket, "Key": "parts/é"}


def send(s3: Any, place: Place, upload: str, number: int, data: bytes) -> dict[str, Any]:
    """Send a part; what CompleteMultipartUpload wants to hear of it."""
    sent = s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=data)
    return {"PartNumber": number, "ETag": sent["ETag"]}


def test_a_large_file_goes_in_and_out_in_parallel_parts(
    s3: Any, place: Place, presentation: File, tmp_path: Any
) -> None:
    s3.upload_file(str(presentation.path), place["Bucket"], place["Key"])
    s3.download_file(place["Bucket"], place["Key"], str(tmp_path / "back"))
    assert presentation.same(tmp_path / "back")
    assert s3.head_object(**place)["ETag"].endswith('-3"')


def test_parts_make_one_object(s3: Any, place: Place) -> None:
    upload = s3.create_multipart_upload(**place, ContentType="a/b", Metadata={"m": "1"})["UploadId"]
    blocks = {1: b"a" * (5 * MIB), 3: b"b" * (6 * MIB), 7: b"c" * 10}
    parts = [send(s3, place, upload, number, data) for number, data in blocks.items()]
    listed = s3.list_parts(**place, UploadId=upload)["Parts"]
    assert [(item["PartNumber"], item["Size"]) for item in listed] == [
        (number, len(data)) for number, data in blocks.items()
    ]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})

    got = s3.get_object(**place)
    assert got["Body"].read() == b"".join(blocks.values())
    digests = b"".join(hashlib.md5(data).digest() for data in blocks.values())
    assert got["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert (got["ContentType"], got["Metadata"]) == ("a/b", {"m": "1"})
    across = s3.get_object(**place, Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    assert across["Body"].read() == b"aabb"
    first = s3.get_object(**place, PartNumber=1)
    assert first["PartsCount"] == 3
    assert first["Body"].read() == blocks[1]


def test_parts_may_announce_a_checksum_that_the_upload_did_not_name(s3: Any, place: Place) -> None:
    """boto3 begins an upload without naming one, and sends a CRC32 with each part."""
    upload = s3.create_multipart_upload(**place)["UploadId"]
    sent = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"fire")
    part = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
    wrong = refused(
        s3.upload_part, **place, UploadId=upload, PartNumber=2, Body=b"x", ChecksumCRC32="AAAAAA=="
    )
    assert wrong.code == "BadDigest"
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": [part]})
    got = s3.get_object(**place, ChecksumMode="ENABLED")
    assert got["ChecksumType"] == "FULL_OBJECT"
    assert len(got["ChecksumCRC64NVME"]) == 12
    assert got["Body"].read() == b"fire"


def test_a_part_sent_again_replaces_the_first(s3: Any, place: Place) -> None:
    upload = s3.create_multipart_upload(**place)["UploadId"]
    send(s3, place, upload, 1, b"first")
    part = send(s3, place, upload, 1, b"second")
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(**place)["Body"].read() == b"second"


def test_a_part_is_copied_from_an_object(s3: Any, bucket: str, place: Place) -> None:
    data = bytes(range(256)) * 4 * 6 * 1024
    s3.put_object(Bucket=bucket, Key="source", Body=data)
    upload = s3.create_multipart_upload(**place)["UploadId"]
    source = {"Bucket": bucket, "Key": "source"}
    copied = s3.upload_part_copy(
        **place,
        UploadId=upload,
        PartNumber=1,
        CopySource=source,
        CopySourceRange=f"bytes=10-{5 * MIB + 9}",
    )["CopyPartResult"]
    parts = [{"PartNumber": 1, "ETag": copied["ETag"]}, send(s3, place, upload, 2, b"end")]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == data[10 : 5 * MIB + 10] + b"end"


def test_an_aborted_upload_leaves_nothing(s3: Any, place: Place) -> None:
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = send(s3, place, upload, 1, b"x")
    listed = s3.list_multipart_uploads(Bucket=place["Bucket"])["Uploads"]
    assert [(item["Key"], item["UploadId"]) for item in listed] == [(place["Key"], upload)]
    s3.abort_multipart_upload(**place, UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=place["Bucket"])
    answer = refused(
        s3.complete_multipart_upload, **place, UploadId=upload, MultipartUpload={"Parts": [part]}
    )
    assert (answer.code, answer.status) == ("NoSuchUpload", 404)
    assert refused(s3.head_object, **place).status == 404


def test_parts_that_do_not_fit_are_refused(s3: Any, place: Place) -> None:
    upload = s3.create_multipart_upload(**place)["UploadId"]
    parts = [send(s3, place, upload, 1, b"small"), send(s3, place, upload, 2, bytes(5 * MIB))]

    def complete(*chosen: dict[str, Any]) -> str:
        return refused(
            s3.complete_multipart_upload,
            **place,
            UploadId=upload,
            MultipartUpload={"Parts": list(chosen)},
        ).code

    assert complete(*parts) == "EntityTooSmall"
    assert complete(parts[1], parts[0]) == "InvalidPartOrder"
    assert complete({"PartNumber": 1, "ETag": '"0"'}) == "InvalidPart"
    assert complete({"PartNumber": 9, "ETag": parts[0]["ETag"]}) == "InvalidPart"
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts[:1]})
    assert s3.get_object(**place)["Body"].read() == b"small"


def test_a_completion_can_demand_that_nothing_is_there(s3: Any, place: Place) -> None:
    s3.put_object(**place, Body=b"there")
    upload = s3.create_multipart_upload(**place)["UploadId"]
    parts = [send(s3, place, upload, 1, b"new")]
    answer = refused(
        s3.complete_multipart_upload,
        **place,
        UploadId=upload,
        MultipartUpload={"Parts": parts},
        IfNoneMatch="*",
    )
    assert (answer.code, answer.status) == ("PreconditionFailed", 412)
    assert s3.get_object(**place)["Body"].read() == b"there"


def test_uploads_are_listed_by_page_and_prefix(s3: Any, bucket: str) -> None:
    keys = ["a/1", "a/2", "b", "c"]
    for key in keys:
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 2}
    )
    assert [item["Key"] for page in pages for item in page["Uploads"]] == keys
    rolled = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in rolled["CommonPrefixes"]] == ["a/"]
