"""Tags of users, roles and policies; they are condition keys at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Api, allow, deny, document
from tests.iam.refusing import refused
from tests.iam.test_policies import entity, managed

kinds = pytest.mark.parametrize("kind", ["User", "Role", "Policy"])


async def tagged(root: Api, kind: str) -> dict[str, str]:
    """Something new that can have tags; the parameter that names it."""
    if kind == "Policy":
        return {"PolicyArn": await managed(root)}
    return await entity(root, kind)


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@kinds
async def test_tags_are_set_replaced_listed_and_taken_away(root: Api, kind: str) -> None:
    named = await tagged(root, kind)
    await root.iam(f"Tag{kind}", **named, Tags=tags(team="red", Ort="Zürich"))
    await root.iam(f"Tag{kind}", **named, Tags=tags(TEAM="blue"))
    told = await root.iam(f"List{kind}Tags", **named)
    assert told == {"Tags": tags(Ort="Zürich", TEAM="blue"), "IsTruncated": False}
    first = await root.iam(f"List{kind}Tags", **named, MaxItems=1)
    rest = await root.iam(f"List{kind}Tags", **named, Marker=first["Marker"])
    assert [*first["Tags"], *rest["Tags"]] == told["Tags"]
    await root.iam(f"Untag{kind}", **named, TagKeys=["team", "other"])
    assert (await root.iam(f"List{kind}Tags", **named))["Tags"] == tags(Ort="Zürich")


@kinds
async def test_fifty_tags_are_the_most(root: Api, kind: str) -> None:
    named = await tagged(root, kind)
    many = tags(**{f"key{number}": "" for number in range(50)})
    await root.iam(f"Tag{kind}", **named, Tags=many)
    error = await refused(root, f"Tag{kind}", **named, Tags=tags(one="more"))
    assert error.code == "LimitExceeded"
    await root.iam(f"Tag{kind}", **named, Tags=tags(key7="changed"))


@kinds
@pytest.mark.parametrize(
    ("given", "code"),
    [
        (tags(a="1") + tags(A="2"), "InvalidInput"),
        (tags(**{"aws:x": "1"}), "ValidationError"),
        (tags(**{"a\tb": "1"}), "ValidationError"),
        (tags(**{"k" * 129: "1"}), "ValidationError"),
        (tags(k="v" * 257), "ValidationError"),
        ([{"Key": "k"}], "ValidationError"),
        ([{"Key": "", "Value": "v"}], "ValidationError"),
    ],
)
async def test_what_is_no_tag_is_refused(
    root: Api, kind: str, given: list[dict[str, str]], code: str
) -> None:
    named = await tagged(root, kind)
    assert (await refused(root, f"Tag{kind}", **named, Tags=given)).code == code
    assert (await root.iam(f"List{kind}Tags", **named))["Tags"] == []


async def test_tags_of_what_is_not_there_are_not_told(root: Api) -> None:
    for action, more in (
        ("TagUser", {"Tags": tags(a="1")}),
        ("UntagUser", {"TagKeys": ["a"]}),
        ("ListUserTags", {}),
    ):
        assert (await refused(root, action, UserName="bob", **more)).code == "NoSuchEntity"


async def test_tags_of_caller_resource_and_request_are_conditions(root: Api) -> None:
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["colour"]}}
    bob = await root.user(
        "bob", allow("iam:GetUser", Condition=same), allow("iam:*agUser", Condition=only)
    )
    for name in ("red", "blue"):
        await root.iam("CreateUser", UserName=name, Tags=tags(team=name))
    assert (await refused(bob, "GetUser", UserName="red")).code == "AccessDenied"
    await root.iam("TagUser", UserName="bob", Tags=tags(Team="red"))
    await bob.iam("GetUser", UserName="red")
    assert (await refused(bob, "GetUser", UserName="blue")).code == "AccessDenied"
    await bob.iam("TagUser", UserName="blue", Tags=tags(colour="x"))
    assert (await refused(bob, "TagUser", UserName="blue", Tags=tags(team="red"))).code == (
        "AccessDenied"
    )
    assert (await refused(bob, "UntagUser", UserName="blue", TagKeys=["team"])).code == (
        "AccessDenied"
    )
    await bob.iam("UntagUser", UserName="blue", TagKeys=["colour"])


async def test_iam_tells_resource_tags_by_its_own_key_too(root: Api) -> None:
    secret: dict[str, Any] = {"StringEquals": {"iam:ResourceTag/Secret": "yes"}}
    bob = await root.user("bob", allow("iam:GetUser"), deny("iam:*", Condition=secret))
    await root.iam("CreateUser", UserName="open")
    await root.iam("CreateUser", UserName="closed", Tags=tags(secret="yes"))
    await bob.iam("GetUser", UserName="open")
    assert (await refused(bob, "GetUser", UserName="closed")).code == "AccessDenied"


async def test_a_new_policy_keeps_the_tags_it_is_made_with(root: Api) -> None:
    text = document(allow("s3:*"))
    made = await root.iam("CreatePolicy", PolicyName="p", PolicyDocument=text, Tags=tags(a="1"))
    told = await root.iam("ListPolicyTags", PolicyArn=made["Policy"]["Arn"])
    assert told["Tags"] == tags(a="1")
