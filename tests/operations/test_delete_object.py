"""DeleteObject."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_key_is_gone_whether_it_was_there_or_not(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x" * 5000)
    for _ in range(2):
        answer = await narthex.send("DELETE", f"/{bucket}/k")
        assert (answer.status, answer.body) == (204, b"")
        assert (await narthex.send("GET", f"/{bucket}/k")).status == 404


async def test_strangers_delete_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await refuses_strangers(narthex, "DELETE", f"/{bucket}/k")
    await refuses_no_bucket(narthex, "DELETE", "k")
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"x"


async def test_a_condition_saves_what_changed(narthex: Driver, bucket: str) -> None:
    first = await narthex.send("PUT", f"/{bucket}/k", body=b"1")
    await narthex.send("PUT", f"/{bucket}/k", body=b"2")
    seen = [("if-match", first.header("etag") or "")]
    answer = await narthex.send("DELETE", f"/{bucket}/k", headers=seen)
    assert (answer.status, answer.code) == (412, "PreconditionFailed")
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"2"


async def test_a_sub_resource_never_falls_through_to_the_object(
    narthex: Driver, bucket: str
) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    for name in ("retention", "legal-hold", "restore", "unheardof"):
        answer = await narthex.send("DELETE", f"/{bucket}/k", query=[(name, "")])
        assert answer.status == 501, name
    answer = await narthex.send("DELETE", f"/{bucket}/k", query=[("versionId", "abc")])
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"x"


async def test_the_version_null_is_the_object(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    answer = await narthex.send("DELETE", f"/{bucket}/k", query=[("versionId", "null")])
    assert answer.status == 204
    assert (await narthex.send("GET", f"/{bucket}/k")).status == 404
