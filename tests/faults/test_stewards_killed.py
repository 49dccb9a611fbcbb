"""A steward killed at random moments loses no event, and swaps no two of one key."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from narthex import steward
from narthex.app import open_server
from narthex.catalog import accounts, delivery_log
from narthex.cli.serve import Endpoint, embedded
from narthex.config import Settings
from narthex.events import targets
from narthex.events.stream import MOST_BUSY
from tests.faults.load import BUCKET, ask, presigner
from tests.faults.receiver import Receiver, receiving
from tests.faults.telling import tell_uploads

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

# All of them: NARTHEX_KILLS=50, with 1,000 uploads, in about a minute.
KILLS = int(os.environ.get("NARTHEX_KILLS", "10"))
UPLOADS = 20 * KILLS
KEYS = 20
LOOPBACK = "127.0.0.0/8"


class Stewards:
    """Processes that wait for one post; the only one that lives holds it."""

    def __init__(self, settings: Settings, endpoint: Endpoint) -> None:
        house = {"settings": asdict(settings), "parent": os.getpid()}
        self._environment = {**os.environ, steward.VARIABLE: json.dumps(house)}
        self._supervisor = endpoint.pid
        self._ours: list[subprocess.Popen[bytes]] = []

    def replace(self) -> None:
        """A new one, and the end of all others: one of those was at work."""
        others, self._ours = self._ours, [self._start()]
        for pid in children(self._supervisor, steward.__name__):
            os.kill(pid, 9)
        for process in others:
            process.kill()
            process.wait(10)

    def end(self) -> None:
        """The last one ends in peace."""
        for process in self._ours:
            process.terminate()
        for process in self._ours:
            process.wait(20)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "narthex.steward"]
        return subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)


def children(supervisor: int, module: str) -> Iterator[int]:
    """The pids of a server's processes of this module."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it ended meanwhile
            continue
        if module.encode() in command and int(parent) == supervisor:
            yield int(entry.name)


async def name_target(settings: Settings, url: str) -> str:
    """The ARN of a webhook that the account knows as a queue."""
    server = await open_server(settings)
    try:
        account = await accounts.first(server.catalog)
        assert account is not None
        await targets.create(server, account.id, "hook", url)
        return f"arn:aws:sqs:us-east-1:{account.id}:hook"
    finally:
        await server.ledger.close()
        await server.catalog.close()


async def states(settings: Settings) -> set[str]:
    """Of all deliveries."""
    server = await open_server(settings)
    try:
        account = await accounts.first(server.catalog)
        assert account is not None
        kept = await delivery_log.made_after(server.catalog, account.id, 0, 100_000)
        return {one.state for one in kept}
    finally:
        await server.ledger.close()
        await server.catalog.close()


def write(endpoint: Endpoint, key: str, bodies: list[bytes]) -> None:
    """One after the other, each acknowledged."""
    sign = presigner(endpoint)
    for body in bodies:
        status, _ = ask(endpoint, sign.url("PUT", BUCKET, key), "PUT", body)
        assert status == 200


def write_all(endpoint: Endpoint, share: list[tuple[str, list[bytes]]]) -> None:
    """The keys of one writer, one after the other."""
    for key, bodies in share:
        write(endpoint, key, bodies)


@contextmanager
def running(folder: Path, **more: str) -> Iterator[tuple[Endpoint, Settings]]:
    """A server whose webhooks may go to loopback. more: of its environment."""
    settings = Settings(data=str(folder), notify_allow=(LOOPBACK,))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment |= {"NARTHEX_NOTIFY_ALLOW": LOOPBACK, **more}
    with embedded(
        folder, extra=("--workers", "1"), environment=environment, log=subprocess.DEVNULL
    ) as endpoint:
        yield endpoint, settings


def in_order(receiver: Receiver) -> dict[str, list[str]]:
    """By key, the ETags told, each repetition of the one before left out."""
    told: dict[str, list[str]] = defaultdict(list)
    for record in receiver.records():
        told[record["s3"]["object"]["key"]].append(record["s3"]["object"]["eTag"])
    return {key: [tag for tag, _ in itertools.groupby(tags)] for key, tags in told.items()}


def test_every_upload_is_told_in_order_however_often_the_steward_is_killed(
    tmp_path: Path,
) -> None:
    dice = random.Random(20261124)
    keys = {
        f"key {number}": [f"{number} {turn}".encode() for turn in range(UPLOADS // KEYS)]
        for number in range(KEYS)
    }
    with receiving(refuse=0.05) as receiver, running(tmp_path) as (endpoint, settings):
        arn = asyncio.run(name_target(settings, receiver.url))
        tell_uploads(endpoint, BUCKET, arn)
        stewards = Stewards(settings, endpoint)
        stewards.replace()
        shares = [list(keys.items())[start::4] for start in range(4)]
        writers = [threading.Thread(target=write_all, args=(endpoint, share)) for share in shares]
        for writer in writers:
            writer.start()
        for _ in range(KILLS):  # each kills whoever has just delivered something
            seen = len(receiver.taken) + dice.randrange(1, 25)
            receiver.wait(partial(receiver.has, seen), 3)
            stewards.replace()
        for writer in writers:
            writer.join()
        wanted = {
            key.replace(" ", "+"): [hashlib.md5(body).hexdigest() for body in bodies]
            for key, bodies in keys.items()
        }
        everything = {(key, tag) for key, tags in wanted.items() for tag in tags}

        def all_told() -> bool:
            records = [r for message in receiver.taken for r in message.get("Records", [])]
            objects = [record["s3"]["object"] for record in records]
            return everything <= {(one["key"], one["eTag"]) for one in objects}

        assert receiver.wait(all_told, 60), "an event was lost"
        stewards.end()
        assert in_order(receiver) == wanted
        assert asyncio.run(states(settings)) == {"delivered"}
        repeated = len(receiver.records()) - len(everything)
        assert repeated <= KILLS * MOST_BUSY, "only what was under way at a kill is told again"
