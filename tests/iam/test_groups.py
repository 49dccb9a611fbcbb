"""Groups: made, joined, left, deleted; their policies count for their users."""

from __future__ import annotations

import pytest

from tests.asking import Api, allow, document
from tests.iam.refusing import refused


async def test_a_group_is_made_found_renamed_and_listed(root: Api) -> None:
    made = (await root.iam("CreateGroup", GroupName="staff", Path="/a/"))["Group"]
    assert made["GroupId"].startswith("AGPA")
    assert made["Arn"].endswith(":group/a/staff")
    told = await root.iam("GetGroup", GroupName="STAFF")
    assert (told["Group"], told["Users"], told["IsTruncated"]) == (made, [], False)
    await root.iam("UpdateGroup", GroupName="staff", NewGroupName="crew", NewPath="/")
    groups = (await root.iam("ListGroups"))["Groups"]
    assert [(group["GroupName"], group["GroupId"]) for group in groups] == [
        ("crew", made["GroupId"])
    ]


async def test_a_groups_policy_counts_while_the_user_is_in_it(root: Api) -> None:
    bob = await root.user("bob")
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam(
        "PutGroupPolicy",
        GroupName="staff",
        PolicyName="look",
        PolicyDocument=document(allow("iam:ListUsers")),
    )
    assert (await refused(bob, "ListUsers")).code == "AccessDenied"
    await root.iam("AddUserToGroup", GroupName="staff", UserName="bob")
    await root.iam("AddUserToGroup", GroupName="staff", UserName="bob")
    assert len((await bob.iam("ListUsers"))["Users"]) == 1
    members = (await root.iam("GetGroup", GroupName="staff"))["Users"]
    assert [user["UserName"] for user in members] == ["bob"]
    groups = (await root.iam("ListGroupsForUser", UserName="bob"))["Groups"]
    assert [group["GroupName"] for group in groups] == ["staff"]
    await root.iam("RemoveUserFromGroup", GroupName="staff", UserName="bob")
    assert (await refused(bob, "ListUsers")).code == "AccessDenied"


async def test_a_group_with_something_left_is_not_deleted(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    await root.iam("CreateGroup", GroupName="staff")
    await root.iam("AddUserToGroup", GroupName="staff", UserName="bob")
    error = await refused(root, "DeleteGroup", GroupName="staff")
    assert str(error) == (
        "409 DeleteConflict: Cannot delete entity, must remove users from group first."
    )
    await root.iam("RemoveUserFromGroup", GroupName="staff", UserName="bob")
    text = document(allow("s3:*"))
    await root.iam("PutGroupPolicy", GroupName="staff", PolicyName="p", PolicyDocument=text)
    assert (await refused(root, "DeleteGroup", GroupName="staff")).code == "DeleteConflict"
    await root.iam("DeleteGroupPolicy", GroupName="staff", PolicyName="p")
    await root.iam("DeleteGroup", GroupName="staff")
    assert (await refused(root, "GetGroup", GroupName="staff")).message == (
        "The group with name staff cannot be found."
    )


async def test_a_user_is_in_ten_groups_at_most(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    for number in range(11):
        await root.iam("CreateGroup", GroupName=f"group{number}")
    for number in range(10):
        await root.iam("AddUserToGroup", GroupName=f"group{number}", UserName="bob")
    await root.iam("AddUserToGroup", GroupName="group3", UserName="bob")
    error = await refused(root, "AddUserToGroup", GroupName="group10", UserName="bob")
    assert str(error) == "409 LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"


@pytest.mark.parametrize("action", ["AddUserToGroup", "RemoveUserFromGroup"])
async def test_both_user_and_group_must_exist(root: Api, action: str) -> None:
    await root.iam("CreateUser", UserName="bob")
    await root.iam("CreateGroup", GroupName="staff")
    error = await refused(root, action, GroupName="crew", UserName="bob")
    assert error.message == "The group with name crew cannot be found."
    error = await refused(root, action, GroupName="staff", UserName="eve")
    assert error.message == "The user with name eve cannot be found."


async def test_who_is_not_in_a_group_does_not_leave_it(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    await root.iam("CreateGroup", GroupName="staff")
    error = await refused(root, "RemoveUserFromGroup", GroupName="staff", UserName="bob")
    assert error.code == "NoSuchEntity"


async def test_a_groups_name_is_taken_whatever_its_case(root: Api) -> None:
    await root.iam("CreateGroup", GroupName="staff")
    error = await refused(root, "CreateGroup", GroupName="Staff")
    assert str(error) == "409 EntityAlreadyExists: Group with name Staff already exists."
