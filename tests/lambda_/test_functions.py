"""CreateFunction and its kin: what is made, told, changed and deleted; and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from narthex.bootstrap import RootKey
from narthex.functions.making import RUNTIME
from tests.asking import Refused, allow, document, trust
from tests.driving import SECOND
from tests.functions.asking import ECHO, Lambda, code


async def refused(root: Lambda, action: str, **given: Any) -> Refused:
    """The refusal of one action."""
    with pytest.raises(Refused) as caught:
        await root.ask(action, **given)
    return caught.value


async def test_a_function_is_made_told_listed_and_deleted(root: Lambda, role: str) -> None:
    made = await root.make(role, Environment={"Variables": {"KEY": "value"}}, Tags={"a": "b"})
    data = code(ECHO)
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert (made["State"], made["Version"], made["Timeout"]) == ("Active", "$LATEST", 3)
    assert made["Environment"] == {"Variables": {"KEY": "value"}}
    told = await root.ask("GetFunction", FunctionName="f")
    assert told["Configuration"] == made
    assert told["Tags"] == {"a": "b"}
    for name in (made["FunctionArn"], f"{made['FunctionArn'].split(':')[4]}:function:f"):
        assert (await root.ask("GetFunctionConfiguration", FunctionName=name))["Handler"]
    assert [one["FunctionName"] for one in (await root.ask("ListFunctions"))["Functions"]] == ["f"]
    usage = (await root.ask("GetAccountSettings"))["AccountUsage"]
    assert usage == {"TotalCodeSize": len(data), "FunctionCount": 1}
    await root.ask("DeleteFunction", FunctionName="f")
    gone = await refused(root, "GetFunction", FunctionName="f")
    assert (gone.status, gone.code) == (404, "ResourceNotFoundException")
    assert gone.message == f"Function not found: {made['FunctionArn']}"
    rows = await root.s3.server.catalog.fetch("SELECT code FROM function_code")
    assert rows == []  # what nobody has any more is not kept


async def test_its_code_can_be_had_by_a_link_of_who_asked(root: Lambda, role: str) -> None:
    await root.make(role)
    ana = await root.api.user("ana", allow("lambda:GetFunction"))
    told = await Lambda(ana.s3).ask("GetFunction", FunctionName="f", Qualifier="$LATEST")
    link = told["Code"]["Location"]
    nobody = root.s3.as_nobody()
    answer = await nobody.url(link)
    assert (answer.status, answer.body) == (200, code(ECHO))
    for other in (link.replace("/f/", "/g/"), f"{link[:-1]}{'0' if link[-1] != '0' else '1'}"):
        assert (await nobody.url(other)).status == 403
    root.s3.clock.now_us += 601 * SECOND
    assert (await nobody.url(link)).status == 403
    root.s3.clock.now_us -= 601 * SECOND
    await root.api.allow("ana", allow("lambda:ListFunctions"))
    assert (await nobody.url(link)).status == 403


async def test_an_account_that_is_deleted_takes_its_functions_along(
    root: Lambda, role: str
) -> None:
    await root.make(role)
    api = root.s3.as_service("narthex")
    made = await api.send("POST", "/-/api/v1/accounts", body=b'{"name":"other"}')
    told = json.loads(made.body)
    key = RootKey(told["access_key_id"], told["secret_access_key"])
    other = Lambda(root.s3.as_key(key))
    await other.make(await other.role())
    await other.make(await other.role("second"), "x = 1", "g")
    await api.send("DELETE", f"/-/api/v1/accounts/{told['account']['id']}")
    catalog = root.s3.server.catalog
    assert len(await catalog.fetch("SELECT 1 FROM functions")) == 1
    assert len(await catalog.fetch("SELECT 1 FROM function_versions")) == 1
    assert len(await catalog.fetch("SELECT 1 FROM function_code")) == 1
    assert await root.ask("GetFunction", FunctionName="f")


async def test_variables_are_sealed_at_rest(root: Lambda, role: str) -> None:
    await root.make(role, Environment={"Variables": {"TOKEN": "correct-horse-battery"}})
    rows = await root.s3.server.catalog.fetch("SELECT settings, sealed FROM function_versions")
    assert rows
    assert all(b"correct-horse" not in sealed and "correct" not in text for text, sealed in rows)


async def test_a_name_that_is_taken_is_refused(root: Lambda, role: str) -> None:
    await root.make(role)
    with pytest.raises(Refused, match="Function already exist: f") as caught:
        await root.make(role)
    assert caught.value.status == 409


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ({"Timeout": 901}, "ValidationException", "'timeout'"),
        ({"MemorySize": 127}, "ValidationException", "'memorySize'"),
        ({"Handler": "a b.c"}, "ValidationException", "'handler'"),
        ({"Runtime": "python2.7"}, "InvalidParameterValueException", RUNTIME),
        ({"Runtime": "nodejs22.x"}, "InvalidParameterValueException", RUNTIME),
        ({"PackageType": "Image"}, "InvalidParameterValueException", "Zip"),
        ({"Layers": ["arn:aws:lambda:eu-west-3:1:layer:x:1"]}, "InvalidParameterValue", "Layers"),
        ({"Code": {}}, "InvalidParameterValueException", "ZipFile"),
        ({"Code": {"ZipFile": b"PK no zip"}}, "InvalidParameterValueException", "unzip"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParam", "AWS_REGION"),
        ({"Environment": {"Variables": {"A1": "x" * 4096}}}, "InvalidParam", "4KB"),
        ({"Environment": {"Variables": {"1A": "x"}}}, "InvalidParam", "1A"),
        ({"EphemeralStorage": {"Size": 511}}, "ValidationException", "size"),
        ({"Tags": {"aws:x": "y"}}, "InvalidParameterValueException", "aws:x"),
        ({"FunctionName": "a/b"}, "ValidationException", "functionName"),
        ({"Role": "r1"}, "ValidationException", "'role'"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    root: Lambda, role: str, given: dict[str, Any], code: str, word: str
) -> None:
    with pytest.raises(Refused) as caught:
        await root.make(role, **given)
    assert caught.value.code.startswith(code)
    assert word in caught.value.message
    assert (await root.ask("ListFunctions"))["Functions"] == []


async def test_a_role_must_exist_and_trust_lambda(root: Lambda, role: str) -> None:
    account = role.split(":")[4]
    distrusts = await root.role("other", trust=trust(account))
    elsewhere = role.replace(account, "1" * 12)
    for arn in (f"{role}x", distrusts, elsewhere):
        with pytest.raises(Refused, match="cannot be assumed by Lambda") as caught:
            await root.make(arn)
        assert caught.value.code == "InvalidParameterValueException"
    await root.make(role)


async def test_the_caller_must_be_allowed_to_pass_the_role(root: Lambda, role: str) -> None:
    create = allow("lambda:CreateFunction")
    ana = Lambda((await root.api.user("ana", create)).s3)
    with pytest.raises(Refused, match="iam:PassRole") as caught:
        await ana.make(role)
    assert caught.value.code == "AccessDeniedException"
    for service, works in (("ec2.amazonaws.com", False), ("lambda.amazonaws.com", True)):
        condition = {"StringEquals": {"iam:PassedToService": service}}
        await root.api.allow("ana", create, allow("iam:PassRole", role, Condition=condition))
        if works:
            assert await ana.make(role)
        else:
            with pytest.raises(Refused, match="iam:PassRole"):
                await ana.make(role)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("GetFunction", {"FunctionName": "f"}),
        ("GetFunctionConfiguration", {"FunctionName": "f"}),
        ("UpdateFunctionCode", {"FunctionName": "f", "ZipFile": code(ECHO)}),
        ("UpdateFunctionConfiguration", {"FunctionName": "f", "Timeout": 4}),
        ("DeleteFunction", {"FunctionName": "f"}),
        ("ListFunctions", {}),
        ("Invoke", {"FunctionName": "f"}),
        ("GetPolicy", {"FunctionName": "f"}),
        ("PublishVersion", {"FunctionName": "f"}),
        ("ListVersionsByFunction", {"FunctionName": "f"}),
        ("ListAliases", {"FunctionName": "f"}),
        ("CreateAlias", {"FunctionName": "f", "Name": "a", "FunctionVersion": "1"}),
        ("PutFunctionConcurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 1}),
        ("GetFunctionConcurrency", {"FunctionName": "f"}),
        ("CreateFunctionUrlConfig", {"FunctionName": "f", "AuthType": "NONE"}),
        ("PutFunctionEventInvokeConfig", {"FunctionName": "f", "MaximumRetryAttempts": 1}),
    ],
)
async def test_who_is_allowed_nothing_learns_nothing(
    root: Lambda, role: str, action: str, given: dict[str, Any]
) -> None:
    bob = Lambda((await root.api.user("bob")).s3)
    before = await refused(bob, action, **given)
    await root.make(role)
    after = await refused(bob, action, **given)
    assert (before.code, before.status) == ("AccessDeniedException", 403)
    assert before == after  # the same whether the function is there or not


async def test_code_and_settings_are_changed(root: Lambda, role: str) -> None:
    first = await root.make(role)
    root.s3.clock.now_us += SECOND
    changed = await root.ask("UpdateFunctionCode", FunctionName="f", ZipFile=code("x = 1"))
    assert changed["CodeSha256"] != first["CodeSha256"]
    assert changed["RevisionId"] != first["RevisionId"]
    stale = await refused(
        root,
        "UpdateFunctionConfiguration",
        FunctionName="f",
        Timeout=9,
        RevisionId=first["RevisionId"],
    )
    assert (stale.status, stale.code) == (412, "PreconditionFailedException")
    told = await root.ask(
        "UpdateFunctionConfiguration",
        FunctionName="f",
        Timeout=9,
        Environment={"Variables": {"AB": "2"}},
        RevisionId=changed["RevisionId"],
    )
    assert (told["Timeout"], told["Environment"]) == (9, {"Variables": {"AB": "2"}})
    assert told["CodeSha256"] == changed["CodeSha256"]
    dry = await root.ask("UpdateFunctionCode", FunctionName="f", ZipFile=code(ECHO), DryRun=True)
    assert dry["CodeSha256"] == first["CodeSha256"]
    kept = await root.ask("GetFunctionConfiguration", FunctionName="f")
    assert kept["CodeSha256"] == changed["CodeSha256"]


async def test_code_comes_from_a_bucket_as_the_caller_may_read_it(root: Lambda, role: str) -> None:
    await root.s3.send("PUT", "/code")
    await root.s3.send("PUT", "/code/f.zip", body=code(ECHO))
    source = {"S3Bucket": "code", "S3Key": "f.zip"}
    statements = (allow(["lambda:*", "iam:PassRole"]),)
    ana = Lambda((await root.api.user("ana", *statements)).s3)
    with pytest.raises(Refused, match="S3 Error Code: AccessDenied"):
        await ana.make(role, Code=source)
    await root.api.allow("ana", *statements, allow("s3:GetObject"))
    made = await ana.make(role, Code=source)
    assert made["CodeSize"] == len(code(ECHO))
    for bad in ({"S3Key": "none.zip"}, {"S3Bucket": "none"}, {"S3ObjectVersion": "2"}):
        with pytest.raises(Refused, match="Error occurred while GetObject"):
            await root.make(role, name="g", Code={**source, **bad})


async def test_a_request_changed_by_one_byte_is_refused(root: Lambda, role: str) -> None:
    await root.make(role)
    driver = root.s3.as_service("lambda")
    path = "/2015-03-31/functions/f/invocations"
    body = b'{"a":1}'
    sent = driver.signed("POST", path, body=body)
    for answer in (
        await driver.raw("POST", path, "", sent.headers, [b'{"a":2}']),
        await driver.raw("POST", path, "Qualifier=1", sent.headers, [body]),
        await driver.raw("POST", path.replace("/f/", "/g/"), "", sent.headers, [body]),
    ):
        assert (answer.status, answer.header("x-amzn-errortype")) == (
            403,
            "InvalidSignatureException",
        )


async def test_no_other_service_and_nobody_gets_in(root: Lambda) -> None:
    path = "/2015-03-31/functions"
    nobody = await root.s3.as_nobody().as_service("lambda").send("GET", path)
    assert nobody.status in (403, 404)  # it is a bucket's path to who does not sign
    driver = root.s3.as_service("lambda")
    sent = driver.signed("GET", path)
    other = [
        (name, value.replace("/lambda/", "/iam/") if name == "authorization" else value)
        for name, value in sent.headers
    ]
    assert (await driver.raw("GET", path, "", other)).status in (400, 403)
    assert (await driver.send("GET", "/2015-03-31/nothing")).status == 404


async def test_a_policy_of_the_account_can_deny(root: Lambda, role: str) -> None:
    await root.make(role)
    deny = {"Effect": "Deny", "Action": "lambda:GetFunction", "Resource": "*"}
    ana = await root.api.user("ana", allow("lambda:*"))
    assert await Lambda(ana.s3).ask("GetFunction", FunctionName="f")
    await root.api.iam(
        "PutUserPolicy",
        UserName="ana",
        PolicyName="deny",
        PolicyDocument=document(deny),
    )
    refusal = await refused(Lambda(ana.s3), "GetFunction", FunctionName="f")
    assert "explicit deny" in refusal.message
