"""x-amz-expiration and x-amz-abort-date: who reads or writes is told when it ends, and why."""

from __future__ import annotations

from tests.driving import Driver
from tests.form_bodies import Form
from tests.operations.lifecycles import DAY, EXPIRATION, aborting, keep, rule, tagged
from tests.operations.multipart import begin, store
from tests.operations.tagging import TAGGING, document
from tests.posting import post

TOLD = 'expiry-date="Thu, 26 Nov 2026 00:00:00 GMT", rule-id="a%20rule"'


async def test_every_way_to_write_and_to_read_an_object_tells(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule(id="a rule"))
    path = f"/{bucket}/k"
    copied = [("x-amz-copy-source", f"{bucket}/k")]
    answers = [
        await narthex.send("PUT", path, body=b"hello"),
        await narthex.send("GET", path),
        await narthex.send("HEAD", path),
        await narthex.send("GET", path, headers=[("range", "bytes=1-2")]),
        await narthex.url(narthex.link("GET", path)),
        await narthex.send("PUT", f"/{bucket}/copy", headers=copied),
        await store(narthex, f"/{bucket}/parts", [b"x" * 16]),
        await post(narthex, Form(bucket, (("key", "form"),))),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 206, 200, 200, 200, 204]
    assert [answer.header(EXPIRATION) for answer in answers] == [TOLD] * len(answers)


async def test_what_no_rule_ends_is_told_nothing_of(narthex: Driver, bucket: str) -> None:
    await keep(
        narthex, bucket, rule(chosen="<Prefix>a/</Prefix>"), rule(id="off", status="Disabled")
    )
    for method in ("PUT", "GET", "HEAD"):
        assert (await narthex.send(method, f"/{bucket}/b")).header(EXPIRATION) is None
    assert (await narthex.send("PUT", f"/{bucket}/a/b")).header(EXPIRATION) is not None


async def test_tags_and_time_count_as_they_are(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule(id="a rule", chosen=tagged("color", "red")))
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    assert (await narthex.send("GET", f"/{bucket}/k")).header(EXPIRATION) is None
    await narthex.send("PUT", f"/{bucket}/k", TAGGING, body=document({"color": "red"}))
    narthex.clock.now_us += 30 * DAY
    assert (await narthex.send("GET", f"/{bucket}/k")).header(EXPIRATION) == TOLD
    await narthex.send("DELETE", f"/{bucket}/k", TAGGING)
    assert (await narthex.send("GET", f"/{bucket}/k")).header(EXPIRATION) is None


async def test_uploads_tell_when_they_are_aborted(narthex: Driver, bucket: str) -> None:
    path = f"/{bucket}/a/k"
    await keep(narthex, bucket, rule(None, chosen="<Prefix>a/</Prefix>", does=aborting(7)))
    begun = await narthex.send("POST", path, [("uploads", "")])
    listed = await narthex.send("GET", path, [("uploadId", begun.text("UploadId") or "")])
    for answer in (begun, listed):
        assert answer.status == 200
        assert answer.header("x-amz-abort-date") == "Wed, 02 Dec 2026 00:00:00 GMT"
        assert answer.header("x-amz-abort-rule-id") == "r"
    upload = await begin(narthex, f"/{bucket}/b")
    listed = await narthex.send("GET", f"/{bucket}/b", [("uploadId", upload)])
    assert listed.header("x-amz-abort-date") is None
