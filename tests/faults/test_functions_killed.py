"""Stewards and hosts of functions killed at random: every upload runs, and is shared once.

What a function has done, and the steward has written down, is not done again: of that we keep a
list at every kill. What was under way at a kill may be done twice, as on AWS.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import threading
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from narthex import function_host
from narthex.app import open_server
from narthex.catalog import accounts, delivery_log
from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.ledger import SHARES, Ledger
from narthex.cli.serve import Endpoint
from narthex.config import Settings
from narthex.events.stream import MOST_BUSY
from narthex.functions.making import RUNTIME
from narthex.pure.sigv4 import Credentials
from tests.driving import OBSERVING
from tests.faults.load import BUCKET
from tests.faults.receiver import Receiver, receiving
from tests.faults.test_stewards_killed import Stewards, children, running, write
from tests.functions.asking import TRUST

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

# All of them: NARTHEX_KILLS=50, with 1,000 uploads, in some minutes.
KILLS = int(os.environ.get("NARTHEX_KILLS", "8"))
UPLOADS = 20 * KILLS
AT_ONCE = 4  # environments of the function
HANDLER = """
import json, os, urllib.parse, urllib.request

def handler(event, context):
    for record in event["Records"]:
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        data = json.dumps({"ran": key}).encode()
        urllib.request.urlopen(os.environ["TOLD"], data, timeout=10).read()
"""


def client(endpoint: Endpoint, service: str) -> Any:
    """As the server's root."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )


def make_function(endpoint: Endpoint, url: str) -> None:
    """A bucket whose uploads run a function that tells a webhook."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("main.py", HANDLER)
    role = client(endpoint, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    functions, s3 = client(endpoint, "lambda"), client(endpoint, "s3")
    arn = functions.create_function(
        FunctionName="f",
        Runtime=RUNTIME,
        Role=role["Role"]["Arn"],
        Handler="main.handler",
        Timeout=20,
        Code={"ZipFile": held.getvalue()},
        Environment={"Variables": {"TOLD": url}},
    )["FunctionArn"]
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=AT_ONCE)
    functions.add_permission(
        FunctionName="f",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{BUCKET}",
    )
    s3.create_bucket(Bucket=BUCKET)
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )


def ledger_of(endpoint: Endpoint) -> Ledger:
    """The server's, as its root."""
    credentials = Credentials(endpoint.access_key_id, endpoint.secret, None)
    return Ledger(
        Configuration(
            profile=Found("default", "default", ""),
            region=Found("us-east-1", "manual", ""),
            endpoint=Found(endpoint.url, "manual", ""),
            key=Key(credentials, "env", ""),
        )
    )


def automate(ledger: Ledger, url: str) -> None:
    """Each upload is shared by itself, too."""
    order = {"bucket": BUCKET, "expires_in": 3600, "notify": [url]}
    ledger.call("CreateAutomation", "POST", "/automations", body=json.dumps(order).encode())


async def deliveries(settings: Settings) -> list[delivery_log.Kept]:
    """All that there are."""
    server = await open_server(settings)
    try:
        account = await accounts.first(server.catalog)
        assert account is not None
        return await delivery_log.made_after(server.catalog, account.id, 0, 100_000)
    finally:
        await server.ledger.close()
        await server.catalog.close()


def acknowledged(settings: Settings) -> set[str]:
    """The keys for which the function is done, and that is written down."""
    kept = asyncio.run(deliveries(settings))
    done = [one for one in kept if one.kind == "s3" and one.state == "delivered"]
    return {one.lane.rpartition("/")[2] for one in done}


def settled(receiver: Receiver, settings: Settings) -> bool:
    """Whether everything is delivered, soon: what was under way at a kill is tried once more."""
    for _ in range(600):
        if {one.state for one in asyncio.run(deliveries(settings))} == {"delivered"}:
            return True
        receiver.wait(lambda: False, 0.1)
    return False


def ran(receiver: Receiver) -> list[str | None]:
    """The keys of all runs, in the order of their beginnings; None for what was told otherwise."""
    return [message.get("ran") for message in list(receiver.taken)]


def shared(receiver: Receiver) -> list[str]:
    """The shares whose links were told."""
    told = [message.get("data") for message in list(receiver.taken)]
    return [data["share"] for data in told if data is not None]


def write_all(endpoint: Endpoint, keys: list[str]) -> None:
    """One after the other, each acknowledged."""
    for key in keys:
        write(endpoint, key, [key.encode()])


def kill_host(endpoint: Endpoint) -> None:
    """The host of functions, with all that it runs; its supervisor starts another."""
    for pid in children(endpoint.pid, function_host.__name__):
        os.kill(pid, 9)


def test_every_upload_runs_and_is_shared_whoever_is_killed(tmp_path: Path) -> None:
    dice = random.Random(20261124)
    keys = [f"key-{number}" for number in range(UPLOADS)]
    more = {"NARTHEX_FUNCTIONS_UNCONFINED": "true", "NARTHEX_REVIEW_MODEL": str(OBSERVING)}
    with receiving() as receiver, running(tmp_path, **more) as (endpoint, settings):
        make_function(endpoint, receiver.url)
        ledger = ledger_of(endpoint)
        automate(ledger, receiver.url)
        stewards = Stewards(settings, endpoint)
        stewards.replace()
        writers = [
            threading.Thread(target=write_all, args=(endpoint, keys[start::2]))
            for start in range(2)
        ]
        for writer in writers:
            writer.start()
        marks: list[tuple[int, set[str]]] = []
        for turn in range(KILLS):
            seen = len(receiver.taken) + dice.randrange(1, 40)
            receiver.wait(partial(receiver.has, seen), 10)
            done = acknowledged(settings)
            marks.append((len(receiver.taken), done))
            if turn % 2:
                kill_host(endpoint)
            else:
                stewards.replace()
        for writer in writers:
            writer.join()
        assert receiver.wait(lambda: set(keys) <= set(ran(receiver)), 120), "an event was lost"
        assert receiver.wait(lambda: len(set(shared(receiver))) >= UPLOADS, 120)
        assert settled(receiver, settings), "something still waits, or was given up"
        stewards.end()
        runs = ran(receiver)
        for place, done in marks:
            assert not done & set(runs[place:]), "what was acknowledged was done again"
        assert len(runs) - UPLOADS - len(shared(receiver)) <= KILLS * MOST_BUSY
        assert Counter(one["key"] for one in ledger.listed(SHARES)) == dict.fromkeys(keys, 1)
        assert len(shared(receiver)) - UPLOADS <= KILLS * MOST_BUSY
