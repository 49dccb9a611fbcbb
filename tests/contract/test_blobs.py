"""The blob seam on local files: durable, verified, and clean after whatever went wrong."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from awscrt.checksums import crc32c
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narthex.blobs import BLOCK, Sendable, Writer, verify
from narthex.blobs.local import THREADS, LocalBlobs, open_local
from narthex.errors import Corrupt, Unavailable

BLOB = "0123456789abcdef" * 2
OTHER = "f" * 32
FAR_FUTURE_US = 1 << 60
SIZES = [1, 17, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7]


@cache
def bytes_of(size: int) -> bytes:
    """Bytes that differ from block to block."""
    return b"".join(n.to_bytes(4, "big") for n in range(size // 4 + 1))[:size]


def sums_of(data: bytes) -> bytes:
    """What a commit must answer, the obvious way."""
    blocks = [data[place : place + BLOCK] for place in range(0, len(data), BLOCK)]
    return b"".join(crc32c(block).to_bytes(4, "big") for block in blocks)


async def store(blobs: LocalBlobs, data: bytes, blob: str = BLOB, step: int = BLOCK) -> bytes:
    writer = await blobs.create(blob)
    for place in range(0, len(data), step):
        await writer.write(data[place : place + step])
    return await writer.commit()


async def write_and_commit(writer: Writer, block: bytes, times: int) -> bytes:
    for _ in range(times):
        await writer.write(block)
    return await writer.commit()


async def read(blobs: LocalBlobs, size: int, sums: bytes, start: int, end: int) -> bytes:
    chunks = [chunk async for chunk in blobs.read(BLOB, size, sums, start, end)]
    assert all(0 < len(chunk) <= BLOCK for chunk in chunks)
    return b"".join(chunks)


async def read_until_it_fails(blobs: LocalBlobs, size: int, sums: bytes) -> bytes:
    """What came out before Corrupt was raised."""
    good = b""
    try:
        async for chunk in blobs.read(BLOB, size, sums, 0, size):
            good += chunk
    except Corrupt:
        return good
    raise AssertionError("nothing was wrong with it")


async def scanned(blobs: LocalBlobs) -> list[str]:
    return sorted([blob async for blob, _ in blobs.scan()])


def file_of(blobs: LocalBlobs, blob: str = BLOB) -> Path:
    return blobs.folder / blob[:2] / blob[2:4] / blob


def unfinished(blobs: LocalBlobs) -> list[str]:
    return sorted(os.listdir(blobs.folder / "unfinished"))


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_written_is_read_back(blobs: LocalBlobs, size: int) -> None:
    data = bytes_of(size)
    sums = await store(blobs, data)
    assert sums == sums_of(data)
    assert await read(blobs, size, sums, 0, size) == data
    assert file_of(blobs).read_bytes() == data
    assert unfinished(blobs) == []


@pytest.mark.parametrize("step", [1 << 16, BLOCK - 1, BLOCK + 3, 5 * BLOCK])
async def test_sums_do_not_depend_on_how_the_bytes_came(blobs: LocalBlobs, step: int) -> None:
    data = bytes_of(3 * BLOCK + 7)
    assert await store(blobs, data, step=step) == sums_of(data)


RANGES = st.tuples(st.integers(0, 3 * BLOCK + 7), st.integers(0, 3 * BLOCK + 7)).map(sorted)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RANGES)
async def test_any_range_is_read(blobs: LocalBlobs, span: list[int]) -> None:
    data = bytes_of(3 * BLOCK + 7)
    if not file_of(blobs).exists():
        await store(blobs, data)
    start, end = span
    assert await read(blobs, len(data), sums_of(data), start, end) == data[start:end]


@pytest.mark.parametrize("place", [0, BLOCK - 1, BLOCK, 2 * BLOCK + 6])
async def test_no_byte_of_an_altered_block_comes_out(blobs: LocalBlobs, place: int) -> None:
    data = bytes_of(2 * BLOCK + 7)
    sums = await store(blobs, data)
    with file_of(blobs).open("r+b") as file:
        file.seek(place)
        file.write(bytes([data[place] ^ 1]))
    number = place // BLOCK
    assert await read_until_it_fails(blobs, len(data), sums) == data[: number * BLOCK]
    beside = range(number * BLOCK, min((number + 1) * BLOCK, len(data)))
    with pytest.raises(Corrupt):
        await read(blobs, len(data), sums, beside.start, beside.start + 1)
    with pytest.raises(Corrupt):
        await verify(blobs, BLOB, len(data), sums)


@pytest.mark.parametrize("change", [-1, 1])
async def test_a_blob_cut_short_or_grown_is_corrupt(blobs: LocalBlobs, change: int) -> None:
    data = bytes_of(BLOCK + 10)
    sums = await store(blobs, data)
    os.truncate(file_of(blobs), len(data) + change)
    with pytest.raises(Corrupt, match="bytes"):
        await read(blobs, len(data), sums, 0, 1)


async def test_a_blob_that_is_missing_is_corrupt(blobs: LocalBlobs) -> None:
    data = bytes_of(10)
    sums = await store(blobs, data)
    file_of(blobs).unlink()
    with pytest.raises(Corrupt, match="missing"):
        await read(blobs, 10, sums, 0, 10)


@pytest.mark.parametrize("sums", [b"", b"\0" * 4, b"\0" * 8], ids=["none", "wrong", "many"])
async def test_a_row_with_other_sums_is_corrupt(blobs: LocalBlobs, sums: bytes) -> None:
    await store(blobs, bytes_of(10))
    with pytest.raises(Corrupt):
        await read(blobs, 10, sums, 0, 10)


async def test_an_empty_range_reads_nothing_at_all(blobs: LocalBlobs) -> None:
    assert await read(blobs, 10, b"", 5, 5) == b""


@pytest.mark.parametrize("written", [0, 5, 2 * BLOCK])
async def test_an_aborted_blob_leaves_nothing(blobs: LocalBlobs, written: int) -> None:
    writer = await blobs.create(BLOB)
    if written:
        await writer.write(bytes_of(written))
    assert await scanned(blobs) == []
    await writer.abort()
    await writer.abort()
    assert unfinished(blobs) == []
    assert await scanned(blobs) == []


async def test_a_blob_in_the_making_is_neither_read_nor_scanned(blobs: LocalBlobs) -> None:
    data = bytes_of(2 * BLOCK)
    writer = await blobs.create(BLOB)
    await writer.write(data)
    assert await scanned(blobs) == []
    with pytest.raises(Corrupt):
        await read(blobs, len(data), sums_of(data), 0, 1)
    await writer.commit()
    assert await scanned(blobs) == [BLOB]


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20, 100, 1000])
async def test_a_cancelled_write_leaves_nothing_whenever_it_ends(
    blobs: LocalBlobs, turns: int
) -> None:
    committed = False

    async def write() -> None:
        nonlocal committed
        writer = await blobs.create(BLOB)
        try:
            for _ in range(3):
                await writer.write(bytes_of(BLOCK))
            await writer.commit()
            committed = True
        except BaseException:
            await writer.abort()
            raise

    task = asyncio.ensure_future(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await blobs.close()  # whatever was handed over is over
    assert unfinished(blobs) == []
    assert file_of(blobs).exists() == committed


async def test_a_deleted_blob_is_gone_and_may_be_deleted_again(blobs: LocalBlobs) -> None:
    sums = await store(blobs, bytes_of(10))
    await store(blobs, bytes_of(20), OTHER)
    await blobs.delete(BLOB)
    await blobs.delete(BLOB)
    assert await scanned(blobs) == [OTHER]
    with pytest.raises(Corrupt):
        await read(blobs, 10, sums, 0, 10)


async def test_a_read_that_began_ends_well_after_the_blob_is_deleted(blobs: LocalBlobs) -> None:
    data = bytes_of(4 * BLOCK)
    sums = await store(blobs, data)
    stream = blobs.read(BLOB, len(data), sums, 0, len(data))
    first = await anext(stream)
    await blobs.delete(BLOB)
    assert first + b"".join([chunk async for chunk in stream]) == data


async def test_a_scan_tells_every_blob_and_when_it_was_made(blobs: LocalBlobs) -> None:
    made = sorted(f"{n:02x}{n * 7 % 256:02x}" + "0" * 28 for n in range(40))
    for blob in made:
        await store(blobs, bytes_of(3), blob)
    (file_of(blobs, made[0]).parent / "a file of somebody else").write_text("")
    (blobs.folder / "a folder of somebody else").mkdir()
    found = [entry async for entry in blobs.scan()]
    assert sorted(blob for blob, _ in found) == made
    times = dict(found)
    for blob in made:
        assert times[blob] == file_of(blobs, blob).stat().st_mtime_ns // 1000


async def test_a_sweep_removes_what_crashed_writers_left_and_only_when_it_is_old(
    blobs: LocalBlobs,
) -> None:
    writer = await blobs.create(BLOB)
    await writer.write(bytes_of(10))
    await writer.write(bytes_of(10))  # the first has come to the disk by now
    touched_us = (blobs.folder / "unfinished" / BLOB).stat().st_mtime_ns // 1000
    again = open_local(blobs.folder)
    assert await again.sweep_unfinished(touched_us - 60_000_000) == 0
    assert unfinished(blobs) == [BLOB]
    assert await again.sweep_unfinished(FAR_FUTURE_US) == 1
    assert unfinished(blobs) == []
    await writer.abort()


def crash_when(moment: str, folder: Path) -> None:
    """Write a blob in a process of its own that is killed at this moment of the commit."""
    program = f"""
        import asyncio, os, signal
        from pathlib import Path
        from narthex.blobs import folders
        from narthex.blobs.local import open_local

        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        async def main():
            blobs = open_local(Path({str(folder)!r}))
            writer = await blobs.create({BLOB!r})
            await writer.write(b"x" * 100)
            {moment}
            await writer.commit()

        asyncio.run(main())
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.faults
async def test_killed_before_the_rename_nothing_is_there_but_a_leftover(tmp_path: Path) -> None:
    crash_when("folders.os.rename = die", tmp_path / "blobs")
    blobs = open_local(tmp_path / "blobs")
    assert await scanned(blobs) == []
    assert await blobs.sweep_unfinished(FAR_FUTURE_US) == 1
    assert unfinished(blobs) == []


