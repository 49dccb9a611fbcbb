"""Reviews by hand: the form asks why, the refusal names who answers, and the owner allows it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
