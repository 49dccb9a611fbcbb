"""The account's alias and summary, and all that it says about who may do what."""

from __future__ import annotations

import pytest

from narthex import tenancy
from tests.asking import Api, allow, decoded, deny, document, trust
from tests.iam.refusing import refused


async def test_an_alias_is_made_replaced_listed_and_deleted(root: Api) -> None:
    assert (await root.iam("ListAccountAliases"))["AccountAliases"] == []
    for alias in ("prometheus", "fire-bringer"):
        await root.iam("CreateAccountAlias", AccountAlias=alias)
        assert (await root.iam("ListAccountAliases"))["AccountAliases"] == [alias]
    error = await refused(root, "DeleteAccountAlias", AccountAlias="prometheus")
    assert error.code == "NoSuchEntity"
    await root.iam("DeleteAccountAlias", AccountAlias="fire-bringer")
    assert (await root.iam("ListAccountAliases"))["AccountAliases"] == []


async def test_an_alias_is_one_accounts(root: Api) -> None:
    _, key = await tenancy.create_account(root.s3.server, "other")
    other = root.as_key(key)
    await root.iam("CreateAccountAlias", AccountAlias="prometheus")
    await root.iam("CreateAccountAlias", AccountAlias="prometheus")
    error = await refused(other, "CreateAccountAlias", AccountAlias="prometheus")
    assert str(error) == ("409 EntityAlreadyExists: The account alias prometheus already exists.")
    assert (await refused(other, "DeleteAccountAlias", AccountAlias="prometheus")).status == 404


@pytest.mark.parametrize("alias", ["ab", "a" * 64, "Upper", "-a-", "a--b", "a_b"])
async def test_what_is_no_alias_is_refused(root: Api, alias: str) -> None:
    assert (await refused(root, "CreateAccountAlias", AccountAlias=alias)).code == "ValidationError"


async def test_the_summary_counts_what_there_is(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateUser", UserName="bob")
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    told = (await root.iam("GetAccountSummary"))["SummaryMap"]
    assert (told["Users"], told["Groups"], told["Roles"], told["Policies"]) == (1, 1, 1, 1)
    assert told["AccessKeysPerUserQuota"] == 2
    assert told["AccountAccessKeysPresent"] == 1
    _, key = await tenancy.create_account(root.s3.server, "other")
    assert (await root.as_key(key).iam("GetAccountSummary"))["SummaryMap"]["Users"] == 0


async def test_all_details_are_told_whole_and_in_pages(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    made = await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    arn = made["Policy"]["Arn"]
    read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    await root.iam("CreateUser", UserName="bob", Tags=[{"Key": "a", "Value": "b"}])
    await root.allow("bob", allow("s3:*"))
    await root.iam("CreateUser", UserName="eve", PermissionsBoundary=arn)
    await root.iam("AttachUserPolicy", UserName="eve", PolicyArn=read_only)
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("AddUserToGroup", GroupName="staff", UserName="bob")
    await root.iam(
        "PutGroupPolicy", GroupName="staff", PolicyName="g", PolicyDocument=document(deny("s3:*"))
    )
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    await root.iam("AttachRolePolicy", RoleName="reader", PolicyArn=arn)

    whole = await root.iam("GetAccountAuthorizationDetails")
    bob, eve = whole["UserDetailList"]
    assert decoded(bob["UserPolicyList"][0]["PolicyDocument"])["Statement"] == [allow("s3:*")]
    assert (bob["GroupList"], bob["Tags"]) == (["staff"], [{"Key": "a", "Value": "b"}])
    assert eve["AttachedManagedPolicies"][0]["PolicyArn"] == read_only
    assert eve["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert whole["GroupDetailList"][0]["GroupPolicyList"][0]["PolicyName"] == "g"
    assert whole["RoleDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"] == arn
    assert [policy["Arn"] for policy in whole["Policies"]] == [arn, read_only]
    assert decoded(whole["Policies"][0]["PolicyVersionList"][0]["Document"])

    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    for size in (1, 2, 5):
        found: dict[str, list[object]] = {name: [] for name in lists}
        more: dict[str, str] = {}
        while True:
            page = await root.iam("GetAccountAuthorizationDetails", MaxItems=size, **more)
            assert sum(len(page[name]) for name in lists) <= size
            for name in lists:
                found[name] += page[name]
            if not page["IsTruncated"]:
                break
            more = {"Marker": page["Marker"]}
        assert found == {name: whole[name] for name in lists}

    roles = await root.iam("GetAccountAuthorizationDetails", Filter=["Role"])
    assert roles["RoleDetailList"] == whole["RoleDetailList"]
    assert not roles["UserDetailList"]
    assert not roles["Policies"]
