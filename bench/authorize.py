"""What authorising costs a pre-signed GET of 1 KiB, in process: a root, and users with policies.

A user's ten policies of ten statements, of which every one reaches the key and has a condition,
may add 15 % to a root's nothing; and 100 thousand users with policies and keys cost what ten do.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bench.plan import Bench
from bench.policy import CONDITIONS
from bench.result import Chapter, Claim, Figure
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
ALL_KEYS = [f"team/blue/report-{number}.pdf" for number in range(known.MOST + 1000)]
BYTES = os.urandom(1024)
OTHER = "never the same key"
ROUNDS, REQUESTS = 30, 200
FEW, MANY = 10, 100_000
TARGET = 1.15
CROWDED = 1.1
Ask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """A server with one object, its owner, and the key of its root."""

    server: Server
    account: str
    canonical: str
    root: RootKey


async def open_place(folder: Path, keys: Sequence[str]) -> Place:
    """A server of its own, with these objects."""
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
        for key in keys:
            content = server.new_id()
            held = Object(key, "null", content, len(BYTES), "0" * 32, now, owner, checksum=checksum)
            await objects.put(tx, bucket.id, held, [piece], now)

    await server.catalog.run(work)
    return Place(server, account.id, owner, root)


def policies(count: int, statements_each: int) -> list[str]:
    """Policies of statements with conditions that do not hold; the last statement allows."""
    made = []
    for policy in range(count):
        statements: list[dict[str, object]] = [
            {
                "Effect": "Deny" if number % 2 else "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{BUCKET}/*", "arn:aws:s3:::other"],
                "Condition": CONDITIONS[number % len(CONDITIONS)],
            }
            for number in range(policy, policy + statements_each)
        ]
        if policy == count - 1:
            resource = f"arn:aws:s3:::{BUCKET}/team/*"
            statements[-1] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
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
            await entities.put_inline(tx, f"AIDA{name}", "own", policies(1, 1)[0])

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


async def rounds_of(asks: dict[str, Ask], rounds: int) -> dict[str, list[float]]:
    """Microseconds of one request in every round; all in turns, so that a slow moment slows all."""
    found: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(rounds):
        for name, ask in asks.items():
            begun = time.process_time()
            for _ in range(REQUESTS):
                await ask()
                await asyncio.sleep(0)  # as between requests: what was read may be old by now
            found[name].append((time.process_time() - begun) / REQUESTS * 1e6)
    return found


async def times(
    folder: Path, users: int, rounds: int, keys: Sequence[str]
) -> dict[str, list[float]]:
    """Microseconds of one GET in every round, by who signed it."""
    place = await open_place(folder, keys)
    try:
        await add_crowd(place, users)
        signers = {"root": place.root}
        for statements in (1, 10):
            key = await add_user(place, f"of{statements}", policies(10, statements))
            signers[f"10 x {statements} statements"] = key
        same = {name: asking(place, key, keys[:1]) for name, key in signers.items()}
        # Each begins elsewhere, so that none finds in memory what another has just read.
        apart = len(keys) // len(signers)
        other = {
            f"{name}, {OTHER}": asking(place, key, [*keys[number * apart :], *keys])
            for number, (name, key) in enumerate(signers.items())
        }
        return {**await rounds_of(same, rounds), **await rounds_of(other, rounds)}
    finally:
        await place.server.identities.last_used.written()
        await place.server.catalog.close()


def measure(bench: Bench) -> Chapter:
    """Microseconds of processor time of one request, from `handle` to its answer."""
    quick = bench.plan.rounds == 1
    crowds, rounds_each = (FEW, FEW * 10 if quick else MANY), 1 if quick else ROUNDS
    keys = ALL_KEYS[:REQUESTS] if quick else ALL_KEYS
    told: dict[str, float] = {}
    figures: list[Figure] = []
    for users in crowds:
        bench.say(f"making {users:,} users")
        folder = bench.folder / f"authorize-{users}"
        found = asyncio.run(times(folder, users, rounds_each, keys))
        for name, rounds in found.items():
            figure = Figure.of(f"{name}, {users:,} users", rounds)
            figures.append(figure)
            told[figure.label] = figure.value
    most, few, many = "10 x 10 statements", *(f"{users:,} users" for users in crowds)
    added = told[f"{most}, {few}"] / told[f"root, {few}"]
    crowded = told[f"{most}, {many}"] / told[f"{most}, {few}"]
    claims = (
        Claim(f"{most} / root, time", added, TARGET, "", at_least=False),
        Claim(f"{many} / {few}, time", crowded, CROWDED, "", at_least=False),
    )
    notes = (
        "A root is asked for nothing: what a user takes longer is what authorising costs.",
        f"{OTHER.capitalize()}: more keys in turn than a process remembers answers for.",
    )
    title = "What authorising costs a pre-signed GET of 1 KiB, in process"
    return Chapter("authorize", title, "µs", tuple(figures), claims, notes, False)
