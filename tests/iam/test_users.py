"""Users: made, found, renamed, listed in pages, deleted; and every refusal."""

from __future__ import annotations

import pytest

from tests.asking import Api, Refused, allow, document
from tests.iam.refusing import refused


async def test_a_created_user_is_found_in_any_case_and_listed(root: Api) -> None:
    tags = [{"Key": "team", "Value": "å"}]
    made = (await root.iam("CreateUser", UserName="bob", Path="/staff/", Tags=tags))["User"]
    assert made["Arn"].endswith(":user/staff/bob")
    assert made["UserId"].startswith("AIDA")
    assert len(made["UserId"]) == 21
    assert made["Tags"] == tags
    assert (await root.iam("GetUser", UserName="BOB"))["User"] == made
    listed = await root.iam("ListUsers")
    assert [user["UserName"] for user in listed["Users"]] == ["bob"]
    assert listed["IsTruncated"] is False


async def test_get_user_without_a_name_is_the_caller(root: Api) -> None:
    bob = await root.user("bob", allow("iam:GetUser"))
    assert (await bob.iam("GetUser"))["User"]["UserName"] == "bob"
    told = (await root.iam("GetUser"))["User"]
    assert told["Arn"].endswith(":root")
    assert told["UserId"] == told["Arn"].split(":")[4]
    assert "UserName" not in told


