"""A bucket's notifications name a target by its ARN, and the target is told, signed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex.events.engine import Engine
from narthex.pure import webhooks
from tests.cli.scripted import Reply, scripted
from tests.driving import Answer, Driver, open_driver
from tests.events.receiving import OF_NOTIFICATION, queue_of
from tests.ledger.sharing import BUCKET, Sharer


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with a bucket, which may reach this machine."""
    async for driver in open_driver(tmp_path, notify_allow=("127.0.0.0/8",)):
        await driver.send("PUT", f"/{BUCKET}")
        yield driver


async def configure(narthex: Driver, *entries: str) -> Answer:
    """The bucket's notification configuration, put."""
    body = f"<NotificationConfiguration>{''.join(entries)}</NotificationConfiguration>".encode()
    return await narthex.send("PUT", f"/{BUCKET}", OF_NOTIFICATION, body=body)


async def test_an_upload_is_told_to_a_target_as_queue_and_as_topic(narthex: Driver) -> None:
    with scripted(lambda _: Reply()) as hook:
        order = {"name": "ops", "url": hook.url}
        made = await Sharer(narthex).ask("POST", "targets", order)
        target = made["target"]
        as_queue = queue_of(target["queue_arn"], id="a")
        as_topic = queue_of(target["topic_arn"], "s3:ObjectRemoved:*", id="b", kind="Topic")
        answer = await configure(narthex, as_queue, as_topic)
        assert answer.status == 200, answer
        await narthex.send("PUT", f"/{BUCKET}/k", body=b"hello")
        await narthex.send("DELETE", f"/{BUCKET}/k")
        await Engine(narthex.server, "test").settle()
    told = [json.loads(asked.body) for asked in hook.asked]
    names = sorted(one.get("Event") or one["Records"][0]["eventName"] for one in told)
    assert names == [
        "ObjectCreated:Put",
        "ObjectRemoved:Delete",
        "s3:TestEvent",
        "s3:TestEvent",
    ]
    for asked in hook.asked:
        id, at = asked.headers["webhook-id"], int(asked.headers["webhook-timestamp"])
        signed = webhooks.signature(made["secret"], id, at, asked.body)
        assert asked.headers["webhook-signature"] == signed


async def test_an_arn_of_no_target_is_refused(narthex: Driver) -> None:
    with scripted(lambda _: Reply()) as hook:
        order = {"name": "ops", "url": hook.url}
        made = await Sharer(narthex).ask("POST", "targets", order)
    arn = made["target"]["queue_arn"]
    for other in (arn.replace(":ops", ":opt"), arn.replace(":sqs:", ":sqx:"), f"{arn}:x"):
        answer = await configure(narthex, queue_of(other))
        assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
