"""Numbers that one end gave out for its rows are not given out again by the other.

This file never changes a row.
"""

from __future__ import annotations

from narthex.catalog import Transaction, tables
from narthex.catalog.tables import Table
from narthex.move.place import End


async def keep_counting(source: End, target: End, table: Table) -> None:
    """The target counts on from where the source is, in a table whose key is counted up."""
    if not table.counted:
        return
    last = await tables.last_number(source.catalog, source.engine, table)

    async def work(tx: Transaction) -> None:
        await tables.count_on(tx, target.engine, table, last)

    await target.catalog.run(work)
