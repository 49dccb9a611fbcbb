"""`narthex deliveries` and `narthex events tail`, against a server whose target is not there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from narthex.cli.client import Client
from narthex.cli.serve import Endpoint
from tests.cli.conftest import Person
from tests.cli.test_cp import put

pytestmark = pytest.mark.clients


@pytest.fixture
def told(endpoint: Endpoint, bucket: str) -> str:
    """A bucket whose uploads are told to a target that does not exist, on purpose."""
    client: Any = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )
    wanted = {
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:absent",
        "Events": ["s3:ObjectCreated:*"],
    }
    client.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [wanted]},
        SkipDestinationValidation=True,
    )
    return bucket


@contextmanager
def uploading(client: Client, bucket: str) -> Iterator[None]:
    """One upload after another inside the block, so that something comes whenever one looks."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.1):
            put(client, bucket, "again and again.txt", b"hello")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def following(person: Person, *words: str) -> Iterator[Iterator[str]]:
    """The lines of a command that follows, as they come; it is ended with the block."""
    command = [sys.executable, "-m", "narthex", "events", "tail", *words]
    process = subprocess.Popen(
        command, env=person.variables, cwd=person.home, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_events_are_followed_and_what_failed_is_tried_again(
    person: Person, client: Client, told: str
) -> None:
    lane, kinds = f"{told}/again+and+again.txt", set[str]()
    with uploading(client, told), following(person, "--json") as lines:
        while kinds != {"event", "failed"}:
            entry = json.loads(next(lines))
            assert entry["delivery"]["lane"] == lane
            kinds.add(entry["what"])
    with uploading(client, told), following(person, "--limit", "1") as lines:
        (line,) = lines
    assert lane in line

    (listed,) = person.done("deliveries", "--failed", "--limit", "1", "--json").splitlines()
    failed = json.loads(listed)
    assert failed["reason"] == "there is no such target"
    id = failed["id"]
    assert id in person.done("deliveries", "--failed")
    shown = json.loads(person.done("deliveries", "show", id))
    assert shown["payload"]["Records"][0]["eventName"] == "ObjectCreated:Put"

    assert person.done("deliveries", "retry", id).split() == [id]
    left = person.run("deliveries", "retry", "f" * 15 + "0", "0" * 16)
    assert left.code != 0
    replayed = person.run("deliveries", "replay", "--since", "1h")
    assert replayed.code == 0
    assert int(replayed.out) >= 1
    assert "waiting" in person.run("deliveries").err


@pytest.mark.parametrize(
    "words",
    [
        ("deliveries", "show"),
        ("deliveries", "retry"),
        ("deliveries", "list", "0" * 16),
        ("deliveries", "replay"),
        ("deliveries", "--since", "1h"),
        ("deliveries", "replay", "--since", "soon"),
        ("deliveries", "retry", "../shares"),
        ("deliveries", "show", "0" * 16, "--failed"),
        ("deliveries", "--limit", "0"),
        ("events",),
        ("events", "tail", "--limit", "0"),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_sent(
    person: Person, words: tuple[str, ...]
) -> None:
    assert person.run(*words).code == 252
