"""Decisions that were made: rows that are added, settled once, and long after pruned.

This file never judges, and never sees what was found but masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Literal

from narthex.catalog import Reader, Row, Transaction, Value

Outcome = Literal["open", "proceeded", "abandoned"]
MarkKind = Literal["gate", "fact", "rule", "principle", "answers"]
OUTCOMES: tuple[Outcome, ...] = ("open", "proceeded", "abandoned")
FIRING: tuple[MarkKind, ...] = ("gate", "fact", "rule", "principle")
BATCH = 1000  # rows of one pruning transaction
LAST = "\U0010ffff"  # behind every place that begins with what is before it


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. id: 16 hex digits of the time in microseconds, 16 random ones.

    risk, data, heuristics: in tenths; coverage: in hundredths. situation, findings, verdict: JSON.
    approval: the id of what overrode it, "" for none. settled_us: when its outcome was told.
    due_us: when deputies are told that it waits, None for never or not again; escalated_us: when
    they were.
    """

    id: str
    account: str
    asker: str
    asker_key: str
    at_us: int
    kind: str
    place: str
    object: str
    binding: str
    decision: str
    enforced: str
    mode: str
    risk: int
    data: int
    heuristics: int
    coverage: int
    door: str
    responsible: str
    model: str
    situation: str
    findings: str
    verdict: str
    justification: str = ""
    typed: str = ""
    approval: str = ""
    outcome: str = "open"
    share: str = ""
    settled_us: int | None = None
    due_us: int | None = None
    escalated_us: int | None = None


_NAMES = [one.name for one in fields(Decision)]
_VALUES = attrgetter(*_NAMES)
_COLUMNS = ", ".join(f"d.{name}" for name in _NAMES)
_INSERT = f"INSERT INTO decisions ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that fired in a decision, that it touched, or who may answer it."""

    kind: MarkKind
    name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose decisions somebody may meet: its own, and those it may answer.

    asker_key: None for all of the account. names: what it is called among those who answer.
    """

    account: str
    asker_key: str | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """Which decisions. place: what theirs begin with. fired: a gate, fact, rule or principle.

    Times: from since_us, before until_us. waiting: refused, and nobody has answered yet. disputed:
    a state of a dispute, "any" for all of them.
    """

    seen: Seen
    decision: str | None = None
    outcome: str | None = None
    place: str | None = None
    model: str | None = None
    fired: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    waiting: bool = False
    disputed: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something fired, and what became of it.

    justified: somebody said why and went on. overridden: an owner said otherwise. abandoned: it was
    given up. disputed: somebody said that this is not so, or nothing of it; agreed: its owner, too.
    """

    kind: str
    name: str
    fired: int
    confirm: int
    refuse: int
    justified: int
    overridden: int
    abandoned: int
    disputed: int
    agreed: int


def decision_id(at_us: int, digits: str) -> str:
    """The id of a decision. digits: 16 random hex digits at least."""
    return f"{at_us:016x}{digits[:16]}"


async def add(tx: Transaction, decision: Decision, marks: Sequence[Mark]) -> None:
    """Write this down."""
    await add_all(tx, [(decision, marks)])


async def add_all(tx: Transaction, every: Sequence[tuple[Decision, Sequence[Mark]]]) -> None:
    """Write these down."""
    await tx.execute_many(_INSERT, [_VALUES(decision) for decision, _ in every])
    rows = {(one.id, mark.kind, mark.name) for one, marks in every for mark in marks}
    await tx.execute_many(
        "INSERT INTO decision_marks (decision, kind, name) VALUES (?, ?, ?)", sorted(rows)
    )


async def find(reader: Reader, seen: Seen, id: str) -> Decision | None:
    """A decision that may be met."""
    text, values = _conditions(Sought(seen))
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM decisions d WHERE d.id = ? AND {text}", (id, *values)
    )
    return None if row is None else _read(row)


async def page(reader: Reader, sought: Sought, after: str | None, limit: int) -> list[Decision]:
    """The newest first, behind the id `after`, at most `limit`."""
    text, values = _conditions(sought)
    if after is not None:
        text += " AND d.id < ?"
        values.append(after)
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM decisions d WHERE {text} ORDER BY d.id DESC LIMIT ?",
        (*values, limit),
    )
    return [_read(row) for row in rows]


async def tally(reader: Reader, sought: Sought) -> list[Tally]:
    """How often each gate, fact, rule and principle fired, the most often first."""
    text, values = _conditions(sought)
    rows = await reader.fetch(
        "SELECT m.kind, m.name, CAST(COUNT(*) AS BIGINT),"
        " CAST(SUM(CASE WHEN d.decision = 'confirm' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN d.decision = 'refuse' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN d.justification <> '' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN d.approval <> '' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN d.outcome = 'abandoned' THEN 1 ELSE 0 END) AS BIGINT),"
        f" CAST(SUM(CASE WHEN {_disputed(_OF_MARK)} THEN 1 ELSE 0 END) AS BIGINT),"
        f" CAST(SUM(CASE WHEN {_disputed(_AGREED)} THEN 1 ELSE 0 END) AS BIGINT)"
        " FROM decision_marks m JOIN decisions d ON d.id = m.decision"
        f" WHERE m.kind <> 'answers' AND {text}"
        " GROUP BY m.kind, m.name ORDER BY 3 DESC, m.kind, m.name",
        values,
    )
    return [Tally(*row) for row in rows]


