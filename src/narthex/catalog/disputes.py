"""Disputes: somebody says that a decision found what is not there, and its owner answers.

This file never decides who may do either (`review/disputing.py` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Literal

from narthex.catalog import Reader, Transaction

State = Literal["open", "agreed", "disagreed"]
STATES: tuple[State, ...] = ("open", "agreed", "disagreed")


@dataclass(frozen=True, slots=True)
class Dispute:
    """One, by whoever says so. reason: the id of what fired falsely, "" for all of it.

    disputer, answered_by: ARNs. answered_us: when its owner answered, None while it is open.
    """

    decision: str
    disputer_key: str
    disputer: str
    reason: str
    note: str
    at_us: int
    state: str = "open"
    answered_by: str = ""
    answer: str = ""
    answered_us: int | None = None


_NAMES = [one.name for one in fields(Dispute)]
_COLUMNS = ", ".join(_NAMES)


async def add(tx: Transaction, dispute: Dispute) -> None:
    """Write this down. Raises Conflict when whoever says so has said it before."""
    await tx.execute(
        f"INSERT INTO disputes ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})",
        astuple(dispute),
    )


async def of(reader: Reader, ids: Sequence[str]) -> dict[str, list[Dispute]]:
    """Those of each of these decisions, the oldest first; a page of them at most."""
    found: dict[str, list[Dispute]] = {id: [] for id in ids}
    if not found:
        return found
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM disputes WHERE decision IN ({', '.join('?' * len(found))})"
        " ORDER BY at_us, disputer_key",
        tuple(found),
    )
    for row in rows:
        found[row[0]].append(Dispute(*row))
    return found


async def answer(
    tx: Transaction, decision: str, state: State, answered_by: str, text: str, now_us: int
) -> int:
    """The owner's answer to all that are open; how many were."""
    return await tx.execute(
        "UPDATE disputes SET state = ?, answered_by = ?, answer = ?, answered_us = ?"
        " WHERE decision = ? AND state = 'open'",
        (state, answered_by, text, now_us, decision),
    )
