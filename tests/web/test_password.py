"""Links with a password: nothing is told before it, and guessing costs time."""

from __future__ import annotations

import pytest

from tests.driving import HOST, SECOND
from tests.web.conftest import BROWSER, CONTENT, CURL, Opened, Share, hidden

PASSWORD = "correct horse"


@pytest.fixture
async def link(share: Share) -> Opened:
    """A link with a password, for one download."""
    return await share(password=PASSWORD, max_uses=1, note="For Thursday")


async def test_nothing_is_told_before_the_password(link: Opened) -> None:
    for page in (await link.get(), await link.click(await link.get(), password="wrong")):
        text = page.body.decode()
        assert 'type="password"' in text
        for told in ("Prometheus", "talks", "Thursday", "MD5", "ana"):
            assert told not in text.partition("<body>")[2], told
    assert await link.counts() == (0, 0)


async def test_the_password_opens_the_page_whose_button_works(link: Opened) -> None:
    page = await link.click(await link.get(), password=PASSWORD, do="open")
    assert page.status == 200
    assert "Prometheus.pptx" in page.body.decode()
    assert PASSWORD not in page.body.decode()
    assert await link.counts() == (0, 0)
    file = await link.follow(await link.click(page, do="download"))
    assert (file.status, file.body) == (200, CONTENT)
    assert await link.counts() == (1, len(CONTENT))


@pytest.mark.parametrize("given", ["Correct horse", "correct horse ", "correct hors", ""])
async def test_another_password_does_not(link: Opened, given: str) -> None:
    page = await link.click(await link.get(), password=given, do="download")
    assert page.status == (403 if given else 200)
    assert "Prometheus" not in page.body.decode()
    assert ("That is not the password." in page.body.decode()) is bool(given)


async def test_the_proof_of_one_link_opens_no_other(link: Opened, share: Share) -> None:
    other = await share(password=PASSWORD)
    page = await other.click(await other.get(), password=PASSWORD, do="open")
    fields = {**hidden(await link.get()), "unlocked": hidden(page)["unlocked"]}
    answer = await link.post(do="download", **fields)
    assert answer.status == 200
    assert "Prometheus" not in answer.body.decode()


async def test_a_proof_changed_by_one_letter_opens_nothing(link: Opened) -> None:
    page = await link.click(await link.get(), password=PASSWORD, do="open")
    proof = hidden(page)["unlocked"]
    last = "0" if proof[-1] != "0" else "1"
    for wrong in (proof[:-1] + last, "", hidden(page)["click"]):
        fields = {**hidden(page), "unlocked": wrong}
        assert (await link.post(do="download", **fields)).status == 200
    assert (await link.click(page, do="download")).status == 303


async def test_many_wrong_passwords_have_to_wait(link: Opened) -> None:
    page = await link.get()
    statuses = [(await link.click(page, password=f"wrong {n}")).status for n in range(8)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    refused = await link.click(page, password=PASSWORD)
    assert refused.status == 429  # even the right one: it is not looked at
    seconds = int(refused.header("retry-after") or 0)
    assert seconds > 0
    assert "Too many tries" in refused.body.decode()
    link.driver.clock.now_us += seconds * SECOND
    assert (await link.click(page, password=PASSWORD, do="open")).status == 200


async def test_one_who_guesses_does_not_lock_others_out(link: Opened) -> None:
    page = await link.get()
    for number in range(8):
        await link.click(page, password=f"wrong {number}")
    link.driver.client = "198.51.100.7"
    assert (await link.click(page, password=PASSWORD, do="open")).status == 200


async def test_a_tool_is_told_in_one_line(link: Opened) -> None:
    answer = await link.get(who=CURL)
    assert answer.status == 403
    assert answer.body == b"This link needs its password: open it in a browser\n"


async def test_the_password_without_the_pages_proof_is_not_looked_at(link: Opened) -> None:
    answer = await link.post(password=PASSWORD, do="download")
    assert answer.status == 403
    assert await link.counts() == (0, 0)


async def test_a_raw_url_of_the_share_needs_the_password(link: Opened) -> None:
    page = await link.click(await link.get(), password=PASSWORD, do="open")
    answer = await link.click(page, do="download")
    location = answer.header("location") or ""
    without = location.replace("x-narthex-click=", "x-narthex-clack=")
    url = f"http://{HOST}/{without.removeprefix('../')}"
    assert (await link.driver.url(url, headers=BROWSER)).status == 403


async def test_what_was_refused_is_written_down(link: Opened) -> None:
    await link.get(who=CURL)
    await link.click(await link.get(), password="wrong horse")
    server = link.driver.server
    await server.ledger.journal.written()
    rows = await server.catalog.fetch(
        "SELECT outcome, address, agent, detail FROM audit WHERE event = 'refused' ORDER BY id"
    )
    assert sorted(row[0] for row in rows) == ["password-needed", "password-wrong"]
    assert {row[1] for row in rows} == {"192.0.2.7"}
    assert "wrong horse" not in str(rows)
