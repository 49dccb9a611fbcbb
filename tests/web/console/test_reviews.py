"""Reviews by hand: the form asks why, the refusal names who answers, and the owner allows it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex.s3.share_reviews import review_shares
from tests.driving import Answer, Driver, open_driver
from tests.web.console.conftest import BUCKET, Browser, text_of
from tests.web.console.test_shares import links_of

KEY = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + b"MC4CAQAwBQYDK2VwBCIEIJ9w" * 4
    + b"\n-----END PRIVATE KEY-----\n"
)
UNREADABLE = bytes(range(256)) * 8
_DECISIONS = re.compile(r'name="decisions" value="([0-9a-f ]+)"')
_ID = re.compile(r'name="id" value="([0-9a-f]+)"')


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with the model that is shipped."""
    async for driver in open_driver(tmp_path, observes=False):
        assert (await driver.send("PUT", f"/{BUCKET}")).status == 200
        for key, body in (("a.pem", KEY), ("blob.bin", UNREADABLE), ("a.txt", b"hello\n")):
            await driver.send("PUT", f"/{BUCKET}/{key}", body=body)
        yield driver


async def share(root: Browser, key: str, **fields: str) -> Answer:
    """The form, sent; for an hour."""
    await root.get("share", bucket=BUCKET, key=key)
    return await root.post("share", bucket=BUCKET, key=key, expires="3600", **fields)


async def decisions(root: Browser) -> list[tuple[str, str]]:
    """Outcome and justification of all, the newest first."""
    rows = await root.driver.server.catalog.fetch(
        "SELECT outcome, justification FROM decisions ORDER BY id DESC"
    )
    return [(row[0], row[1]) for row in rows]


async def test_a_clean_file_is_shared_without_a_question(root: Browser) -> None:
    assert len(links_of(await share(root, "a.txt"))) == 1


async def test_the_form_shows_the_verdict_and_asks_why(root: Browser) -> None:
    page = await share(root, "blob.bin")
    assert page.status == 409
    assert "of what one wants to know is known" in text_of(page)
    assert "The recipient is entitled to it" in text_of(page)
    found = _DECISIONS.search(page.body.decode())
    assert found is not None
    page = await share(root, "blob.bin", justification="agreed", decisions=found[1])
    assert len(links_of(page)) == 1
    assert await decisions(root) == [("proceeded", "agreed")]


async def test_own_words_will_do_and_too_few_of_them_will_not(root: Browser) -> None:
    page = await share(root, "blob.bin", justification_text="so what")
    assert page.status == 409
    assert "in at least 10 characters" in text_of(page)
    page = await share(root, "blob.bin", justification_text="I know what is in it")
    assert len(links_of(page)) == 1


async def test_a_refusal_names_who_answers_and_the_owner_allows_it(root: Browser) -> None:
    page = await share(root, "a.pem")
    assert page.status == 403
    assert "only root can say otherwise" in text_of(page)
    assert "a private key is in it" in text_of(page)
    assert "MC4CAQAwBQYDK2VwBCIEIJ9w" not in page.body.decode()
    waiting = await root.get("reviews")
    (id,) = _ID.findall(waiting.body.decode())
    refused = await root.post("reviews/approve", id=id, reason="no")
    assert (refused.status, "3 to 1000 characters" in text_of(refused)) == (400, True)
    await root.follow(
        await root.post("reviews/approve", id=id, reason="a test key"), "reviews/approve"
    )
    assert _ID.findall((await root.get("reviews")).body.decode()) == []
    assert len(links_of(await share(root, "a.pem"))) == 1


async def test_a_form_without_its_proof_approves_nothing(root: Browser) -> None:
    await share(root, "a.pem")
    page = await root.get("reviews")
    (id,) = _ID.findall(page.body.decode())
    answer = await root.post("reviews/approve", id=id, reason="a test key", proof="x" * 43)
    assert answer.status == 403
    assert _ID.findall((await root.get("reviews")).body.decode()) == [id]


async def test_a_large_file_gets_its_link_at_once_and_waits_for_a_word(tmp_path: Path) -> None:
    async for driver in open_driver(tmp_path, observes=False, review_inline=1024):
        await driver.send("PUT", f"/{BUCKET}")
        await driver.send("PUT", f"/{BUCKET}/blob.bin", body=UNREADABLE)
        root = Browser(driver)
        await root.sign_in()
        assert len(links_of(await share(root, "blob.bin"))) == 1
        (row,) = await driver.server.catalog.fetch("SELECT id FROM shares")
        page = await root.get("shares/one", id=row[0])
        assert "It is still being reviewed" in text_of(page)
        assert await review_shares(driver.server) == 1
        page = await root.get("shares/one", id=row[0])
        assert "A review asks why" in text_of(page)
        page = await root.post("confirm", id=row[0], justification_text="so what")
        assert page.status == 409
        assert "in at least 10 characters" in text_of(page)
        page = await root.post("confirm", id=row[0], justification_text="I know what is in it")
        assert page.status == 303
        assert "Active" in text_of(await root.get("shares/one", id=row[0]))
        assert await decisions(root) == [("proceeded", "typed")]


