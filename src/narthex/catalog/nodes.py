"""The nodes that serve this catalog, as each last told of itself.

This file never decides whether one is alive: whoever reads knows how old is too old.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, Transaction

_COLUMNS = (
    "id, host, listens, program, started_us, seen_us, ahead_us, catalog_took_us, blobs_took_us,"
    " trouble"
)


@dataclass(frozen=True, slots=True)
class Node:
    """id: the holder of its leases. listens: HOST:PORT. ahead_us: of the catalog's own clock.

    program: name and version. The last four are of its last look at both stores; None where that
    look failed, and `trouble` says how.
    """

    id: str
    host: str
    listens: str
    program: str
    started_us: int
    seen_us: int
    ahead_us: int | None
    catalog_took_us: int | None
    blobs_took_us: int | None
    trouble: str


async def tell(tx: Transaction, node: Node) -> None:
    """In place of what it told before."""
    await tx.execute(
        f"INSERT INTO nodes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET seen_us = excluded.seen_us, ahead_us = excluded.ahead_us,"
        " catalog_took_us = excluded.catalog_took_us, blobs_took_us = excluded.blobs_took_us,"
        " trouble = excluded.trouble",
        (
            node.id,
            node.host,
            node.listens,
            node.program,
            node.started_us,
            node.seen_us,
            node.ahead_us,
            node.catalog_took_us,
            node.blobs_took_us,
            node.trouble,
        ),
    )


async def leave(tx: Transaction, id: str) -> None:
    """It serves no longer."""
    await tx.execute("DELETE FROM nodes WHERE id = ?", (id,))


async def forget(tx: Transaction, before_us: int) -> None:
    """Those that told nothing since then."""
    await tx.execute("DELETE FROM nodes WHERE seen_us < ?", (before_us,))


async def find_all(reader: Reader) -> list[Node]:
    """All of them, the longest running first."""
    rows = await reader.fetch(f"SELECT {_COLUMNS} FROM nodes ORDER BY started_us, id")
    return [Node(*row) for row in rows]
