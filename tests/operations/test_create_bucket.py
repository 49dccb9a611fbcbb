"""CreateBucket."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.refusals import refuses_strangers


def located(region: str) -> bytes:
    """A document that asks for a region."""
    return (
        "<CreateBucketConfiguration><LocationConstraint>"
        f"{region}</LocationConstraint></CreateBucketConfiguration>"
    ).encode()


async def test_a_new_bucket_is_there_and_empty(narthex: Driver) -> None:
    answer = await narthex.send("PUT", "/fresh-bucket")
    assert (answer.status, answer.header("location")) == (200, "/fresh-bucket")
    listed = await narthex.send("GET", "/fresh-bucket", [("list-type", "2")])
    assert (listed.status, listed.text("KeyCount")) == (200, "0")


async def test_it_refuses_strangers(narthex: Driver) -> None:
    await refuses_strangers(narthex, "PUT", "/fresh-bucket")
    assert (await narthex.send("HEAD", "/fresh-bucket")).status == 404


async def test_again_is_a_success_in_us_east_1_and_a_conflict_elsewhere(narthex: Driver) -> None:
    for _ in range(2):
        assert (await narthex.send("PUT", "/mine-here")).status == 200
    assert (await narthex.send("PUT", "/mine-there", body=located("eu-west-3"))).status == 200
    answer = await narthex.send("PUT", "/mine-there", body=located("eu-west-3"))
    assert (answer.status, answer.code) == (409, "BucketAlreadyOwnedByYou")
    where = await narthex.send("GET", "/mine-there", [("location", "")])
    assert where.xml.text == "eu-west-3"


@pytest.mark.parametrize(
    "name", ["ab", "A-capital", "under_score", "192.168.0.1", "a..b", "-dash", "dash-", "x" * 64]
)
async def test_a_name_that_is_none_is_refused(narthex: Driver, name: str) -> None:
    answer = await narthex.send("PUT", f"/{name}")
    assert (answer.status, answer.code) == (400, "InvalidBucketName")


async def test_odd_documents_are_refused(narthex: Driver) -> None:
    for body in (b"<CreateBucketConfiguration>", b"<Nonsense/>", located("not a region!")):
        answer = await narthex.send("PUT", "/odd-document", body=body)
        assert answer.status == 400
    assert (await narthex.send("HEAD", "/odd-document")).status == 404


async def test_an_object_lock_is_not_promised(narthex: Driver) -> None:
    headers = [("x-amz-bucket-object-lock-enabled", "true")]
    answer = await narthex.send("PUT", "/locked-bucket", headers=headers)
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert (await narthex.send("HEAD", "/locked-bucket")).status == 404
