"""URLs of functions: the event, the answer, who may, what a function's page cannot do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from narthex.functions.host.service import Service
from tests.asking import Refused, allow
from tests.driving import changed
from tests.functions.asking import Lambda

TELL = """
import json
def handler(event, context):
    told = event.get("queryStringParameters", {}).get("tell")
    return json.loads(told) if told else event
"""


async def made(root: Lambda, auth: str = "NONE", **more: Any) -> str:
    """The path of a function's URL."""
    await root.make(await root.role(), TELL)
    told = await root.ask("CreateFunctionUrlConfig", FunctionName="f", AuthType=auth, **more)
    assert told["FunctionUrl"].startswith("http://narthex.test/-/f/")
    return str(told["FunctionUrl"].removeprefix("http://narthex.test"))


async def let(root: Lambda, auth: str = "NONE", principal: str = "*") -> None:
    """Whoever it is may."""
    await root.ask(
        "AddPermission",
        FunctionName="f",
        StatementId="url",
        Principal=principal,
        Action="lambda:InvokeFunctionUrl",
        FunctionUrlAuthType=auth,
    )


async def test_a_url_is_made_told_changed_and_removed(root: Lambda) -> None:
    await made(root, "AWS_IAM", Cors={"AllowOrigins": ["https://a.example"], "MaxAge": 5})
    told = await root.ask("GetFunctionUrlConfig", FunctionName="f")
    assert (told["AuthType"], told["Cors"]["MaxAge"]) == ("AWS_IAM", 5)
    with pytest.raises(Refused, match="FunctionUrlConfig exists") as caught:
        await root.ask("CreateFunctionUrlConfig", FunctionName="f", AuthType="NONE")
    assert caught.value.status == 409
    for bad in (
        {"AuthType": "SOME"},
        {"InvokeMode": "RESPONSE_STREAM"},
        {"Cors": {"AllowOrigins": ["*"], "AllowCredentials": True}},
        {"Cors": {"AllowOrigins": ["a\r\nb"]}},
    ):
        with pytest.raises(Refused):
            await root.ask("UpdateFunctionUrlConfig", FunctionName="f", **bad)
    changed_ = await root.ask("UpdateFunctionUrlConfig", FunctionName="f", AuthType="NONE")
    assert (changed_["AuthType"], changed_["FunctionUrl"]) == ("NONE", told["FunctionUrl"])
    listed = (await root.ask("ListFunctionUrlConfigs", FunctionName="f"))["FunctionUrlConfigs"]
    assert [one["FunctionUrl"] for one in listed] == [told["FunctionUrl"]]
    await root.ask("DeleteFunctionUrlConfig", FunctionName="f")
    with pytest.raises(Refused, match="does not exist"):
        await root.ask("GetFunctionUrlConfig", FunctionName="f")


async def test_everyone_may_when_the_policy_says_so(root: Lambda, host: Service) -> None:
    path = await made(root)
    nobody = root.s3.as_nobody()
    refused = await nobody.send("GET", path)
    assert refused.status == 403
    assert json.loads(refused.body)["Message"].startswith("Forbidden. For troubleshooting")
    unknown = await nobody.send("GET", f"/-/f/{'0' * 32}/")
    assert (unknown.status, json.loads(unknown.body)) == (403, {"Message": None})
    await let(root, "AWS_IAM")  # a condition that this URL does not meet
    assert (await nobody.send("GET", path)).status == 403
    await root.ask("RemovePermission", FunctionName="f", StatementId="url")
    await let(root)
    answer = await nobody.send(
        "POST",
        f"{path}a b/c",
        [("x", "1"), ("x", "2"), ("y", "")],
        [("Content-Type", "application/octet-stream"), ("X-One", "1"), ("Cookie", "session=ours")],
        b"\x00\xff",
    )
    assert answer.status == 200
    event = json.loads(answer.body)
    assert (event["version"], event["rawPath"]) == ("2.0", "/a b/c")
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["headers"]["x-one"] == "1"
    assert "cookie" not in event["headers"]
    assert "cookies" not in event
    assert (event["body"], event["isBase64Encoded"]) == (
        base64.b64encode(b"\x00\xff").decode(),
        True,
    )
    context = event["requestContext"]
    assert (context["accountId"], context["http"]["method"]) == ("anonymous", "POST")
    assert context["http"]["sourceIp"] == "192.0.2.7"
    assert context["time"] == "24/Nov/2026:12:00:00 +0000"
    text = await nobody.send("POST", path, [], [("Content-Type", "text/plain")], "é".encode())
    assert json.loads(text.body)["body"] == "é"


