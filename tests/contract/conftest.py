"""One suite, every store behind the seam: `catalog` and `blobs` are each of them in turn."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from narthex.blobs.local import LocalBlobs, open_local
from narthex.catalog import Catalog
from narthex.catalog.postgresql import open_postgresql
from narthex.catalog.sqlite import open_sqlite
from tests.contract.postgresql_server import PostgreSQLServer, find_program

TEMPLATE = "narthex"
ENGINES = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
]


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL server; where its programs are absent, CI fails and others skip."""
    # `make test` installs it, so that only who runs pytest by hand may be without it.
    if find_program("initdb") is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    running = PostgreSQLServer()
    try:
        running.start()
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="session")
def template(server: PostgreSQLServer) -> str:
    """A database with our tables, to copy for each test."""

    async def make() -> None:
        await (await open_postgresql(server.url(TEMPLATE))).close()

    server.execute(f"CREATE DATABASE {TEMPLATE}")
    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
def url(server: PostgreSQLServer, template: str) -> Iterator[str]:
    """A new PostgreSQL database with our tables."""
    name = server.new_database(template)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL or path of an empty catalog of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "catalog.sqlite")
    found: str = request.getfixturevalue("url")
    return found


async def open_catalog(where: str) -> Catalog:
    """The catalog there; opened twice, it is two nodes."""
    if where.startswith("postgresql:"):
        return await open_postgresql(where)
    return open_sqlite(Path(where))


@pytest.fixture
async def catalog(where: str) -> AsyncIterator[Catalog]:
    """An empty catalog of each kind."""
    opened = await open_catalog(where)
    yield opened
    await opened.close()


@pytest.fixture
async def other(where: str, catalog: Catalog) -> AsyncIterator[Catalog]:
    """The same catalog as `catalog`, as another process sees it."""
    opened = await open_catalog(where)
    yield opened
    await opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """An empty store of blobs."""
    return open_local(tmp_path / "blobs")


@pytest.fixture
def four_mib(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "narthex-test", str(disk)]
    # Nobody else can make a disk that is full for one test; CI runs as root.
    if os.getuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root, outside of a container, may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
