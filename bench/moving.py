"""Moving an installation: rows in a second, how long it takes no writes, and what writers feel.

The source is filled directly, with small objects of two rows each; it is moved by the code of
`narthex move`, in this process, while nobody writes, and once more while somebody does.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from tests.contract.postgresql_server import PostgreSQLServer

from bench.plan import Bench
from bench.result import Chapter, Claim, Failed, Figure, interleaved
from narthex.app import open_catalog
from narthex.catalog import Row, Transaction, capture, objects, tables
from narthex.catalog.rows import object_values, piece_values
from narthex.catalog.tables import Engine, Table
from narthex.errors import Unavailable
from narthex.model import Object, Piece
from narthex.move.course import Choices, Course
from narthex.move.place import End, open_end, read_place
from narthex.move.progress import Progress, Report

BUCKET = "b" * 32
BODY = b"n"
ROWS = 200_000  # two for each object
FROZEN = 2.0  # seconds, at most, however many rows
KEPT = 0.7  # of the writes in a second, while they are noted
WRITERS = 10  # works under way at once: as many as there are connections
AT_ONCE = 2_000  # rows in one transaction
WRITES = 3_000
TO, BACK = "SQLite to PostgreSQL", "PostgreSQL to SQLite"
ACCOUNT = "INSERT INTO accounts (id, canonical_id, name, created_us) VALUES ('1', 'c', 'main', 0)"


def measure(bench: Bench) -> Chapter:
    """Rows in a second, both ways; and the same rows written by COPY and by single statements."""
    rows = min(ROWS, bench.plan.many)
    with _server() as url:
        subjects: dict[str, Callable[[], float]] = {}
        for number, label in enumerate((TO, BACK)):
            subjects[label] = lambda to=number == 0: asyncio.run(
                _rows_a_second(bench, url, rows, to=to)
            )
        for label, load in (("written by COPY", True), ("written by INSERT", False)):
            subjects[label] = lambda load=load: asyncio.run(_written(url(), rows // 4, load=load))
        figures, notes = interleaved(bench.plan.rounds, subjects)
    note = f"{rows:,} rows; each read at both ends once more after it was written"
    return Chapter("move", "Moving a catalog, rows in a second", "1/s", figures, (), (note, *notes))


def frozen(bench: Bench) -> Chapter:
    """Seconds for which the source takes no writes, while somebody writes until it refuses."""
    with _server() as url:
        figures = []
        for label, to in ((TO, True), (BACK, False)):
            for rows in (bench.plan.few, bench.plan.many):
                bench.say(f"moving {rows:,} rows, {label}")
                ran = asyncio.run(_moved(bench, url, rows, to=to, writing=True))
                seconds = ran.report.frozen_seconds
                figures.append(Figure.of(f"{label}, {rows:,} rows", [seconds]))
    claims = tuple(
        Claim(f"read-only, {figure.label}", figure.value, FROZEN, "s", False) for figure in figures
    )
    title = "A move's read-only phase, under writes"
    return Chapter("move-frozen", title, "s", tuple(figures), claims, (), False)


def writes(bench: Bench) -> Chapter:
    """PUTs of small objects in a second, at the catalog alone: as always, and while it is moved."""
    with _server() as url:
        folder = bench.folder / "move-writes"
        folder.mkdir(exist_ok=True)
        places: dict[str, tuple[Engine, str]] = {
            "SQLite": ("sqlite", str(folder / "catalog.sqlite")),
            "PostgreSQL": ("postgresql", url()),
        }
        subjects = {
            f"{name}, {'noted' if noted else 'as always'}": lambda where=where, noted=noted: (
                asyncio.run(_writes(*where, noted=noted))
            )
            for name, where in places.items()
            for noted in (False, True)
        }
        figures, notes = interleaved(max(3, bench.plan.rounds), subjects)
    values = {figure.label: figure.value for figure in figures}
    claims = tuple(
        Claim(f"{name}: writes while noted / as always", noted / plain, KEPT)
        for name in places
        if (noted := values.get(f"{name}, noted")) and (plain := values.get(f"{name}, as always"))
    )
    title = "Small PUTs at the catalog, while a move notes them"
    return Chapter("move-writes", title, "1/s", figures, claims, notes)


@contextlib.contextmanager
def _server() -> Iterator[Callable[[], str]]:
    """A server that syncs its commits; each call is the URL of another empty database."""
    try:
        server = PostgreSQLServer()
    except (OSError, RuntimeError) as error:
        raise Failed(f"PostgreSQL does not come up: {error}") from error
    try:
        server.start(durable=True)
        yield lambda: server.url(server.new_database())
    except (OSError, RuntimeError, AssertionError) as error:
        raise Failed(f"PostgreSQL does not come up: {error}") from error
    finally:
        server.remove()


@dataclass(frozen=True, slots=True)
class _Ran:
    """A move that was made. seconds: of all of it."""

    report: Report
    seconds: float


async def _rows_a_second(bench: Bench, url: Callable[[], str], rows: int, *, to: bool) -> float:
    ran = await _moved(bench, url, rows, to=to, writing=False)
    return sum(tally.rows for tally in ran.report.tables) / ran.seconds


async def _moved(
    bench: Bench, url: Callable[[], str], rows: int, *, to: bool, writing: bool
) -> _Ran:
    """So many rows, from one engine to the other. to: to PostgreSQL."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        stores = (folder, url()) if to else (url(), folder)
        async with _end(stores[0]) as source, _end(stores[1]) as target:
            await _fill(source, rows // 2)
            writer = asyncio.create_task(_write_until_refused(source)) if writing else None
            began = time.perf_counter()
            report = await Course(source, target, Progress(), Choices()).run()
            seconds = time.perf_counter() - began
            if writer is not None:
                await writer
    if not report.switched:
        raise Failed("a move did not switch")
    return _Ran(report, seconds)


@contextlib.asynccontextmanager
async def _end(stores: str) -> AsyncIterator[End]:
    place = read_place(stores, "memory:///", "", "--from")
    opened = await open_end(place, {}, "FROM", there=False)
    try:
        yield opened
    finally:
        await opened.close()


async def _fill(source: End, count: int) -> None:
    """Small objects, and the account without which there is nothing to move."""
    await source.catalog.run(lambda tx: tx.execute(ACCOUNT))
    for name in ("objects", "pieces"):
        table = await tables.find(source.catalog, source.engine, name)
        made = _object_row if name == "objects" else _piece_row
        for start in range(0, count, AT_ONCE):
            rows = [made(number) for number in range(start, min(start + AT_ONCE, count))]
            await source.catalog.run(_loading(table, rows))


def _loading(table: Table, rows: list[Row]) -> Callable[[Transaction], Awaitable[None]]:
    return lambda tx: tables.put(tx, table, rows)


def _object_row(number: int) -> Row:
    stored = _object(number)
    return (BUCKET, stored.key.encode(), *object_values(stored))


def _piece_row(number: int) -> Row:
    return (_content(number), *piece_values(_piece(number)))


def _content(number: int) -> str:
    """In no order, as random ids are."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def _object(number: int) -> Object:
    etag = f"{number:032x}"
    return Object(f"p{number:010}", "", _content(number), len(BODY), etag, number, "c" * 64)


def _piece(number: int) -> Piece:
    return Piece(1, len(BODY), f"{number:032x}", number, data=BODY)


async def _write_until_refused(source: End) -> None:
    """Somebody on another node."""
    catalog = await open_catalog(source.place.catalog)
    try:
        for number in itertools.count(10**9):
            await catalog.run(_putting(number))
            await asyncio.sleep(0)
    except Unavailable:
        return
    finally:
        await catalog.close()


def _putting(number: int) -> Callable[[Transaction], Awaitable[None]]:
    return lambda tx: objects.put(tx, BUCKET, _object(number), [_piece(number)], number)


async def _written(url: str, count: int, *, load: bool) -> float:
    """Rows of objects in a second, written in the same transactions by one of two ways."""
    catalog = await open_catalog(url)
    try:
        table = await tables.find(catalog, "postgresql", "objects")
        marks = ", ".join("?" * len(table.columns))
        insert = f"INSERT INTO objects ({', '.join(table.columns)}) VALUES ({marks})"

        def inserting(rows: list[Row]) -> Callable[[Transaction], Awaitable[None]]:
            return lambda tx: tx.execute_many(insert, rows)

        made = [_object_row(number) for number in range(count)]
        began = time.perf_counter()
        for start in range(0, count, AT_ONCE):
            rows = made[start : start + AT_ONCE]
            await catalog.run(_loading(table, rows) if load else inserting(rows))
        return count / (time.perf_counter() - began)
    finally:
        await catalog.close()


async def _writes(engine: Engine, where: str, *, noted: bool) -> float:
    """New small objects in a second, by many at once."""
    catalog = await open_catalog(where)
    try:
        if noted:
            every = [await tables.find(catalog, engine, name) for name in tables.names()]
            await capture.begin(catalog, engine, every)
        numbers = itertools.islice(itertools.count(time.time_ns()), WRITES)

        async def write() -> None:
            for number in numbers:
                await catalog.run(_putting(number))

        began = time.perf_counter()
        await asyncio.gather(*(write() for _ in range(WRITERS)))
        seconds = time.perf_counter() - began
        await capture.end(catalog, engine)
        return WRITES / seconds
    finally:
        await catalog.close()
