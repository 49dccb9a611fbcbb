"""boto3: every checksum, taken on the way in and told on the way out."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from awscrt import checksums

from tests.clients.conftest import Connect
from tests.clients.refused import refused

pytestmark = pytest.mark.clients

ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
DATA = bytes(range(256)) * 300
WRONG = {
    "CRC32": "AAAAAA==",
    "CRC32C": "AAAAAA==",
    "CRC64NVME": "AAAAAAAAAAA=",
    "SHA1": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "SHA256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_verified_kept_and_told(s3: Any, bucket: str, algorithm: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=DATA, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == DATA  # boto3 compares it with the checksum by itself
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert got["ChecksumType"] == "FULL_OBJECT"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_wrong_checksum_is_refused_and_stores_nothing(
    s3: Any, bucket: str, algorithm: str
) -> None:
    given = {f"Checksum{algorithm}": WRONG[algorithm]}
    answer = refused(s3.put_object, Bucket=bucket, Key="k", Body=DATA, **given)
    assert (answer.code, answer.status) == ("BadDigest", 400)
    assert refused(s3.head_object, Bucket=bucket, Key="k").status == 404


def test_an_object_sent_without_a_checksum_gets_crc64nvme(connect: Connect, bucket: str) -> None:
    plain = connect(request_checksum_calculation="when_required")
    plain.put_object(Bucket=bucket, Key="k", Body=DATA)
    told = plain.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    expected = checksums.crc64nvme(DATA).to_bytes(8, "big")
    assert told["ChecksumCRC64NVME"] == base64.b64encode(expected).decode()


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("CRC32", "COMPOSITE"),
        ("CRC32C", "COMPOSITE"),
        ("SHA1", "COMPOSITE"),
        ("SHA256", "COMPOSITE"),
        ("CRC32", "FULL_OBJECT"),
        ("CRC32C", "FULL_OBJECT"),
        ("CRC64NVME", "FULL_OBJECT"),
    ],
)
def test_a_multipart_object_has_the_checksum_it_was_begun_with(
    s3: Any, bucket: str, algorithm: str, kind: str
) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm=algorithm, ChecksumType=kind)[
        "UploadId"
    ]
    name = f"Checksum{algorithm}"
    parts = []
    for number, data in ((1, bytes(5 * 1024 * 1024)), (2, DATA)):
        sent = s3.upload_part(
            **place, UploadId=upload, PartNumber=number, Body=data, ChecksumAlgorithm=algorithm
        )
        parts.append({"PartNumber": number, "ETag": sent["ETag"], name: sent[name]})
    done = s3.complete_multipart_upload(
        **place, UploadId=upload, MultipartUpload={"Parts": parts}, ChecksumType=kind
    )
    assert done["ChecksumType"] == kind
    assert done[name].endswith("-2") == (kind == "COMPOSITE")
    assert s3.head_object(**place, ChecksumMode="ENABLED")[name] == done[name]
    got = s3.get_object(**place, ChecksumMode="ENABLED")
    assert got["Body"].read() == bytes(5 * 1024 * 1024) + DATA


def test_a_part_with_another_checksum_than_the_upload_is_refused(s3: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    answer = refused(
        s3.upload_part,
        **place,
        UploadId=upload,
        PartNumber=1,
        Body=DATA,
        ChecksumAlgorithm="CRC32",
    )
    assert (answer.code, answer.status) == ("InvalidRequest", 400)
