"""Links whose review is to come, or stopped them: a page that opens by itself, or says so."""

from __future__ import annotations

from dataclasses import fields
from string import Formatter
from typing import Any

import pytest

from narthex.catalog import shares
from narthex.pure.shares import Judged
from narthex.web.phrases import LANGUAGES, Phrases
from narthex.web.phrases_reviews import CHECKING, Checking, checking
from tests.web.conftest import BROWSER, CURL, Opened, Share, hidden

# standing, status, when it is worth another look, words
NOT_OPEN: list[tuple[str, int, str | None, str, str]] = [
    ("waiting", 503, "5", "This link is not open yet", "is still being checked"),
    ("confirm", 503, "60", "This link is not open yet", "Whoever shared it has to look at it"),
    ("refused", 403, None, "This link was stopped", "may not be shared"),
]


async def judge(link: Opened, standing: Any) -> None:
    """What a review makes of it."""
    id = link.issued.share.id
    await link.driver.server.catalog.run(lambda tx: shares.judge(tx, id, Judged(standing), ""))


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
@pytest.mark.parametrize(("standing", "status", "again", "words", "more"), NOT_OPEN)
async def test_it_says_so_and_uses_nothing_up(
    share: Share, who: Any, standing: str, status: int, again: str | None, words: str, more: str
) -> None:
    link = await share(standing=standing, max_uses=1)
    for method in ("GET", "HEAD"):
        answer = await link.get(method=method, who=who)
        assert (answer.status, answer.header("retry-after")) == (status, again)
        assert answer.header("refresh") == (again if who is BROWSER else None)
    text = (await link.get(who=who)).body.decode()
    assert words in text
    assert more in text
    assert "ana" in text
    assert "Prometheus" not in text
    assert "talks" not in text
    if who is CURL:
        assert text.count("\n") == 1
    assert await link.counts() == (0, 0)


async def test_it_runs_no_script(share: Share) -> None:
    link = await share(standing="waiting")
    assert b"<script" not in (await link.get()).body


@pytest.mark.parametrize(("standing", "status"), [(one[0], one[1]) for one in NOT_OPEN])
async def test_a_page_that_was_open_before_says_so(
    share: Share, standing: str, status: int
) -> None:
    link = await share()
    page = await link.get()
    redirected = await link.click(page, do="download")
    await judge(link, standing)
    assert (await link.click(page, do="download")).status == status
    assert (await link.follow(redirected)).status == 403
    assert await link.counts() == (0, 0)


async def test_no_password_is_asked_for_before_it_is_open(share: Share) -> None:
    link = await share(standing="waiting", password="correct horse")
    page = await link.get()
    assert (page.status, hidden(page)) == (503, {})
    await judge(link, "open")
    assert b'type="password"' in (await link.get()).body


async def test_it_opens_by_its_review(share: Share) -> None:
    link = await share(standing="waiting")
    await judge(link, "open")
    assert (await link.get()).status == 200


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
async def test_it_speaks_the_language_of_its_reader(share: Share, phrases: Phrases) -> None:
    link = await share(standing="waiting")
    page = await link.get(("accept-language", phrases.code))
    assert checking(phrases).pending in page.body.decode()


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_fills_in_what_english_does(phrases: Phrases) -> None:
    for item in fields(Checking):
        said, english = (getattr(one, item.name) for one in (checking(phrases), CHECKING["en"]))
        assert said.strip()
        assert _holes(said) == _holes(english), item.name


def _holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}
