"""Shares and requests by hand: made, told once, watched, changed, taken back."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from narthex.web.console.pages import activity
from tests.asking import Api
from tests.driving import SECOND, Answer, Driver, open_driver
from tests.web.conftest import CURL
from tests.web.console.conftest import BUCKET, CONTENT, HERE, KEY, Browser, text_of

DAY = 86_400
_LINK = re.compile(r'id="(?:link|raw)-\d+">([^<]+)<')
_ID = re.compile(r"one\?id=([0-9a-f]+)")


def links_of(page: Answer) -> list[str]:
    """The links that a page tells."""
    return [unescape(link) for link in _LINK.findall(page.body.decode())]


def id_of(page: Answer) -> str:
    """The share that a page leads to."""
    found = _ID.search(page.body.decode())
    assert found is not None, text_of(page)
    return found[1]


async def share(root: Browser, **fields: str) -> Answer:
    """The form, sent; for an hour."""
    return await root.post("share", **{"bucket": BUCKET, "key": KEY, "expires": "3600", **fields})


async def fetch(root: Browser, link: str) -> Answer:
    """What curl gets from a link."""
    return await root.driver.url(link, headers=CURL)


async def test_a_share_with_every_option_is_one_of_the_api(root: Browser) -> None:
    await root.get("share", bucket=BUCKET, key=KEY)
    page = await share(
        root,
        expires="at",
        expires_at="2026-12-24T18:00",
        expires_at_utc="2026-12-24T17:00:00.000Z",
        not_before="2026-11-25T09:00",
        max_downloads="3",
        max_bytes="1,5",
        allow_ips="192.0.2.0/24, 2001:db8::/32",
        password="correct horse",
        recipients="ana@example.org\r\n\r\n ben@example.org \r\nana@example.org",
        filename="slides.pptx",
        note="For Thursday.\r\nPlease keep it.",
        notify="https://203.0.113.9/hook",
        pin="1",
    )
    assert page.status == 200, text_of(page)
    assert len(links_of(page)) == 2
    assert b"<svg viewBox" in page.body  # a code for a phone's camera
    assert "Secret of the webhooks" in text_of(page)
    one = text_of(await root.get("shares/one", id=id_of(page)))
    for words in (
        "ana@example.org",
        "2026-12-24 17:00 UTC",
        "2026-11-25 09:00 UTC",
        "0 / 3",
        "0 B / 1.5 MB",
        "192.0.2.0/24, 2001:db8::/32",
        "slides.pptx",
        "For Thursday. Please keep it.",
        "Password yes",
        "Not yet",
    ):
        assert words in one, words
    assert "correct horse" not in one


async def test_a_link_is_told_once_and_used_where_one_watches(root: Browser) -> None:
    page = await share(root)
    (link,) = links_of(page)
    assert link.startswith(f"http://{HERE}/s/")
    share_id = id_of(page)
    before = await root.script(f"shares/one?id={share_id}", method="GET")
    assert "Completed" not in text_of(before)
    assert (await fetch(root, link)).body == CONTENT
    await root.driver.server.ledger.journal.written()
    live = await root.script(f"shares/one?id={share_id}", method="GET")
    assert "Completed" in text_of(live)
    assert "192.0.2.7" in text_of(live)
    assert b"<html" not in live.body
    assert link.rpartition("/")[2].encode() not in live.body
    all_of_them = await root.script("activity", method="GET")
    assert "Completed" in text_of(all_of_them)
    assert "Completed" in text_of(await root.get("activity"))


async def test_what_was_taken_back_is_dead_and_stays_in_the_list(root: Browser) -> None:
    page = await share(root)
    (link,) = links_of(page)
    assert "Prometheus.pptx" in text_of(await root.get("shares"))
    answer = await root.post("revoke", id=id_of(page))
    told = text_of(await root.follow(answer, "revoke"))
    assert "Nobody can use it any more." in told
    assert (await fetch(root, link)).status == 410
    assert "No shares here" in text_of(await root.get("shares", state="live"))
    ended = text_of(await root.get("shares", state="ended"))
    assert "Taken back" in ended
    again = await root.post("extend", id=id_of(page), expires="3600")
    assert (again.status, "cannot be changed" in text_of(again)) == (409, True)


async def test_the_end_of_a_share_is_moved(root: Browser, narthex: Driver) -> None:
    page = await share(root)
    (link,) = links_of(page)
    answer = await root.post("extend", id=id_of(page), expires=str(7 * DAY))
    assert "It ends at another time now." in text_of(await root.follow(answer, "extend"))
    narthex.clock.now_us += 2 * 3600 * SECOND
    assert (await fetch(root, link)).status == 200
    await root.sign_in()
    await root.get()
    assert (await root.post("extend", id=id_of(page), expires="60")).status == 303
    narthex.clock.now_us += 60 * SECOND
    assert (await fetch(root, link)).status == 410


async def test_a_raw_link_and_a_folder(root: Browser) -> None:
    short, raw = links_of(await share(root, raw="1"))
    assert "X-Amz-Signature" in raw
    assert (await root.driver.url(raw)).body == CONTENT
    page = await share(root, key="talks/", prefix="1")
    assert "talks/" in text_of(page)
    assert links_of(page) != [short]


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"expires": "at"}, "Until"),
        ({"expires": "at", "expires_at": "tomorrow"}, "Until"),
        ({"expires": "at", "expires_at": "2026-11-23T12:00"}, "Until"),
        ({"expires": "soon"}, "Ends"),
        ({"expires": "0"}, "Ends"),
        ({"max_downloads": "0"}, "max_downloads"),
        ({"max_downloads": "many"}, "max_downloads"),
        ({"max_bytes": "a lot"}, "max_bytes"),
        ({"allow_ips": "nonsense"}, "allow_ips"),
        ({"password": "short"}, "password"),
        ({"password": "correct horse", "raw": "1"}, "raw"),
        ({"recipients": "\n".join(map(str, range(101)))}, "recipients"),
        ({"recipients": "x" * 257}, "recipients"),
        ({"filename": "x" * 256}, "filename"),
        ({"note": "x" * 1025}, "note"),
        ({"not_before": "2030-01-01T00:00"}, "not_before"),
        ({"notify": "gopher://x"}, "notify"),
        ({"key": "nothing"}, ""),
        ({"bucket": "nowhere"}, ""),
    ],
)
async def test_what_cannot_be_meant_is_marked_and_nothing_is_made(
    root: Browser, fields: dict[str, str], marked: str
) -> None:
    page = await share(root, **fields)
    assert page.status in (400, 404)
    assert 'role="alert"' in page.body.decode()
    if marked and marked not in ("Until", "Ends", "raw"):
        field = re.search(rf'name="{marked}"[^>]*aria-invalid="true"', page.body.decode())
        assert field is not None
    assert b"correct horse" not in page.body
    assert "No shares here" in text_of(await root.get("shares"))


async def test_a_form_that_comes_back_keeps_what_was_typed(root: Browser) -> None:
    typed = {"not_before": "2026-11-25T09:00", "not_before_utc": "2026-11-25T07:00:00.000Z"}
    wrong = await share(root, allow_ips="x", note="<b>keep</b>", max_downloads="4", **typed)
    page = wrong.body
    assert b'name="not_before" value="2026-11-25T07:00"' in page
    assert b'value="x"' in page
    assert b"&lt;b&gt;keep&lt;/b&gt;" in page
    assert b'value="4"' in page


async def test_a_request_with_every_option(root: Browser) -> None:
    await root.get("request", bucket=BUCKET, key="inbox/")
    page = await root.post(
        "request",
        bucket=BUCKET,
        key="inbox/",
        expires=str(DAY),
        max_files="10",
        max_size="2.5",
        max_bytes="20",
        types=".pdf, image/*",
        overwrite="always",
        recipient="theo@example.org",
        note="The signed form, please.",
        allow_ips="192.0.2.0/24",
    )
    assert page.status == 200, text_of(page)
    assert "curl --fail-with-body" in text_of(page)
    assert len(links_of(page)) == 1
    request_id = id_of(page)
    one = text_of(await root.get("requests/one", id=request_id))
    for words in (
        "inbox/",
        "from theo@example.org",
        "0 / 10",
        "2.5 MB",
        "0 B / 20.0 MB",
        ".pdf, image/*",
        "The signed form, please.",
        "192.0.2.0/24",
        "curl --fail-with-body",
    ):
        assert words in one, words
    assert "theo@example.org" in text_of(await root.get("requests"))
    live = await root.script(f"requests/one?id={request_id}", method="GET")
    assert b"curl" not in live.body
    answer = await root.post("requests/extend", id=request_id, expires="3600")
    assert answer.status == 303
    answer = await root.post("requests/revoke", id=request_id)
    told = await root.follow(answer, "requests/revoke")
    assert "Nobody can use it any more." in text_of(told)
    assert "curl" not in text_of(told)
    assert "No requests here" in text_of(await root.get("requests"))
    log = await root.get("activity")
    assert "Taken back" in text_of(log)
    moved = await root.get("shares/one", id=request_id)  # as the log of all links to it
    assert moved.header("location") == f"../../../-/console/requests/one?id={request_id}"


@pytest.mark.parametrize(
    "fields",
    [
        {"max_files": "0"},
        {"max_size": "-1"},
        {"types": "pdf"},
        {"bucket": ""},
        {"password": "short"},
        {"expires": ""},
    ],
)
async def test_a_request_that_cannot_be_meant_is_not_made(
    root: Browser, fields: dict[str, str]
) -> None:
    page = await root.post(
        "request", **{"bucket": BUCKET, "key": "inbox/", "expires": "3600", **fields}
    )
    assert page.status in (400, 404)
    assert 'role="alert"' in page.body.decode()
    assert "No requests here" in text_of(await root.get("requests"))


async def test_any_link_is_taken_back_by_pasting_it(root: Browser, narthex: Driver) -> None:
    (link,) = links_of(await share(root))
    narthex.host = HERE
    plain = narthex.link("GET", f"/{BUCKET}/{KEY}")
    for url in (link, plain):
        assert (await fetch(root, url)).status == 200
        page = await root.post("take-back", url=f" {url}\n")
        assert "Nobody can use it any more." in text_of(page)
        assert url.encode() not in page.body
        assert (await fetch(root, url)).status in (403, 410)


@pytest.mark.parametrize("url", ["", "nonsense", "http://localhost:9000/s/unknown", "javascript:x"])
async def test_what_is_no_link_of_ours_is_said(root: Browser, url: str) -> None:
    page = await root.post("take-back", url=url)
    assert page.status in (400, 404)
    assert "Nothing was taken back" in text_of(page)


async def test_a_link_with_one_letter_changed_is_not_taken_back(
    root: Browser, narthex: Driver
) -> None:
    narthex.host = HERE
    plain = narthex.link("GET", f"/{BUCKET}/{KEY}")
    page = await root.post("take-back", url=plain[:-1] + ("0" if plain[-1] != "0" else "1"))
    assert page.status == 404
    assert (await fetch(root, plain)).status == 200


@pytest.mark.parametrize("share_id", ["", "../x", "0f3c", "%2e%2e", "ü", "0" * 65])
async def test_a_share_that_is_not_there_is_said(root: Browser, share_id: str) -> None:
    for page in ("shares/one", "requests/one"):
        answer = await root.get(page, id=share_id)
        if answer.status == 303:
            answer = await root.follow(answer, page)
        assert answer.status == 404
    assert (await root.post("revoke", id=share_id)).status == 404


async def test_shares_of_others_are_not_there(root: Browser, narthex: Driver, iam: Api) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    key = (await iam.user("ana", everything)).s3.key
    assert key is not None
    share_id = id_of(await share(root))
    ana = Browser(narthex)
    await ana.sign_in(key)
    assert "No shares here" in text_of(await ana.get("shares"))
    assert (await ana.script(f"shares/one?id={share_id}", method="GET")).status == 404
    assert (await ana.post("revoke", id=share_id)).status == 404


async def test_who_can_see_it_names_everyone_and_why(root: Browser, iam: Api) -> None:
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    await iam.user("theodora", {**read, "Condition": office})
    await share(root, recipients="ben@example.org")
    page = text_of(await root.get("access", bucket=BUCKET, key=KEY))
    for words in (
        "Who can read this file",
        "Root",
        "User theodora",
        "only if IpAddress aws:SourceIp 203.0.113.0/24",
        "A link for ben@example.org",
    ):
        assert words in page, words
    page = text_of(await root.get("access", bucket=BUCKET))
    assert "Who can list the files" in page
    assert "theodora" not in page
    odd = await root.get("access", bucket=BUCKET, action="iam:DeleteUser")
    assert "Who can list the files" in text_of(odd)
    assert (await root.get("access")).status == 404
    assert (await root.get("access", bucket="nowhere")).status == 404


async def test_a_long_log_is_shown_page_by_page_the_newest_first(
    root: Browser, narthex: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "SHOWN", 3)
    for number in range(7):
        narthex.clock.now_us += SECOND
        await share(root, recipients=f"reader-{number}@example.org", filename=f"{number}.pptx")
    times: list[str] = []
    counts: list[int] = []
    query: dict[str, str] = {}
    while True:
        page = (await root.get("activity", **query)).body.decode()
        times += re.findall(r'datetime="([^"]+)"', page)
        counts.append(page.count("data-id="))
        assert ("data-live" in page) == (not query)  # what was before does not change
        following = re.search(r"activity\?after=([0-9a-f]+)", page)
        if following is None:
            break
        query = {"after": following[1]}
    assert set(counts[:-1]) == {3}
    assert len(counts) >= 3
    assert times == sorted(times, reverse=True)
    assert times[0] == "2026-11-24T12:00:07Z"


async def test_a_review_that_asks_why_is_answered_in_the_form(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path, observes=False):  # with the model that is shipped
        await narthex.send("PUT", f"/{BUCKET}")
        await narthex.send("PUT", f"/{BUCKET}/{KEY}", body=CONTENT)
        root = Browser(narthex)
        await root.sign_in()
        await root.get()
        fields = {"recipients": "theo@example.org", "note": "For Thursday."}
        for why in ("", "x"):
            page = await share(root, **fields, justification_text=why)
            assert page.status == 409
            assert "Why it is right to share it" in text_of(page)
            assert "theo@example.org" in text_of(page)
        page = await share(root, **fields, justification_text="His talk is on Thursday")
        assert len(links_of(page)) == 1
