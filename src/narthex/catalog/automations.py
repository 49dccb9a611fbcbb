"""Automations: what is shared by itself after an upload, on whose behalf, and whom it tells.

This file never sees an address: `catalog.addresses` keeps them, sealed. Whoever changes one here
writes the bucket's list of them anew in the same transaction (`list_in_bucket`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from narthex.catalog import Reader, Row, Transaction, buckets
from narthex.catalog.rows import is_word
from narthex.pure.automations import DOCUMENT, Rule, write_rules

State = Literal["active", "paused", "stopped"]

MOST_OF_BUCKET = 100
MOST_OF_ACCOUNT = 1000

_COLUMNS = (
    "id, account, owner, arn, origin, bucket, bucket_id, prefix, suffix, url, terms, shown, state,"
    " reason, created_us"
)


@dataclass(frozen=True, slots=True)
class Automation:
    """owner: as `pure.shares.Owner.key`. origin: the permanent key that it stands on.

    url: where clients reached the server. terms: of its shares, as the API takes them. shown: whom
    it tells, without secrets. reason: why the server stopped it, else "".
    """

    id: str
    account: str
    owner: str
    arn: str
    origin: str
    bucket: str
    bucket_id: str
    prefix: str
    suffix: str
    url: str
    terms: dict[str, Any] = field(hash=False)
    shown: tuple[str, ...]
    state: State
    reason: str
    created_us: int

    @property
    def holder(self) -> str:
        """As whose its addresses are kept."""
        return holder_of(self.id)


def holder_of(id: str) -> str:
    """As whose the addresses of an automation are kept."""
    return f"automation-{id}"


async def add(tx: Transaction, one: Automation) -> None:
    """A new automation. Raises Conflict when its id exists."""
    await tx.execute(
        f"INSERT INTO automations ({_COLUMNS}) VALUES ({', '.join('?' * 15)})",
        (
            one.id,
            one.account,
            one.owner,
            one.arn,
            one.origin,
            one.bucket,
            one.bucket_id,
            one.prefix.encode(),
            one.suffix.encode(),
            one.url,
            json.dumps(one.terms),
            json.dumps(one.shown),
            one.state,
            one.reason,
            one.created_us,
        ),
    )
    await list_in_bucket(tx, one.bucket_id)


async def find(reader: Reader, id: str) -> Automation | None:
    """The automation of this id, whoever owns it."""
    if not is_word(id):
        return None
    row = await reader.fetch_one(f"SELECT {_COLUMNS} FROM automations WHERE id = ?", (id,))
    return None if row is None else _read(row)


async def every(reader: Reader, account: str, owner: str | None) -> list[Automation]:
    """All of an owner, or of the account for None, the oldest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM automations WHERE account = ? ORDER BY created_us, id LIMIT ?",
        (account, MOST_OF_ACCOUNT),
    )
    return [one for row in rows if owner in (None, (one := _read(row)).owner)]


async def of_bucket(reader: Reader, bucket: str) -> list[Automation]:
    """All of a bucket. bucket: its id."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM automations WHERE bucket_id = ? ORDER BY id", (bucket,)
    )
    return [_read(row) for row in rows]


async def set_state(
    tx: Transaction, one: Automation, state: State, reason: str = "", origin: str = ""
) -> None:
    """How it stands from the next upload on. origin: the key it stands on now, "" for the same."""
    await tx.execute(
        "UPDATE automations SET state = ?, reason = ?, origin = ? WHERE id = ?",
        (state, reason, origin or one.origin, one.id),
    )
    await list_in_bucket(tx, one.bucket_id)


async def remove(tx: Transaction, one: Automation) -> None:
    """It is gone, with what came of it; its shares stay."""
    await tx.execute("DELETE FROM automation_runs WHERE automation = ?", (one.id,))
    await tx.execute("DELETE FROM automations WHERE id = ?", (one.id,))
    await list_in_bucket(tx, one.bucket_id)


async def list_in_bucket(tx: Transaction, bucket: str) -> None:
    """Those that are active are a document of the bucket, beside what notifies of it."""
    active = [
        Rule(one.id, one.prefix, one.suffix)
        for one in await of_bucket(tx, bucket)
        if one.state == "active"
    ]
    if active:
        await buckets.attach(tx, bucket, DOCUMENT, write_rules(active))
    else:
        await buckets.detach(tx, bucket, DOCUMENT)


def _read(row: Row) -> Automation:
    return Automation(
        id=row[0],
        account=row[1],
        owner=row[2],
        arn=row[3],
        origin=row[4],
        bucket=row[5],
        bucket_id=row[6],
        prefix=row[7].decode(),
        suffix=row[8].decode(),
        url=row[9],
        terms=json.loads(row[10]),
        shown=tuple(json.loads(row[11])),
        state=row[12],
        reason=row[13],
        created_us=row[14],
    )
