"""Simulation says what would be decided, and by which statement of which policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Api, allow, deny, document, trust
from tests.iam.refusing import refused

BUCKET = "arn:aws:s3:::bucketofbigsecrets"
KEY = f"{BUCKET}/inbox/report.pdf"


async def custom(root: Api, *statements: dict[str, Any], **more: Any) -> list[Any]:
    """The results for s3:GetObject on KEY, unless told otherwise."""
    given: dict[str, Any] = {
        "PolicyInputList": [document(*statements)],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [KEY],
    }
    results: list[Any] = (await root.iam("SimulateCustomPolicy", **given | more))[
        "EvaluationResults"
    ]
    return results


async def test_a_custom_policy_allows_denies_or_is_silent(root: Api) -> None:
    inbox = allow("s3:GetObject", f"{BUCKET}/inbox/*")
    result = (await custom(root, inbox))[0]
    assert (result["EvalActionName"], result["EvalResourceName"]) == ("s3:GetObject", KEY)
    assert result["EvalDecision"] == "allowed"
    matched = result["MatchedStatements"]
    assert [one["SourcePolicyId"] for one in matched] == ["PolicyInputList.1"]
    assert matched[0]["StartPosition"]["Line"] == 1
    assert (await custom(root, inbox, deny("s3:*")))[0]["EvalDecision"] == "explicitDeny"
    result = (await custom(root, inbox, ResourceArns=[f"{BUCKET}/other"]))[0]
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])


async def test_a_context_key_decides_or_is_missing(root: Api) -> None:
    office = allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    result = (await custom(root, office))[0]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:sourceip"]
    for address, word in (("192.0.2.7", "allowed"), ("198.51.100.1", "implicitDeny")):
        entry = {
            "ContextKeyName": "aws:SourceIp",
            "ContextKeyValues": [address],
            "ContextKeyType": "ip",
        }
        result = (await custom(root, office, ContextEntries=[entry]))[0]
        assert (result["EvalDecision"], result["MissingContextValues"]) == (word, [])


async def test_a_list_of_context_values_is_a_list(root: Api) -> None:
    colours = allow(
        "s3:GetObject", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["red", "blue"]}}
    )
    for values, word in ((["red", "blue"], "allowed"), (["red", "green"], "implicitDeny")):
        entry = {
            "ContextKeyName": "aws:TagKeys",
            "ContextKeyValues": values,
            "ContextKeyType": "stringList",
        }
        assert (await custom(root, colours, ContextEntries=[entry]))[0]["EvalDecision"] == word


async def test_a_boundary_stands_in_the_way(root: Api) -> None:
    bound = [document(allow("s3:PutObject"))]
    result = (await custom(root, allow("s3:*"), PermissionsBoundaryPolicyInputList=bound))[0]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


async def test_a_resource_policy_counts_for_the_caller_it_names(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    bob = f"arn:aws:iam::{account}:user/bob"
    policy = document(
        {"Effect": "Allow", "Principal": {"AWS": bob}, "Action": "s3:GetObject", "Resource": KEY}
    )
    given = {"ResourcePolicy": policy, "CallerArn": bob}
    result = (await custom(root, allow("s3:PutObject"), **given))[0]
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][0]["SourcePolicyType"] == "resource"
    given["CallerArn"] = f"arn:aws:iam::{account}:user/eve"
    assert (await custom(root, allow("s3:PutObject"), **given))[0]["EvalDecision"] == "implicitDeny"
    given |= {"CallerArn": bob, "ResourceOwner": "arn:aws:iam::111122223333:root"}
    assert (await custom(root, allow("s3:PutObject"), **given))[0]["EvalDecision"] == "implicitDeny"


async def test_every_action_on_every_resource_comes_in_pages(root: Api) -> None:
    given = {"ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": [KEY, BUCKET + "/x"]}
    whole = await custom(root, allow("s3:GetObject"), **given)
    assert [one["EvalDecision"] for one in whole] == ["allowed"] * 2 + ["implicitDeny"] * 2
    policy = [document(allow("s3:GetObject"))]
    first = await root.iam("SimulateCustomPolicy", PolicyInputList=policy, MaxItems=3, **given)
    rest = await root.iam(
        "SimulateCustomPolicy", PolicyInputList=policy, Marker=first["Marker"], **given
    )
    assert [*first["EvaluationResults"], *rest["EvaluationResults"]] == whole
    assert rest["IsTruncated"] is False


async def test_a_principal_is_simulated_with_all_that_counts_for_it(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateUser", UserName="uploader")
    await root.allow("uploader", allow("s3:PutObject", f"{BUCKET}/${{aws:username}}/*"))
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("AddUserToGroup", GroupName="staff", UserName="uploader")
    text = document(deny("s3:*", f"{BUCKET}/uploader/secret"))
    await root.iam("PutGroupPolicy", GroupName="staff", PolicyName="no", PolicyDocument=text)
    read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    await root.iam("AttachUserPolicy", UserName="uploader", PolicyArn=read_only)

    async def told(action: str, key: str) -> tuple[str, list[tuple[str, str]]]:
        answer = await root.iam(
            "SimulatePrincipalPolicy",
            PolicySourceArn=f"arn:aws:iam::{account}:user/uploader",
            ActionNames=[action],
            ResourceArns=[f"{BUCKET}/{key}"],
        )
        result = answer["EvaluationResults"][0]
        matched = result["MatchedStatements"]
        return result["EvalDecision"], [
            (one["SourcePolicyType"], one["SourcePolicyId"]) for one in matched
        ]

    assert await told("s3:PutObject", "uploader/a") == (
        "allowed",
        [("user", "user uploader, inline policy allowed")],
    )
    assert await told("s3:PutObject", "other/a") == ("implicitDeny", [])
    assert await told("s3:GetObject", "other/a") == ("allowed", [("aws-managed", read_only)])
    assert await told("s3:PutObject", "uploader/secret") == (
        "explicitDeny",
        [("group", "group staff, inline policy no")],
    )


@pytest.mark.parametrize("kind", ["group", "role"])
async def test_groups_and_roles_are_simulated_too(root: Api, kind: str) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    title = kind.capitalize()
    more = {"AssumeRolePolicyDocument": trust(account)} if kind == "role" else {}
    await root.iam(f"Create{title}", **{f"{title}Name": "it"}, **more)
    text = document(allow("s3:GetObject"))
    await root.iam(
        f"Put{title}Policy", **{f"{title}Name": "it"}, PolicyName="p", PolicyDocument=text
    )
    answer = await root.iam(
        "SimulatePrincipalPolicy",
        PolicySourceArn=f"arn:aws:iam::{account}:{kind}/it",
        PolicyInputList=[document(deny("s3:PutObject"))],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )
    words = [one["EvalDecision"] for one in answer["EvaluationResults"]]
    assert words == ["allowed", "explicitDeny"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"PolicyInputList": ["no json"]}, "MalformedPolicyDocument"),
        ({"PermissionsBoundaryPolicyInputList": ["{}"]}, "MalformedPolicyDocument"),
        ({"ResourcePolicy": document(allow("s3:*"))}, "MalformedPolicyDocument"),
        ({"ActionNames": ["GetObject"]}, "ValidationError"),
        ({"ActionNames": ["s3:*"]}, "ValidationError"),
        ({"CallerArn": "arn:aws:iam::111122223333:role/reader"}, "ValidationError"),
        ({"ResourceOwner": "somebody"}, "ValidationError"),
        ({"ContextEntries": [{"ContextKeyValues": ["x"]}]}, "ValidationError"),
        ({"PermissionsBoundaryPolicyInputList": [document(allow("s3:*"))] * 2}, "ValidationError"),
        (
            {
                "ResourcePolicy": document(
                    {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
                )
            },
            "ValidationError",
        ),
    ],
)
async def test_a_simulation_that_cannot_be_meant_is_refused(
    root: Api, given: dict[str, Any], code: str
) -> None:
    whole = {"PolicyInputList": [document(allow("s3:*"))], "ActionNames": ["s3:GetObject"]}
    assert (await refused(root, "SimulateCustomPolicy", **whole | given)).code == code


@pytest.mark.parametrize("arn", ["arn:aws:iam::111122223333:root", "a" * 20])
async def test_what_is_no_entity_is_not_simulated(root: Api, arn: str) -> None:
    error = await refused(
        root, "SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:GetObject"]
    )
    assert error.code == "ValidationError"


async def test_the_context_keys_that_policies_read_are_told(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    text = document(
        allow(
            "s3:GetObject",
            f"{BUCKET}/${{aws:username}}/*",
            Condition={
                "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
                "StringEquals": {"s3:ExistingObjectTag/owner": "${aws:PrincipalTag/team}"},
            },
        )
    )
    keys = ["aws:SourceIp", "aws:principaltag/team", "aws:username", "s3:ExistingObjectTag/owner"]
    told = await root.iam("GetContextKeysForCustomPolicy", PolicyInputList=[text])
    assert told["ContextKeyNames"] == keys
    await root.iam("CreateUser", UserName="bob")
    await root.iam("PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=text)
    told = await root.iam(
        "GetContextKeysForPrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{account}:user/bob"
    )
    assert told["ContextKeyNames"] == keys
