"""Owners are told of what is downloaded by a page: a file at once, a folder when it is over."""

from __future__ import annotations

import json
from typing import Any

from narthex import housekeeping
from narthex.ledger.bookings import PAUSE_US
from tests.driving import Driver
from tests.web.conftest import BUCKET, CONTENT, KEY, Opened, Share

OPS = ("mailto:ops@example.org",)


async def told(opened: Opened) -> list[Any]:
    """Every notice so far."""
    await opened.driver.server.ledger.journal.written()
    rows = await opened.driver.server.catalog.fetch(
        "SELECT payload FROM deliveries ORDER BY number"
    )
    return [json.loads(row[0]) for row in rows]


async def test_a_click_is_told_once_however_often_it_is_resumed(share: Share) -> None:
    opened = await share(max_uses=1, notify=OPS)
    to_file = await opened.click(await opened.get())
    assert await told(opened) == []
    for headers in ((), (("range", "bytes=5-"),), ()):
        await opened.follow(to_file, *headers)
    (notice,) = await told(opened)
    assert notice["data"]["occasions"] == ["first", "used-up"]
    assert notice["data"]["use"]["key"] == KEY
    assert notice["data"]["use"]["bytes"] == len(CONTENT)


async def test_opening_the_page_is_no_use(share: Share) -> None:
    opened = await share(notify=OPS)
    await opened.get()
    assert await told(opened) == []


async def test_a_zip_is_told_as_a_whole_when_no_more_of_it_can_come(
    narthex: Driver, share: Share
) -> None:
    for name in ("a", "b"):
        await narthex.send("PUT", f"/{BUCKET}/photos/{name}", body=b"1234")
    opened = await share("photos/", is_prefix=True, max_uses=1, notify=OPS)
    assert (await opened.click(await opened.get(), do="zip")).status == 200
    assert await told(opened) == []
    narthex.clock.now_us += PAUSE_US
    await housekeeping.give_back_uses(narthex.server)
    (notice,) = await told(opened)
    assert notice["data"]["occasions"] == ["first", "used-up"]
    assert notice["data"]["use"]["bytes"] == 8
    assert notice["subject"] == "narthex: photos was downloaded, and its link is used up"
    assert notice["text"].startswith(
        f"s3://{BUCKET}/photos/* (8 bytes) was downloaded for the first time.\n"
    )
