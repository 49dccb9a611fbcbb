"""UploadPart."""

from __future__ import annotations

import hashlib

import pytest

from tests.driving import Driver, changed
from tests.operations.multipart import begin, complete, of_part, put_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_a_part_sent_again_replaces_the_first(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    first = await put_part(narthex, path, upload, 1, b"first" * 400)
    second = await put_part(narthex, path, upload, 1, b"second")
    assert second == f'"{hashlib.md5(b"second").hexdigest()}"'
    refused = await complete(narthex, path, upload, [(1, first)])
    assert (refused.status, refused.code) == (400, "InvalidPart")
    assert (await complete(narthex, path, upload, [(1, second)])).status == 200
    assert (await narthex.send("GET", path)).body == b"second"


async def test_it_echoes_the_checksum(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path, [("x-amz-checksum-algorithm", "CRC32")])
    headers = [("x-amz-checksum-crc32", "jNwWgw==")]  # of b"x"
    good = await narthex.send("PUT", path, of_part(upload, 1), headers, b"x")
    assert (good.status, good.header("x-amz-checksum-crc32")) == (200, "jNwWgw==")
    bad = await narthex.send("PUT", path, of_part(upload, 2), headers, b"y")
    assert (bad.status, bad.code) == (400, "BadDigest")


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "", "1e3"])
async def test_part_numbers_are_1_to_10000(narthex: Driver, bucket: str, number: str) -> None:
    upload = await begin(narthex, f"/{bucket}/k")
    answer = await narthex.send("PUT", f"/{bucket}/k", of_part(upload, number), body=b"x")
    assert (answer.status, answer.code) == (400, "InvalidArgument")


async def test_strangers_and_changed_bytes_leave_no_part(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    await refuses_strangers(narthex, "PUT", path, of_part(upload, 1), body=b"x")
    await refuses_no_bucket(narthex, "PUT", "k", of_part(upload, 1), body=b"x")
    told = hashlib.sha256(b"xyz").hexdigest()
    query = of_part(upload, 1)
    forged = await narthex.send("PUT", path, query, body=changed(b"xyz"), payload_hash=told)
    assert forged.code == "XAmzContentSHA256Mismatch"
    listed = await narthex.send("GET", path, [("uploadId", upload)])
    assert listed.xml.find("Part") is None


async def test_an_upload_is_for_its_own_key(narthex: Driver, bucket: str) -> None:
    upload = await begin(narthex, f"/{bucket}/k")
    other = await narthex.send("PUT", f"/{bucket}/other", of_part(upload, 1), body=b"x")
    assert (other.status, other.code) == (404, "NoSuchUpload")
    nothing = await narthex.send("PUT", f"/{bucket}/k", of_part("0" * 32, 1), body=b"x")
    assert (nothing.status, nothing.code) == (404, "NoSuchUpload")
