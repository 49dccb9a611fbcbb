"""Users: made, found, renamed, deleted; and what is refused."""

from __future__ import annotations

import pytest

from tests.asking import Api, Refused


async def test_a_created_user_is_found_and_listed(root: Api) -> None:
    made = (await root.iam("CreateUser", UserName="bob", Path="/staff/", Tags=[{"Key": "team", "Value": "å"}]))["User"]
    assert made["Arn"].endswith(":user/staff/bob")
    assert len(made["UserId"]) == 21
    assert made["UserId"].startswith("AIDA")
    found = (await root.iam("GetUser", UserName="BOB"))["User"]
    assert found == made
    listed = await root.iam("ListUsers")
    assert [user["UserName"] for user in listed["Users"]] == ["bob"]
    assert listed["IsTruncated"] is False
