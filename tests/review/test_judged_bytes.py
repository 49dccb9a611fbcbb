"""What a share serves was judged: other bytes at its key are judged before one of them leaves."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest

from narthex.catalog import shares
from narthex.pure.shares import UNNOTED
from narthex.s3.judged_bytes import MARGIN
from narthex.s3.share_reviews import review_shares
from tests.driving import SECOND, Answer, Driver, changed
from tests.ledger.sharing import BUCKET, Refused, holder, words
from tests.pure.review.models import SHIPPED
from tests.review.test_integration import (
    CARDS,
    KEY,
    NOTES,
    UNREADABLE,
    People,
    decided,
    open_people,
)
from tests.review.test_share_reviews import (
    INLINE,
    LONG,
    PENDING,
    STOPPED,
    UNCONFIRMED,
    WEEK,
    confirm,
    read,
    standing,
)
from tests.web.conftest import BROWSER, CURL, FORM, hidden

OTHER = NOTES.replace(b"scanners", b"printers")
UNJUDGED = (
    403,
    "AccessDenied",
    "This file is newer than the link, and not reviewed, or was refused",
)


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """A server that reviews little at once, and those who use it."""
    async for opened in open_people(tmp_path, review_inline=INLINE):
        yield opened


async def shared(people: People, body: bytes = NOTES, **order: Any) -> dict[str, Any]:
    """A share of an object that was judged."""
    await people.put("a.txt", body)
    return await people.eva.issue("a.txt", **order)


async def page(people: People, told: dict[str, Any], who: Any = BROWSER) -> Answer:
    """What the short link shows."""
    path = "/" + told["link"].partition("://")[2].partition("/")[2]
    return await people.narthex.raw("GET", path, "", (("host", people.narthex.host), *who))


async def test_what_may_be_shared_as_well_is_served_and_written_down(people: People) -> None:
    told = await shared(people)
    assert (await read(people, told)).body == NOTES
    await people.put("a.txt", OTHER)
    for _ in range(2):
        assert (await read(people, told)).body == OTHER
    found = await decided(people.eva)
    assert [one["outcome"] for one in found] == ["proceeded"] * 2
    assert {one["share"] for one in found} == {told["share"]["id"]}
    log = await people.eva.log(told["share"]["id"])
    assert [one for one in log if one[0] == "reviewed"] == [("reviewed", "proceed")]


async def test_what_may_not_is_not_served_to_anybody(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", KEY)
    for _ in range(2):
        assert words(await read(people, told)) == STOPPED
    assert (await page(people, told)).status == 403
    head = await (await holder(people.eva, told)).send("HEAD", f"/{BUCKET}/a.txt")
    assert head.status == 403
    assert await standing(people.eva, told) == ("refused", "owner")
    (one, _) = sorted(await decided(people.eva), key=lambda one: one["decision"] == "proceed")
    assert (one["verdict"]["gates"], one["outcome"]) == (["gate.private_key"], "open")


async def test_one_byte_makes_the_difference(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", changed(KEY, 3))
    assert (await read(people, told)).body == changed(KEY, 3)
    await people.put("a.txt", KEY)
    assert (await read(people, told)).status == 403


async def test_the_page_says_so_at_once(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", KEY)
    for who in (BROWSER, CURL):
        answer = await page(people, told, who)
        assert answer.status == 403
        assert b"This link was stopped" in answer.body
        assert b"a.txt" not in answer.body
        assert b"private key" not in answer.body


async def test_its_owner_lets_the_new_bytes_go_and_no_others(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", KEY)
    await read(people, told)
    (one,) = await decided(people.ana, waiting="true")
    await people.ana.ask("POST", f"decisions/{one['id']}/approval", {"reason": "a test key"})
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == KEY
    await people.put("a.txt", KEY + b"\n")
    assert (await read(people, told)).status == 403


async def test_an_approval_that_stands_is_enough(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", KEY)
    await read(people, told)
    (one,) = await decided(people.ana, waiting="true")
    await people.ana.ask("POST", f"decisions/{one['id']}/approval", {"reason": "a test key"})
    await people.put("a.txt", NOTES)
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == NOTES
    await people.put("a.txt", KEY)
    assert (await read(people, told)).body == KEY


async def test_what_has_to_be_confirmed_waits_for_whoever_shared_it(people: People) -> None:
    told = await shared(people, expires_in=WEEK)
    await people.put("a.txt", CARDS)
    for _ in range(2):
        assert words(await read(people, told)) == UNCONFIRMED
    assert await standing(people.eva, told) == ("pending", "sharer")
    with pytest.raises(Refused, match="ConfirmationNeeded"):
        await confirm(people.eva, told)
    assert (await confirm(people.eva, told, justification="agreed"))["state"] == "active"
    assert (await read(people, told)).body == CARDS


async def test_a_reason_for_some_bytes_is_none_for_others(people: People) -> None:
    told = await shared(people, UNREADABLE, justification="agreed")
    assert (await read(people, told)).body == UNREADABLE
    await people.put("a.txt", UNREADABLE + b"\0")
    assert words(await read(people, told)) == UNCONFIRMED


async def test_what_takes_long_waits_for_its_review(people: People) -> None:
    told = await shared(people)
    await people.put("a.txt", LONG)
    assert words(await read(people, told)) == PENDING
    assert await standing(people.eva, told) == ("pending", "review")
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == LONG


async def test_one_that_is_pinned_ends_by_its_content(people: People) -> None:
    told = await shared(people, pin=True)
    assert (await read(people, told)).body == NOTES
    await people.put("a.txt", NOTES)  # the same ETag, and other bytes for all we know
    answer = await read(people, told)
    assert words(answer) == (403, "AccessDenied", "The file has changed since it was shared")
    assert await standing(people.eva, told) == ("active", None)


async def test_a_model_that_observes_serves_and_records(people: People) -> None:
    told = await shared(people)
    observing = SHIPPED.replace('default = "warn"', 'default = "observe"')
    people.model(observing.replace("gates = true\n\n#", "gates = false\n\n#"))
    await people.put("a.txt", KEY)
    assert (await read(people, told)).body == KEY
    found = {one["decision"]: one["enforced"] for one in await decided(people.eva)}
    assert found == {"proceed": "proceed", "refuse": "proceed"}


async def test_no_use_is_counted_of_what_is_not_served(people: People) -> None:
    told = await shared(people, max_downloads=1)
    await people.put("a.txt", KEY)
    for _ in range(3):
        assert (await read(people, told)).status == 403
    assert (await people.eva.share(told["share"]["id"]))["downloads"] == 0
    await people.put("a.txt", NOTES)
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == NOTES
    assert (await people.eva.share(told["share"]["id"]))["downloads"] == 1


async def test_the_sharer_is_told(people: People) -> None:
    hook = ["https://93.184.215.14/hook"]
    made = await shared(people, expires_in=WEEK, notify=hook, notify_on=["expiring"])
    await people.put("a.txt", CARDS)
    await read(people, made)
    ((payload,),) = await people.narthex.server.catalog.fetch("SELECT payload FROM deliveries")
    assert json.loads(payload)["subject"] == "narthex: the link to a.txt waits for you"


async def folder(people: People, **files: bytes) -> tuple[dict[str, Any], Driver]:
    """A shared folder that was judged long after its files came, and its reader."""
    for name, body in files.items():
        await people.put(f"docs/{name}", body)
    people.narthex.clock.now_us += MARGIN + SECOND
    told = await people.eva.issue("docs/", prefix=True, raw=False)
    return told, await holder(people.eva, told)


async def test_a_file_that_comes_to_a_folder_is_judged_by_itself(people: People) -> None:
    told, reader = await folder(people, old=NOTES)
    await people.put("docs/new", OTHER)
    await people.put("docs/key", KEY)
    assert (await reader.send("GET", f"/{BUCKET}/docs/old")).body == NOTES
    assert len(await decided(people.eva)) == 1
    for _ in range(2):
        assert (await reader.send("GET", f"/{BUCKET}/docs/new")).body == OTHER
        assert words(await reader.send("GET", f"/{BUCKET}/docs/key")) == UNJUDGED
        assert (await reader.send("HEAD", f"/{BUCKET}/docs/key")).status == 403
    found = {one["place"]: one for one in await decided(people.eva)}
    assert found.keys() == {f"{BUCKET}/docs/{name}" for name in ("", "new", "key")}
    assert len(await decided(people.eva)) == 3
    assert found[f"{BUCKET}/docs/key"]["enforced"] == "refuse"
    assert await standing(people.eva, told) == ("active", None)


async def test_a_file_of_a_folder_that_is_replaced_is_judged_too(people: People) -> None:
    _, reader = await folder(people, a=NOTES)
    await people.put("docs/a", KEY)
    assert words(await reader.send("GET", f"/{BUCKET}/docs/a")) == UNJUDGED
    await people.put("docs/a", NOTES)
    assert (await reader.send("GET", f"/{BUCKET}/docs/a")).body == NOTES


async def test_its_owner_lets_a_file_of_a_folder_go(people: People) -> None:
    _, reader = await folder(people, old=NOTES)
    await people.put("docs/key", KEY)
    await reader.send("GET", f"/{BUCKET}/docs/key")
    (one,) = await decided(people.ana, waiting="true")
    await people.ana.ask("POST", f"decisions/{one['id']}/approval", {"reason": "a test key"})
    assert (await reader.send("GET", f"/{BUCKET}/docs/key")).body == KEY
    await people.put("docs/key", KEY + b"\n")
    assert words(await reader.send("GET", f"/{BUCKET}/docs/key")) == UNJUDGED


async def test_what_was_seen_just_before_is_not_judged_again(people: People) -> None:
    """Also what came in less than a margin of clocks before, and had to be confirmed."""
    await people.put("docs/blob", UNREADABLE)
    told = await people.eva.issue("docs/", prefix=True, raw=False, justification="agreed")
    reader = await holder(people.eva, told)
    assert (await reader.send("GET", f"/{BUCKET}/docs/blob")).body == UNREADABLE
    assert len(await decided(people.eva)) == 1
    people.narthex.clock.now_us -= MARGIN - SECOND  # written by a node whose clock is behind
    await people.put("docs/late", KEY)
    people.narthex.clock.now_us += MARGIN - SECOND
    assert words(await reader.send("GET", f"/{BUCKET}/docs/late")) == UNJUDGED


async def test_a_large_file_that_comes_is_left_out_until_the_folder_is_reviewed_again(
    people: People,
) -> None:
    told, reader = await folder(people, old=NOTES)
    await people.put("docs/long", LONG)
    assert words(await reader.send("GET", f"/{BUCKET}/docs/long")) == UNJUDGED
    assert (await confirm(people.eva, told))["state"] == "pending"
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("active", None)
    assert (await reader.send("GET", f"/{BUCKET}/docs/long")).body == LONG


async def test_another_model_judges_again_what_was_stopped(people: People) -> None:
    _, reader = await folder(people, old=NOTES)
    await people.put("docs/blob", UNREADABLE)
    assert words(await reader.send("GET", f"/{BUCKET}/docs/blob")) == UNJUDGED
    people.model(SHIPPED.replace('default = "warn"', 'default = "observe"'))
    assert (await reader.send("GET", f"/{BUCKET}/docs/blob")).body == UNREADABLE


async def click(people: People, told: dict[str, Any], **fields: str) -> Answer:
    """A button of the page."""
    path = "/" + told["link"].partition("://")[2].partition("/")[2]
    body = urlencode({**hidden(await page(people, told)), **fields}).encode()
    length = ("content-length", str(len(body)))
    sent = (("host", people.narthex.host), FORM, length, *BROWSER)
    return await people.narthex.raw("POST", path, "", sent, [body])


async def test_the_zip_leaves_out_what_may_not_leave(people: People) -> None:
    told, _ = await folder(people, old=NOTES)
    await people.put("docs/key", KEY)
    await people.put("docs/new", OTHER)
    answer = await click(people, told, do="zip")
    with ZipFile(io.BytesIO(answer.body)) as archive:
        assert sorted(archive.namelist()) == ["new", "old"]


async def test_the_page_of_a_file_that_came_later_says_so(people: People) -> None:
    told, _ = await folder(people, old=NOTES)
    await people.put("docs/key", KEY)
    answer = await click(people, told, key="docs/key")
    assert answer.status == 403
    assert b"newer than this link" in answer.body


async def test_shares_from_before_anything_was_noted_go_on(people: People) -> None:
    told = await shared(people)
    id = told["share"]["id"]
    await people.narthex.server.catalog.run(lambda tx: shares.judge(tx, id, UNNOTED, ""))
    await people.put("a.txt", KEY)
    assert (await read(people, told)).body == KEY
