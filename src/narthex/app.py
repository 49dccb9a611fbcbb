"""Put the pieces together: settings in, the seams of a running server out. The composition root.

This file never handles a request. Only `serve` and tests may import it.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from narthex.blobs import Blobs
from narthex.blobs.local import open_local
from narthex.catalog import Catalog
from narthex.catalog.sqlite import open_sqlite
from narthex.config import Settings
from narthex.errors import Unavailable
from narthex.identity import Identities
from narthex.keyring import load_keyring
from narthex.ledger.service import Ledger
from narthex.server import Server

POSTGRESQL = ("postgresql://", "postgres://")


def clock() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def new_id() -> str:
    """32 random lower-case hex digits."""
    return secrets.token_hex(16)


async def open_catalog(url: str) -> Catalog:
    """The catalog at a URL or in a file, migrated. Raises Unavailable, Corrupt, StoreError."""
    if url.startswith(POSTGRESQL):
        from narthex.catalog.postgresql import open_postgresql

        return await open_postgresql(url)
    return open_sqlite(Path(url.removeprefix("sqlite://")))


def open_blobs(settings: Settings) -> Blobs:
    """The blobs in their folder or their object store; the latter is not asked anything yet.

    Raises Unavailable.
    """
    if "://" not in settings.blobs:
        return open_local(settings.blobs_folder)
    from narthex.blobs.remote_url import open_remote

    return open_remote(settings.blobs, os.environ)


async def open_server(settings: Settings) -> Server:
    """A server with every seam open. Close its catalog when done.

    Raises Unavailable (no permission, disk full, database away), Corrupt, StoreError.
    """
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"data folder {settings.folder}: {error.strerror}") from error
    keyring = load_keyring(settings.folder / "master.key")
    blobs = open_blobs(settings)
    catalog = await open_catalog(settings.catalog_url)
    identities = Identities(catalog, keyring)
    ledger = Ledger(catalog, keyring, identities)
    return Server(catalog, blobs, keyring, settings, clock, new_id, identities, ledger)
