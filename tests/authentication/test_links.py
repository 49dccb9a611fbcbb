"""A link that was used before is judged anew each time: its time, its key, every byte of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from narthex.app import open_server
from narthex.bootstrap import RootKey, ensure_root
from narthex.s3 import links
from tests.driving import ROOT, SECOND, Driver

OTHER_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYOTHERKEY00"


@pytest.fixture
async def link(narthex: Driver, bucket: str) -> str:
    """A link to an object, used once already."""
    links._verified.clear()
    answer = await narthex.send("PUT", f"/{bucket}/report.pdf", body=b"first")
    assert answer.status == 200
    made = narthex.link("GET", f"/{bucket}/report.pdf", expires_in=60)
    assert (await narthex.url(made)).body == b"first"
    assert len(links._verified) == 1
    return made


@pytest.fixture
async def other_worker(narthex: Driver, link: str) -> AsyncIterator[Driver]:
    """The same store, opened by another worker."""
    opened = await open_server(narthex.server.settings)
    yield Driver(replace(opened, clock=narthex.clock), narthex.clock)
    await opened.catalog.close()


async def test_it_works_again_and_again(narthex: Driver, link: str) -> None:
    for _ in range(3):
        assert (await narthex.url(link)).body == b"first"
    assert len(links._verified) == 1


async def test_it_stops_when_its_time_is_over(narthex: Driver, link: str) -> None:
    narthex.clock.now_us += 59 * SECOND
    assert (await narthex.url(link)).status == 200
    narthex.clock.now_us += SECOND
    answer = await narthex.url(link)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.text("Message") == "Request has expired"
    assert answer.text("X-Amz-Expires") == "60"


async def test_it_is_not_valid_before_its_time(narthex: Driver, link: str) -> None:
    narthex.clock.now_us -= 16 * 60 * SECOND
    answer = await narthex.url(link)
    assert answer.text("Message") == "Request is not yet valid"


@pytest.mark.parametrize("place", [-1, -64])
async def test_a_changed_byte_of_its_signature_is_refused(
    narthex: Driver, link: str, place: int
) -> None:
    letters = list(link)
    letters[place] = "0" if letters[place] != "0" else "1"
    assert (await narthex.url("".join(letters))).code == "SignatureDoesNotMatch"


async def test_another_method_host_or_key_is_refused(narthex: Driver, link: str) -> None:
    assert (await narthex.url(link, "HEAD")).status == 403
    assert (await narthex.url(link, "DELETE")).status == 403
    elsewhere = link.replace("narthex.test", "narthex.text")
    assert (await narthex.url(elsewhere)).code == "SignatureDoesNotMatch"
    assert (await narthex.url(link.replace("report", "resort"))).code == "SignatureDoesNotMatch"


async def test_a_header_that_acts_is_refused_beside_it(narthex: Driver, link: str) -> None:
    answer = await narthex.url(link, headers=[("x-amz-checksum-mode", "ENABLED")])
    assert answer.code == "AccessDenied"


async def test_its_key_made_anew_with_another_secret_ends_it_in_every_worker(
    narthex: Driver, link: str, other_worker: Driver
) -> None:
    await ensure_root(other_worker.server, RootKey(ROOT.id, OTHER_SECRET))
    for worker in (narthex, other_worker):
        assert (await worker.url(link)).code == "SignatureDoesNotMatch"
    await ensure_root(other_worker.server, ROOT)
    assert (await narthex.url(link)).body == b"first"


async def test_its_key_removed_ends_it_in_every_worker(
    narthex: Driver, link: str, other_worker: Driver
) -> None:
    await ensure_root(other_worker.server, RootKey("AKIAI44QH8DHBEXAMPLE", OTHER_SECRET))
    for worker in (narthex, other_worker):
        assert (await worker.url(link)).code == "InvalidAccessKeyId"


async def test_what_another_worker_writes_is_what_it_gets(
    narthex: Driver, link: str, other_worker: Driver, bucket: str
) -> None:
    for content in (b"second", b"third"):
        await other_worker.send("PUT", f"/{bucket}/report.pdf", body=content)
        assert (await narthex.url(link)).body == content
    await other_worker.send("DELETE", f"/{bucket}/report.pdf")
    assert (await narthex.url(link)).code == "NoSuchKey"
    await other_worker.send("DELETE", f"/{bucket}")
    assert (await narthex.url(link)).code == "NoSuchBucket"


async def test_only_so_many_and_no_long_ones_are_remembered(
    narthex: Driver, link: str, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(links, "REMEMBERED", 3)
    for seconds in range(100, 110):
        made = narthex.link("GET", f"/{bucket}/report.pdf", expires_in=seconds)
        assert (await narthex.url(made)).status == 200
    assert len(links._verified) == 3
    links._verified.clear()
    long = narthex.link("GET", f"/{bucket}/{'k' * links.REMEMBERED_BYTES}")
    assert (await narthex.url(long)).code == "NoSuchKey"
    assert not links._verified
