"""GetObjectAcl."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import ACL, use_lists
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_owner_has_everything(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    for _ in range(2):
        answer = await narthex.send("GET", f"/{bucket}/k", ACL)
        assert answer.status == 200
        assert answer.text("AccessControlList/Grant/Permission") == "FULL_CONTROL"
        await use_lists(narthex, bucket)


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await refuses_strangers(narthex, "GET", f"/{bucket}/k", ACL)
    await refuses_no_bucket(narthex, "GET", "k", ACL)
    answer = await narthex.send("GET", f"/{bucket}/absent", ACL)
    assert (answer.status, answer.code) == (404, "NoSuchKey")
