"""The database's primary dies under load and its standby takes over: two nodes lose nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from narthex.cli.serve import embedded
from tests.contract.postgresql_pair import Pair
from tests.contract.postgresql_server import find_program
from tests.driving import OBSERVING
from tests.faults.mixed import BUCKET, NAME, Load, Nodes

pytestmark = [pytest.mark.faults, pytest.mark.postgresql, pytest.mark.timeout(240)]
LOAD_SECONDS = 2.0  # before and after
SILENT_SECONDS = 20.0  # without an acknowledged PUT, at most, once the standby takes writes


@pytest.fixture
def pair() -> Iterator[Pair]:
    if find_program("initdb") is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    made = Pair()
    try:
        made.start()
        made.primary.execute("CREATE DATABASE narthex")
        yield made
    finally:
        made.remove()


@contextlib.contextmanager
def two_nodes(folder: Path, catalog: str) -> Iterator[Nodes]:
    """On one catalog and one folder of blobs."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    extra = ["--workers", "1", "--catalog", catalog, "--blobs", str(folder / "blobs")]
    extra += ["--review-model", str(OBSERVING)]
    silent = subprocess.DEVNULL
    with embedded(folder / "1", extra=extra, environment=plain, log=silent) as first:
        (folder / "2").mkdir(mode=0o700)
        for name in ("master.key", "credentials"):
            shutil.copy(folder / "1" / name, folder / "2" / name)
        with embedded(folder / "2", extra=extra, environment=plain, log=silent) as second:
            places = [urlsplit(node.url) for node in (first, second)]
            addresses = tuple((place.hostname or "", place.port or 0) for place in places)
            yield Nodes(addresses, first.access_key_id, first.secret)


def wait_for(load: Load, more: int, seconds: float) -> None:
    """Until so many more PUTs were acknowledged."""
    wanted, until = len(load.truth.acknowledged_at) + more, time.monotonic() + seconds
    while len(load.truth.acknowledged_at) < wanted:
        assert time.monotonic() < until, load.truth.answers
        load.stop.wait(0.01)


def test_a_failover_loses_no_acknowledged_write(pair: Pair, tmp_path: Path) -> None:
    with two_nodes(tmp_path, pair.url("narthex")) as nodes:
        assert nodes.signed(0, "PUT", f"/{BUCKET}")[0] == 200
        load = Load(nodes)
        load.start()
        try:
            wait_for(load, 40, 60)
            pair.primary.kill()
            died = time.monotonic()
            load.stop.wait(LOAD_SECONDS)  # with nobody to write to
            for node in (0, 1):
                status, body = nodes.ask(node, "GET", nodes.sign("GET", "absent"))
                assert (status, b"SlowDown" in body) == (503, True)
            pair.promote()
            promoted = time.monotonic()
            wait_for(load, 40, 60)
        finally:
            load.end()
        recovered = next(at for at in load.truth.acknowledged_at if at > promoted)
        print(
            f"{NAME}: {recovered - promoted:.2f} s after the promotion, {recovered - died:.2f} s"
            f" after the death; answers: {dict(load.truth.answers)}"
        )
        assert recovered - promoted < SILENT_SECONDS
        assert load.truth.revoked
        assert load.truth.answers["503"] > 0
        load.check((0, 1))
