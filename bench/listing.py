"""ListObjectsV2 in a small and in a huge bucket: a page must cost what a page costs.

The catalog is filled directly, in one transaction; the pages are asked for over the wire.
"""

from __future__ import annotations

import asyncio
import http.client
import random
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bench import servers
from bench.plan import Bench
from bench.result import Chapter, Claim, Failed, Figure, interleaved
from bench.store import Store
from narthex.app import open_server
from narthex.catalog import Transaction, accounts, buckets, objects
from narthex.config import Settings
from narthex.model import Bucket, Checksum, Object, Piece

TARGET = 1.5
PAGE = 1000
PAGES = 40  # measured in a round, each from another place
PREFIXES = 10
SEED = 4


def measure(bench: Bench) -> Chapter:
    """Milliseconds of one answer, connection kept open."""
    plan, folder = bench.plan, bench.folder / "listing"
    sizes = {"few": plan.few, "many": plan.many}
    with servers.narthex(folder, 1):
        pass  # makes the account and its key
    for bucket, count in sizes.items():
        bench.say(f"filling a bucket with {count:,} objects")
        asyncio.run(fill(folder, bucket, count))
    with servers.narthex(folder, 1) as store:
        subjects = {}
        for bucket, count in sizes.items():
            pages, groups = _pages(store, bucket, count), _groups(store, bucket)
            subjects[f"page of {PAGE}, {count:,} objects"] = lambda urls=pages: _median_ms(
                urls, f"<KeyCount>{PAGE}</KeyCount>"
            )
            subjects[f"{PREFIXES} prefixes, {count:,} objects"] = lambda urls=groups: _median_ms(
                urls, f"<KeyCount>{PREFIXES}</KeyCount>"
            )
        figures, notes = interleaved(plan.rounds, subjects)
    claims = tuple(
        Claim(f"{what}: {plan.many:,} / {plan.few:,} objects, time", many / few, TARGET, "", False)
        for what, many, few in (
            (f"page of {PAGE}", _value(figures, 2), _value(figures, 0)),
            ("delimiter listing", _value(figures, 3), _value(figures, 1)),
        )
    )
    return Chapter("list", "ListObjectsV2", "ms", figures, claims, notes, more_is_better=False)


def _value(figures: Sequence[Figure], place: int) -> float:
    if place >= len(figures):
        raise Failed("a listing failed")
    return figures[place].value


def key_of(number: int, count: int) -> str:
    """Keys in order, in equal shares under the prefixes."""
    return f"p{number * PREFIXES // count}/{number:09}"


async def fill(folder: Path, name: str, count: int) -> None:
    """A bucket with this many objects of one byte, made in one transaction."""
    server = await open_server(Settings(data=str(folder)))
    body, now = b"n", server.clock()
    checksum = Checksum("CRC64NVME", "AAAAAAAAAAA=")

    async def work(tx: Transaction) -> None:
        account = await accounts.first(tx)
        if account is None:
            raise Failed("the server made no account")
        bucket = Bucket(server.new_id(), name, account.id, account.canonical_id, "us-east-1", now)
        await buckets.create(tx, bucket)
        for number in range(count):
            etag = f"{number:032x}"
            content = server.new_id()
            piece = Piece(1, 1, etag, now, data=body, checksum=checksum)
            new = Object(
                key_of(number, count),
                "null",
                content,
                1,
                etag,
                now,
                account.canonical_id,
                checksum=checksum,
            )
            await objects.put(tx, bucket.id, new, [piece], now)

    try:
        await server.catalog.run(work)
    finally:
        await server.catalog.close()


def _pages(store: Store, bucket: str, count: int) -> list[str]:
    """Links to pages that begin anywhere, but never so late that they would be short."""
    places = random.Random(SEED).choices(range(count - PAGE - 1), k=PAGES)
    return [_link(store, bucket, StartAfter=key_of(place, count)) for place in places]


def _groups(store: Store, bucket: str) -> list[str]:
    return [_link(store, bucket, Delimiter="/")] * PAGES


def _link(store: Store, bucket: str, **parameters: str) -> str:
    url: str = store.client().generate_presigned_url(
        "list_objects_v2", Params={"Bucket": bucket, **parameters}, ExpiresIn=3600
    )
    return url


def _median_ms(urls: Sequence[str], expected: str) -> float:
    parts = [urlsplit(url) for url in urls]
    connection = http.client.HTTPConnection(parts[0].netloc, timeout=120)
    times = []
    try:
        for part in parts:
            begun = time.perf_counter()
            connection.request("GET", f"{part.path}?{part.query}")
            answer = connection.getresponse()
            body = answer.read()
            times.append(1000 * (time.perf_counter() - begun))
            if answer.status != 200 or expected.encode() not in body:
                raise Failed(f"status {answer.status}: {body[:200]!r}")
    except OSError as error:
        raise Failed(str(error)) from error
    finally:
        connection.close()
    return Figure.of("", times).value
