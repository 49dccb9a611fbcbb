"""Whose the blobs are: every store of them is marked with the id of one catalog.

This file never changes a mark. Two catalogs on one store would sweep each other's blobs as orphans:
what one of them has no row for, it takes for garbage.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from narthex.blobs import Blobs
from narthex.catalog import Catalog, Transaction, settings
from narthex.errors import StoreError


async def id_of(catalog: Catalog, new_id: Callable[[], str]) -> str:
    """The catalog's id, made when there is none yet. Raises Unavailable."""

    async def work(tx: Transaction) -> str:
        return await settings.write_once(tx, settings.CATALOG, new_id())

    known = await settings.read(catalog, settings.CATALOG)
    return await catalog.run(work) if known is None else known


async def check(blobs: Blobs, catalog: str) -> None:
    """Mark the blobs as this catalog's if nobody did; raises StoreError when another one did.

    catalog: its id. Raises Unavailable when the store does not answer.
    """
    marked = await blobs.mark(catalog)
    if marked != catalog:
        raise StoreError(
            "the blobs belong to another catalog, whose id is in `narthex-catalog` beside them:"
            " give each catalog a folder or prefix of its own"
        )


def ask_store(url: str, catalog: str) -> None:
    """The same of the object store at a URL, whether it answers included. Blocks."""
    from narthex.blobs.remote_url import open_remote

    async def ask() -> None:
        blobs = open_remote(url, os.environ)
        await blobs.check()
        await check(blobs, catalog)

    asyncio.run(ask())
