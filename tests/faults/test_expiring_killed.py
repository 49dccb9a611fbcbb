"""A steward killed while it ends objects by rules ends each once, and tells of each."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from narthex.app import open_server
from narthex.cli.serve import Endpoint
from narthex.config import Settings
from tests.faults.load import BUCKET, ask, presigner
from tests.faults.receiver import receiving
from tests.faults.test_stewards_killed import Stewards, name_target, running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

OBJECTS = 600
KILLS = 3
EVENT = "s3:LifecycleExpiration:*"
RULE: dict[str, Any] = {
    "ID": "past",
    "Status": "Enabled",
    "Filter": {"Prefix": "old/"},
    "Expiration": {"Date": "2020-01-01T00:00:00Z"},
}


def client(endpoint: Endpoint) -> Any:
    """boto3's client, as the server's root."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )


async def told_in_rows(settings: Settings) -> list[str]:
    """The key of each event that was ever written down."""
    server = await open_server(settings)
    try:
        rows = await server.catalog.fetch("SELECT payload FROM deliveries")
        found = [json.loads(row[0]) for row in rows]
        return [one["s3"]["object"]["key"] for each in found for one in each.get("Records", [])]
    finally:
        await server.ledger.close()
        await server.catalog.close()


def test_each_object_ends_once_and_is_told_of_however_often_the_steward_is_killed(
    tmp_path: Path,
) -> None:
    wanted = {f"old/{number:04}" for number in range(OBJECTS)}
    with receiving() as receiver, running(tmp_path) as (endpoint, settings):
        arn = asyncio.run(name_target(settings, receiver.url))
        s3, sign = client(endpoint), presigner(endpoint)
        s3.create_bucket(Bucket=BUCKET)
        told = {"QueueConfigurations": [{"QueueArn": arn, "Events": [EVENT]}]}
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=told)
        for key in (*sorted(wanted), "new"):
            assert ask(endpoint, sign.url("PUT", BUCKET, key), "PUT", b"hello")[0] == 200
        stewards = Stewards(settings, endpoint)
        stewards.replace()
        s3.put_bucket_lifecycle_configuration(
            Bucket=BUCKET, LifecycleConfiguration={"Rules": [RULE]}
        )
        for number in range(KILLS):  # each kills whoever has just ended something
            assert receiver.wait(partial(receiver.has, 2 + number * OBJECTS // (2 * KILLS)), 60)
            stewards.replace()

        def all_told() -> bool:
            records = [r for message in receiver.taken for r in message.get("Records", [])]
            return wanted <= {record["s3"]["object"]["key"] for record in records}

        assert receiver.wait(all_told, 120), "an event was lost"
        stewards.end()
        names = {record["eventName"] for record in receiver.records()}
        assert names == {"LifecycleExpiration:Delete"}
        assert [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["new"]
        assert sorted(asyncio.run(told_in_rows(settings))) == sorted(wanted)
