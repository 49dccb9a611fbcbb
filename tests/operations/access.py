"""Documents and helpers for tests of who may do what."""

from __future__ import annotations

import json
from typing import Any

from tests.driving import Answer, Driver

POLICY = [("policy", "")]
STATUS = [("policyStatus", "")]
BLOCKS = [("publicAccessBlock", "")]
CONTROLS = [("ownershipControls", "")]
ACL = [("acl", "")]
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
NO_BLOCKS = (
    b"<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls>"
    b"<IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>"
    b"<RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
)


def statement(bucket: str, action: str = "s3:GetObject", **more: Any) -> bytes:
    """A bucket policy of one statement, for everyone unless told otherwise."""
    said = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"],
    } | more
    if said["Resource"] and action == "s3:GetObject" and "Resource" not in more:
        said["Resource"] = f"arn:aws:s3:::{bucket}/*"
    return json.dumps({"Version": "2012-10-17", "Statement": [said]}).encode()


def controls(ownership: str) -> bytes:
    """An OwnershipControls document."""
    return (
        f"<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule>"
        "</OwnershipControls>"
    ).encode()


async def open_up(narthex: Driver, bucket: str) -> None:
    """Take the blocks away, on the bucket and on its account: what an owner must say twice."""
    answer = await narthex.send("PUT", f"/{bucket}", BLOCKS, body=NO_BLOCKS)
    assert answer.status == 200
    account = await account_of(narthex)
    path = "/v20180820/configuration/publicAccessBlock"
    answer = await narthex.send(
        "PUT", path, headers=[("x-amz-account-id", account)], body=NO_BLOCKS
    )
    assert answer.status in (200, 201), answer.body


async def account_of(narthex: Driver) -> str:
    """The 12-digit id of the first account."""
    row = await narthex.server.catalog.fetch_one("SELECT id FROM accounts ORDER BY created_us")
    assert row is not None
    return str(row[0])


async def use_lists(narthex: Driver, bucket: str, ownership: str = "ObjectWriter") -> Answer:
    """Switch access control lists on."""
    return await narthex.send("PUT", f"/{bucket}", CONTROLS, body=controls(ownership))
