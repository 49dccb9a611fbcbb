"""Invocations: what a handler gets and gives, how it fails, warm and cold, limits of all kinds."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from narthex.functions.host.service import Service
from narthex.pure.functions import MOST_PAYLOAD
from tests.asking import Refused, allow
from tests.functions.asking import Lambda, code

MANY = """
import json, os, sys, time
print("cold")
count = 0

def handler(event, context):
    global count
    count += 1
    print("said", event)
    print("complained", file=sys.stderr)
    what = event.get("do") if isinstance(event, dict) else None
    if what == "raise":
        raise ValueError("no such thing")
    if what == "exit":
        os._exit(7)
    if what == "sleep":
        time.sleep(30)
    if what == "large":
        return "x" * 7_000_000
    if what == "odd":
        return {1, 2}
    if what == "context":
        return {
            "name": context.function_name,
            "version": context.function_version,
            "arn": context.invoked_function_arn,
            "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(),
            "group": context.log_group_name,
            "client": context.client_context and context.client_context.custom,
            "trace": os.environ.get("_X_AMZN_TRACE_ID"),
            "environment": dict(os.environ),
        }
    return {"count": count, "event": event}
"""


async def test_a_function_is_run_and_stays_warm(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), MANY, Timeout=9)
    first, told = await root.invoke({"a": [1, "é"]}, LogType="Tail")
    assert first == {"count": 1, "event": {"a": [1, "é"]}}
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    lines = base64.b64decode(told["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert lines[1:4] == ["cold", "said {'a': [1, 'é']}", "complained"]
    assert lines[4].startswith("END RequestId: ")
    assert "Init Duration" in lines[5]
    second, told = await root.invoke({}, LogType="Tail")
    assert second["count"] == 2
    assert "cold" not in base64.b64decode(told["LogResult"]).decode()


async def test_a_handler_finds_what_lambda_would_tell_it(root: Lambda, host: Service) -> None:
    made = await root.make(
        await root.role(), MANY, Environment={"Variables": {"KEY": "value"}}, MemorySize=192
    )
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    told, _ = await root.invoke({"do": "context"}, ClientContext=context)
    assert (told["name"], told["version"], told["memory"]) == ("f", "$LATEST", "192")
    assert told["arn"] == made["FunctionArn"]
    assert 2000 < told["left"] <= 3000
    assert told["client"] == {"a": "b"}
    assert told["trace"].startswith("Root=1-")
    environment = told["environment"]
    assert environment["KEY"] == "value"
    assert environment["AWS_ENDPOINT_URL"] == "http://narthex.test"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == told["group"] == "/aws/lambda/f"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not [name for name in environment if name.startswith("NARTHEX")]


async def test_its_credentials_are_the_roles_and_end_with_it(root: Lambda, host: Service) -> None:
    role = await root.role("runner", allow("s3:ListAllMyBuckets"))
    await root.make(role, MANY)
    told, _ = await root.invoke({"do": "context"})
    names = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    id, secret, token = (told["environment"][f"AWS_{name}"] for name in names)
    as_role = root.api.as_session(
        {"Credentials": {"AccessKeyId": id, "SecretAccessKey": secret, "SessionToken": token}}
    )
    who = await as_role.sts("GetCallerIdentity")
    assert who["Arn"].endswith(":assumed-role/runner/f")
    assert (await as_role.s3.send("GET", "/")).status == 200
    assert (await as_role.s3.send("PUT", "/bucket")).status == 403
    await root.api.iam("DeleteRolePolicy", RoleName="runner", PolicyName="allowed")
    assert (await as_role.s3.send("GET", "/")).status == 403
    await root.api.iam("DeleteRole", RoleName="runner")
    assert (await as_role.s3.send("GET", "/")).code == "InvalidAccessKeyId"


FAILURES = (
    ("raise", "ValueError", "no such thing"),
    ("exit", "Runtime.ExitError", "exit status 7"),
    ("sleep", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ("large", "Function.ResponseSizeTooLarge", "6291556"),
    ("odd", "Runtime.MarshalError", "Unable to marshal response"),
)


async def test_a_failure_is_told_and_the_next_invocation_works(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), MANY, Timeout=1)
    for do, kind, message in FAILURES:
        told, answer = await root.invoke({"do": do})
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert told["errorType"] == kind
        assert message in told["errorMessage"]
        assert (await root.invoke({}))[0]["event"] == {}


UNLOADABLE = (
    ("import nothing_of_this_name", "main.handler", "Runtime.ImportModuleError"),
    ("def handler(:", "main.handler", "Runtime.UserCodeSyntaxError"),
    ("x = 1", "main.handler", "Runtime.HandlerNotFound"),
    ("x = 1", "main", "Runtime.MalformedHandlerName"),
    ("raise SystemExit(3)", "main.handler", "Runtime.ExitError"),
)


async def test_what_cannot_be_loaded_is_told(root: Lambda, host: Service) -> None:
    role = await root.role()
    for number, (text, handler, kind) in enumerate(UNLOADABLE):
        await root.make(role, text, name=f"f{number}", Handler=handler)
        told, answer = await root.invoke({}, f"f{number}")
        assert (answer["FunctionError"], told["errorType"]) == ("Unhandled", kind)


async def test_payloads_are_bounded_and_json(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), MANY)
    near = {"x": "y" * (MOST_PAYLOAD - 1000)}
    assert (await root.invoke({"z": 1, "x": near["x"][: MOST_PAYLOAD // 2]}))[1][
        "StatusCode"
    ] == 200
    for payload, code_, status in (
        (json.dumps({"x": "y" * MOST_PAYLOAD}).encode(), "RequestEntityTooLargeException", 413),
        (b"{", "InvalidRequestContentException", 400),
    ):
        with pytest.raises(Refused) as caught:
            await root.ask("Invoke", FunctionName="f", Payload=payload)
        assert (caught.value.code, caught.value.status) == (code_, status)
    dry = await root.send("Invoke", FunctionName="f", InvocationType="DryRun")
    assert (dry.status, dry.body) == (204, b"")


async def test_new_code_and_new_settings_run_from_the_next_invocation_on(
    root: Lambda, host: Service
) -> None:
    await root.make(await root.role(), "def handler(e, c):\n    return 1\n")
    assert (await root.invoke())[0] == 1
    await root.ask(
        "UpdateFunctionCode", FunctionName="f", ZipFile=code("def handler(e, c):\n    return 2\n")
    )
    assert (await root.invoke())[0] == 2
    await root.ask("PublishVersion", FunctionName="f")
    await root.ask("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    text = "import os\ndef handler(e, c):\n    return os.environ['KEY']\n"
    await root.ask("UpdateFunctionCode", FunctionName="f", ZipFile=code(text))
    variables = {"Variables": {"KEY": "three"}}
    await root.ask("UpdateFunctionConfiguration", FunctionName="f", Environment=variables)
    assert (await root.invoke())[0] == "three"
    told, answer = await root.invoke(Qualifier="live")
    assert (told, answer["ExecutedVersion"]) == (2, "1")


async def test_no_more_run_at_once_than_is_reserved(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), MANY, Timeout=1)
    reserve: dict[str, Any] = {"FunctionName": "f", "ReservedConcurrentExecutions": 1}
    await root.ask("PutFunctionConcurrency", **reserve)
    busy = asyncio.ensure_future(root.invoke({"do": "sleep"}))
    while not host.pool.running:  # noqa: ASYNC110 - a task of this loop is about to begin
        await asyncio.sleep(0)
    with pytest.raises(Refused, match="Rate Exceeded") as caught:
        await root.invoke()
    assert (caught.value.status, caught.value.code) == (429, "TooManyRequestsException")
    assert (await busy)[1]["FunctionError"] == "Unhandled"
    assert (await root.invoke())[0]["count"] == 1
    await root.ask("PutFunctionConcurrency", **{**reserve, "ReservedConcurrentExecutions": 0})
    refused = await root.send("Invoke", FunctionName="f")
    assert refused.status == 429
    assert json.loads(refused.body)["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


async def test_without_a_host_nothing_runs_and_the_client_is_told(root: Lambda) -> None:
    await root.make(await root.role(), MANY)
    with pytest.raises(Refused) as caught:
        await root.invoke()
    assert (caught.value.status, caught.value.code) == (503, "ServiceUnavailableException")


async def test_what_was_written_is_kept_and_read(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), "def handler(e, c):\n    print('a\\x00b', e)\n")
    await root.invoke({"n": 1})
    await host.pool.flush()
    api = root.s3.as_service("narthex")
    told = json.loads((await api.send("GET", "/-/api/v1/functions/f/logs")).body)
    text = "".join(chunk["text"] for chunk in told["chunks"])
    assert "a\ufffdb {'n': 1}\n" in text
    assert text.startswith("START RequestId: ")
    query = [("after", told["next"])]
    more = json.loads((await api.send("GET", "/-/api/v1/functions/f/logs", query)).body)
    assert more["chunks"] == []
    listed = json.loads((await api.send("GET", "/-/api/v1/functions")).body)
    assert [one["name"] for one in listed["functions"]] == ["f"]
    path = "/-/api/v1/functions/f/invocations"
    ran = json.loads((await api.send("POST", path, body=b'{"payload":{"n":2}}')).body)
    assert (ran["payload"], ran["error"]) == (None, None)
    bob = (await root.api.user("bob")).s3.as_service("narthex")
    for method, one in (("GET", "/-/api/v1/functions/f/logs"), ("POST", path)):
        assert (await bob.send(method, one, body=b"{}" if method == "POST" else b"")).status == 403
    assert (await api.send("GET", "/-/api/v1/functions/g/logs")).status == 404


async def test_code_that_nobody_has_leaves_the_machine(root: Lambda, host: Service) -> None:
    await root.make(await root.role(), MANY)
    await root.invoke()
    folder = root.s3.server.settings.folder / "functions" / "code"
    assert len(list(folder.iterdir())) == 1
    await host.pool.sweep()
    assert len(list(folder.iterdir())) == 1
    await root.ask("DeleteFunction", FunctionName="f")
    await host.pool.sweep()
    assert list(folder.iterdir()) == []