async def test_who_signs_may_when_policies_say_so(root: Lambda, host: Service) -> None:
    path = await made(root, "AWS_IAM")
    signer = root.s3.as_service("lambda")
    answer = await signer.send("GET", path)
    event = json.loads(answer.body)
    iam = event["requestContext"]["authorizer"]["iam"]
    assert iam["userArn"] == f"arn:aws:iam::{iam['accountId']}:root"
    assert "authorization" not in event["headers"]
    assert "Signature" not in answer.body.decode()
    assert (await root.s3.as_nobody().send("GET", path)).status == 403
    assert (await root.s3.as_service("s3").send("GET", path)).status in (400, 403)
    sent = signer.signed("POST", path, body=b"abc")
    good = await signer.raw("POST", sent.raw_path, "", sent.headers, [b"abc"])
    bad = await signer.raw("POST", sent.raw_path, "", sent.headers, [changed(b"abc")])
    assert (good.status, bad.status) == (200, 403)
    bob = await root.api.user("bob")
    assert (await bob.s3.as_service("lambda").send("GET", path)).status == 403
    await root.api.allow("bob", allow("lambda:InvokeFunctionUrl"))
    assert (await bob.s3.as_service("lambda").send("GET", path)).status == 200


async def test_a_page_of_a_function_is_none_of_ours(root: Lambda, host: Service) -> None:
    path = await made(root)
    await let(root)
    returned = {
        "statusCode": 200,
        "headers": {
            "Content-Type": "text/html",
            "Set-Cookie": "session=theirs",
            "Service-Worker-Allowed": "/",
            "Content-Length": "3",
        },
        "cookies": ["session=theirs; Domain=narthex.test"],
        "body": "<script>alert(1)</script>",
    }
    answer = await root.s3.as_nobody().send("GET", path, [("tell", json.dumps(returned))])
    assert answer.header("set-cookie") is None
    assert answer.header("service-worker-allowed") is None
    assert answer.header("content-length") == "25"
    policy = answer.header("content-security-policy") or ""
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert answer.header("x-content-type-options") == "nosniff"


async def test_browsers_are_told_who_may_read(root: Lambda, host: Service) -> None:
    cors = {
        "AllowOrigins": ["https://a.example"],
        "AllowMethods": ["POST"],
        "AllowHeaders": ["X-One"],
        "ExposeHeaders": ["x-two"],
        "AllowCredentials": True,
        "MaxAge": 60,
    }
    path = await made(root, Cors=cors)
    await let(root)
    nobody = root.s3.as_nobody()
    asked = await nobody.send("OPTIONS", path, [], [("Origin", "https://a.example")])
    assert asked.header("access-control-allow-origin") == "https://a.example"
    assert asked.header("access-control-allow-methods") == "POST"
    assert asked.header("access-control-allow-headers") == "x-one"
    assert asked.header("access-control-max-age") == "60"
    answer = await nobody.send("GET", path, [], [("Origin", "https://a.example")])
    assert answer.header("access-control-expose-headers") == "x-two"
    assert answer.header("vary") == "Origin"
    other = await nobody.send("GET", path, [], [("Origin", "https://b.example")])
    assert other.header("access-control-allow-origin") is None


async def test_a_failing_function_is_a_bad_gateway(root: Lambda, host: Service) -> None:
    path = await made(root)
    await let(root)
    answer = await root.s3.as_nobody().send("GET", path, [("tell", "{")])
    assert (answer.status, answer.body) == (502, b"Internal Server Error")