async def count(reader: Reader, sought: Sought) -> dict[tuple[str, str], int]:
    """How many came to each decision, and what became of them: by both."""
    text, values = _conditions(sought)
    rows = await reader.fetch(
        f"SELECT d.decision, d.outcome, CAST(COUNT(*) AS BIGINT) FROM decisions d WHERE {text}"
        " GROUP BY d.decision, d.outcome ORDER BY d.decision, d.outcome",
        values,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def settle(
    tx: Transaction,
    id: str,
    outcome: Outcome,
    now_us: int,
    *,
    share: str = "",
    justification: str = "",
    typed: str = "",
) -> bool:
    """What became of it, told once; whether it was open."""
    return bool(
        await tx.execute(
            "UPDATE decisions SET outcome = ?, share = ?, justification = ?, typed = ?,"
            " settled_us = ? WHERE id = ? AND outcome = 'open'",
            (outcome, share, justification, typed, now_us, id),
        )
    )


async def give_up(tx: Transaction, before_us: int, now_us: int) -> int:
    """Confirmations asked for before then that nobody gave are abandoned; how many, BATCH at most.

    A file that came in is not: whether it may be read hangs on its decision.
    """
    return await tx.execute(
        "UPDATE decisions SET outcome = 'abandoned', settled_us = ? WHERE id IN (SELECT id FROM"
        " decisions WHERE outcome = 'open' AND enforced = 'confirm' AND kind <> 'upload'"
        " AND id < ? ORDER BY id LIMIT ?)",
        (now_us, decision_id(before_us, ""), BATCH),
    )


async def due(reader: Reader, now_us: int, limit: int) -> list[Decision]:
    """Refusals whose owner should have answered by now, and what is answered meanwhile."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM decisions d WHERE d.due_us <= ? ORDER BY d.due_us LIMIT ?",
        (now_us, limit),
    )
    return [_read(row) for row in rows]


async def seen_to(tx: Transaction, id: str, escalated_us: int | None) -> None:
    """It is not due again. escalated_us: when deputies were told of it, None for not at all."""
    await tx.execute(
        "UPDATE decisions SET due_us = NULL, escalated_us = ? WHERE id = ?", (escalated_us, id)
    )


async def override(tx: Transaction, id: str, approval: str) -> None:
    """An owner said otherwise of it."""
    await tx.execute("UPDATE decisions SET approval = ? WHERE id = ?", (approval, id))


async def prune(tx: Transaction, before_us: int) -> int:
    """Decisions older than this are gone, at most BATCH at once; how many were."""
    rows = await tx.fetch(
        "SELECT id FROM decisions WHERE id < ? ORDER BY id LIMIT ?",
        (decision_id(before_us, ""), BATCH),
    )
    for table in ("decision_marks", "approvals", "disputes"):
        await tx.execute_many(f"DELETE FROM {table} WHERE decision = ?", rows)
    await tx.execute_many("DELETE FROM decisions WHERE id = ?", rows)
    return len(rows)


def _conditions(sought: Sought) -> tuple[str, list[Value]]:
    seen = sought.seen
    parts: list[str] = ["d.account = ?"]
    values: list[Value] = [seen.account]
    if seen.asker_key is not None:
        marks = ", ".join("?" * len(seen.names))
        answers = f" OR {_marked(f'm.name IN ({marks})', 'answers')}" if seen.names else ""
        parts.append(f"(d.asker_key = ?{answers})")
        values += [seen.asker_key, *seen.names]
    for column, value in (
        ("decision", sought.decision),
        ("outcome", sought.outcome),
        ("model", sought.model),
    ):
        if value is not None:
            parts.append(f"d.{column} = ?")
            values.append(value)
    if sought.place is not None:
        parts.append("d.place >= ? AND d.place < ?")
        values += [sought.place, sought.place + LAST]
    if sought.fired is not None:
        parts.append(_marked("m.name = ?", *FIRING))
        values.append(sought.fired)
    if sought.since_us is not None:
        parts.append("d.id >= ?")
        values.append(decision_id(sought.since_us, ""))
    if sought.until_us is not None:
        parts.append("d.id < ?")
        values.append(decision_id(sought.until_us, ""))
    if sought.waiting:
        parts.append("d.enforced = 'refuse' AND d.approval = '' AND d.outcome = 'open'")
    if sought.disputed == "any":
        parts.append(_disputed("TRUE"))
    elif sought.disputed is not None:
        parts.append(_disputed("x.state = ?"))
        values.append(sought.disputed)
    return " AND ".join(parts), values


def _marked(condition: str, *kinds: str) -> str:
    """Whether a decision has a mark of one of these kinds, which are words of ours."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        "EXISTS (SELECT 1 FROM decision_marks m WHERE m.decision = d.id"
        f" AND m.kind IN ({words}) AND {condition})"
    )


# Of what fired, in a tally; a dispute without a reason is of all of it.
_OF_MARK = "(x.reason = '' OR x.reason = m.name)"
_AGREED = f"{_OF_MARK} AND x.state = 'agreed'"


def _disputed(condition: str) -> str:
    """Whether a decision has such a dispute."""
    return f"EXISTS (SELECT 1 FROM disputes x WHERE x.decision = d.id AND {condition})"


def _read(row: Row) -> Decision:
    return Decision(*row)
