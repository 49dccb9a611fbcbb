"""Inline and managed policies, their versions, attachments and boundaries; written once for all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.asking import Api, allow, decoded, deny, document, trust
from tests.iam.refusing import refused

KINDS = ["User", "Group", "Role"]
kinds = pytest.mark.parametrize("kind", KINDS)
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
SIZES = {"User": 2048, "Group": 5120, "Role": 10240}


async def entity(root: Api, kind: str, name: str = "it") -> dict[str, str]:
    """A new user, group or role; the parameter that names it."""
    more: dict[str, str] = {}
    if kind == "Role":
        account = (await root.sts("GetCallerIdentity"))["Account"]
        more["AssumeRolePolicyDocument"] = trust(account)
    await root.iam(f"Create{kind}", **{f"{kind}Name": name}, **more)
    return {f"{kind}Name": name}


async def managed(root: Api, name: str = "policy", *statements: dict[str, Any]) -> str:
    """The ARN of a new managed policy."""
    text = document(*(statements or (allow("s3:*"),)))
    made = await root.iam("CreatePolicy", PolicyName=name, PolicyDocument=text)
    arn: str = made["Policy"]["Arn"]
    return arn


@kinds
async def test_an_inline_policy_is_put_told_replaced_and_deleted(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    text = document(allow("s3:GetObject", "arn:aws:s3:::bucketofbigsecrets/inbox/é *"))
    await root.iam(f"Put{kind}Policy", **named, PolicyName="inbox", PolicyDocument=text)
    told = await root.iam(f"Get{kind}Policy", **named, PolicyName="inbox")
    assert told[f"{kind}Name"] == "it"
    assert decoded(told["PolicyDocument"]) == json.loads(text)
    assert "%20" in told["PolicyDocument"]
    assert "+" not in told["PolicyDocument"]
    other = document(deny("s3:*"))
    await root.iam(f"Put{kind}Policy", **named, PolicyName="inbox", PolicyDocument=other)
    told = await root.iam(f"Get{kind}Policy", **named, PolicyName="inbox")
    assert decoded(told["PolicyDocument"]) == json.loads(other)
    assert (await root.iam(f"List{kind}Policies", **named))["PolicyNames"] == ["inbox"]
    await root.iam(f"Delete{kind}Policy", **named, PolicyName="inbox")
    assert (await root.iam(f"List{kind}Policies", **named))["PolicyNames"] == []
    for action in ("Get", "Delete"):
        error = await refused(root, f"{action}{kind}Policy", **named, PolicyName="inbox")
        assert error.message == f"The {kind.lower()} policy with name inbox cannot be found."


@kinds
async def test_inline_policies_come_in_pages(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    for name in ("a", "b", "c"):
        text = document(allow("s3:*"))
        await root.iam(f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=text)
    first = await root.iam(f"List{kind}Policies", **named, MaxItems=2)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a", "b"], True)
    rest = await root.iam(f"List{kind}Policies", **named, Marker=first["Marker"])
    assert (rest["PolicyNames"], rest["IsTruncated"]) == (["c"], False)


@kinds
async def test_all_inline_policies_together_have_a_size(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    bare = len(json.dumps(json.loads(document(allow("s3:*", Sid=""))), separators=(",", ":")))
    fits = document(allow("s3:*", Sid="s" * (SIZES[kind] - bare)))
    await root.iam(f"Put{kind}Policy", **named, PolicyName="p", PolicyDocument=fits)
    await root.iam(f"Put{kind}Policy", **named, PolicyName="p", PolicyDocument=fits + " \n" * 9)
    wide = document(allow("s3:*", Sid="s" * (SIZES[kind] - bare + 1)))
    error = await refused(root, f"Put{kind}Policy", **named, PolicyName="p", PolicyDocument=wide)
    assert str(error) == (
        f"409 LimitExceeded: Maximum policy size of {SIZES[kind]} bytes exceeded for "
        f"{kind.lower()} it"
    )
    small = document(allow("s3:*"))
    error = await refused(root, f"Put{kind}Policy", **named, PolicyName="q", PolicyDocument=small)
    assert error.code == "LimitExceeded"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ('{"Version":"2012-10-17"}', "Syntax errors in policy."),
        (
            document({"Effect": "Allow", "Action": "s3:*"}),
            "Policy statement must contain resources.",
        ),
        (document(allow("s3:*", Principal="*")), "Policy document should not specify a principal."),
        (document(allow("everything")), "Actions/Conditions must be prefaced by a vendor"),
        (document(allow("s3:*", "bucket")), 'Resource bucket must be in ARN format or "*".'),
        (
            document(allow("s3:*", Condition={"StringMatches": {"aws:username": "bob"}})),
            "Invalid Condition type : StringMatches",
        ),
    ],
)
async def test_a_document_that_cannot_be_evaluated_is_kept_nowhere(
    root: Api, text: str, message: str
) -> None:
    await root.iam("CreateUser", UserName="bob")
    arn = await managed(root)
    for action, more in (
        ("PutUserPolicy", {"UserName": "bob", "PolicyName": "p"}),
        ("CreatePolicy", {"PolicyName": "p"}),
        ("CreatePolicyVersion", {"PolicyArn": arn}),
    ):
        error = await refused(root, action, PolicyDocument=text, **more)
        assert (error.status, error.code) == (400, "MalformedPolicyDocument")
        assert error.message.startswith(message)
        assert "line 1" in error.message
    assert (await root.iam("ListUserPolicies", UserName="bob"))["PolicyNames"] == []
    assert len((await root.iam("ListPolicies", Scope="Local"))["Policies"]) == 1
    assert len((await root.iam("ListPolicyVersions", PolicyArn=arn))["Versions"]) == 1


async def test_a_managed_policy_is_made_found_and_listed(root: Api) -> None:
    text = document(allow("s3:*"))
    made = (
        await root.iam(
            "CreatePolicy",
            PolicyName="all",
            Path="/a/",
            PolicyDocument=text,
            Description="all of S3",
            Tags=[{"Key": "k", "Value": "v"}],
        )
    )["Policy"]
    assert made["PolicyId"].startswith("ANPA")
    assert made["Arn"].endswith(":policy/a/all")
    assert made["DefaultVersionId"] == "v1"
    assert (made["AttachmentCount"], made["PermissionsBoundaryUsageCount"]) == (0, 0)
    told = (await root.iam("GetPolicy", PolicyArn=made["Arn"]))["Policy"]
    assert told == made
    assert told["Description"] == "all of S3"
    local = (await root.iam("ListPolicies", Scope="Local"))["Policies"]
    assert [policy["Arn"] for policy in local] == [made["Arn"]]
    error = await refused(root, "CreatePolicy", PolicyName="ALL", PolicyDocument=text)
    assert str(error) == (
        "409 EntityAlreadyExists: A policy called ALL already exists. Duplicate names are not "
        "allowed."
    )


async def test_policies_of_aws_are_everyones_and_nobodys_to_change(root: Api) -> None:
    told = await root.iam("ListPolicies", Scope="AWS", MaxItems=2)
    names = [policy["PolicyName"] for policy in told["Policies"]]
    rest = await root.iam("ListPolicies", Scope="AWS", Marker=told["Marker"])
    names += [policy["PolicyName"] for policy in rest["Policies"]]
    assert names == [
        "AdministratorAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "IAMFullAccess",
        "IAMReadOnlyAccess",
    ]
    version = await root.iam("GetPolicyVersion", PolicyArn=READ_ONLY, VersionId="v1")
    assert decoded(version["PolicyVersion"]["Document"])["Statement"]
    text = document(allow("*"))
    for action, more in (
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": text}),
        ("DeletePolicyVersion", {"VersionId": "v1"}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("TagPolicy", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagPolicy", {"TagKeys": ["a"]}),
    ):
        assert (await refused(root, action, PolicyArn=READ_ONLY, **more)).code == "AccessDenied"


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::aws:policies/x", "a" * 20, "arn:aws:s3:::bucket/policy"]
)
async def test_what_is_no_arn_of_a_policy_is_refused(root: Api, arn: str) -> None:
    error = await refused(root, "GetPolicy", PolicyArn=arn)
    assert str(error) == "400 ValidationError: Invalid ARN:  Could not be parsed!"


async def test_a_policy_that_is_not_there_is_told_by_its_arn(root: Api) -> None:
    arn = await managed(root)
    for other in (
        arn + "s",
        arn.replace("/policy", "/other/policy"),
        arn.replace("policy/p", "policy/P"),
    ):
        error = await refused(root, "GetPolicy", PolicyArn=other)
        assert str(error) == f"404 NoSuchEntity: Policy {other} was not found."


async def test_versions_are_made_chosen_told_and_deleted(root: Api) -> None:
    bob = await root.user("bob")
    arn = await managed(root, "p", allow("iam:ListUsers"))
    await root.iam("AttachUserPolicy", UserName="bob", PolicyArn=arn)
    await bob.iam("ListUsers")
    text = document(deny("iam:ListUsers"))
    made = (await root.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text))[
        "PolicyVersion"
    ]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v2", False)
    assert "Document" not in made
    await bob.iam("ListUsers")
    await root.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    assert (await refused(bob, "ListUsers")).code == "AccessDenied"
    told = (await root.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v2"))["PolicyVersion"]
    assert told["IsDefaultVersion"] is True
    assert decoded(told["Document"]) == json.loads(text)
    versions = (await root.iam("ListPolicyVersions", PolicyArn=arn))["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    error = await refused(root, "DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    assert str(error) == "409 DeleteConflict: Cannot delete the default version of a policy."
    await root.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    for action in ("GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"):
        error = await refused(root, action, PolicyArn=arn, VersionId="v1")
        assert error.message == f"Policy {arn} version v1 does not exist or is not attachable."


async def test_a_number_is_not_used_twice_and_five_are_kept(root: Api) -> None:
    arn = await managed(root)
    text = document(allow("s3:*"))
    for number in range(2, 6):
        made = await root.iam(
            "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True
        )
        assert made["PolicyVersion"]["VersionId"] == f"v{number}"
    error = await refused(root, "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text)
    assert error.code == "LimitExceeded"
    assert error.message.startswith("A managed policy can have up to 5 versions.")
    await root.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    await root.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v5")
    made = await root.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text)
    assert made["PolicyVersion"]["VersionId"] == "v6"
    first = await root.iam("ListPolicyVersions", PolicyArn=arn, MaxItems=2)
    rest = await root.iam("ListPolicyVersions", PolicyArn=arn, Marker=first["Marker"])
    shown = [one["VersionId"] for one in (*first["Versions"], *rest["Versions"])]
    assert shown == ["v6", "v4", "v3", "v2", "v1"]


async def test_a_policy_in_use_or_with_versions_is_not_deleted(root: Api) -> None:
    arn = await managed(root)
    await root.iam("CreateUser", UserName="bob")
    await root.iam("AttachUserPolicy", UserName="bob", PolicyArn=arn)
    error = await refused(root, "DeletePolicy", PolicyArn=arn)
    assert str(error) == "409 DeleteConflict: Cannot delete a policy attached to entities."
    await root.iam("DetachUserPolicy", UserName="bob", PolicyArn=arn)
    await root.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=arn)
    assert (await refused(root, "DeletePolicy", PolicyArn=arn)).code == "DeleteConflict"
    await root.iam("DeleteUserPermissionsBoundary", UserName="bob")
    text = document(allow("s3:*"))
    await root.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text)
    error = await refused(root, "DeletePolicy", PolicyArn=arn)
    assert error.message.startswith("This policy has more than one version.")
    await root.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    await root.iam("DeletePolicy", PolicyArn=arn)
    assert (await refused(root, "GetPolicy", PolicyArn=arn)).code == "NoSuchEntity"


async def test_a_managed_policy_has_6144_characters_at_most(root: Api) -> None:
    bare = len(json.dumps(json.loads(document(allow("s3:*", Sid=""))), separators=(",", ":")))
    fits = document(allow("s3:*", Sid="s" * (6144 - bare)))
    await root.iam("CreatePolicy", PolicyName="fits", PolicyDocument=fits)
    wide = document(allow("s3:*", Sid="s" * (6145 - bare)))
    error = await refused(root, "CreatePolicy", PolicyName="wide", PolicyDocument=wide)
    assert str(error) == "409 LimitExceeded: Cannot exceed quota for PolicySize: 6144"


@kinds
async def test_a_policy_is_attached_listed_and_detached(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    arn = await managed(root)
    for policy in (arn, READ_ONLY, arn):
        await root.iam(f"Attach{kind}Policy", **named, PolicyArn=policy)
    told = (await root.iam(f"ListAttached{kind}Policies", **named))["AttachedPolicies"]
    assert told == [
        {"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": READ_ONLY},
        {"PolicyName": "policy", "PolicyArn": arn},
    ]
    first = await root.iam(f"ListAttached{kind}Policies", **named, MaxItems=1)
    rest = await root.iam(f"ListAttached{kind}Policies", **named, Marker=first["Marker"])
    assert [*first["AttachedPolicies"], *rest["AttachedPolicies"]] == told
    used = await root.iam("ListEntitiesForPolicy", PolicyArn=arn)
    assert [one[f"{kind}Name"] for one in used[f"Policy{kind}s"]] == ["it"]
    assert (await root.iam("GetPolicy", PolicyArn=arn))["Policy"]["AttachmentCount"] == 1
    await root.iam(f"Detach{kind}Policy", **named, PolicyArn=arn)
    error = await refused(root, f"Detach{kind}Policy", **named, PolicyArn=arn)
    assert str(error) == f"404 NoSuchEntity: Policy {arn} was not found."
    error = await refused(root, f"Attach{kind}Policy", **named, PolicyArn=arn + "s")
    assert error.message == f"Policy {arn}s does not exist or is not attachable."


@kinds
async def test_ten_policies_are_attached_at_most(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    for number in range(10):
        arn = await managed(root, f"policy{number}")
        await root.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)
    await root.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)
    error = await refused(root, f"Attach{kind}Policy", **named, PolicyArn=READ_ONLY)
    assert str(error) == f"409 LimitExceeded: Cannot exceed quota for PoliciesPer{kind}: 10"


@pytest.mark.parametrize("kind", ["User", "Role"])
async def test_a_boundary_is_put_told_and_taken_away(root: Api, kind: str) -> None:
    named = await entity(root, kind)
    arn = await managed(root)
    await root.iam(f"Put{kind}PermissionsBoundary", **named, PermissionsBoundary=arn)
    told = (await root.iam(f"Get{kind}", **named))[kind]["PermissionsBoundary"]
    assert told["PermissionsBoundaryArn"] == arn
    used = await root.iam("ListEntitiesForPolicy", PolicyArn=arn)
    assert len(used[f"Policy{kind}s"]) == 1
    for usage, count in (("PermissionsBoundary", 1), ("PermissionsPolicy", 0)):
        used = await root.iam("ListEntitiesForPolicy", PolicyArn=arn, PolicyUsageFilter=usage)
        assert len(used[f"Policy{kind}s"]) == count
    await root.iam(f"Delete{kind}PermissionsBoundary", **named)
    assert "PermissionsBoundary" not in (await root.iam(f"Get{kind}", **named))[kind]
    assert (await refused(root, f"Delete{kind}PermissionsBoundary", **named)).code == "NoSuchEntity"
    error = await refused(
        root, f"Put{kind}PermissionsBoundary", **named, PermissionsBoundary=arn + "s"
    )
    assert error.code == "NoSuchEntity"


async def test_entities_of_a_policy_come_in_pages_by_kind(root: Api) -> None:
    arn = await managed(root)
    for kind in KINDS:
        named = await entity(root, kind)
        await root.iam(f"Attach{kind}Policy", **named, PolicyArn=arn)
    found: list[str] = []
    more: dict[str, str] = {}
    for _ in KINDS:
        told = await root.iam("ListEntitiesForPolicy", PolicyArn=arn, MaxItems=1, **more)
        found += [kind for kind in KINDS if told[f"Policy{kind}s"]]
        more = {"Marker": told["Marker"]} if told["IsTruncated"] else {}
    assert found == ["Group", "Role", "User"]
    assert not more
    told = await root.iam("ListEntitiesForPolicy", PolicyArn=arn, EntityFilter="Role")
    assert (len(told["PolicyRoles"]), len(told["PolicyUsers"])) == (1, 0)


async def test_only_policies_in_use_are_listed_when_asked(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    used, bound, _ = [await managed(root, name) for name in ("used", "bound", "idle")]
    await root.iam("AttachUserPolicy", UserName="bob", PolicyArn=used)
    await root.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=bound)
    told = await root.iam("ListPolicies", OnlyAttached=True)
    assert [policy["PolicyName"] for policy in told["Policies"]] == ["used"]
    told = await root.iam("ListPolicies", PolicyUsageFilter="PermissionsBoundary")
    assert [policy["PolicyName"] for policy in told["Policies"]] == ["bound"]
