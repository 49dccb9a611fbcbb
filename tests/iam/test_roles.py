"""Roles: made with a trust policy, changed, deleted; whom a trust policy may name."""

from __future__ import annotations

import json

import pytest

from tests.asking import Api, allow, decoded, document, trust
from tests.iam.refusing import refused


async def test_a_role_is_made_found_changed_and_listed(root: Api) -> None:
    text = trust((await root.sts("GetCallerIdentity"))["Account"])
    made = (
        await root.iam(
            "CreateRole",
            RoleName="reader",
            AssumeRolePolicyDocument=text,
            Description="reads",
            MaxSessionDuration=7200,
        )
    )["Role"]
    assert made["RoleId"].startswith("AROA")
    assert decoded(made["AssumeRolePolicyDocument"]) == json.loads(text)
    assert "MaxSessionDuration" not in made
    told = (await root.iam("GetRole", RoleName="Reader"))["Role"]
    assert (told["MaxSessionDuration"], told["Description"]) == (7200, "reads")
    assert told["RoleLastUsed"] == {}
    assert await root.iam("UpdateRole", RoleName="reader", MaxSessionDuration=3600) == {}
    changed = (await root.iam("UpdateRoleDescription", RoleName="reader", Description="looks"))[
        "Role"
    ]
    assert (changed["MaxSessionDuration"], changed["Description"]) == (3600, "looks")
    listed = (await root.iam("ListRoles"))["Roles"]
    assert [role["RoleName"] for role in listed] == ["reader"]
    await root.iam("DeleteRole", RoleName="reader")
    assert (await refused(root, "GetRole", RoleName="reader")).message == (
        "The role with name reader cannot be found."
    )


async def test_a_trust_policy_is_replaced(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    other = trust(
        f"arn:aws:iam::{account}:root", Condition={"Bool": {"aws:SecureTransport": "true"}}
    )
    await root.iam("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=other)
    told = (await root.iam("GetRole", RoleName="reader"))["Role"]
    assert decoded(told["AssumeRolePolicyDocument"]) == json.loads(other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "This policy contains invalid Json"),
        (
            document({"Effect": "Allow", "Action": "sts:AssumeRole"}),
            "Missing required field Principal",
        ),
        (
            document(
                {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
            ),
            "Has prohibited field Resource.",
        ),
        (trust("nobody"), "Invalid principal in policy: "),
    ],
)
async def test_what_is_no_trust_policy_is_refused(root: Api, text: str, message: str) -> None:
    error = await refused(root, "CreateRole", RoleName="reader", AssumeRolePolicyDocument=text)
    assert (error.status, error.code) == (400, "MalformedPolicyDocument")
    assert message in error.message
    assert "line 1" in error.message


async def test_a_principal_of_the_own_account_must_exist(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    arn = f"arn:aws:iam::{account}:user/bob"
    error = await refused(root, "CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(arn))
    assert str(error) == (
        f'400 MalformedPolicyDocument: Invalid principal in policy: "AWS":"{arn}"'
    )
    unique = "AIDA" + "A" * 17
    error = await refused(root, "CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(unique))
    assert error.code == "MalformedPolicyDocument"
    await root.iam("CreateUser", UserName="bob")
    unique = (await root.iam("GetUser", UserName="bob"))["User"]["UserId"]
    await root.iam("CreateRole", RoleName="by-id", AssumeRolePolicyDocument=trust(unique))
    await root.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(arn))
    error = await refused(
        root, "UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=trust(arn + "s")
    )
    assert error.code == "MalformedPolicyDocument"


async def test_a_trust_policy_of_more_than_2048_characters_is_refused(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    long = trust(account, Sid="s" * 2048)
    error = await refused(root, "CreateRole", RoleName="r", AssumeRolePolicyDocument=long)
    assert str(error) == "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"


async def test_a_role_with_a_policy_is_not_deleted(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    text = document(allow("s3:*"))
    await root.iam("PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=text)
    assert (await refused(root, "DeleteRole", RoleName="reader")).code == "DeleteConflict"
    await root.iam("DeleteRolePolicy", RoleName="reader", PolicyName="p")
    await root.iam("DeleteRole", RoleName="reader")


@pytest.mark.parametrize("seconds", [3599, 43201])
async def test_a_session_lasts_one_to_twelve_hours(root: Api, seconds: int) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    error = await refused(
        root,
        "CreateRole",
        RoleName="reader",
        AssumeRolePolicyDocument=trust(account),
        MaxSessionDuration=seconds,
    )
    assert error.code == "ValidationError"
