"""A running server takes an edited model in every worker, with no restart and no request lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from narthex.cli.doctor_model import examine_model
from narthex.cli.ledger import Ledger
from narthex.cli.serve import Endpoint, embedded
from tests.cli.conftest import configuration_for
from tests.pure.review.models import SMALL

pytestmark = pytest.mark.clients

PATIENCE = 20.0  # seconds; an edit is in force after one
IN_A_ROW = 40  # answers, by which each of two workers has been asked
BROKEN = b"ok\nmodel: its file is broken, the one before is in force\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(folder: Path) -> Iterator[Endpoint]:
    """A server with two workers."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    with embedded(folder, extra=["--workers", "2"], environment=environment) as started:
        yield started


def until(holds: Callable[[], bool]) -> None:
    """Ask until it held many times in a row."""
    deadline, row = time.monotonic() + PATIENCE, 0
    while row < IN_A_ROW:
        assert time.monotonic() < deadline
        row = row + 1 if holds() else 0


def test_an_edit_is_in_force_and_a_broken_one_is_not(server: Endpoint, folder: Path) -> None:
    configuration = configuration_for(server.url, server.access_key_id, server.secret)
    ledger, pool = Ledger(configuration), urllib3.PoolManager(timeout=10.0, retries=False)

    def name() -> str:
        told: str = ledger.call("GetModel", "GET", "/model")["model"]["name"]
        return told

    def health() -> bytes:
        # A connection of its own each time, so that both workers are met.
        answer = pool.request("GET", f"{server.url}/-/health", headers={"connection": "close"})
        assert answer.status == 200
        return answer.data

    assert name() == "share"
    (folder / "model.toml").write_text(SMALL)
    until(lambda: name() == "small")
    (folder / "model.toml").write_text(SMALL.replace("cap = 50", "cap = 0"))
    until(lambda: health() == BROKEN)
    assert name() == "small"
    (found,) = examine_model(configuration)
    assert found.good is False
    assert "model.toml:16: facts[1].cap: 0 is not between" in found.text
    (folder / "model.toml").write_text(SMALL.replace('"small"', '"mended"'))
    until(lambda: health() == b"ok\n")
    until(lambda: name() == "mended")
    (found,) = examine_model(configuration)
    assert found.good
    (folder / "rules.d").mkdir()
    overlay = folder / "rules.d" / "it.toml"
    overlay.write_text('[[owners]]\nplace = "it"\nowner = 1\n')
    until(lambda: health() == BROKEN)
    (found,) = examine_model(configuration)
    assert "rules.d/it.toml:3: owners[1].owner: this is a text" in found.text
    overlay.write_text('[[owners]]\nplace = "it"\nowner = "ben"\n')
    until(lambda: health() == b"ok\n")
    (found,) = examine_model(configuration)
    assert found.text.endswith("with rules.d/it.toml")
