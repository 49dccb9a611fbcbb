"""Who may ask IAM for what: the default is no, and nothing in a form makes it yes."""

from __future__ import annotations

import pytest

from narthex import tenancy
from narthex.iam.service import IAM
from tests.asking import Api, Refused, allow, deny, document, form, model, trust
from tests.iam.refusing import refused

EVERYTHING = sorted(IAM.declared())


async def account_of(api: Api) -> str:
    account: str = (await api.sts("GetCallerIdentity"))["Account"]
    return account


def smallest(action: str, account: str) -> dict[str, object]:
    """Arguments with which an action is well-formed."""
    known = {
        "UserName": "bob",
        "GroupName": "staff",
        "RoleName": "reader",
        "PolicyName": "p",
        "PolicyArn": f"arn:aws:iam::{account}:policy/p",
        "PermissionsBoundary": f"arn:aws:iam::{account}:policy/p",
        "PolicySourceArn": f"arn:aws:iam::{account}:user/bob",
        "PolicyDocument": document(allow("s3:*")),
        "AssumeRolePolicyDocument": trust(account),
        "Status": "Inactive",
        "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "VersionId": "v1",
        "Tags": [{"Key": "a", "Value": "b"}],
        "TagKeys": ["a"],
        "AccountAlias": "alias",
        "ActionNames": ["s3:GetObject"],
        "PolicyInputList": [document(allow("s3:*"))],
        "Description": "d",
    }
    shape = model("iam").operation_model(action).input_shape
    needed = shape.required_members if shape else []
    return {name: known[name] for name in needed}


@pytest.mark.parametrize("action", EVERYTHING)
async def test_a_user_without_policies_may_do_nothing(root: Api, action: str) -> None:
    eve = await root.user("eve")
    error = await refused(eve, action, **smallest(action, await account_of(root)))
    assert (error.status, error.code) == (403, "AccessDenied")
    assert f"is not authorized to perform: iam:{action} on resource: " in error.message
    assert error.message.endswith(
        f"because no identity-based policy allows the iam:{action} action"
    )


@pytest.mark.parametrize("action", EVERYTHING)
async def test_an_action_is_allowed_by_its_own_name_and_by_no_other(root: Api, action: str) -> None:
    """Whatever the answer is, it is no AccessDenied; and all other actions together do not help."""
    given = smallest(action, await account_of(root))
    others = {"Effect": "Allow", "NotAction": f"iam:{action}", "Resource": "*"}
    eve = await root.user("eve", others)
    assert (await refused(eve, action, **given)).code == "AccessDenied"
    mallory = await root.user("mallory", allow(f"iam:{action}"))
    answer = await mallory.send("iam", form(model("iam").operation_model(action), given))
    assert b"AccessDenied" not in answer.body


@pytest.mark.parametrize("action", EVERYTHING)
async def test_an_explicit_deny_wins(root: Api, action: str) -> None:
    eve = await root.user("eve", allow("*"), deny(f"iam:{action}"))
    error = await refused(eve, action, **smallest(action, await account_of(root)))
    assert error.message.endswith("with an explicit deny in an identity-based policy")


