"""The pages in Firefox and in WebKit, Safari's engine: a file is fetched, and files are sent.

Chromium goes through every page elsewhere; here is what differs from engine to engine: scripts,
file pickers, hashing, parallel requests, storage, downloads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import write_file
from tests.clients.engines import Engine, firefox, until, webkit
from tests.clients.test_browser import PICTURES
from tests.clients.test_pages import ask, make

pytestmark = pytest.mark.clients

PART = 8 * 1024 * 1024
ENGINES = {"firefox": firefox, "webkit": webkit}
SENT = """
    const rows = [...document.querySelectorAll(".sent li")];
    const done = rows.length === arguments[0] && rows.every((one) => one.dataset.state === "done");
    return done && rows.map((one) => one.textContent);
"""
SHOWN = "return document.readyState === 'complete' && !!document.querySelector(arguments[0])"


@pytest.fixture(params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One browser after the other."""
    with ENGINES[request.param](tmp_path_factory.mktemp("browser")) as started:
        yield started


def test_a_link_is_opened_and_its_file_fetched(
    engine: Engine, endpoint: Endpoint, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="fire.txt", Body=b"the fire itself")
    limits = {"max_downloads": 1, "password": "correct horse"}
    told = make(endpoint, bucket=bucket, key="fire.txt", **limits)
    engine.open(told["link"])
    engine.type("#password", "wrong horse")
    engine.click("button[value=open]")
    engine.until(SHOWN, "#wrong")
    engine.type("#password", "correct horse")
    engine.click("button[value=open]")
    engine.until(SHOWN, "button[value=download]")
    engine.look(PICTURES / f"link-{engine.name}.png")
    engine.click("button[value=download]")
    path = f"/-/api/v1/shares/{told['share']['id']}"
    until(lambda: ask(endpoint, "GET", path)["share"]["downloads_left"] == 0, "its use")
    engine.open(told["link"])
    assert not engine.run("return document.querySelector('form') !== null")


def test_files_are_sent(
    engine: Engine, endpoint: Endpoint, s3: Any, bucket: str, tmp_path: Any
) -> None:
    order = {"bucket": bucket, "key": "inbox/", "expires_in": 600, "max_files": 3}
    link = ask(endpoint, "POST", "/-/api/v1/requests", order)["link"]
    large = write_file(tmp_path / "interview.mov", 2 * PART + 12_345)
    small = write_file(tmp_path / "notes.bin", 1234)
    engine.open(link)
    engine.type("#files", f"{large.path}\n{small.path}")
    rows = engine.until(SENT, 2)
    engine.look(PICTURES / f"request-{engine.name}.png")
    assert any("interview.mov" in row and "CRC-64/NVME" in row for row in rows)
    for file in (large, small):
        stored = s3.get_object(Bucket=bucket, Key=f"inbox/{file.path.name}")["Body"].read()
        assert file.same(stored)
