"""HeadObject: GetObject without its bytes."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_it_answers_as_get_does(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", headers=[("x-amz-meta-a", "b")], body=b"12345")
    head = await narthex.send("HEAD", f"/{bucket}/k")
    got = await narthex.send("GET", f"/{bucket}/k")
    assert (head.status, head.body) == (200, b"")
    for name in ("etag", "content-length", "content-type", "last-modified", "x-amz-meta-a"):
        assert head.header(name) == got.header(name)


async def test_its_refusals_have_no_body(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("HEAD", f"/{bucket}/absent")
    assert (answer.status, answer.body) == (404, b"")
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await refuses_strangers(narthex, "HEAD", f"/{bucket}/k")
    await refuses_no_bucket(narthex, "HEAD", "k")
    failed = await narthex.send("HEAD", f"/{bucket}/k", headers=[("if-match", '"0"')])
    assert (failed.status, failed.body) == (412, b"")
