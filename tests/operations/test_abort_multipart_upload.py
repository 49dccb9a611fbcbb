"""AbortMultipartUpload."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.multipart import begin, complete, put_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_upload_and_its_parts_are_gone(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    etag = await put_part(narthex, path, upload, 1, b"x" * 2000)
    query = [("uploadId", upload)]
    assert (await narthex.send("DELETE", path, query)).status == 204
    for answer in (
        await narthex.send("DELETE", path, query),
        await narthex.send("GET", path, query),
        await complete(narthex, path, upload, [(1, etag)]),
    ):
        assert (answer.status, answer.code) == (404, "NoSuchUpload")
    rows = await narthex.server.catalog.fetch("SELECT blob FROM pieces")
    assert rows == []


async def test_the_object_under_the_same_key_stays(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    await narthex.send("PUT", path, body=b"there")
    upload = await begin(narthex, path)
    await narthex.send("DELETE", path, [("uploadId", upload)])
    assert (await narthex.send("GET", path)).body == b"there"


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    query = [("uploadId", upload)]
    await refuses_strangers(narthex, "DELETE", path, query)
    await refuses_no_bucket(narthex, "DELETE", "k", query)
    assert (await narthex.send("GET", path, query)).status == 200
