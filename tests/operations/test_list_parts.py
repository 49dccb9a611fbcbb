"""ListParts."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.multipart import begin, put_part
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_parts_are_listed_by_number_and_in_pages(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    for number in (3, 1, 20):
        await put_part(narthex, path, upload, number, b"x" * number)
    seen: list[tuple[str | None, str | None]] = []
    marker = "0"
    while True:
        query = [("uploadId", upload), ("max-parts", "2"), ("part-number-marker", marker)]
        answer = await narthex.send("GET", path, query)
        assert answer.status == 200
        seen += [(p.findtext("PartNumber"), p.findtext("Size")) for p in answer.xml.iter("Part")]
        marker = answer.text("NextPartNumberMarker") or ""
        if answer.text("IsTruncated") == "false":
            break
    assert seen == [("1", "1"), ("3", "3"), ("20", "20")]


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/k"
    upload = await begin(narthex, path)
    query = [("uploadId", upload)]
    await refuses_strangers(narthex, "GET", path, query)
    await refuses_no_bucket(narthex, "GET", "k", query)
    unknown = await narthex.send("GET", path, [("uploadId", "x" * 32)])
    assert (unknown.status, unknown.code) == (404, "NoSuchUpload")
    odd = await narthex.send("GET", path, [*query, ("max-parts", "x")])
    assert (odd.status, odd.code) == (400, "InvalidArgument")
