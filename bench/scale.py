"""Few objects and very many in one PostgreSQL: what a read and a page cost, and what a row weighs.

The rows are made by the database itself; they are read through our own catalog.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg
from awscrt.checksums import crc32c
from tests.contract.postgresql_server import PostgreSQLServer

from bench.plan import Bench
from bench.result import Chapter, Claim, Failed, Figure
from narthex.catalog import Catalog, objects
from narthex.catalog.postgresql import open_postgresql

AT_MOST = 2.0  # times the p99 among few
READS = 4000
PAGES = 400
PAGE = 1000
SEED = 7
BUCKET = "b" * 32
BODY = b"n"
SUM = crc32c(BODY).to_bytes(4, "big")  # what the row holds it against
FILL_OBJECTS = """
INSERT INTO objects (bucket, key, version, content, size, etag, modified_us, owner, headers, tags,
    storage_class, checksum_algorithm, checksum_value, checksum_type, parts)
SELECT %s, convert_to('p' || lpad(i::text, 10, '0'), 'UTF8'), '', md5(i::text), 1, md5(i::text),
    1700000000000000 + i, repeat('c', 64), '[]', '[]', 'STANDARD', 'CRC64NVME', 'AAAAAAAAAAA=',
    'FULL_OBJECT', 0
FROM generate_series(1, %s) AS i
"""
FILL_PIECES = """
INSERT INTO pieces (content, number, start, size, etag, modified_us, blob, checksum_algorithm,
    checksum_value, checksum_type, sums, data)
SELECT md5(i::text), 1, 0, 1, md5(i::text), 1700000000000000 + i, NULL, 'CRC64NVME', 'AAAAAAAAAAA=',
    'FULL_OBJECT', %s, %s
FROM generate_series(1, %s) AS i
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """p99s in milliseconds; bytes of tables and indexes for each object."""

    read: float
    page: float
    weight: float


def measure(bench: Bench) -> Chapter:
    """p99 of a point read and of a page of 1,000 keys, and the weight of an object's rows."""
    few, many = bench.plan.few, 10 * bench.plan.many
    seen = {count: _measured(bench, count) for count in (few, many)}
    figures = tuple(
        Figure.of(f"{what}, {count:,} objects", [value])
        for what in ("read", "page")
        for count, found in seen.items()
        for value in [getattr(found, what)]
    )
    claims = tuple(
        Claim(
            f"p99 of a {what}: {many:,} / {few:,} objects, time",
            getattr(seen[many], what) / getattr(seen[few], what),
            AT_MOST,
            "",
            False,
        )
        for what in ("read", "page")
    )
    note = f"rows and indexes of one small object weigh {seen[many].weight:.0f} bytes"
    return Chapter(
        "scale",
        "The catalog on PostgreSQL, p99",
        "ms",
        figures,
        claims,
        (note,),
        more_is_better=False,
    )


def _measured(bench: Bench, count: int) -> Seen:
    bench.say(f"filling PostgreSQL with {count:,} objects")
    try:
        server = PostgreSQLServer()
        try:
            server.start()
            return asyncio.run(_look(server.url(server.new_database()), count))
        finally:
            server.remove()
    except (OSError, RuntimeError, AssertionError) as error:
        raise Failed(f"PostgreSQL does not come up: {error}") from error


async def _look(url: str, count: int) -> Seen:
    catalog = await open_postgresql(url)
    try:
        with psycopg.connect(url, autocommit=True) as filling:
            filling.execute(FILL_OBJECTS, (BUCKET, count))
            filling.execute(FILL_PIECES, (SUM, BODY, count))
            filling.execute("VACUUM ANALYZE objects")
            filling.execute("VACUUM ANALYZE pieces")
            sizes = "SELECT pg_total_relation_size('objects') + pg_total_relation_size('pieces')"
            row = filling.execute(sizes).fetchone()
        weight = (row[0] if row else 0) / count
        chance = random.Random(SEED)
        keys = [f"p{chance.randint(1, count):010}" for _ in range(READS)]
        starts = [f"p{chance.randint(0, max(0, count - PAGE)):010}" for _ in range(PAGES)]

        async def read(key: str) -> bool:
            return await objects.find_with_piece(catalog, BUCKET, key) is not None

        async def page(after: str) -> bool:
            return len((await _page(catalog, after)).entries) == min(PAGE, count)

        return Seen(await _p99(read, keys), await _p99(page, starts), weight)
    finally:
        await catalog.close()


async def _page(catalog: Catalog, after: str) -> objects.Page:
    return await objects.page(catalog, BUCKET, prefix="", delimiter="", after=after, limit=PAGE)


async def _p99(look: Callable[[str], Awaitable[bool]], places: list[str]) -> float:
    """Milliseconds; a first tenth warms up and does not count."""
    times: list[float] = []
    for place in places:
        began = time.perf_counter()
        if not await look(place):
            raise Failed(f"nothing was found at {place}")
        times.append((time.perf_counter() - began) * 1000)
    counted = sorted(times[len(times) // 10 :])
    return counted[int(len(counted) * 0.99)]
