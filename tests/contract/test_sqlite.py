"""What only SQLite can get wrong: the shared file, the shared commit, the disk below both."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from narthex.catalog import Transaction
from narthex.catalog.sqlite import CHECKPOINT_PAGES, GROUP, SQLite, open_sqlite
from narthex.errors import Corrupt, StoreError, Unavailable

PUT = "INSERT INTO settings (name, value) VALUES (?, ?)"
GET = "SELECT value FROM settings WHERE name = ?"
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is."""
    return tmp_path / "data" / "catalog.sqlite"


@pytest.fixture
async def sqlite(path: Path) -> AsyncIterator[SQLite]:
    """An empty catalog."""
    opened = open_sqlite(path)
    yield opened
    await opened.close()


async def put(catalog: SQLite, name: str, value: str = "") -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, (name, value))

    await catalog.run(work)


async def put_bytes(catalog: SQLite, name: str, size: int, times: int = 1) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute_many(
            "INSERT INTO pieces (content, number, start, size, etag, modified_us, blob,"
            " checksum_algorithm, checksum_value, checksum_type, sums, data)"
            " VALUES (?, ?, 0, ?, '', 0, NULL, '', '', '', ?, ?)",
            [(name, number, size, b"", bytes(size)) for number in range(times)],
        )

    await catalog.run(work)


async def get(catalog: SQLite, name: str) -> str | None:
    row = await catalog.fetch_one(GET, (name,))
    return None if row is None else row[0]


def in_process(program: str) -> subprocess.Popen[str]:
    """Another Python with narthex in it; what it prints can be read line by line."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


WRITER = """
    import asyncio, sys
    from pathlib import Path
    from narthex.catalog.sqlite import open_sqlite

    async def main():
        catalog = open_sqlite(Path({path!r}))

        async def put(n):
            async def work(tx):
                row = await tx.fetch_one("SELECT value FROM settings WHERE name = 'sum'")
                total = int(row[0]) + 1 if row else 1
                await tx.execute(
                    "INSERT INTO settings (name, value) VALUES ('sum', ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value", (str(total),))
                await tx.execute("INSERT INTO settings (name, value) VALUES (?, '')", (f"n{{n}}",))
            await catalog.run(work)
            print(n)

        for start in range(0, {count}, 10):
            await asyncio.gather(*(put(n) for n in range(start, start + 10)))
        await catalog.close()

    asyncio.run(main())