async def test_what_is_not_there_is_not_told_to_who_may_not_ask(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    eve = await root.user("eve", allow("iam:GetUser", "arn:aws:iam::*:user/eve"))
    there = await refused(eve, "GetUser", UserName="bob")
    missing = await refused(eve, "GetUser", UserName="tom")
    assert there.code == missing.code == "AccessDenied"
    assert there.message.replace("bob", "tom") == missing.message


async def test_the_resource_is_the_entity_with_its_path(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob", Path="/staff/")
    eve = await root.user("eve", allow("iam:*", "arn:aws:iam::*:user/staff/*"))
    await eve.iam("GetUser", UserName="bob")
    await eve.iam("CreateUser", UserName="tom", Path="/staff/")
    for given in ({"UserName": "ann"}, {"UserName": "ann", "Path": "/other/"}):
        assert (await refused(eve, "CreateUser", **given)).code == "AccessDenied"
    await eve.iam("ListUsers", PathPrefix="/staff/")
    assert (await refused(eve, "ListUsers")).code == "AccessDenied"


@pytest.mark.parametrize("kind", ["User", "Group"])
async def test_who_may_rename_must_be_allowed_what_comes_of_it(root: Api, kind: str) -> None:
    """Source: IAM API reference, UpdateUser: permission on the object before and after."""
    eve = await root.user("eve", allow("iam:*", f"arn:aws:iam::*:{kind.lower()}/staff/*"))
    await root.iam(f"Create{kind}", **{f"{kind}Name": "it"}, Path="/staff/")
    named = {f"{kind}Name": "it"}
    await eve.iam(f"Update{kind}", **named, **{f"New{kind}Name": "that"})
    named = {f"{kind}Name": "that"}
    for path in ("/", "/admins/"):
        error = await refused(eve, f"Update{kind}", **named, NewPath=path)
        assert error.code == "AccessDenied"
    await eve.iam(f"Update{kind}", **named, NewPath="/staff/new/")


async def test_a_user_named_like_a_wildcard_is_nobody_else(root: Api) -> None:
    """Trap 74: the variable is bob's name and neither a prefix nor a pattern."""
    own = "arn:aws:iam::*:user/${aws:username}"
    bob = await root.user("bob", allow("iam:GetUser", own))
    await root.iam("CreateUser", UserName="bobby")
    await bob.iam("GetUser", UserName="bob")
    assert (await refused(bob, "GetUser", UserName="bobby")).code == "AccessDenied"


async def test_a_restricted_user_gives_nobody_more_than_its_boundary(root: Api) -> None:
    """Trap 78: an administrator of users who must hand on the boundary that it has itself."""
    account = await account_of(root)
    arn = f"arn:aws:iam::{account}:policy/bound"
    text = document(
        allow("s3:*", "arn:aws:s3:::bucketofbigsecrets/*"),
        allow(["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy"],
              Condition={"StringEquals": {"iam:PermissionsBoundary": arn}}),
        allow("iam:CreateAccessKey"),
        deny(["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"]),
        deny("iam:*", arn),
    )  # fmt: skip
    await root.iam("CreatePolicy", PolicyName="bound", PolicyDocument=text)
    await root.iam("CreateUser", UserName="boss", PermissionsBoundary=arn)
    await root.allow("boss", allow("*"))
    boss = root.as_key(await root.key_of("boss"))

    assert (await refused(boss, "CreateUser", UserName="free")).code == "AccessDenied"
    await boss.iam("CreateUser", UserName="tom", PermissionsBoundary=arn)
    await boss.allow("tom", allow("*"))
    tom = boss.as_key(await boss.key_of("tom"))
    free = {"PolicyArn": arn, "PolicyDocument": document(allow("*")), "SetAsDefault": True}
    for action, given in (
        ("ListUsers", {}),
        ("DeleteUserPermissionsBoundary", {"UserName": "tom"}),
        ("CreatePolicyVersion", free),
    ):
        error = await refused(tom, action, **given)
        assert error.code == "AccessDenied"
    await root.iam("CreateUser", UserName="unbound")
    text = document(allow("*"))
    given = {"UserName": "unbound", "PolicyName": "p", "PolicyDocument": text}
    assert (await refused(boss, "PutUserPolicy", **given)).code == "AccessDenied"


async def test_which_policy_may_be_attached_is_a_condition(root: Api) -> None:
    read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    only = {"ArnEquals": {"iam:PolicyARN": read_only}}
    boss = await root.user("boss", allow("iam:AttachUserPolicy", Condition=only))
    await root.iam("CreateUser", UserName="bob")
    await boss.iam("AttachUserPolicy", UserName="bob", PolicyArn=read_only)
    full = "arn:aws:iam::aws:policy/AdministratorAccess"
    for name in ("bob", "boss"):
        error = await refused(boss, "AttachUserPolicy", UserName=name, PolicyArn=full)
        assert error.code == "AccessDenied"


async def test_a_boundary_narrows_and_its_deny_is_told(root: Api) -> None:
    await root.iam("CreatePolicy", PolicyName="bound", PolicyDocument=document(allow("iam:Get*")))
    arn = f"arn:aws:iam::{await account_of(root)}:policy/bound"
    bob = await root.user("bob", allow("iam:*"))
    await bob.iam("ListUsers")
    await root.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=arn)
    await bob.iam("GetUser")
    error = await refused(bob, "ListUsers")
    assert error.message.endswith("because no permissions boundary allows the iam:ListUsers action")


async def test_conditions_are_filled_by_the_wire_and_by_no_header(root: Api) -> None:
    """Trap 71: a header that is named like a condition key sets nothing."""
    office = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    bob = await root.user("bob", allow("iam:ListUsers", Condition=office))
    await bob.iam("ListUsers")
    bob.s3.client = "198.51.100.1"
    assert (await refused(bob, "ListUsers")).code == "AccessDenied"
    driver = bob.s3.as_service("iam")
    spoofed = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-for", "192.0.2.1"),
        ("aws:sourceip", "192.0.2.1"),
        ("aws-sourceip", "192.0.2.1"),
    ]
    body = b"Action=ListUsers&Version=2010-05-08"
    answer = await driver.send("POST", "/", headers=spoofed, body=body)
    assert answer.status == 403


