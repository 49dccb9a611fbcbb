"""Events for functions: notifications of S3, asynchronous invocations; retried, given up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from narthex.events.engine import Engine
from narthex.functions.host.service import Service
from tests.asking import allow
from tests.driving import SECOND, Driver
from tests.functions.asking import ECHO, Lambda

KEEP = """
import json, os
from http.client import HTTPConnection

def handler(event, context):
    print("GOT", context.aws_request_id, json.dumps(event))
    if event.get("fail"):
        raise KeyError("of this")
    return {"done": True}
"""


async def settle(root: Lambda) -> None:
    """All that is due now is delivered."""
    assert await Engine(root.s3.server, "test", lambda: 0.5).settle()


async def got(root: Lambda, host: Service, name: str = "f") -> list[tuple[str, Any]]:
    """The id and the event of each run of a function."""
    await host.pool.flush()
    driver = root.s3.as_service("narthex")
    answer = await driver.send("GET", f"/-/api/v1/functions/{name}/logs")
    text = "".join(chunk["text"] for chunk in json.loads(answer.body)["chunks"])
    lines = [line.split(" ", 2) for line in text.splitlines() if line.startswith("GOT ")]
    return [(id, json.loads(event)) for _, id, event in lines]


def notification(arn: str, *events: str) -> bytes:
    """A configuration that tells a function of uploads under `in/`."""
    rule = "<FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule>"
    told = "".join(f"<Event>{event}</Event>" for event in events or ("s3:ObjectCreated:*",))
    return (
        "<NotificationConfiguration><CloudFunctionConfiguration>"
        f"<Id>one</Id><CloudFunction>{arn}</CloudFunction>{told}"
        f"<Filter><S3Key>{rule}</S3Key></Filter>"
        "</CloudFunctionConfiguration></NotificationConfiguration>"
    ).encode()


async def configure(s3: Driver, arn: str) -> Any:
    """The answer to putting that configuration."""
    return await s3.send("PUT", "/inbox", [("notification", "")], body=notification(arn))


async def let_s3(root: Lambda, bucket: str = "inbox", **more: str) -> None:
    """S3 may invoke the function for this bucket."""
    await root.ask(
        "AddPermission",
        FunctionName="f",
        StatementId="s3",
        Principal="s3.amazonaws.com",
        Action="lambda:InvokeFunction",
        SourceArn=f"arn:aws:s3:::{bucket}",
        **more,
    )


async def test_an_upload_runs_the_function_that_lets_s3(root: Lambda, host: Service) -> None:
    arn = (await root.make(await root.role(), KEEP))["FunctionArn"]
    await root.s3.send("PUT", "/inbox")
    for bucket, source in (("other", {}), ("inbox", {"SourceAccount": "1" * 12})):
        await let_s3(root, bucket, **source)
        refused = await configure(root.s3, arn)
        assert (refused.status, refused.code) == (400, "InvalidArgument")
        assert f"Not authorized to invoke function [{arn}]" in refused.body.decode()
        await root.ask("RemovePermission", FunctionName="f", StatementId="s3")
    await let_s3(root, SourceAccount=arn.split(":")[4])
    assert (await configure(root.s3, arn)).status == 200
    await root.s3.send("PUT", "/inbox/in/a b.txt", body=b"12345")
    await root.s3.send("PUT", "/inbox/out/a.txt", body=b"x")
    await settle(root)
    (run,) = await got(root, host)
    record = run[1]["Records"][0]
    assert (record["eventName"], record["s3"]["object"]["key"]) == (
        "ObjectCreated:Put",
        "in/a+b.txt",
    )
    await root.ask("RemovePermission", FunctionName="f", StatementId="s3")
    await root.s3.send("PUT", "/inbox/in/late.txt", body=b"x")
    await settle(root)
    assert len(await got(root, host)) == 1  # what is no longer let in is not run
    rows = await root.s3.server.catalog.fetch(
        "SELECT state, reason FROM deliveries ORDER BY number"
    )
    assert rows[-1] == ("failed", "the function does not let S3 invoke it")


async def test_an_event_is_tried_three_times_and_then_told(root: Lambda, host: Service) -> None:
    role = await root.role("runner", allow("lambda:InvokeFunction"))
    await root.make(role, KEEP)
    other = (await root.make(role, KEEP, "g"))["FunctionArn"]
    await root.ask(
        "PutFunctionEventInvokeConfig",
        FunctionName="f",
        DestinationConfig={"OnFailure": {"Destination": other}},
    )
    payload = json.dumps({"fail": True}).encode()
    answer = await root.send("Invoke", FunctionName="f", InvocationType="Event", Payload=payload)
    assert (answer.status, answer.body) == (202, b"")
    for seconds, runs in ((0, 1), (30, 1), (32, 2), (60, 2), (62, 3), (600, 3)):
        root.s3.clock.now_us += seconds * SECOND
        await settle(root)
        assert len(await got(root, host)) == runs, seconds
    ids = {id for id, _ in await got(root, host)}
    assert len(ids) == 1  # the same in every attempt
    ((_, record),) = await got(root, host, "g")
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["requestId"] in ids
    assert record["requestPayload"] == {"fail": True}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "KeyError"


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_success_is_told_where_the_role_may_send(
    root: Lambda, host: Service, allowed: bool
) -> None:
    statements: list[Mapping[str, Any]] = [allow("lambda:InvokeFunction")] if allowed else []
    role = await root.role("runner", *[dict(one) for one in statements])
    await root.make(role, ECHO)
    other = (await root.make(role, KEEP, "g"))["FunctionArn"]
    await root.ask(
        "PutFunctionEventInvokeConfig",
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": {"Destination": other}},
    )
    await root.ask("Invoke", FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    await settle(root)
    told = await got(root, host, "g")
    assert len(told) == int(allowed)
    if allowed:
        record = told[0][1]
        assert record["requestContext"]["condition"] == "Success"
        assert (record["requestPayload"], record["responsePayload"]) == ({"a": 1}, {"a": 1})


async def test_a_dead_letter_is_the_event_itself(root: Lambda, host: Service) -> None:
    role = await root.role("runner", allow("lambda:InvokeFunction"))
    other = (await root.make(role, KEEP, "g"))["FunctionArn"]
    await root.make(role, KEEP, DeadLetterConfig={"TargetArn": other})
    await root.ask("PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=0)
    payload = json.dumps({"fail": True, "n": 7}).encode()
    await root.ask("Invoke", FunctionName="f", InvocationType="Event", Payload=payload)
    await settle(root)
    assert [event for _, event in await got(root, host)] == [{"fail": True, "n": 7}]
    assert {"fail": True, "n": 7} in [event for _, event in await got(root, host, "g")]


async def test_without_a_host_an_event_waits(root: Lambda) -> None:
    await root.make(await root.role(), KEEP)
    payload = json.dumps({"fail": True}).encode()
    await root.ask("Invoke", FunctionName="f", InvocationType="Event", Payload=payload)
    for _ in range(4):  # more than a function may fail: but it did not run
        root.s3.clock.now_us += 10 * SECOND
        await settle(root)
    rows = await root.s3.server.catalog.fetch("SELECT state FROM deliveries")
    assert rows == [("retrying",)]
    service = Service(root.s3.server, "http://narthex.test")
    await service.start()
    try:
        root.s3.clock.now_us += 10 * SECOND
        await settle(root)
        assert len(await got(root, service)) == 1
        for seconds in (62, 122):
            root.s3.clock.now_us += seconds * SECOND
            await settle(root)
        assert len(await got(root, service)) == 3
        rows = await root.s3.server.catalog.fetch("SELECT state FROM deliveries")
        assert rows == [("failed",)]
    finally:
        await service.close()