"""


async def test_works_at_once_share_a_commit(sqlite: SQLite, path: Path) -> None:
    log = path.with_name("catalog.sqlite-wal")
    before = log.stat().st_size
    await asyncio.gather(*(put(sqlite, f"n{n}") for n in range(200)))
    pages = (log.stat().st_size - before) // PAGE
    assert pages < 50  # one at a time, each would write at least one page


async def test_more_works_than_one_group_takes_are_all_done(sqlite: SQLite) -> None:
    count = 2 * GROUP + 10
    await asyncio.gather(*(put(sqlite, f"n{n}") for n in range(count)))
    rows = await sqlite.fetch("SELECT COUNT(*) FROM settings WHERE name LIKE 'n%'")
    assert rows == [(count,)]


async def test_the_log_stays_bounded_while_several_read_and_write(
    sqlite: SQLite, path: Path
) -> None:
    log = path.with_name("catalog.sqlite-wal")
    nodes = [sqlite, open_sqlite(path), open_sqlite(path)]
    for turn in range(30):
        works = [put_bytes(node, f"{turn} {n}", 1 << 20) for n, node in enumerate(nodes)]
        reads = [node.fetch_one("SELECT COUNT(*) FROM pieces") for node in nodes]
        await asyncio.gather(*works, *reads)
    assert log.stat().st_size < 2 * CHECKPOINT_PAGES * PAGE
    for node in nodes[1:]:
        await node.close()


async def test_somebody_who_reads_for_long_does_not_stop_the_writers(
    sqlite: SQLite, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(apsw.Connection(str(path))) as backup:
        backup.execute("BEGIN")
        assert backup.execute("SELECT COUNT(*) FROM pieces").fetchone() == (0,)
        for n in range(40):
            await put_bytes(sqlite, f"n{n}", 1 << 20)
        assert backup.execute("SELECT COUNT(*) FROM pieces").fetchone() == (0,)
    assert 1 <= len(caplog.records) <= 3  # not at every commit
    caplog.clear()
    for n in range(40, 80):
        await put_bytes(sqlite, f"n{n}", 1 << 20)
    assert not caplog.records
    assert await sqlite.fetch_one("SELECT COUNT(*) FROM pieces") == (80,)


async def test_a_work_that_waits_for_anything_else_is_refused(sqlite: SQLite) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, ("a", ""))
        await asyncio.sleep(0)
        await tx.execute(PUT, ("b", ""))

    with pytest.raises(RuntimeError, match="its transaction only"):
        await sqlite.run(work)
    assert await get(sqlite, "a") is None
    await put(sqlite, "a")


@pytest.fixture
def held(path: Path, sqlite: SQLite) -> Iterator[int]:
    """The turn to write, taken by somebody else."""
    lock = os.open(path.with_name("catalog.lock"), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield lock
    os.close(lock)


async def test_reads_go_on_while_a_writer_waits_for_its_turn(sqlite: SQLite, held: int) -> None:
    task = asyncio.ensure_future(put(sqlite, "a"))
    for _ in range(100):
        await asyncio.sleep(0)
        assert await get(sqlite, "a") is None
    assert not task.done()
    fcntl.flock(held, fcntl.LOCK_UN)
    await task
    assert await get(sqlite, "a") is not None


async def test_a_work_cancelled_while_it_waits_for_its_turn_never_runs(
    sqlite: SQLite, held: int
) -> None:
    tasks = [asyncio.ensure_future(put(sqlite, name)) for name in ("a", "b")]
    for _ in range(100):
        await asyncio.sleep(0)
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    fcntl.flock(held, fcntl.LOCK_UN)
    await tasks[1]
    assert await get(sqlite, "a") is None
    assert await get(sqlite, "b") is not None


async def test_another_program_that_holds_the_file_makes_it_unavailable_for_that_long(
    sqlite: SQLite, path: Path
) -> None:
    sqlite._writer.set_busy_timeout(1)
    with closing(apsw.Connection(str(path))) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(
            *(put(sqlite, f"n{n}") for n in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
        other.execute("ROLLBACK")
    await put(sqlite, "n0")
    assert await sqlite.fetch("SELECT name FROM settings WHERE name LIKE 'n%'") == [("n0",)]


async def test_two_processes_write_one_file_and_lose_nothing(sqlite: SQLite, path: Path) -> None:
    other = in_process(WRITER.format(path=str(path), count=200))

    async def add(n: int) -> None:
        async def work(tx: Transaction) -> None:
            row = await tx.fetch_one("SELECT value FROM settings WHERE name = 'sum'")
            total = str(int(row[0]) + 1 if row else 1)
            await tx.execute(
                f"{PUT} ON CONFLICT (name) DO UPDATE SET value = excluded.value", ("sum", total)
            )

        await sqlite.run(work)

    for n in range(200):
        await add(n)
    _, errors = await asyncio.to_thread(other.communicate)
    assert other.returncode == 0, errors
    assert await get(sqlite, "sum") == "400"


@pytest.mark.faults
@pytest.mark.parametrize("lines", [1, 7, 40, 111])
async def test_what_a_killed_process_acknowledged_is_there(path: Path, lines: int) -> None:
    writer = in_process(WRITER.format(path=str(path), count=100_000))
    assert writer.stdout is not None
    told = [await asyncio.to_thread(writer.stdout.readline) for _ in range(lines)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = await asyncio.to_thread(writer.communicate)
    told += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    catalog = open_sqlite(path)
    rows = await catalog.fetch("SELECT name FROM settings")
    names = {row[0] for row in rows}
    assert {f"n{line.strip()}" for line in told} <= names
    total = await get(catalog, "sum")
    assert total is not None
    assert int(total) == len([name for name in names if name[0] == "n"])
    await put(catalog, "goes on")
    await catalog.close()


@pytest.mark.faults
async def test_a_full_disk_refuses_the_writes_and_keeps_the_rest(four_mib: Path) -> None:
    catalog = open_sqlite(four_mib / "catalog.sqlite")
    await put(catalog, "a")
    works = [put_bytes(catalog, f"n{n}", 1 << 20) for n in range(8)]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert any(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert await get(catalog, "a") is not None
    for n, outcome in enumerate(outcomes):
        row = await catalog.fetch_one("SELECT 1 FROM pieces WHERE content = ?", (f"n{n}",))
        assert (row is not None) == (outcome is None)
    await catalog.close()
    again = open_sqlite(four_mib / "catalog.sqlite")
    assert await get(again, "a") is not None
    await put(again, "b")
    await again.close()


@pytest.mark.faults
async def test_a_disk_that_is_full_in_the_middle_of_a_work_takes_the_group_with_it(
    four_mib: Path,
) -> None:
    """What does not fit into memory is written before the commit, and SQLite then ends it all."""
    catalog = open_sqlite(four_mib / "catalog.sqlite")
    await put(catalog, "before")
    works = [put(catalog, "a"), put_bytes(catalog, "n", 1 << 20, times=40), put(catalog, "b")]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert isinstance(outcomes[1], Unavailable)
    assert isinstance(outcomes[0], Unavailable)
    assert (outcomes[2] is None) == (await get(catalog, "b") is not None)
    assert await get(catalog, "a") is None
    assert await catalog.fetch_one("SELECT COUNT(*) FROM pieces") == (0,)
    await put(catalog, "a")
    assert await get(catalog, "before") is not None
    await catalog.close()


@pytest.mark.faults
async def test_a_disk_that_fills_up_alone_takes_writes_again_once_there_is_room(
    four_mib: Path,
) -> None:
    catalog = open_sqlite(four_mib / "catalog.sqlite")
    filler = four_mib / "filler"
    filler.write_bytes(bytes(3 << 20))
    with pytest.raises(Unavailable):
        await put_bytes(catalog, "n", 1 << 20)
    with pytest.raises(Unavailable):
        await put_bytes(catalog, "n", 1 << 20)
    filler.unlink()
    await put_bytes(catalog, "n", 1 << 20)
    await catalog.close()


def test_what_is_not_a_database_is_refused_and_not_touched(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"Prometheus carried the fire in a stalk of fennel.\n" * 200)
    before = path.read_bytes()
    with pytest.raises(Corrupt, match="damaged"):
        open_sqlite(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_not_touched(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE bookmarks (url TEXT)")
    theirs.close()
    with pytest.raises(StoreError, match="another program"):
        open_sqlite(path)
    with sqlite3.connect(path) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    theirs.close()


async def test_a_catalog_of_a_newer_program_is_refused(path: Path) -> None:
    catalog = open_sqlite(path)

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE settings SET value = '9999' WHERE name = 'schema version'")

    await catalog.run(work)
    await catalog.close()
    with pytest.raises(StoreError, match="newer"):
        open_sqlite(path)


async def test_a_damaged_page_is_told_and_spoils_no_other(path: Path) -> None:
    catalog = open_sqlite(path)
    for n in range(40):
        await put_bytes(catalog, f"n{n:02}", 3000)
    await put(catalog, "a", "1")
    await catalog.close()
    with path.open("r+b") as file:
        file.seek(-20 * PAGE, os.SEEK_END)
        file.write(b"\xff" * 18 * PAGE)
    damaged = open_sqlite(path)
    with pytest.raises(Corrupt, match="damaged"):
        await damaged.fetch("SELECT * FROM pieces")
    assert await get(damaged, "a") == "1"
    await damaged.close()


def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    for folder in [tmp_path, *tmp_path.parents[:-2]]:
        folder.chmod(0o755)
    program = f"""
        import os
        from pathlib import Path
        from narthex.catalog.sqlite import open_sqlite
        from narthex.errors import Unavailable
        if os.getuid() == 0:  # which may do everything
            os.setuid(65534)
        try:
            open_sqlite(Path({str(closed / "catalog.sqlite")!r}))
        except Unavailable as error:
            print(error)
    """
    told, errors = in_process(program).communicate()
    assert "Permission denied" in told, errors


async def test_files_are_for_their_owner_only(sqlite: SQLite, path: Path) -> None:
    await put(sqlite, "a")
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["catalog.lock", *(f"catalog.sqlite{end}" for end in ("", "-shm", "-wal"))]
    for file in [path.parent, *path.parent.iterdir()]:
        assert file.stat().st_mode & 0o077 == 0, file


async def test_a_closed_catalog_is_one_file_without_a_log(path: Path) -> None:
    catalog = open_sqlite(path)
    await put(catalog, "a")
    await catalog.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["catalog.lock", "catalog.sqlite"]
