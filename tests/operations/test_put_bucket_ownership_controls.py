"""PutBucketOwnershipControls."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import CONTROLS, controls
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_every_kind_can_be_set(narthex: Driver, bucket: str) -> None:
    for kind in ("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"):
        answer = await narthex.send("PUT", f"/{bucket}", CONTROLS, body=controls(kind))
        assert answer.status == 200
        answer = await narthex.send("GET", f"/{bucket}", CONTROLS)
        assert answer.text("Rule/ObjectOwnership") == kind


async def test_bad_documents_are_refused(narthex: Driver, bucket: str) -> None:
    two = controls("ObjectWriter").replace(b"</OwnershipControls>", b"<Rule/></OwnershipControls>")
    for body in (b"", controls("Nobody"), two, b"<OwnershipControls><Rule/></OwnershipControls>"):
        answer = await narthex.send("PUT", f"/{bucket}", CONTROLS, body=body)
        assert answer.status == 400
        assert answer.code in ("MalformedXML", "MissingRequestBodyError")


async def test_lists_that_grant_cannot_be_switched_off(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", CONTROLS, body=controls("ObjectWriter"))
    logs = [("x-amz-acl", "log-delivery-write")]
    assert (await narthex.send("PUT", f"/{bucket}", [("acl", "")], logs)).status == 200
    answer = await narthex.send("PUT", f"/{bucket}", CONTROLS, body=controls("BucketOwnerEnforced"))
    assert (answer.status, answer.code) == (400, "InvalidBucketAclWithObjectOwnership")


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    body = controls("ObjectWriter")
    await refuses_strangers(narthex, "PUT", f"/{bucket}", CONTROLS, body=body)
    await refuses_no_bucket(narthex, "PUT", "", CONTROLS, body=body)
