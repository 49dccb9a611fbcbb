"""AddPermission, RemovePermission, GetPolicy: who else may invoke, and who is refused as one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.bootstrap import RootKey
from tests.asking import Refused, allow
from tests.functions.asking import Lambda

S3 = {"StatementId": "s3", "Principal": "s3.amazonaws.com", "Action": "lambda:InvokeFunction"}


async def test_statements_are_added_told_and_removed(root: Lambda, role: str) -> None:
    made = await root.make(role)
    with pytest.raises(Refused, match="does not exist") as caught:
        await root.ask("GetPolicy", FunctionName="f")
    assert caught.value.status == 404
    told = await root.ask(
        "AddPermission",
        FunctionName="f",
        SourceArn="arn:aws:s3:::inbox",
        SourceAccount="1" * 12,
        **S3,
    )
    statement = json.loads(told["Statement"])
    assert statement == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": made["FunctionArn"],
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "1" * 12},
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::inbox"},
        },
    }
    policy = await root.ask("GetPolicy", FunctionName="f")
    assert json.loads(policy["Policy"]) == {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [statement],
    }
    with pytest.raises(Refused, match="already exists") as caught:
        await root.ask("AddPermission", FunctionName="f", **S3)
    assert caught.value.code == "ResourceConflictException"
    with pytest.raises(Refused, match="Statement t is not found"):
        await root.ask("RemovePermission", FunctionName="f", StatementId="t")
    with pytest.raises(Refused) as caught:
        await root.ask("RemovePermission", FunctionName="f", StatementId="s3", RevisionId="x")
    assert caught.value.status == 412
    await root.ask("RemovePermission", FunctionName="f", StatementId="s3")
    with pytest.raises(Refused, match="No policy is associated"):
        await root.ask("RemovePermission", FunctionName="f", StatementId="s3")


@pytest.mark.parametrize(
    "given",
    [
        {"Principal": "somebody"},
        {"Principal": "arn:aws:iam::111122223333:user/nobody"},
        {"Principal": "s3.example.com"},
        {"Action": "s3:GetObject"},
        {"StatementId": "a b"},
        {"Principal": "arn:aws:iam::111122223333:user/*"},
    ],
)
async def test_what_no_policy_can_say_is_refused(
    root: Lambda, role: str, given: dict[str, Any]
) -> None:
    await root.make(role)
    with pytest.raises(Refused) as caught:
        await root.ask("AddPermission", FunctionName="f", **{**S3, **given})
    assert caught.value.status == 400


async def test_another_account_may_when_both_say_so(root: Lambda, role: str) -> None:
    made = await root.make(role)
    created = await root.s3.as_service("narthex").send(
        "POST", "/-/api/v1/accounts", body=b'{"name":"other"}'
    )
    told = json.loads(created.body)
    key = RootKey(told["access_key_id"], told["secret_access_key"])
    other = Lambda(root.s3.as_key(key))
    get = {"FunctionName": made["FunctionArn"]}
    with pytest.raises(Refused) as caught:
        await other.ask("GetFunction", **get)
    assert caught.value.status == 403
    await root.ask(
        "AddPermission",
        FunctionName="f",
        StatementId="other",
        Principal=told["account"]["id"],
        Action="lambda:GetFunction",
    )
    assert (await other.ask("GetFunction", **get))["Configuration"]["FunctionName"] == "f"
    with pytest.raises(Refused):
        await other.ask("DeleteFunction", **get)


async def test_a_namesake_made_later_inherits_nothing(root: Lambda, role: str) -> None:
    await root.make(role)
    ana = Lambda((await root.api.user("ana")).s3)
    arn = (await root.api.iam("GetUser", UserName="ana"))["User"]["Arn"]
    await root.ask(
        "AddPermission",
        FunctionName="f",
        StatementId="ana",
        Principal=arn,
        Action="lambda:GetFunction",
    )
    assert await ana.ask("GetFunction", FunctionName="f")
    key = ana.api.key.id
    await root.api.iam("DeleteAccessKey", UserName="ana", AccessKeyId=key)
    await root.api.iam("DeleteUser", UserName="ana")
    again = Lambda((await root.api.user("ana", allow("s3:*"))).s3)
    with pytest.raises(Refused):
        await again.ask("GetFunction", FunctionName="f")
