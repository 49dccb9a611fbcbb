"""One end of a move: where a catalog, its blobs and its master key are, and all three open.

This file never makes a catalog where something is to be read, and never shows a password.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from narthex.app import MASTER, POSTGRESQL, open_catalog
from narthex.blobs import Blobs
from narthex.blobs.local import open_local
from narthex.catalog import Catalog, frozen, nodes, settings, tables
from narthex.catalog.tables import Engine
from narthex.errors import StoreError, Unavailable
from narthex.keyring import load_keyring

Side = Literal["FROM", "TO"]
KEYS: Final = ("BLOBS_ACCESS_KEY_ID", "BLOBS_SECRET_ACCESS_KEY")
SERVING: Final = 35_000_000  # microseconds since a node told of itself; it does each ten seconds
CATALOG_FILE: Final = "catalog.sqlite"


@dataclass(frozen=True, slots=True)
class Place:
    """catalog: a file or a URL. blobs: a folder or a URL. key: the master key's file, if named."""

    catalog: str
    blobs: str
    key: Path | None

    @property
    def engine(self) -> Engine:
        """Which SQL the catalog speaks."""
        return "postgresql" if self.catalog.startswith(POSTGRESQL) else "sqlite"

    @property
    def shown(self) -> str:
        """The catalog, for people: a URL without user, password and options."""
        if self.engine == "sqlite":
            return self.catalog
        parts = urlsplit(self.catalog)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{host}{port}{parts.path}"


@dataclass(frozen=True, slots=True)
class End:
    """A place with its stores open. Close it when done."""

    place: Place
    catalog: Catalog
    blobs: Blobs

    @property
    def engine(self) -> Engine:
        """Which SQL the catalog speaks."""
        return self.place.engine

    async def close(self) -> None:
        """Give the connections back."""
        await self.catalog.close()


def read_place(stores: str, blobs: str, key: str, option: str) -> Place:
    """What `--from` or `--to` means: a data folder, a catalog's file, or postgresql://...

    A data folder brings its own blobs and master key. option: for the text of a StoreError.
    """
    path = Path(key) if key else None
    if stores.startswith(POSTGRESQL):
        if not blobs:
            raise StoreError(f"{option} is a database: {option}-blobs says where the bytes are")
        return Place(stores, blobs, path)
    named = stores.removeprefix("sqlite://")
    if "://" in named:
        raise StoreError(f"{option}: a data folder, a file or postgresql://..., not `{named}`")
    file = Path(named).expanduser()
    if file.suffix != ".sqlite":
        folder, file = file, file / CATALOG_FILE
    else:
        folder = file.parent
    return Place(str(file), blobs or str(folder / "blobs"), path or folder / "master.key")


async def open_end(place: Place, environment: Mapping[str, str], side: Side, *, there: bool) -> End:
    """Both stores. there: they must be already. Raises Unavailable, Corrupt, StoreError."""
    if there:
        _refuse_absent(place)
    blobs = _blobs(place, environment, side)
    return End(place, await open_catalog(place.catalog), blobs)


def _refuse_absent(place: Place) -> None:
    """Opening a file makes it."""
    if place.engine == "sqlite" and not Path(place.catalog).exists():
        raise Unavailable(f"there is no catalog `{place.catalog}`")


def _blobs(place: Place, environment: Mapping[str, str], side: Side) -> Blobs:
    if "://" not in place.blobs:
        return open_local(Path(place.blobs).expanduser())
    from narthex.blobs.remote_url import open_remote

    # Where both ends are object stores, each has its key: NARTHEX_FROM_BLOBS_..., NARTHEX_TO_...
    own = {
        f"NARTHEX_{name}": environment[f"NARTHEX_{side}_{name}"]
        for name in KEYS
        if f"NARTHEX_{side}_{name}" in environment
    }
    return open_remote(place.blobs, {**environment, **own})


async def has_accounts(end: End) -> bool:
    """Whether somebody was ever served from it."""
    return await end.catalog.fetch_one("SELECT 1 FROM accounts LIMIT 1") is not None


async def refuse_wrong_ends(source: End, target: End, now_us: int, *, again: bool) -> None:
    """Raises StoreError where the move would lose something, or would come twice.

    again: the target may be overwritten although it was served since; not while it is.
    """
    if not await has_accounts(source):
        raise StoreError(f"{source.place.shown} is empty: there is nothing to move")
    begun = await settings.read(target.catalog, frozen.BEGUN)
    if await settings.read(source.catalog, frozen.BEGUN):
        raise StoreError(f"{source.place.shown} is not whole: a move into it is not finished")
    said = await frozen.moved(source.catalog)
    if said is not None and not begun:
        raise StoreError(f"{source.place.shown} moved to {said.where} already")
    ours = await settings.read(source.catalog, MASTER)
    theirs = await settings.read(target.catalog, MASTER)
    if theirs and theirs != ours:
        raise StoreError(f"{target.place.shown} belongs to another installation: its key differs")
    unused = begun or await frozen.moved(target.catalog) or not await has_accounts(target)
    if not unused and not again:
        raise StoreError(
            f"{target.place.shown} is in use: --overwrite makes it what {source.place.shown} is"
        )
    if unused:
        return
    # What a row was read equal to would not stay so.
    seen = [one for one in await nodes.find_all(target.catalog) if now_us - one.seen_us < SERVING]
    if seen:
        where = f"{seen[0].host} ({seen[0].listens})"
        raise StoreError(f"{target.place.shown} is being served by {where}: end that first")


async def check_key(place: Place, catalog: Catalog) -> None:
    """Raises StoreError unless the place's master key is the one that seals in this catalog."""
    if place.key is None or not place.key.exists():
        raise StoreError(f"the master key of {place.shown} is not there: name it with --master-key")
    known = await settings.read(catalog, MASTER)
    if known and load_keyring(place.key).fingerprint != known:
        raise StoreError(f"{place.key} is not the master key of {place.shown}")


def hand_over_key(source: Place, target: Place) -> Path | None:
    """The master key's file at the target, made or found the same; None where it has no place.

    Raises StoreError when another key is there.
    """
    if source.key is None or target.key is None:
        return None
    if target.key.exists():
        if load_keyring(target.key).fingerprint != load_keyring(source.key).fingerprint:
            raise StoreError(f"{target.key} is another master key: move it away first")
        return target.key
    target.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, source.key.read_bytes())
        os.fsync(handle)
    finally:
        os.close(handle)
    return target.key


async def moved_tables(end: End) -> list[tables.Table]:
    """The tables that are moved: all, but for what only says who runs now."""
    found = [name for name in tables.names() if name not in ("nodes", "leases")]
    return [await tables.find(end.catalog, end.engine, name) for name in found]


def refuse_other_columns(source: tables.Table, target: tables.Table) -> None:
    """Raises StoreError where a row of one is not a row of the other."""
    if (source.columns, source.key) != (target.columns, target.key):
        raise StoreError(f"table `{source.name}` has other columns at the target")
