"""Two catalogs on one store of blobs: the second is refused, and sweeps nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from narthex import belonging, housekeeping
from narthex.app import open_server
from narthex.blobs import MARK, MARK_MOST, Blobs
from narthex.blobs.local import LocalBlobs, open_local
from narthex.blobs.remote import RemoteBlobs
from narthex.config import Settings
from narthex.errors import StoreError
from narthex.server import Server
from tests.stores.conftest import BUCKET, Place

ONE, OTHER = "0123456789abcdef" * 2, "f" * 32


async def test_the_first_mark_stays(blobs: RemoteBlobs) -> None:
    assert await blobs.mark(ONE) == ONE
    assert await blobs.mark(OTHER) == ONE
    assert [blob async for blob, _ in blobs.scan()] == []


async def test_the_first_mark_of_a_folder_stays(tmp_path: Path) -> None:
    blobs = open_local(tmp_path / "blobs")
    assert await blobs.mark(ONE) == ONE
    again = open_local(tmp_path / "blobs")
    assert await again.mark(OTHER) == ONE
    assert [blob async for blob, _ in again.scan()] == []
    assert list((tmp_path / "blobs" / "unfinished").iterdir()) == []
    for opened in (blobs, again):
        await opened.close()


async def test_of_two_that_mark_at_once_one_does(place: Place) -> None:
    first, second = place.open(), place.open()
    await first._put_mark(ONE)  # both had found none
    await second._put_mark(OTHER)
    assert (await first.mark(OTHER), await second.mark(OTHER)) == (ONE, ONE)


@pytest.mark.parametrize("held", [b"", b"\xff" * 10, ONE.encode() + b"\n", b"a" * 4096])
async def test_a_mark_that_is_not_ours_to_the_byte_is_anothers(tmp_path: Path, held: bytes) -> None:
    blobs = open_local(tmp_path / "blobs")
    (tmp_path / "blobs" / MARK).write_bytes(held)
    assert len(await blobs.mark(ONE)) <= MARK_MOST
    with pytest.raises(StoreError, match="another catalog"):
        await belonging.check(blobs, ONE)
    await blobs.close()


async def _write(blobs: Blobs, blob: str) -> None:
    writer = await blobs.create(blob)
    await writer.write(b"n" * 20_000)
    await writer.commit()


async def _open(folder: Path, blobs: Path) -> Server:
    settings = Settings(data=str(folder), blobs=str(blobs), orphan_grace=0)
    server = await open_server(settings)
    return replace(server, clock=lambda: 1 << 60)  # every blob is old enough


async def test_a_sweep_leaves_what_another_catalog_may_name(tmp_path: Path) -> None:
    held = tmp_path / "blobs"
    first = await _open(tmp_path / "first", held)
    second = await _open(tmp_path / "second", held)
    await _write(first.blobs, ONE)
    await belonging.check(first.blobs, await belonging.id_of(first.catalog, first.new_id))
    with pytest.raises(StoreError, match="another catalog"):
        await housekeeping.sweep_orphans(second)
    assert [blob async for blob, _ in first.blobs.scan()] == [ONE]
    assert await housekeeping.sweep_orphans(first) == 1  # and its own is garbage, as it has no row
    for server in (first, second):
        await server.catalog.close()
        assert isinstance(server.blobs, LocalBlobs)
        await server.blobs.close()


def test_a_server_does_not_start_on_another_catalogs_blobs(
    place: Place, plain: dict[str, str], tmp_path: Path
) -> None:
    place.client.put_object(Bucket=BUCKET, Key=f"{place.prefix}/{MARK}", Body=OTHER.encode())
    command = [sys.executable, "-m", "narthex", "serve", "--listen", "127.0.0.1:0"]
    command += ["--data", str(tmp_path / "data"), "--blobs", place.url]
    environment = {**plain, **place.environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 254
    assert "belong to another catalog" in done.stderr
    assert not (tmp_path / "data" / "credentials").exists()
