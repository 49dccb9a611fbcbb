"""Put the pieces together: settings in, the seams of a running server out. The composition root.

This file never handles a request. Only `serve` and tests may import it.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from narthex import automations
from narthex.blobs import Blobs
from narthex.blobs.local import open_local
from narthex.catalog import Catalog, Transaction, frozen
from narthex.catalog import settings as stored
from narthex.catalog.sqlite import open_sqlite
from narthex.config import Settings
from narthex.errors import StoreError, Unavailable
from narthex.functions import target as function_target
from narthex.identity import Identities
from narthex.keyring import Keyring, load_keyring
from narthex.ledger.service import Ledger
from narthex.pools import MOST
from narthex.server import Server

MASTER = "master key"  # the setting that holds its fingerprint
POSTGRESQL = ("postgresql://", "postgres://")


def clock() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def new_id() -> str:
    """32 random lower-case hex digits."""
    return secrets.token_hex(16)


async def open_catalog(url: str, connections: int = MOST) -> Catalog:
    """The catalog at a URL or in a file, migrated. Raises Unavailable, Corrupt, StoreError.

    connections: to PostgreSQL, in the pool.
    """
    if url.startswith(POSTGRESQL):
        from narthex.catalog.postgresql import open_postgresql

        return await open_postgresql(url, connections)
    return open_sqlite(Path(url.removeprefix("sqlite://")))


def open_blobs(settings: Settings) -> Blobs:
    """The blobs in their folder or their object store; the latter is not asked anything yet.

    Raises Unavailable.
    """
    if "://" not in settings.blobs:
        return open_local(settings.blobs_folder)
    from narthex.blobs.remote_url import open_remote

    return open_remote(settings.blobs, os.environ)


async def open_server(settings: Settings, connections: int = MOST) -> Server:
    """A server with every seam open. Close its catalog when done. connections: of its pool.

    Raises Unavailable (no permission, disk full, database away), Corrupt, StoreError.
    """
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"data folder {settings.folder}: {error.strerror}") from error
    function_target.install()
    automations.install()
    keyring = load_keyring(settings.master_key_file)
    blobs = open_blobs(settings)
    catalog = await open_catalog(settings.catalog_url, connections)
    await _check_catalog(catalog, keyring, settings)
    identities = Identities(catalog, keyring)
    ledger = Ledger(catalog, keyring, identities, settings.notify_before)
    return Server(catalog, blobs, keyring, settings, clock, new_id, identities, ledger)


async def _check_catalog(catalog: Catalog, keyring: Keyring, settings: Settings) -> None:
    """Raises StoreError where this catalog is not to be served, or not by this node."""
    try:
        await frozen.refuse_moved(catalog)
        await _check_master(catalog, keyring, settings)
    except StoreError:
        await catalog.close()
        raise


async def _check_master(catalog: Catalog, keyring: Keyring, settings: Settings) -> None:
    """Raises StoreError where this node's master key is not the one that seals in this catalog."""

    async def work(tx: Transaction) -> str:
        return await stored.write_once(tx, MASTER, keyring.fingerprint)

    known = await stored.read(catalog, MASTER) or await catalog.run(work)
    if known != keyring.fingerprint:
        raise StoreError(
            f"{settings.master_key_file} is not the master key of this catalog: copy the file from"
            " the node that was started first, or name it with --master-key"
        )
