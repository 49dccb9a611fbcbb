"""ListMultipartUploads."""

from __future__ import annotations

from tests.driving import SECOND, Driver
from tests.operations.multipart import begin
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

UPLOADS = [("uploads", "")]


async def test_uploads_are_listed_by_key_then_time(narthex: Driver, bucket: str) -> None:
    wanted = []
    for key in ("b", "a/1", "a/2", "b"):
        narthex.clock.now_us += SECOND
        wanted.append((key, await begin(narthex, f"/{bucket}/{key}")))
    wanted = [wanted[1], wanted[2], wanted[0], wanted[3]]
    seen: list[tuple[str | None, str | None]] = []
    markers: list[tuple[str, str]] = []
    while True:
        answer = await narthex.send("GET", f"/{bucket}", [*UPLOADS, ("max-uploads", "1"), *markers])
        assert answer.status == 200
        seen += [(u.findtext("Key"), u.findtext("UploadId")) for u in answer.xml.iter("Upload")]
        if answer.text("IsTruncated") == "false":
            break
        markers = [
            ("key-marker", answer.text("NextKeyMarker") or ""),
            ("upload-id-marker", answer.text("NextUploadIdMarker") or ""),
        ]
    assert seen == wanted


async def test_a_delimiter_rolls_up(narthex: Driver, bucket: str) -> None:
    for key in ("b", "a/1", "a/2"):
        await begin(narthex, f"/{bucket}/{key}")
    answer = await narthex.send("GET", f"/{bucket}", [*UPLOADS, ("delimiter", "/")])
    assert [item.text for item in answer.xml.iterfind("CommonPrefixes/Prefix")] == ["a/"]
    assert [item.text for item in answer.xml.iterfind("Upload/Key")] == ["b"]


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", UPLOADS)
    await refuses_no_bucket(narthex, "GET", "", UPLOADS)