async def test_a_name_is_taken_whatever_its_case(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    error = await refused(root, "CreateUser", UserName="Bob")
    assert str(error) == "409 EntityAlreadyExists: User with name Bob already exists."


async def test_a_user_is_renamed_and_moved_but_stays_itself(root: Api) -> None:
    bob = await root.user("bob", allow("iam:GetUser"))
    before = (await root.iam("GetUser", UserName="bob"))["User"]
    await root.iam("UpdateUser", UserName="bob", NewUserName="Robert", NewPath="/staff/")
    after = (await bob.iam("GetUser"))["User"]
    assert after["UserName"] == "Robert"
    assert after["UserId"] == before["UserId"]
    assert after["Arn"].endswith(":user/staff/Robert")
    assert (await refused(root, "GetUser", UserName="bob")).code == "NoSuchEntity"
    assert (await bob.sts("GetCallerIdentity"))["Arn"] == after["Arn"]


async def test_a_user_may_be_respelled_but_not_take_anothers_name(root: Api) -> None:
    for name in ("bob", "eve"):
        await root.iam("CreateUser", UserName=name)
    await root.iam("UpdateUser", UserName="bob", NewUserName="BOB")
    error = await refused(root, "UpdateUser", UserName="eve", NewUserName="bob")
    assert error.code == "EntityAlreadyExists"


async def test_a_missing_user_is_told_by_name(root: Api) -> None:
    for action in ("GetUser", "DeleteUser", "UpdateUser"):
        error = await refused(root, action, UserName="bob")
        assert str(error) == "404 NoSuchEntity: The user with name bob cannot be found."


async def test_users_come_in_pages_and_by_path(root: Api) -> None:
    names = [f"user{number:02}" for number in range(7)]
    for number, name in enumerate(names):
        await root.iam("CreateUser", UserName=name, Path="/even/" if number % 2 == 0 else "/odd/")
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        told = await root.iam("ListUsers", MaxItems=3, **more)
        found += [user["UserName"] for user in told["Users"]]
        if not told["IsTruncated"]:
            break
        more = {"Marker": told["Marker"]}
    assert found == names
    odd = await root.iam("ListUsers", PathPrefix="/odd/")
    assert [user["UserName"] for user in odd["Users"]] == names[1::2]


@pytest.mark.parametrize("marker", ["é", "x", "_w==", "AA=="])
async def test_a_marker_of_somebody_elses_is_refused(root: Api, marker: str) -> None:
    error = await refused(root, "ListUsers", Marker=marker)
    assert str(error) == "400 ValidationError: Invalid Marker."


async def test_a_user_with_something_left_is_not_deleted(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    key = await root.key_of("bob")
    await root.allow("bob", allow("s3:*"))
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("AddUserToGroup", GroupName="staff", UserName="bob")
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    await root.iam("AttachUserPolicy", UserName="bob", PolicyArn=arn)

    async def message() -> str:
        error = await refused(root, "DeleteUser", UserName="bob")
        assert (error.status, error.code) == (409, "DeleteConflict")
        return error.message

    assert await message() == "Cannot delete entity, must delete access keys first."
    await root.iam("DeleteAccessKey", UserName="bob", AccessKeyId=key.id)
    assert await message() == "Cannot delete entity, must remove users from group first."
    await root.iam("RemoveUserFromGroup", GroupName="staff", UserName="bob")
    assert await message() == "Cannot delete entity, must delete policies first."
    await root.iam("DeleteUserPolicy", UserName="bob", PolicyName="allowed")
    assert await message() == "Cannot delete entity, must detach all policies first."
    await root.iam("DetachUserPolicy", UserName="bob", PolicyArn=arn)
    await root.iam("DeleteUser", UserName="bob")
    assert (await refused(root, "GetUser", UserName="bob")).code == "NoSuchEntity"


async def test_a_namesake_made_later_inherits_nothing(root: Api) -> None:
    first = await root.user("bob", allow("iam:GetUser"))
    before = (await first.iam("GetUser"))["User"]["UserId"]
    await root.iam("DeleteAccessKey", UserName="bob", AccessKeyId=first.key.id)
    await root.iam("DeleteUserPolicy", UserName="bob", PolicyName="allowed")
    await root.iam("DeleteUser", UserName="bob")
    second = await root.user("bob")
    assert (await refused(second, "GetUser")).code == "AccessDenied"
    assert (await second.sts("GetCallerIdentity"))["UserId"] != before
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await first.sts("GetCallerIdentity")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"UserName": "b b"}, "Value 'b b' at 'userName' failed to satisfy constraint: Member must"
         r" satisfy regular expression pattern: [\w+=,.@-]+"),
        ({"UserName": "é"}, "Value 'é' at 'userName'"),
        ({"UserName": "<b>&amp;"}, "Value '<b>&amp;' at 'userName'"),
        ({"UserName": "b\0"}, "Value 'b\ufffd' at 'userName'"),
        ({"UserName": "b" * 65}, "Member must have length less than or equal to 64"),
        ({"UserName": "bob", "Path": "staff"}, "at 'path' failed to satisfy"),
        ({"UserName": "bob", "Path": "/a b/"}, "at 'path' failed to satisfy"),
        ({"UserName": "bob", "PermissionsBoundary": "arn"}, "greater than or equal to 20"),
        ({"UserName": "b/b", "Path": "x"}, "2 validation errors detected: "),
        ({"UserName": "bob", "Tags": [{"Key": "a\n", "Value": ""}]}, "at 'tags.1.member.key'"),
        ({"UserName": "bob", "Tags": [{"Key": "aws:x", "Value": ""}]}, "are reserved"),
    ],
)  # fmt: skip
async def test_what_is_no_user_is_refused(
    root: Api, given: dict[str, object], message: str
) -> None:
    error = await refused(root, "CreateUser", **given)
    assert (error.status, error.code) == (400, "ValidationError")
    assert message in error.message
    assert not (await root.iam("ListUsers"))["Users"]


async def test_a_user_of_64_letters_is_taken(root: Api) -> None:
    await root.iam("CreateUser", UserName="b" * 64)
    assert (await root.iam("GetUser", UserName="b" * 64))["User"]["UserName"] == "b" * 64


async def test_a_boundary_that_is_not_there_makes_no_user(root: Api) -> None:
    arn = "arn:aws:iam::aws:policy/NoSuchPolicy"
    error = await refused(root, "CreateUser", UserName="bob", PermissionsBoundary=arn)
    assert str(error) == (f"404 NoSuchEntity: Policy {arn} does not exist or is not attachable.")
    assert (await refused(root, "GetUser", UserName="bob")).code == "NoSuchEntity"


async def test_a_user_is_made_with_its_boundary(root: Api) -> None:
    made = await root.iam(
        "CreatePolicy", PolicyName="bound", PolicyDocument=document(allow("s3:*"))
    )
    arn = made["Policy"]["Arn"]
    user = (await root.iam("CreateUser", UserName="bob", PermissionsBoundary=arn))["User"]
    bound = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    assert user["PermissionsBoundary"] == bound
    assert (await root.iam("GetUser", UserName="bob"))["User"]["PermissionsBoundary"] == bound
