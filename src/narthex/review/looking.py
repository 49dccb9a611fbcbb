"""Look at an object's bytes once: what was found is kept beside them and found again.

Read `look` first. INVARIANT: a look is kept by the id of bytes that never change, and by all else
it depends on; what could be known another time (a scanner was away) is not kept. Never judges.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from narthex.catalog import Transaction, looks
from narthex.catalog.looks import Look
from narthex.pure.review.findings import Finding
from narthex.pure.review.situation import finding_document, read_finding
from narthex.review.clamd import FACT as MALWARE
from narthex.review.clamd import Scanner
from narthex.review.facts import FactFinder
from narthex.review.glance import LARGEST as SMALL
from narthex.review.glance import glance
from narthex.review.limits import MIB
from narthex.review.models import models_of
from narthex.review.plugins import Plugin, installed
from narthex.review.whole import find_whole, in_part
from narthex.server import Server

# What the detectors find; count it up when they find something else in the same bytes.
FACTS_VERSION = 3
MOST = 256 * MIB  # of one object that are read while somebody waits for nothing but its review
SECOND = 1_000_000  # microseconds

# Bytes [0, n) of an object.
OpenBytes = Callable[[int], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Thing:
    """What is looked at. content: the id of its bytes, which never change."""

    content: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Seen:
    """findings: each fact once or more. object: a digest of the bytes, "" when there is none.

    contents: of a folder, the ids of the bytes of all files that were looked at.
    """

    findings: tuple[Finding, ...]
    object: str
    contents: tuple[str, ...] = ()


async def kept(server: Server, thing: Thing) -> Seen | None:
    """What was seen of all of it before, while the model says that it stands. Raises StoreError."""
    return await _kept(server, thing, _view(server, thing))


async def look(server: Server, thing: Thing, open_bytes: OpenBytes) -> Seen:
    """What is in the thing, of a large one in its beginning; from an earlier look where one stands.

    Raises what `open_bytes` raises, StoreError.
    """
    found = await kept(server, thing)
    if found is not None:
        return found
    view = _view(server, thing)
    if thing.size > server.settings.review_inline:
        view = _view(server, thing, "the beginning")
        found = await _kept(server, thing, view)
        if found is not None:
            return found
    return await _keep(server, thing, view, await _look(server, thing, open_bytes))


async def look_at_all(server: Server, thing: Thing, open_bytes: OpenBytes) -> Seen:
    """The same, of all of it, however long it takes: for whoever has the time."""
    found = await kept(server, thing)
    if found is not None:
        return found
    if thing.size <= server.settings.review_inline:
        return await look(server, thing, open_bytes)
    clamd = server.settings.clamd
    whole = await find_whole(
        thing.name, thing.content_type, thing.size, open_bytes, clamd, _plugins()
    )
    digest = f"sha256:{whole.sha256}" if whole.sha256 else f"content:{thing.content}"
    return await _keep(server, thing, _view(server, thing), Seen(whole.findings, digest))


async def _kept(server: Server, thing: Thing, view: str) -> Seen | None:
    since_us = server.clock() - models_of(server).current().model.valid * SECOND
    found = await looks.find(server.catalog, thing.content, view, since_us)
    return None if found is None else Seen(_read(found.findings), found.object)


async def _keep(server: Server, thing: Thing, view: str, seen: Seen) -> Seen:
    if _lasts(seen.findings, scans=bool(server.settings.clamd)):
        text = json.dumps([finding_document(one) for one in seen.findings])
        row = Look(thing.content, view, seen.object, text, server.clock())

        async def work(tx: Transaction) -> None:
            await looks.keep(tx, row)

        await server.catalog.run(work)
    return seen


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[Finding, ...]:
    """Findings as they were kept; most files of a folder have the same."""
    return tuple(read_finding(one) for one in json.loads(text))


def _view(server: Server, thing: Thing, *more: str) -> str:
    """A digest of what findings depend on besides the bytes."""
    names = [one.fact for one in _plugins()]
    parts = [FACTS_VERSION, thing.name, thing.content_type, names, server.settings.clamd, *more]
    text = json.dumps(parts, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lasts(findings: Sequence[Finding], *, scans: bool) -> bool:
    """Whether looking again would find the same: no scanner, process or plug-in failed."""
    for one in findings:
        failed = one.reason.startswith(("it could not be read: ", "its detector "))
        if not one.known and (failed or (scans and one.id == MALWARE)):
            return False
    return True


async def _look(server: Server, thing: Thing, open_bytes: OpenBytes) -> Seen:
    if thing.size <= SMALL and not server.settings.clamd and not _plugins():
        data = b"".join([chunk async for chunk in open_bytes(thing.size)])
        # A thread: other requests are answered meanwhile, also by what takes long to match.
        found = await asyncio.to_thread(glance, thing.name, thing.content_type, data)
        if found is not None:
            malware = await Scanner("", 0).finding()
            return Seen((*found, malware), f"sha256:{hashlib.sha256(data).hexdigest()}")
    finder = _finder(server)
    if thing.size <= MOST:
        facts = await finder.find(
            thing.name, thing.content_type, thing.size, lambda: open_bytes(thing.size)
        )
        return Seen(facts.findings, f"sha256:{facts.sha256}")
    most = finder.limits.most
    facts = await finder.find(thing.name, thing.content_type, thing.size, lambda: open_bytes(most))
    # The id stands for the bytes as their digest would: it is never used for others.
    return Seen(tuple(map(in_part, facts.findings)), f"content:{thing.content}")


_finders: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, FactFinder]] = WeakKeyDictionary()


def _finder(server: Server) -> FactFinder:
    """This process's: it bounds how many files are looked at together."""
    of_loop = _finders.setdefault(asyncio.get_running_loop(), {})
    clamd = server.settings.clamd
    if clamd not in of_loop:
        of_loop[clamd] = FactFinder(clamd, plugins=_plugins())
    return of_loop[clamd]


@lru_cache(maxsize=1)
def _plugins() -> tuple[Plugin, ...]:
    """Those that were there when this process first looked: finding them takes milliseconds."""
    return installed()


async def close() -> None:
    """End the processes that wait for the next file."""
    for finder in _finders.pop(asyncio.get_running_loop(), {}).values():
        await finder.close()
