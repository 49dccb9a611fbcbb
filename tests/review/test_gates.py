"""Gates that lists and tags close, over the API: denied people, blocked bytes, holds, labels."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narthex.pure.uri import encode_path
from tests.driving import Driver, changed, open_driver
from tests.ledger.sharing import BUCKET, Sharer
from tests.review.test_integration import NOTES, stopped

DENIED = f"""
[denied]
recipients = ["@rival.example"]
objects = ["sha256:{hashlib.sha256(NOTES).hexdigest()}"]
"""


@dataclass
class Desk:
    """A server whose model is the shipped one, with an overlay of denials."""

    narthex: Driver
    root: Sharer

    async def put(self, key: str, body: bytes, tags: str = "") -> None:
        """An object, with tags."""
        headers = (("x-amz-tagging", tags),) if tags else ()
        path = encode_path(f"/{BUCKET}/{key}")
        answer = await self.narthex.send("PUT", path, headers=headers, body=body)
        assert answer.status == 200

    async def gates(self, key: str, **order: Any) -> list[str]:
        """What refused it."""
        told = await stopped(self.root, key, **order)
        gates: list[str] = told["reviews"][0]["verdict"]["gates"]
        return gates


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "rules.d" / "denied.toml").write_text(DENIED)
    async for narthex in open_driver(tmp_path, observes=False):
        await narthex.send("PUT", f"/{BUCKET}")
        yield Desk(narthex, Sharer(narthex))


async def test_nothing_is_shared_with_whom_the_list_names(desk: Desk) -> None:
    await desk.put("a.txt", b"hello\n")
    assert await desk.gates("a.txt", recipient="ana@rival.example") == ["gate.destination"]
    told = await desk.root.issue("a.txt", recipient="ana@rival.exampl")
    assert told["review"]["enforced"] == "proceed"


async def test_bytes_on_the_list_are_found_by_another_name_and_in_a_folder(desk: Desk) -> None:
    await desk.put("in/other.txt", NOTES)
    await desk.put("in/b.txt", b"hello\n")
    assert await desk.gates("in/other.txt") == ["gate.blocked"]
    assert await desk.gates("in/", prefix=True) == ["gate.blocked"]
    assert await desk.gates("in/other.txt") == ["gate.blocked"]  # looked at before, and known
    await desk.put("in/other.txt", changed(NOTES, 3))
    assert (await desk.root.issue("in/other.txt"))["review"]["enforced"] == "proceed"


async def test_a_hold_and_a_label_are_tags(desk: Desk) -> None:
    await desk.put("held.txt", b"hello\n", "legal-hold=on")
    told = await stopped(desk.root, "held.txt")
    assert told["reviews"][0]["verdict"]["gates"] == ["gate.hold"]
    assert not told["reviews"][0]["verdict"]["overridable"]
    await desk.put("held.txt", b"hello\n", "legal-hold=off")
    assert (await desk.root.issue("held.txt"))["review"]["enforced"] == "proceed"
    await desk.put("plan.txt", b"hello\n", "classification=restricted")
    assert await desk.gates("plan.txt") == ["gate.restricted"]
    await desk.put("plan.txt", b"hello\n", "classification=internal")
    assert (await desk.root.issue("plan.txt"))["review"]["enforced"] == "proceed"


async def test_a_domain_is_new_until_somebody_of_it_was_shared_with(desk: Desk) -> None:
    await desk.put("a.txt", b"hello\n")

    async def fired(recipient: str) -> set[str]:
        told = await desk.root.issue("a.txt", recipient=recipient)
        path = f"decisions/{told['review']['id']}"
        verdict = (await desk.root.ask("GET", path))["decision"]["verdict"]
        return {one for one in verdict["rules"] if one.startswith("habit.new")}

    both = {"habit.new_recipient", "habit.new_domain"}
    assert await fired("ana@example.org") == both
    assert await fired("ana@example.org") == set()
    assert await fired("ben@Example.org") == {"habit.new_recipient"}
    assert await fired("Eva <eva@example.org>") == {"habit.new_recipient"}
    assert await fired("ana@exampl_.org") == both  # no pattern
    assert await fired("ana@mail.example.org") == both
    assert await fired("ana@mail.example") == both
    assert await fired("theodora") == {"habit.new_recipient"}  # no address, so no domain
