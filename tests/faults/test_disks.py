"""Full, forbidden and damaged disks: a clear error each, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from narthex.errors import Corrupt, StoreError
from tests.driving import Driver, open_driver
from tests.faults.disks import make_read_only, needs_root, small_disk

pytestmark = pytest.mark.faults

MIB = 1 << 20
BODY = bytes(range(256)) * 4096 * 2  # 2 MiB


def blob_files(folder: Path) -> list[Path]:
    """Every stored blob's file."""
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


@needs_root
async def test_a_full_disk_refuses_and_keeps_what_there_is(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as folder:
        async for narthex in open_driver(folder):
            assert (await narthex.send("PUT", "/full")).status == 200
            stored = 0
            while True:
                answer = await narthex.send("PUT", f"/full/{stored}", body=BODY)
                if answer.status != 200:
                    break
                stored += 1
                assert stored < 24
            assert (answer.status, answer.code) == (503, "SlowDown")
            assert stored >= 4
            for number in range(stored):
                assert (await narthex.send("GET", f"/full/{number}")).body == BODY
            assert (await narthex.send("GET", f"/full/{stored}")).status == 404
            # The half-written file is gone again: there is room for a smaller one.
            assert (await narthex.send("DELETE", "/full/0")).status == 204
            unfinished = [path for path in blob_files(folder) if path.parent.name == "unfinished"]
            assert unfinished == []


@needs_root
async def test_a_disk_that_turns_read_only_still_serves(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as folder:
        async for narthex in open_driver(folder):
            await narthex.send("PUT", "/bucket")
            await narthex.send("PUT", "/bucket/kept", body=BODY)
            small = await narthex.send("PUT", "/bucket/small", body=b"small")
            assert small.status == 200
        make_read_only(folder)
        refused = subprocess.run(
            [sys.executable, "-m", "narthex", "serve", "--data", folder, "--listen", "127.0.0.1:0"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert refused.returncode == 254
        assert "Read-only file system" in refused.stderr
        assert "Traceback" not in refused.stderr


async def test_a_data_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a folder")
    refused = subprocess.run(
        [sys.executable, "-m", "narthex", "serve", "--data", path, "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 254
    assert str(path) in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("place", [0, MIB - 1, MIB, 2 * MIB - 1])
async def test_a_corrupt_byte_is_never_served(tmp_path: Path, place: int) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=BODY)
        [path] = blob_files(tmp_path)
        with path.open("r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1]))
        await refused_from(narthex, place // MIB)


async def refused_from(narthex: Driver, block: int) -> None:
    """A range in the damaged block is an error; the other block is served as ever."""
    for number in range(2):
        headers = [("range", f"bytes={number * MIB}-{number * MIB + 9}")]
        answer = await narthex.send("GET", "/bucket/k", headers=headers)
        if number == block:
            assert (answer.status, answer.code) == (500, "InternalError")
            assert b"blobs" not in answer.body
        else:
            assert answer.status == 206
            assert answer.body == BODY[number * MIB : number * MIB + 10]


@pytest.mark.parametrize("damage", ["gone", "short", "long"])
async def test_a_missing_or_misshapen_blob_is_an_error(tmp_path: Path, damage: str) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=BODY)
        [path] = blob_files(tmp_path)
        if damage == "gone":
            path.unlink()
        elif damage == "short":
            os.truncate(path, 2 * MIB - 1)
        else:
            with path.open("ab") as file:
                file.write(b"x")
        answer = await narthex.send("GET", "/bucket/k")
        if damage == "long":  # every byte that belongs to the object is still proven good
            assert (answer.status, answer.body) in ((200, BODY), (500, answer.body))
        else:
            assert (answer.status, answer.code) == (500, "InternalError")


def serve_once(folder: Path) -> subprocess.CompletedProcess[str]:
    """Start a server that cannot come up; what it says."""
    return subprocess.run(
        [sys.executable, "-m", "narthex", "serve", "--data", folder, "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=60,
    )


async def test_a_catalog_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
    for path in tmp_path.glob("catalog.sqlite-*"):
        path.unlink()
    before = b"this is not a database " * 1000
    (tmp_path / "catalog.sqlite").write_bytes(before)
    refused = serve_once(tmp_path)
    assert refused.returncode == 254
    assert "damaged" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "catalog.sqlite").read_bytes() == before  # nothing was "repaired"


async def test_a_damaged_catalog_page_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
        for number in range(200):
            await narthex.send("PUT", f"/bucket/{number:04}", body=b"x")
    path = tmp_path / "catalog.sqlite"
    data = path.read_bytes()
    page = 4096
    # Everything but the first pages (the schema) turns to noise.
    path.write_bytes(data[: page * 2] + b"\xa5" * (len(data) - page * 2))
    with pytest.raises(Corrupt, match="damaged"):
        async for _ in open_driver(tmp_path):
            pass


async def test_another_master_key_opens_no_catalog(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
    (tmp_path / "master.key").write_bytes(b"\x00" * 32)
    with pytest.raises(StoreError, match="is not the master key of this catalog"):
        async for _ in open_driver(tmp_path):
            pass


async def test_clients_learn_nothing_of_our_disk(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=BODY)
        [path] = blob_files(tmp_path)
        path.unlink()
        answer = await replace(narthex, host="narthex.test").send("GET", "/bucket/k")
        assert str(tmp_path).encode() not in answer.body
        assert path.name.encode() not in answer.body
