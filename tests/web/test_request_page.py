"""The page of a request: who asks, for what, until when; nothing of what others sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from narthex.web import look
from tests.driving import HOST
from tests.web.conftest import BROWSER, BUCKET, CURL, OUTSIDE_LIMITS, Share, hidden, revoke
from tests.web.requesting import INBOX, Asked, ask, told

ASK = "If you still want to send something, ask ana for a new link."


async def test_the_page_says_who_asks_for_what_until_when(share: Share) -> None:
    link = await ask(
        share,
        note="The footage, please",
        recipient="theo@example.org",
        max_uses=3,
        max_bytes=90_000_000,
        max_size=40_000_000,
        types=(".mov", "image/*"),
    )
    page = await link.get()
    assert page.status == 200
    text = page.body.decode()
    for words in (
        "ana asks you for files",
        "The footage, please",
        "theo@example.org",
        "2026-11-24 13:00 UTC",
        "1 hour left",
        "Largest file</dt><dd>40.0 MB</dd>",
        "Kinds of files</dt><dd>.mov, image/*</dd>",
        "Room left</dt><dd>90.0 MB</dd>",
        "Files left</dt><dd data-files-left>3</dd>",
        "no file is replaced; another one of the same name gets a number",
        f"curl -T FILE http://{HOST}{link.path}/",
        'id="files" class="unseen" multiple accept=".mov,image/*"',
    ):
        assert words in text, words
    for secret in (BUCKET, INBOX, link.issued.share.access_key_id, "X-Amz", "AWS4"):
        assert secret not in text, secret
    assert (told(page)["maxSize"], told(page)["types"]) == (40_000_000, [".mov", "image/*"])
    assert await link.counts() == (0, 0)


async def test_page_and_script_weigh_less_than_a_picture(share: Share) -> None:
    page = await (await ask(share)).get()
    assert len(page.body) + len(look.SCRIPT) + len(look.UPLOADER) < 60 * 1024


async def test_a_request_for_one_file_asks_for_one(share: Share) -> None:
    link = await ask(share, key="inbox/plan.pdf", is_prefix=False, overwrite=True)
    text = (await link.get()).body.decode()
    assert "ana asks you for a file" in text
    assert "the new file replaces the old one" in text
    assert "multiple" not in text
    assert "webkitdirectory" not in text
    assert "plan.pdf" not in text, "where it goes is nobody's business"
    assert f"curl -T FILE http://{HOST}{link.path}<" in text


async def test_nobody_is_named_for_an_accounts_root(share: Share) -> None:
    text = (await (await ask(share, owner="")).get()).body.decode()
    assert "Files are asked for on narthex.test" in text


async def test_what_others_sent_is_not_told(share: Share) -> None:
    link = await ask(share)
    await link.bring("/salaries.xlsx", b"secret")
    assert "salaries" not in (await link.get()).body.decode()


async def test_the_page_sends_to_this_server_only_and_runs_its_own_scripts(share: Share) -> None:
    page = await (await ask(share)).get()
    policy = page.header("content-security-policy") or ""
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'self'; " in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.header("cache-control") == "no-store"
    assert page.header("referrer-policy") == "no-referrer"
    assert page.header("x-content-type-options") == "nosniff"
    text = page.body.decode()
    assert text.count("<script") == text.count('<script nonce="') == 2
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)


async def test_a_page_that_downloads_sends_nothing(share: Share) -> None:
    page = await (await share()).get()
    assert "connect-src" not in (page.header("content-security-policy") or "")
    assert look.UPLOADER_NAME not in page.body.decode()


async def test_the_script_is_kept_by_its_name(share: Share) -> None:
    link = await ask(share)
    for name, content in look.SCRIPTS.items():
        answer = await link.driver.raw("GET", f"/s/-/{name}", "", (("host", HOST),))
        assert (answer.status, answer.body) == (200, content)
        assert "immutable" in (answer.header("cache-control") or "")
        other = await link.driver.raw("GET", f"/s/-/x{name}", "", (("host", HOST),))
        assert other.status == 404


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
@pytest.mark.parametrize(
    ("limits", "later_us", "status", "words", "asks"),
    OUTSIDE_LIMITS,
)
async def test_a_request_outside_its_limits_says_so(
    share: Share,
    who: Any,
    limits: dict[str, Any],
    later_us: int,
    status: int,
    words: str,
    asks: bool,
) -> None:
    link = await ask(share, **limits)
    link.driver.clock.now_us += later_us
    answer = await link.get(who=who)
    assert answer.status == status
    text = answer.body.decode()
    assert words in text
    assert (ASK in text) is asks
    assert "curl" not in text
    assert "Your files" not in text
    brought = await link.bring("/a.txt", b"late")
    assert brought.status == status
    assert await link.stored("a.txt") is None


async def test_a_request_that_was_taken_back_says_so(share: Share) -> None:
    link = await ask(share)
    page = await link.get()
    await revoke(link)
    for answer in (await link.get(), await link.click(page, do="open")):
        assert answer.status == 410
        assert "This link was taken back" in answer.body.decode()
    assert (await link.bring("/a.txt", b"late")).status == 410


async def test_a_request_that_is_used_up_takes_only_what_was_begun(share: Share) -> None:
    link = await ask(share, max_uses=1)
    assert (await link.bring("/a.txt", b"one")).status == 200
    page = await link.get()
    assert page.status == 410
    text = page.body.decode()
    assert "No more files are taken" in text
    assert ASK in text
    assert told(page)["closed"] is True
    assert "curl" not in text
    line = await link.get(who=CURL)
    assert line.status == 410
    assert b"No more files are taken" in line.body
    assert (await link.bring("/b.txt", b"two")).status == 410


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "ana bittet Sie um Dateien"),
        ("es", "ana le pide archivos"),
        ("ja", "ana さんがファイルの送付を求めています"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    share: Share, language: str, words: str
) -> None:
    page = await (await ask(share, max_size=1500)).get(("accept-language", language))
    assert words in page.body.decode()
    assert told(page)["point"] == ("." if language == "ja" else ",")


async def test_nothing_is_told_before_the_password(share: Share) -> None:
    link = await ask(share, password="correct horse", note="Thursday", types=("text/csv",))
    page = await link.get()
    text = page.body.decode().partition("<body>")[2]
    assert 'type="password"' in text
    for secret in ("ana", "Thursday", "csv", "curl"):
        assert secret not in text
    wrong = await link.click(page, password="wrong horse", do="open")
    assert wrong.status == 403
    assert "Thursday" not in wrong.body.decode()
    right = await link.click(page, password="correct horse", do="open")
    assert right.status == 200
    assert "ana asks you for files" in right.body.decode()
    assert "-u guest" in right.body.decode()
    assert "curl asks for the password." in right.body.decode()
    assert hidden(right)["unlocked"]
    line = await link.get(who=CURL)
    assert line.body.decode() == f"curl -u guest -T FILE http://{HOST}{link.path}/\n"


async def test_curl_is_told_how_to_send(share: Share) -> None:
    link = await ask(share, max_uses=3, max_size=40_000_000, types=("text/csv",))
    answer = await link.get(who=CURL)
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert answer.body.decode().splitlines() == [
        "ana asks you for files",
        "Valid until: 2026-11-24 13:00 UTC",
        "Largest file: 40.0 MB",
        "Kinds of files: text/csv",
        "Same name: a file that is there already is not replaced",
        "Files left: 3",
        "",
        f"curl -T FILE http://{HOST}{link.path}/",
    ]


async def test_a_preview_learns_that_files_are_asked_for_and_no_more(share: Share) -> None:
    link = await ask(share, note="Thursday")
    answer = await link.get(who=(("user-agent", "Slackbot-LinkExpanding 1.0"),))
    assert answer.body == b"Files are asked for on narthex.test\n"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_refused(share: Share, method: str) -> None:
    answer = await (await ask(share)).get(method=method)
    assert answer.status == 405


async def test_a_form_that_wants_something_else_is_refused(share: Share) -> None:
    link: Asked = await ask(share)
    page = await link.get()
    assert (await link.click(page, do="download")).status == 400
    assert (await link.click(page)).status == 400


async def test_the_address_in_the_command_leads_to_the_page(share: Share) -> None:
    link = await ask(share)
    headers = (("host", HOST), *BROWSER)
    answer = await link.driver.raw("GET", f"{link.path}/", "", headers)
    assert answer.status == 303
    assert answer.header("location") == f"../{link.path.rpartition('/')[2]}"
    line = await link.driver.raw("GET", f"{link.path}/", "", (("host", HOST), *CURL))
    assert line.body.startswith(b"ana asks you for files\n")
    for path in (f"{link.path}/a", f"{link.path}/a/", f"{link.path}//"):
        assert (await link.driver.raw("GET", path, "", headers)).status == 404
    other = await share()
    assert (await link.driver.raw("GET", f"{other.path}/", "", headers)).status == 404
