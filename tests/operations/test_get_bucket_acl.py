"""GetBucketAcl."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import ACL
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_owner_has_everything(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", ACL)
    assert answer.status == 200
    owner = answer.text("Owner/ID") or ""
    assert len(owner) == 64
    assert answer.text("AccessControlList/Grant/Grantee/ID") == owner
    assert answer.text("AccessControlList/Grant/Permission") == "FULL_CONTROL"
    assert b'xsi:type="CanonicalUser"' in answer.body


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", ACL)
    await refuses_no_bucket(narthex, "GET", "", ACL)
