"""Approvals: an owner's yes to one refused decision, for a time, for exactly what was asked.

This file never decides who may give one (`review/approvals.py` does).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from narthex.catalog import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Approval:
    """binding: what it holds for. risk: in tenths, which nothing it covers exceeds.

    approver: an ARN. gates: of the decision, in one text, each behind a blank. until_us: the first
    instant at which it is over.
    """

    id: str
    account: str
    decision: str
    binding: str
    approver: str
    reason: str
    risk: int
    gates: str
    created_us: int
    until_us: int


_NAMES = [one.name for one in fields(Approval)]
_COLUMNS = ", ".join(_NAMES)


async def add(tx: Transaction, approval: Approval) -> None:
    """Write this down. Raises Conflict when the decision has one."""
    await tx.execute(
        f"INSERT INTO approvals ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})",
        astuple(approval),
    )


async def find(reader: Reader, id: str) -> Approval | None:
    """One approval."""
    row = await reader.fetch_one(f"SELECT {_COLUMNS} FROM approvals WHERE id = ?", (id,))
    return None if row is None else Approval(*row)


async def standing(reader: Reader, account: str, binding: str, now_us: int) -> list[Approval]:
    """Those for this binding that are not over, the newest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM approvals WHERE account = ? AND binding = ? AND until_us > ?"
        " ORDER BY created_us DESC, id LIMIT 100",
        (account, binding, now_us),
    )
    return [Approval(*row) for row in rows]
