"""Sessions of the console and wrong tries, as every catalog keeps them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from narthex.catalog import Catalog, console_sessions
from narthex.catalog.console_sessions import ConsoleSession

SESSION = ConsoleSession("d" * 64, "AKIAIOSFODNN7EXAMPLE", b"\0sealed", 10, 10, 20)
WHO = "AKIAIOSFODNN7EXAMPLE 192.0.2.7"


async def add(catalog: Catalog, session: ConsoleSession) -> None:
    await catalog.run(lambda tx: console_sessions.add(tx, session))


async def touch(catalog: Catalog, at_us: int) -> None:
    await catalog.run(lambda tx: console_sessions.touch(tx, SESSION.digest, at_us))


async def test_a_session_is_found_until_it_is_ended(catalog: Catalog) -> None:
    await add(catalog, SESSION)
    assert await console_sessions.find(catalog, SESSION.digest) == SESSION
    assert await console_sessions.find(catalog, "e" * 64) is None
    await catalog.run(lambda tx: console_sessions.end(tx, SESSION.digest))
    assert await console_sessions.find(catalog, SESSION.digest) is None


async def test_a_use_is_remembered_and_never_earlier_than_the_last(catalog: Catalog) -> None:
    await add(catalog, SESSION)
    for at in (15, 12):
        await touch(catalog, at)
        assert await console_sessions.find(catalog, SESSION.digest) == replace(SESSION, seen_us=15)


async def test_sessions_that_are_over_are_forgotten_when_one_begins(catalog: Catalog) -> None:
    await add(catalog, SESSION)
    later = replace(SESSION, digest="e" * 64, begun_us=20, seen_us=20, ends_us=40)
    await add(catalog, later)
    assert await console_sessions.find(catalog, SESSION.digest) is None
    await add(catalog, replace(later, digest="f" * 64, begun_us=39))
    assert await console_sessions.find(catalog, later.digest) == later


async def test_wrong_tries_are_counted_though_they_come_at_once(catalog: Catalog) -> None:
    assert await console_sessions.tries(catalog, WHO) == (0, 0)
    await asyncio.gather(
        *[catalog.run(lambda tx: console_sessions.note_wrong(tx, WHO, 50, 0)) for _ in range(5)]
    )
    assert await console_sessions.tries(catalog, WHO) == (5, 50)
    assert await console_sessions.tries(catalog, f"{WHO}8") == (0, 0)
    await catalog.run(lambda tx: console_sessions.note_wrong(tx, "another", 60, 51))
    assert await console_sessions.tries(catalog, WHO) == (0, 0)  # long ago
    await catalog.run(lambda tx: console_sessions.forget_tries(tx, "another"))
    assert await console_sessions.tries(catalog, "another") == (0, 0)
