"""What authorising costs a pre-signed GET of 1 KiB, in process: a root, and users with policies.

Prints microseconds of processor time of one request, from `handle` to its answer, and how much a
user's ten policies of ten statements add to a root's nothing. The target is 15 %; and 100 thousand
users, with a policy and a key each, must cost what ten do. "Never the same key" asks for more keys
in turn than a process remembers answers for. Run: `python -m bench.authorize [--users N]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bench.policy import CONDITIONS
from narthex import Presigner
from narthex.app import open_server
from narthex.bootstrap import RootKey, ensure_root, new_key
from narthex.catalog import Transaction, accounts, buckets, entities, managed, objects
from narthex.config import Settings
from narthex.entities import Entity, ManagedPolicy
from narthex.http import Headers, Request
from narthex.model import AccessKey, Bucket, Checksum, Object, Piece, Principal
from narthex.s3 import known
from narthex.s3.handle import handle
from narthex.server import Server

BUCKET = "bucketofbigsecrets"
KEYS = [f"team/blue/report-{number}.pdf" for number in range(known.MOST + 1000)]
BYTES = os.urandom(1024)
ROUNDS, REQUESTS = 30, 200
FEW, MANY = 10, 100_000
TARGET = 15  # per cent
Ask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """A server with one object, its owner, and the key of its root."""

    server: Server
    account: str
    canonical: str
    root: RootKey


async def open_place(folder: Path) -> Place:
    """A server of its own."""
    server = await open_server(Settings(data=str(folder)))
    root = new_key()
    await ensure_root(server, root)
    account = await accounts.first(server.catalog)
    if account is None:
        raise SystemExit("the first start made no account")
    owner, now = account.canonical_id, server.clock()

    async def work(tx: Transaction) -> None:
        bucket = Bucket(server.new_id(), BUCKET, account.id, owner, "", now)
        await buckets.create(tx, bucket)
        checksum = Checksum("CRC64NVME", "AAAAAAAAAAA=")
        piece = Piece(1, len(BYTES), "0" * 32, now, data=BYTES, checksum=checksum)
        for key in KEYS:
            content = server.new_id()
            held = Object(key, "null", content, len(BYTES), "0" * 32, now, owner, checksum=checksum)
            await objects.put(tx, bucket.id, held, [piece], now)

    await server.catalog.run(work)
    return Place(server, account.id, owner, root)


def policies(count: int) -> list[str]:
    """Policies of ten statements with conditions that do not hold; the last statement allows."""
    made = []
    for policy in range(count):
        statements: list[dict[str, object]] = [
            {
                "Effect": "Deny" if number % 2 else "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{BUCKET}/*", "arn:aws:s3:::other"],
                "Condition": CONDITIONS[number % len(CONDITIONS)],
            }
            for number in range(10)
        ]
        if policy == count - 1:
            resource = f"arn:aws:s3:::{BUCKET}/team/*"
            statements[9] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
        made.append(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return made


async def add_user(place: Place, name: str, documents: Sequence[str]) -> RootKey:
    """A user with these managed policies; its key."""
    server, key = place.server, new_key()

    async def work(tx: Transaction) -> None:
        await _add_user(tx, place, name, key)
        for number, document in enumerate(documents):
            policy = ManagedPolicy(f"ANPA{name}{number}".upper(), place.account, f"{name}{number}",
                                   "/", server.clock(), server.clock())  # fmt: skip
            await managed.add(tx, policy, document)
            await managed.attach(tx, f"AIDA{name}", policy.id)

    await server.catalog.run(work)
    return key


async def _add_user(tx: Transaction, place: Place, name: str, key: RootKey) -> None:
    server = place.server
    user = Entity(f"AIDA{name}", place.account, "user", name, "/", server.clock())
    await entities.add(tx, user)
    principal = Principal("user", place.account, place.canonical, user.arn, key.id)
    sealed = key.sealed(server.keyring)
    await accounts.put_key(tx, AccessKey(key.id, principal, sealed, True, user.created_us, user.id))


async def add_crowd(place: Place, count: int) -> None:
    """So many users, each with an inline policy and a key."""

    async def work(tx: Transaction) -> None:
        for number in range(count):
            name = f"crowd{number}"
            await _add_user(tx, place, name, new_key())
            await entities.put_inline(tx, f"AIDA{name}", "own", policies(1)[0])

    await place.server.catalog.run(work)


def asking(place: Place, key: RootKey, names: Sequence[str]) -> Ask:
    """Asks for these objects in turn, by links of this key."""
    signer = Presigner(key.id, key.secret, "us-east-1", "http://127.0.0.1:9000")
    headers = Headers([("host", "127.0.0.1:9000"), ("user-agent", "curl/8.14.1")])
    requests = []
    for link in signer.urls("GET", BUCKET, names, expires_in=86400):
        path, _, query = link.removeprefix("http://127.0.0.1:9000").partition("?")
        requests.append(Request("GET", path, query, headers, "https", "203.0.113.9"))
    waiting = cycle(requests)

    async def ask() -> None:
        answer = await handle(next(waiting), place.server, "0123456789ABCDEF")
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {answer.body!r}")

    return ask


async def medians(asks: dict[str, Ask]) -> dict[str, float]:
    """Microseconds of one request; all in turns, so that a slow moment slows all."""
    found: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            begun = time.process_time()
            for _ in range(REQUESTS):
                await ask()
            found[name].append((time.process_time() - begun) / REQUESTS * 1e6)
    return {name: sorted(times)[len(times) // 4] for name, times in found.items()}


async def measure(folder: Path, users: int) -> dict[str, float]:
    """Microseconds of one GET, by who signed it."""
    place = await open_place(folder)
    try:
        await add_crowd(place, users)
        signers = {"root": place.root}
        for count in (1, 10):
            key = await add_user(place, f"of{count}", policies(count))
            signers[f"user, {count} x 10 statements"] = key
        same = {name: asking(place, key, KEYS[:1]) for name, key in signers.items()}
        other = {
            f"{name}, never the same key": asking(place, key, KEYS) for name, key in signers.items()
        }
        return {**await medians(same), **await medians(other)}
    finally:
        await place.server.catalog.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    made = argparse.ArgumentParser(prog="python -m bench.authorize", description=__doc__)
    made.add_argument("--users", type=int, default=MANY, help="of the crowded server")
    given = made.parse_args(arguments)
    print("microseconds of a pre-signed GET of 1 KiB, in process")
    for users in (FEW, given.users):
        with tempfile.TemporaryDirectory() as folder:
            told = asyncio.run(measure(Path(folder), users))
        for name, value in told.items():
            base = told["root, never the same key" if name.endswith("key") else "root"]
            more = (value / base - 1) * 100
            print(f"{value:8.1f}  {more:+5.1f} %  {users:7,} users  {name}")
    print(f"target: ten policies of ten statements add at most {TARGET} %")


if __name__ == "__main__":
    main()
