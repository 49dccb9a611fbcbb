"""What happens between two looks: nothing is made for what is gone, and no failure is an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from narthex.errors import Unavailable
from narthex.iam.service import IAM
from narthex.query_api.operation import Operation
from tests.asking import Api, Refused, allow, document
from tests.driving import SECOND
from tests.iam.refusing import refused


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("CreateAccessKey", {}),
        ("PutUserPolicy", {"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))}),
        ("AttachUserPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("TagUser", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("AddUserToGroup", {"GroupName": "staff"}),
    ],
)
async def test_nothing_is_made_for_a_user_that_is_deleted_at_the_same_time(
    root: Api, action: str, given: dict[str, Any]
) -> None:
    await root.iam("CreateGroup", GroupName="staff")
    for first in (True, False):
        await root.iam("CreateUser", UserName="bob")
        asked = [
            root.iam("DeleteUser", UserName="bob"),
            root.iam(action, UserName="bob", **given),
        ]
        outcomes = await asyncio.gather(*(asked if first else asked[::-1]), return_exceptions=True)
        codes = [one.code if isinstance(one, Refused) else "" for one in outcomes]
        assert codes.count("") == 1 or (action == "TagUser" and not first)
        await leave_nothing(root)
    catalog = root.s3.server.catalog
    for table in ("access_keys", "inline_policies", "attachments", "memberships"):
        count = await catalog.fetch_one(f"SELECT COUNT(*) FROM {table}")
        assert count == ((1,) if table == "access_keys" else (0,)), table


async def leave_nothing(root: Api) -> None:
    """The user is gone, whichever request came first."""
    try:
        await root.iam("GetUser", UserName="bob")
    except Refused:
        return
    for key in (await root.iam("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]:
        await root.iam("DeleteAccessKey", UserName="bob", AccessKeyId=key["AccessKeyId"])
    for name in (await root.iam("ListUserPolicies", UserName="bob"))["PolicyNames"]:
        await root.iam("DeleteUserPolicy", UserName="bob", PolicyName=name)
    for held in (await root.iam("ListAttachedUserPolicies", UserName="bob"))["AttachedPolicies"]:
        await root.iam("DetachUserPolicy", UserName="bob", PolicyArn=held["PolicyArn"])
    for group in (await root.iam("ListGroupsForUser", UserName="bob"))["Groups"]:
        await root.iam("RemoveUserFromGroup", UserName="bob", GroupName=group["GroupName"])
    await root.iam("DeleteUser", UserName="bob")


async def test_a_policy_is_not_deleted_while_it_is_attached(root: Api) -> None:
    made = await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    arn = made["Policy"]["Arn"]
    await root.iam("CreateUser", UserName="bob")
    outcomes = await asyncio.gather(
        root.iam("DeletePolicy", PolicyArn=arn),
        root.iam("AttachUserPolicy", UserName="bob", PolicyArn=arn),
        root.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1"),
        return_exceptions=True,
    )
    assert [getattr(one, "code", "") for one in outcomes] == ["", "NoSuchEntity", "NoSuchEntity"]


async def test_two_that_take_a_name_at_once_do_not_both_have_it(root: Api) -> None:
    asked = [root.iam("CreateUser", UserName=name) for name in ("bob", "BOB", "Bob")]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    codes = sorted(getattr(one, "code", "") for one in outcomes)
    assert codes == ["", "EntityAlreadyExists", "EntityAlreadyExists"]


async def test_a_quota_is_not_passed_by_asking_twice_at_once(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    asked = [root.iam("CreateAccessKey", UserName="bob") for _ in range(5)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    codes = sorted(getattr(one, "code", "") for one in outcomes)
    assert codes == ["", ""] + ["LimitExceeded"] * 3


async def test_a_bug_is_a_5xx_that_tells_nothing(
    root: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a secret path")

    found: Operation = IAM.declared()["ListUsers"]
    monkeypatch.setitem(IAM.declared(), "ListUsers", replace(found, run=broken))
    error = await refused(root, "ListUsers")
    assert (error.status, error.code) == (500, "ServiceFailure")
    assert "secret path" not in error.message


async def test_a_use_that_cannot_be_written_costs_no_request(root: Api) -> None:
    bob = await root.user("bob")
    identities = root.s3.server.identities
    await identities.last_used.written()

    class Full:
        async def run(self, _: object) -> None:
            raise Unavailable("the disk is full")

    catalog = identities.last_used._catalog
    identities.last_used._catalog = Full()  # type: ignore[assignment]
    await bob.sts("GetCallerIdentity")
    await identities.last_used.written()
    identities.last_used._catalog = catalog
    bob.s3.clock.now_us += 61 * SECOND
    await bob.sts("GetCallerIdentity")
    told = await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id)
    assert told["AccessKeyLastUsed"]["ServiceName"] == "sts"
