"""DeleteBucket."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_an_empty_bucket_goes_and_its_name_is_free(narthex: Driver, bucket: str) -> None:
    assert (await narthex.send("DELETE", f"/{bucket}")).status == 204
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 404
    assert (await narthex.send("PUT", f"/{bucket}")).status == 200


async def test_a_bucket_with_an_object_stays(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    answer = await narthex.send("DELETE", f"/{bucket}")
    assert (answer.status, answer.code) == (409, "BucketNotEmpty")
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"x"


async def test_strangers_delete_nothing(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "DELETE", f"/{bucket}")
    await refuses_no_bucket(narthex, "DELETE")
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 200


async def test_a_sub_resource_never_falls_through_to_the_bucket(
    narthex: Driver, bucket: str
) -> None:
    for name in ("website", "replication", "inventory", "encryption", "unheardof"):
        assert (await narthex.send("DELETE", f"/{bucket}", [(name, "")])).status == 501, name
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 200


async def test_a_new_bucket_of_the_name_has_none_of_the_old_ones_uploads(
    narthex: Driver, bucket: str
) -> None:
    begun = await narthex.send("POST", f"/{bucket}/k", [("uploads", "")])
    assert begun.status == 200
    await narthex.send("DELETE", f"/{bucket}")
    await narthex.send("PUT", f"/{bucket}")
    listed = await narthex.send("GET", f"/{bucket}", [("uploads", "")])
    assert listed.xml.find("Upload") is None
