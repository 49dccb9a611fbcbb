"""A move that is killed at any moment: the source is whole, and the move goes on or is undone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from narthex.app import open_catalog
from narthex.catalog import Catalog, Transaction, capture, frozen
from narthex.cli import move
from narthex.cli.failure import Failure
from narthex.errors import Unavailable
from tests.stores.killing import MOMENTS

ACCOUNT = "INSERT INTO accounts (id, canonical_id, name, created_us) VALUES ('1', 'c', 'main', 0)"
DOOM = "INSERT INTO doomed (blob, at_us) VALUES (?, 1)"
ROWS = 50
FROZEN = ("the source is frozen", "everything is equal")
MOVED = ("the source has moved", "the target is whole")
T = TypeVar("T")


def at(data: Path, ask: Callable[[Catalog], Awaitable[T]]) -> T:
    """What is asked of the catalog in this folder."""

    async def asked() -> T:
        catalog = await open_catalog(str(data / "catalog.sqlite"))
        try:
            return await ask(catalog)
        finally:
            await catalog.close()

    return asyncio.run(asked())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a few rows in its catalog."""
    folder = tmp_path / "data"
    (folder / "blobs").mkdir(parents=True)
    (folder / "master.key").write_bytes(bytes(range(32)))
    (folder / "master.key").chmod(0o600)

    async def fill(tx: Transaction) -> None:
        await tx.execute(ACCOUNT)
        await tx.execute_many(DOOM, [(f"{number:032x}",) for number in range(ROWS)])

    at(folder, lambda catalog: catalog.run(fill))
    return folder


def takes_writes(data: Path, blob: str) -> bool:
    try:
        at(data, lambda catalog: catalog.run(lambda tx: tx.execute(DOOM, (blob,))))
    except Unavailable:
        return False
    return True


def state(data: Path) -> tuple[bool, bool]:
    """Whether the catalog says that it moved, and whether it is followed."""

    async def ask(catalog: Catalog) -> tuple[bool, bool]:
        said = await frozen.moved(catalog)
        return said is not None, await capture.is_begun(catalog, "sqlite")

    return at(data, ask)


def doomed(data: Path) -> list[str]:
    async def ask(catalog: Catalog) -> list[str]:
        return [row[0] for row in await catalog.fetch("SELECT blob FROM doomed ORDER BY blob")]

    return at(data, ask)


def moving(*words: str | Path) -> int:
    return move.run([str(word) for word in words])


def kill_at(moment: str, plain: dict[str, str], *words: str | Path) -> None:
    command = [sys.executable, "-m", "tests.stores.killing", moment, *map(str, words)]
    ran = subprocess.run(command, env=plain, capture_output=True, check=False)
    assert ran.returncode == -9, ran.stderr


@pytest.mark.parametrize("moment", [m for m in MOMENTS if m not in MOVED])
def test_a_move_that_was_killed_goes_on_or_is_undone(
    data: Path, tmp_path: Path, plain: dict[str, str], moment: str
) -> None:
    ends = ("--from", data, "--to", tmp_path / "target")
    kill_at(moment, plain, *ends)
    assert state(data) == (False, True)
    assert takes_writes(data, "a") is (moment not in FROZEN)
    assert moving("--abandon", "--from", data) == 0
    assert state(data) == (False, False)
    assert takes_writes(data, "b")
    kill_at(moment, plain, *ends)
    assert moving(*ends) == 0
    assert state(data) == (True, False)
    assert not takes_writes(data, "c")
    assert doomed(data) == doomed(tmp_path / "target")
    assert moving("--check", *ends) == 0


def test_a_move_that_was_killed_when_the_source_had_moved_is_finished(
    data: Path, tmp_path: Path, plain: dict[str, str]
) -> None:
    ends = ("--from", data, "--to", tmp_path / "target")
    kill_at("the source has moved", plain, *ends)
    assert state(data) == (True, True)
    with pytest.raises(Failure, match="--reopen takes that back"):
        moving("--abandon", "--from", data)
    assert not takes_writes(data, "a")
    assert moving(*ends) == 0
    assert state(data) == (True, False)
    assert moving("--check", *ends) == 0


def test_a_move_that_was_killed_at_its_end_is_done(
    data: Path, tmp_path: Path, plain: dict[str, str]
) -> None:
    ends = ("--from", data, "--to", tmp_path / "target")
    kill_at("the target is whole", plain, *ends)
    with pytest.raises(Failure, match="already"):
        moving(*ends)
    assert moving("--check", *ends) == 0
    assert len(doomed(tmp_path / "target")) == ROWS
    assert moving("--reopen", "--from", data) == 0
    assert state(data) == (False, False)
    assert takes_writes(data, "a")
