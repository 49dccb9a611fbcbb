"""Somebody who changes a catalog at random for as long as it takes writes, and knows what it did.

Few names, so that rows are deleted, made again, renamed and swapped all the time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from awscrt.checksums import crc32c

from narthex.blobs import Blobs
from narthex.catalog import Catalog, Transaction
from narthex.errors import Conflict, Unavailable

NAMES = 12
PIECE = (
    "INSERT INTO pieces (content, number, start, size, etag, modified_us, blob,"
    " checksum_algorithm, checksum_value, checksum_type, sums, data)"
    " VALUES (?, ?, 0, ?, ?, 0, ?, '', '', '', ?, ?)"
)
DELIVERY = (
    "INSERT INTO deliveries (account, target, lane, kind, state, payload, created_us,"
    " expires_us, due_us, attempts, reason) VALUES ('', ?, '', '', 'ready', '', 0, 0, 0, 0, '')"
)
BUCKET = (
    "INSERT INTO buckets (name, id, account, region, created_us, revision)"
    " VALUES (?, ?, '1', ?, 0, 0)"
)
SETTING = (
    "INSERT INTO settings (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
Step = Callable[[Transaction], Awaitable[object]]


@dataclass(slots=True)
class Changer:
    """One of those who write. done: how many changes were acknowledged."""

    catalog: Catalog
    blobs: Blobs
    chance: random.Random
    done: int = 0
    refused: bool = False
    made: list[tuple[str, int]] = field(default_factory=list)
    _serial: int = 0

    async def until_refused(self, most: int = 100_000) -> None:
        """Change until a write is refused."""
        for _ in range(most):
            try:
                await self.catalog.run(await self._step())
                self.done += 1
            except Conflict:
                pass
            except Unavailable:
                self.refused = True
                return
            await asyncio.sleep(0)  # the others' turn

    async def _step(self) -> Step:
        chosen = self.chance.choice(
            [self._make, self._rename, self._swap, self._drop, self._tell, self._set, self._count]
        )
        if self.chance.random() < 0.3:
            return await self._blob()
        return chosen()

    def _name(self) -> str:
        return f"n{self.chance.randrange(NAMES)}"

    def _new(self) -> str:
        self._serial += 1
        return f"{self.chance.getrandbits(32):08x}{self._serial}"

    def _make(self) -> Step:
        values = (self._name(), self._name(), self._new())
        return lambda tx: tx.execute(BUCKET, values)

    def _rename(self) -> Step:
        values = (self._name(), self._new(), self._name())
        sql = "UPDATE buckets SET name = ?, region = ? WHERE name = ?"
        return lambda tx: tx.execute(sql, values)

    def _swap(self) -> Step:
        """Two buckets have each other's id from now on."""
        one, other = self._name(), self._name()

        async def work(tx: Transaction) -> None:
            rows = await tx.fetch("SELECT name, id FROM buckets WHERE name IN (?, ?)", (one, other))
            for name, _ in rows:
                await tx.execute("DELETE FROM buckets WHERE name = ?", (name,))
            for (name, _), (_, id) in zip(rows, reversed(rows), strict=True):
                await tx.execute(BUCKET, (name, id, "swapped"))

        return work

    def _drop(self) -> Step:
        name = self._name()
        return lambda tx: tx.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def _tell(self) -> Step:
        target = self._new()
        return lambda tx: tx.execute(DELIVERY, (target,))

    def _set(self) -> Step:
        values = (f"fact {self._name()}", self._new())
        return lambda tx: tx.execute(SETTING, values)

    def _count(self) -> Step:
        sql = "DELETE FROM deliveries WHERE number % 3 = ?"
        return lambda tx: tx.execute(sql, (self.chance.randrange(3),))

    async def _blob(self) -> Step:
        """A piece more, in its row or as a blob; or one less, and its blob goes behind the row."""
        if self.made and self.chance.random() < 0.4:
            content, number = self.made.pop(self.chance.randrange(len(self.made)))
            sql = "DELETE FROM pieces WHERE content = ? AND number = ?"
            await self.catalog.run(lambda tx: tx.execute(sql, (content, number)))
            await self.blobs.delete(content)
            return self._set()
        content, number = f"{self.chance.getrandbits(128):032x}", self.chance.randrange(3)
        data = self.chance.randbytes(200)
        where: tuple[str | None, bytes, bytes | None] = (None, crc32c(data).to_bytes(4), data)
        if self.chance.random() < 0.5:
            writer = await self.blobs.create(content)
            await writer.write(data)
            where = (content, await writer.commit(), None)

        async def work(tx: Transaction) -> None:
            await tx.execute(PIECE, (content, number, len(data), "", *where))

        self.made.append((content, number))
        return work