async def test_a_large_file_that_is_refused_says_that_it_was_stopped(tmp_path: Path) -> None:
    async for driver in open_driver(tmp_path, observes=False, review_inline=16):
        await driver.send("PUT", f"/{BUCKET}")
        await driver.send("PUT", f"/{BUCKET}/a.pem", body=KEY)
        root = Browser(driver)
        await root.sign_in()
        await share(root, "a.pem")
        await review_shares(driver.server)
        (row,) = await driver.server.catalog.fetch("SELECT id FROM shares")
        page = text_of(await root.get("shares/one", id=row[0]))
        assert "A review stopped it" in page
        assert "Reviewed: refused" in page


async def test_more_time_that_has_to_be_confirmed_is_asked_for_on_the_page(root: Browser) -> None:
    page = await share(root, "blob.bin", justification="agreed")
    (row,) = await root.driver.server.catalog.fetch("SELECT id, expires_us FROM shares")
    sent = {"id": row[0], "expires": str(7 * 86400)}
    page = await root.post("extend", **sent)
    assert page.status == 409
    assert "of what one wants to know is known" in text_of(page)
    assert 'value="604800" checked' in page.body.decode()
    found = _DECISIONS.search(page.body.decode())
    assert found is not None
    page = await root.post("extend", **sent, justification_text="so what")
    assert (page.status, "in at least 10 characters" in text_of(page)) == (409, True)
    answered = {"justification": "checked", "decisions": found[1]}
    page = await root.follow(await root.post("extend", **sent, **answered), "extend")
    assert "It ends at another time now." in text_of(page)
    assert sorted(await decisions(root)) == [("proceeded", "agreed"), ("proceeded", "checked")]


async def test_more_time_that_is_refused_says_why(root: Browser) -> None:
    await share(root, "a.txt")
    await root.driver.send("PUT", f"/{BUCKET}/a.txt", body=KEY)
    (row,) = await root.driver.server.catalog.fetch("SELECT id FROM shares")
    page = await root.post("extend", id=row[0], expires="604800")
    assert page.status == 403
    assert "a private key is in it" in text_of(page)
    assert "Give it up" not in text_of(page)  # it waits for its owner


async def test_a_form_that_is_given_up_waits_for_nobody(root: Browser) -> None:
    page = await share(root, "blob.bin")
    found = _DECISIONS.search(page.body.decode())
    assert found is not None
    answer = await root.post("reviews/abandon", decisions=found[1])
    assert "It was given up." in text_of(await root.follow(answer, "reviews/abandon"))
    assert await decisions(root) == [("abandoned", "")]
    again = await root.post("reviews/abandon", decisions=found[1])  # a button pressed twice
    assert again.status == 303
    page = await share(root, "blob.bin", justification="agreed", decisions=found[1])
    assert len(links_of(page)) == 1  # an answer that is late is one to a new review
    assert sorted(await decisions(root)) == [("abandoned", ""), ("proceeded", "agreed")]


async def test_a_false_positive_is_reported_and_answered(root: Browser) -> None:
    page = await share(root, "a.pem")
    found = re.search(r"reviews/one\?id=([0-9a-f]+)", page.body.decode())
    assert found is not None
    one = await root.get("reviews/one", id=found[1])
    assert "Report a false positive" in text_of(one)
    assert "MC4CAQAwBQYDK2VwBCIEIJ9w" not in one.body.decode()
    said = {"id": found[1], "reason_id": "gate.private_key", "note": "a sample of the manual"}
    answer = await root.post("reviews/dispute", **said)
    told = text_of(await root.follow(answer, "reviews/dispute"))
    assert "root says that this is wrong: gate.private_key" in told
    assert "Report a false positive" not in told  # once is enough
    again = await root.post("reviews/dispute", **said)
    assert (again.status, "disputed this decision before" in text_of(again)) == (409, True)
    assert "a.pem" in text_of(await root.get("reviews", state="disputed"))
    answer = await root.post("reviews/answer", id=found[1], agrees="yes", reason="it is one")
    told = text_of(await root.follow(answer, "reviews/answer"))
    assert "It was wrong · root · it is one" in told
    assert (await root.post("reviews/answer", id=found[1], agrees="perhaps")).status == 404
    late = await root.post("reviews/answer", id=found[1], agrees="no")
    assert late.status == 409


async def test_a_decision_is_shown_to_those_who_may_meet_it(root: Browser) -> None:
    await share(root, "a.txt")
    assert "Nothing waits for you" in text_of(await root.get("reviews"))
    listed = await root.get("reviews", state="")
    assert "a.txt" in text_of(listed)
    found = re.search(r"reviews/one\?id=([0-9a-f]+)", listed.body.decode())
    assert found is not None
    told = text_of(await root.get("reviews/one", id=found[1]))
    assert "Went ahead" in told
    assert "Report a false positive" not in told  # it stopped nobody
    assert (await root.get("reviews/one", id="0" * 32)).status == 404
    assert (await root.get("reviews/one", id="../x")).status == 404
    assert (await root.get("reviews/one")).status == 404
