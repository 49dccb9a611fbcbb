"""UploadPartCopy."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.multipart import begin, complete, of_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

BODY = bytes(range(256)) * 16


async def test_ranges_of_an_object_become_parts(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/source", body=BODY)
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    parts = []
    for number, span in ((1, "bytes=0-99"), (2, "bytes=100-4095")):
        headers = [
            ("x-amz-copy-source", f"{bucket}/source"),
            ("x-amz-copy-source-range", span),
        ]
        answer = await narthex.send("PUT", path, of_part(upload, number), headers)
        assert (answer.status, answer.xml.tag) == (200, "CopyPartResult")
        parts.append((number, answer.text("ETag") or ""))
    assert (await complete(narthex, path, upload, parts)).status == 200
    assert (await narthex.send("GET", path)).body == BODY


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/source", body=BODY)
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    source = [("x-amz-copy-source", f"{bucket}/source")]
    await refuses_strangers(narthex, "PUT", path, of_part(upload, 1), source)
    await refuses_no_bucket(narthex, "PUT", "k", of_part(upload, 1), source)
    for span in ("bytes=0-4096", "bytes=5-2", "bytes=0-", "0-1"):
        headers = [*source, ("x-amz-copy-source-range", span)]
        answer = await narthex.send("PUT", path, of_part(upload, 1), headers)
        assert answer.status in (400, 416), span
    absent = [("x-amz-copy-source", f"{bucket}/absent")]
    answer = await narthex.send("PUT", path, of_part(upload, 1), absent)
    assert (answer.status, answer.code) == (404, "NoSuchKey")
