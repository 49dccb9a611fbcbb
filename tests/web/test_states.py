"""Links that do not work: which page, which status, whom to ask; and never the object's name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.driving import HOST, NOON, SECOND, Driver
from tests.web.conftest import (
    BROWSER,
    BUCKET,
    CONTENT,
    CURL,
    HOUR,
    KEY,
    OUTSIDE_LIMITS,
    Share,
    hidden,
    revoke,
)

ASK = "If you still need it, ask ana for a new link."


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
@pytest.mark.parametrize(
    ("limits", "later_us", "status", "words", "asks"),
    OUTSIDE_LIMITS,
)
async def test_a_link_outside_its_limits_says_so(
    share: Share,
    who: Any,
    limits: dict[str, Any],
    later_us: int,
    status: int,
    words: str,
    asks: bool,
) -> None:
    link = await share(**limits)
    link.driver.clock.now_us += later_us
    for method in ("GET", "HEAD"):
        assert (await link.get(method=method, who=who)).status == status
    text = (await link.get(who=who)).body.decode()
    assert words in text
    assert (ASK in text) is asks
    assert "Prometheus" not in text
    assert "talks" not in text
    assert await link.counts() == (0, 0)


async def test_a_link_works_up_to_its_last_instant(share: Share) -> None:
    link = await share()
    link.driver.clock.now_us += HOUR - 1
    assert (await link.get()).status == 200
    link.driver.clock.now_us += 1
    assert (await link.get()).status == 410


async def test_an_address_within_the_network_may(share: Share) -> None:
    link = await share(networks=("192.0.2.0/24",))
    assert (await link.get()).status == 200
    assert (await link.get(who=CURL)).body == CONTENT


@pytest.mark.parametrize("state", ["revoked", "expired", "used up"])
async def test_a_page_that_was_open_when_the_link_ended_says_so(share: Share, state: str) -> None:
    link = await share(max_uses=1)
    page = await link.get()
    if state == "revoked":
        await revoke(link)
    elif state == "expired":
        link.driver.clock.now_us += HOUR
    else:
        await link.get(who=CURL)
    answer = await link.click(page, do="download")
    assert answer.status == 410
    words = {
        "revoked": "This link was taken back",
        "expired": "This link has expired",
        "used up": "This link has been used up",
    }
    assert words[state] in answer.body.decode()
    assert ASK in answer.body.decode()


async def test_a_url_that_was_minted_before_the_end_stops_with_it(share: Share) -> None:
    link = await share()
    answer = await link.click(await link.get(), do="download")
    await revoke(link)
    refused = await link.follow(answer)
    assert refused.status == 403
    assert "This link was taken back" in refused.body.decode()


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
@pytest.mark.parametrize(
    "path", ["/s/", "/s/x", "/s/-/", "/s/-/link.js", "/s/%00", "/s/a/b", "/s/" + "x" * 5000]
)
async def test_what_is_no_link_is_not_found(narthex: Driver, who: Any, path: str) -> None:
    answer = await narthex.raw("GET", path, "", (("host", HOST), *who))
    assert answer.status == 404
    assert "There is no such link" in answer.body.decode()


async def test_a_link_with_one_letter_changed_is_not_found(share: Share) -> None:
    link = await share()
    other = link.path[:-1] + ("A" if link.path[-1] != "A" else "B")
    for body in ((), (b"do=download",)):
        method = "POST" if body else "GET"
        answer = await link.driver.raw(method, other, "", (("host", HOST), *BROWSER), body)
        assert answer.status == 404


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
async def test_a_file_that_was_deleted_is_gone(narthex: Driver, share: Share, who: Any) -> None:
    link = await share()
    page = await link.get()
    await narthex.send("DELETE", f"/{BUCKET}/{KEY}")
    answer = await link.get(who=who)
    assert answer.status == 410
    assert "This file is not here any more" in answer.body.decode()
    assert (await link.click(page, do="download")).status == 410


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
async def test_a_file_that_was_pinned_and_changed_is_not_shown(
    narthex: Driver, share: Share, who: Any
) -> None:
    link = await share(pin=True)
    assert (await link.get()).status == 200
    await narthex.send("PUT", f"/{BUCKET}/{KEY}", body=b"other")
    answer = await link.get(who=who)
    assert answer.status == 410
    assert "This file has changed" in answer.body.decode()


async def test_a_denial_in_the_buckets_policy_ends_the_link(narthex: Driver, share: Share) -> None:
    link = await share()
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
        f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/talks/*"}}]}}'
    )
    sent = await narthex.send("PUT", f"/{BUCKET}", [("policy", "")], body=policy.encode())
    assert sent.status == 204
    answer = await link.get()
    assert answer.status == 410
    assert "may not be shared any more" in answer.body.decode()
    assert "Prometheus" not in answer.body.decode()


async def test_the_proof_of_a_refused_click_is_not_used_up(share: Share) -> None:
    link = await share(not_before_us=NOON + SECOND)
    link.driver.clock.now_us += SECOND
    page = await link.get()
    link.driver.clock.now_us -= SECOND
    assert (await link.click(page, do="download")).status == 403
    link.driver.clock.now_us += SECOND
    assert (await link.click(page, do="download")).status == 303
    assert set(hidden(page)) == {"click"}
