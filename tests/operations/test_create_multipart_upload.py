"""CreateMultipartUpload."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.multipart import begin, complete, put_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

UPLOADS = [("uploads", "")]


async def test_what_it_is_told_becomes_the_objects(narthex: Driver, bucket: str) -> None:
    headers = [("content-type", "a/b"), ("x-amz-meta-a", "b"), ("x-amz-tagging", "k=v")]
    upload = await begin(narthex, f"/{bucket}/k", headers)
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404
    etag = await put_part(narthex, f"/{bucket}/k", upload, 1, b"x")
    assert (await complete(narthex, f"/{bucket}/k", upload, [(1, etag)])).status == 200
    head = await narthex.send("HEAD", f"/{bucket}/k")
    assert head.header("content-type") == "a/b"
    assert head.header("x-amz-meta-a") == "b"
    assert head.header("x-amz-tagging-count") == "1"


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "POST", f"/{bucket}/k", UPLOADS)
    await refuses_no_bucket(narthex, "POST", "k", UPLOADS)
    listed = await narthex.send("GET", f"/{bucket}", UPLOADS)
    assert listed.xml.find("Upload") is None


async def test_an_unknown_checksum_is_refused(narthex: Driver, bucket: str) -> None:
    for headers in (
        [("x-amz-checksum-algorithm", "MD4")],
        [("x-amz-checksum-algorithm", "SHA256"), ("x-amz-checksum-type", "FULL_OBJECT")],
        [("x-amz-storage-class", "PAPER")],
        [("x-amz-tagging", "a=1&a=2")],
    ):
        answer = await narthex.send("POST", f"/{bucket}/k", UPLOADS, headers)
        assert answer.status == 400, headers