@pytest.mark.faults
async def test_killed_behind_the_rename_the_blob_is_whole(tmp_path: Path) -> None:
    moment = "real = folders.os.rename; folders.os.rename = lambda *a: (real(*a), die())"
    crash_when(moment, tmp_path / "blobs")
    blobs = open_local(tmp_path / "blobs")
    assert await scanned(blobs) == [BLOB]
    assert await read(blobs, 100, sums_of(b"x" * 100), 0, 100) == b"x" * 100


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], None]]:
    """Let no file of this process grow beyond a size; a write then fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.faults
async def test_a_disk_that_is_full_is_said_and_nothing_is_left(
    blobs: LocalBlobs, small_disk: Callable[[int], None]
) -> None:
    writer = await blobs.create(BLOB)
    small_disk(BLOCK + 100)
    with pytest.raises(Unavailable, match="cannot be written"):
        await write_and_commit(writer, bytes_of(BLOCK), 3)
    await writer.abort()
    assert unfinished(blobs) == []
    assert await scanned(blobs) == []
    assert await store(blobs, b"small") == sums_of(b"small")


@pytest.mark.faults
async def test_a_small_disk_that_fills_up_keeps_what_it_acknowledged(four_mib: Path) -> None:
    blobs = open_local(four_mib / "blobs")
    kept = bytes_of(2 * BLOCK)
    sums = await store(blobs, kept)
    writer = await blobs.create(OTHER)
    with pytest.raises(Unavailable, match="No space"):
        await write_and_commit(writer, bytes_of(BLOCK), 3)
    await writer.abort()
    assert await scanned(blobs) == [BLOB]
    assert await read(blobs, len(kept), sums, 0, len(kept)) == kept
    assert await store(blobs, bytes_of(BLOCK), OTHER) == sums_of(bytes_of(BLOCK))
    await blobs.close()


@pytest.mark.faults
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    """As a user without rights: root may do everything."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    for parent in tmp_path.parents[:-2]:
        parent.chmod(0o755)
    tmp_path.chmod(0o755)
    program = f"""
        import os
        from pathlib import Path
        from narthex.blobs.local import open_local
        from narthex.errors import Unavailable

        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        for folder in ({str(closed)!r}, {str(closed / "inner")!r}):
            try:
                open_local(Path(folder))
            except Unavailable as error:
                assert "Permission denied" in str(error), error
            else:
                raise SystemExit("it was opened")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


async def test_files_and_folders_are_for_their_owner_only(blobs: LocalBlobs) -> None:
    await store(blobs, b"secret")
    for path in [blobs.folder, *blobs.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("blob", ["", "../../etc/passwd", BLOB[:-1], BLOB + "0", BLOB.upper(), "."])
async def test_only_an_id_becomes_a_path(blobs: LocalBlobs, blob: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        await blobs.create(blob)
    with pytest.raises(ValueError, match="hex"):
        await blobs.delete(blob)
    with pytest.raises(ValueError, match="hex"):
        await anext(blobs.read(blob, 1, b"1234", 0, 1))


async def test_a_folder_removed_under_us_is_made_again(blobs: LocalBlobs) -> None:
    await store(blobs, b"first")
    await blobs.delete(BLOB)
    file_of(blobs).parent.rmdir()
    assert await store(blobs, b"second") == sums_of(b"second")


async def test_a_file_may_be_sent_unread_only_after_all_of_it_was_verified(
    blobs: LocalBlobs,
) -> None:
    data = bytes_of(2 * BLOCK + 1)
    sums = await store(blobs, data)
    assert isinstance(blobs, Sendable)
    assert blobs.path_if_verified(BLOB, len(data), sums) is None
    await read(blobs, len(data), sums, 0, len(data) - 1)
    assert blobs.path_if_verified(BLOB, len(data), sums) is None
    await verify(blobs, BLOB, len(data), sums)
    assert blobs.path_if_verified(BLOB, len(data), sums) == file_of(blobs)


@pytest.mark.parametrize("change", ["bytes", "replaced", "longer", "gone", "sums", "size"])
async def test_a_file_that_changed_since_it_was_verified_is_read_again(
    blobs: LocalBlobs, change: str
) -> None:
    data = bytes_of(100)
    sums = await store(blobs, data)
    size = len(data)
    await verify(blobs, BLOB, size, sums)
    path = file_of(blobs)
    facts = path.stat()
    if change == "bytes":
        path.write_bytes(bytes(100))
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    elif change == "replaced":
        path.with_name("copy").write_bytes(data)
        os.utime(path.with_name("copy"), ns=(facts.st_atime_ns, facts.st_mtime_ns))
        path.with_name("copy").rename(path)
    elif change == "longer":
        with path.open("ab") as file:
            file.write(b"x")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    elif change == "gone":
        path.unlink()
    elif change == "sums":
        sums = b"1234"
    else:
        size += 1
    assert blobs.path_if_verified(BLOB, size, sums) is None
    assert blobs.path_if_verified(BLOB, 100, sums_of(data)) is None


async def test_a_deleted_blob_is_not_sent(blobs: LocalBlobs) -> None:
    data = bytes_of(100)
    sums = await store(blobs, data)
    await verify(blobs, BLOB, 100, sums)
    await blobs.delete(BLOB)
    assert blobs.path_if_verified(BLOB, 100, sums) is None


async def test_many_writers_and_readers_at_once_do_not_mix(blobs: LocalBlobs) -> None:
    async def round_trip(n: int) -> None:
        blob = f"{n:032x}"
        data = bytes([n]) * (n * 50_000 + 1)
        sums = await store(blobs, data, blob, step=300_000)
        chunks = [chunk async for chunk in blobs.read(blob, len(data), sums, 0, len(data))]
        assert b"".join(chunks) == data

    await asyncio.gather(*(round_trip(n) for n in range(40)))


async def test_more_readers_than_threads_all_read_everything(blobs: LocalBlobs) -> None:
    data = bytes_of(3 * BLOCK + 7)
    sums = await store(blobs, data)
    streams = [blobs.read(BLOB, len(data), sums, 0, len(data)) for _ in range(2 * THREADS)]
    got = [[await anext(stream)] for stream in streams]
    for chunks, stream in zip(got, streams, strict=True):
        chunks += [chunk async for chunk in stream]
    assert all(b"".join(chunks) == data for chunks in got)


async def test_a_blob_that_cannot_be_opened_is_unavailable_and_not_corrupt(
    blobs: LocalBlobs,
) -> None:
    sums = await store(blobs, b"x")
    file_of(blobs).unlink()
    file_of(blobs).symlink_to(file_of(blobs))
    with pytest.raises(Unavailable, match="cannot be read"):
        await read(blobs, 1, sums, 0, 1)


async def test_a_store_whose_folder_is_gone_is_unavailable(blobs: LocalBlobs) -> None:
    shutil.rmtree(blobs.folder)
    with pytest.raises(Unavailable):
        await scanned(blobs)
    with pytest.raises(Unavailable):
        await blobs.sweep_unfinished(FAR_FUTURE_US)
    writer = await blobs.create(BLOB)
    await writer.write(b"x")
    with pytest.raises(Unavailable):
        await writer.commit()
    await writer.abort()
    await blobs.delete(BLOB)


async def test_readers_that_stop_early_leave_no_file_open(blobs: LocalBlobs) -> None:
    data = bytes_of(4 * BLOCK)
    sums = await store(blobs, data)
    for _ in range(20):
        stream = blobs.read(BLOB, len(data), sums, 0, len(data))
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
    await blobs.close()
    held = [os.readlink(f"/proc/self/fd/{name}") for name in _open_handles()]
    assert not [path for path in held if BLOB in path]


def _open_handles() -> list[str]:
    return [name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