async def test_another_account_sees_and_touches_nothing(root: Api) -> None:
    account = await account_of(root)
    await root.user("bob")
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    made = await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    _, key = await tenancy.create_account(root.s3.server, "other")
    other = root.as_key(key)
    assert await account_of(other) != account
    for action in EVERYTHING:
        given = smallest(action, account)
        if action.startswith(("List", "Get")) and not {"PolicyArn", "PolicySourceArn"} & set(given):
            answer = await other.send("iam", form(model("iam").operation_model(action), given))
            assert account.encode() not in answer.body, action
            assert b"bob" not in answer.body.replace(b"name bob cannot", b""), action
        if "UserName" in given and "Create" not in action:
            assert (await refused(other, action, **given)).code == "NoSuchEntity", action
        if "PolicyArn" in given:
            assert (await refused(other, action, **given)).code == "NoSuchEntity", action
    await other.iam("CreateUser", UserName="bob")
    arn = made["Policy"]["Arn"]
    for action in ("AttachUserPolicy", "PutUserPermissionsBoundary"):
        name = "PolicyArn" if action == "AttachUserPolicy" else "PermissionsBoundary"
        error = await refused(other, action, UserName="bob", **{name: arn})
        assert error.code == "NoSuchEntity"


async def test_a_user_of_another_account_with_every_right_has_none_here(root: Api) -> None:
    _, key = await tenancy.create_account(root.s3.server, "other")
    eve = await root.as_key(key).user("eve", allow("*"))
    mine = root.key.id
    for action in ("UpdateAccessKey", "DeleteAccessKey"):
        more = {"Status": "Inactive"} if action == "UpdateAccessKey" else {}
        assert (await refused(eve, action, AccessKeyId=mine, **more)).code == "NoSuchEntity"
    assert (await refused(eve, "GetAccessKeyLastUsed", AccessKeyId=mine)).code == "NoSuchEntity"
    with pytest.raises(Refused, match="AccessDenied"):
        await eve.sts("GetAccessKeyInfo", AccessKeyId=mine)
    source = f"arn:aws:iam::{await account_of(root)}:user/bob"
    error = await refused(
        eve, "SimulatePrincipalPolicy", PolicySourceArn=source, ActionNames=["s3:GetObject"]
    )
    assert error.code == "NoSuchEntity"


async def test_a_stored_policy_that_does_not_parse_denies_and_is_a_5xx(root: Api) -> None:
    """Trap 81: what cannot be read is neither an allow nor absent."""
    bob = await root.user("bob", allow("iam:ListUsers"), deny("iam:GetUser"))
    await bob.iam("ListUsers")

    async def damage(tx: object) -> None:
        sql = "UPDATE inline_policies SET document = '{\"Version\"'"
        await tx.execute(sql)  # type: ignore[attr-defined]
        await tx.execute("UPDATE generations SET number = number + 1")  # type: ignore[attr-defined]

    await root.s3.server.catalog.run(damage)
    for action in ("ListUsers", "GetUser"):
        error = await refused(bob, action)
        assert (error.status, error.code) == (500, "ServiceFailure")


async def test_a_boundary_that_is_gone_from_the_catalog_denies(root: Api) -> None:
    made = await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("*")))
    arn = made["Policy"]["Arn"]
    bob = await root.user("bob", allow("iam:ListUsers"))
    await root.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=arn)

    async def damage(tx: object) -> None:
        await tx.execute("DELETE FROM managed_versions WHERE policy LIKE 'ANPA%'")  # type: ignore[attr-defined]
        await tx.execute("UPDATE generations SET number = number + 1")  # type: ignore[attr-defined]

    await root.s3.server.catalog.run(damage)
    assert (await refused(bob, "ListUsers")).status == 500
