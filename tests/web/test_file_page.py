"""The page of one file: what it tells, what its button does, what costs nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narthex.errors import Corrupt, Unavailable
from tests.driving import HOST, SECOND, Driver, open_driver
from tests.web.conftest import (
    BROWSER,
    BUCKET,
    CONTENT,
    CURL,
    HOUR,
    Share,
    hidden,
    revoke,
)


async def test_the_page_says_what_it_is_and_until_when(share: Share) -> None:
    link = await share(note="For Thursday", recipient="theo@example.org", max_uses=3)
    page = await link.get()
    assert page.status == 200
    text = page.body.decode()
    for words in (
        "Prometheus.pptx",
        f"{len(CONTENT)} B",
        "ana shared this file with you.",
        "For Thursday",
        "theo@example.org",
        "2026-11-24 13:00 UTC",
        "1 hour left",
        hashlib.md5(CONTENT).hexdigest(),
        "Downloads left</dt><dd>3</dd>",
    ):
        assert words in text, words
    for told in (BUCKET, "talks/", link.issued.share.access_key_id, "X-Amz", "AWS4"):
        assert told not in text, told
    assert len(page.body) < 60 * 1024


async def test_the_button_leads_to_the_file_once(share: Share) -> None:
    link = await share(max_uses=1)
    answer = await link.click(await link.get(), do="download")
    assert answer.status == 303
    assert answer.header("cache-control") == "no-store"
    location = answer.header("location") or ""
    assert location.startswith(f"../{BUCKET}/talks/Prometheus.pptx?")
    assert "X-Amz-Expires=60&" in location
    assert await link.counts() == (0, 0)
    file = await link.follow(answer)
    assert file.status == 200
    assert file.body == CONTENT
    assert file.header("content-disposition") == 'attachment; filename="Prometheus.pptx"'
    assert await link.counts() == (1, len(CONTENT))
    assert "This link has been used up" in (await link.get()).body.decode()


async def test_the_url_behind_the_button_is_good_for_a_minute(share: Share) -> None:
    link = await share()
    answer = await link.click(await link.get(), do="download")
    link.driver.clock.now_us += 60 * SECOND
    assert (await link.follow(answer)).status == 403


async def test_ranges_of_one_click_are_one_download(share: Share) -> None:
    link = await share(max_uses=1)
    answer = await link.click(await link.get(), do="download")
    first = await link.follow(answer, ("range", "bytes=0-9"))
    rest = await link.follow(answer, ("range", "bytes=10-"))
    assert first.body + rest.body == CONTENT
    assert await link.counts() == (1, len(CONTENT))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_page_uses_nothing_up(share: Share, method: str) -> None:
    link = await share(max_uses=1, max_bytes=100)
    for _ in range(3):
        assert (await link.get(method=method)).status == 200
    assert await link.counts() == (0, 0)


@pytest.mark.parametrize(
    "agent", ["Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "python-requests/2.32", ""]
)
async def test_a_preview_uses_nothing_up_and_learns_no_name(share: Share, agent: str) -> None:
    link = await share(max_uses=1)
    answer = await link.get(who=(("accept", "*/*"), ("user-agent", agent)))
    assert answer.status == 200
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert answer.body.count(b"\n") == 1
    assert b"Prometheus" not in answer.body
    assert await link.counts() == (0, 0)


async def test_a_tool_gets_the_file_and_uses_it(share: Share) -> None:
    link = await share(max_uses=1)
    answer = await link.get(who=CURL)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.header("content-disposition") == 'attachment; filename="Prometheus.pptx"'
    assert await link.counts() == (1, len(CONTENT))
    again = await link.get(who=CURL)
    assert again.status == 410
    assert again.body.decode().startswith("This link has been used up. ")
    assert again.body.count(b"\n") == 1


async def test_whoever_asks_for_bytes_gets_them(share: Share) -> None:
    answer = await (await share()).get(who=(("accept", "application/octet-stream"),))
    assert answer.body == CONTENT


async def test_a_tool_can_look_before_it_fetches_and_resume(share: Share) -> None:
    link = await share(max_uses=1)
    head = await link.get(who=CURL, method="HEAD")
    assert (head.status, head.header("content-length")) == (200, str(len(CONTENT)))
    assert await link.counts() == (0, 0)
    part = await link.get(("range", "bytes=4-9"), who=CURL)
    assert (part.status, part.body) == (206, CONTENT[4:10])
    beyond = await link.get(("range", f"bytes={len(CONTENT)}-"), who=CURL)
    assert beyond.status == 416


async def test_a_file_is_called_what_its_owner_calls_it(share: Share) -> None:
    link = await share(filename="Vortrag für Thea.pptx")
    page = await link.get()
    assert "Vortrag für Thea.pptx" in page.body.decode()
    file = await link.follow(await link.click(page, do="download"))
    assert "filename*=UTF-8''Vortrag%20f%C3%BCr%20Thea.pptx" in (
        file.header("content-disposition") or ""
    )


NASTY = "<script>alert(1)<script>\"'&{{7*7}}"


async def test_what_others_wrote_is_text_and_nothing_else(narthex: Driver, share: Share) -> None:
    key = f"x/{NASTY}.html"
    await narthex.send("PUT", f"/{BUCKET}/{key}", body=CONTENT)
    link = await share(key, owner=NASTY, note=NASTY, recipient=NASTY)
    text = (await link.get()).body.decode()
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;script&gt;") == 4
    assert text.count("{{7*7}}") == 4
    assert text.count("<script") == 1  # ours


@pytest.mark.parametrize(
    "changed",
    [
        {"click": ""},
        {"click": "1795521600." + "0" * 64},
        {"click": "x"},
    ],
)
async def test_a_form_without_its_proof_is_refused(share: Share, changed: dict[str, str]) -> None:
    link = await share(max_uses=1)
    fields = {**hidden(await link.get()), "do": "download", **changed}
    answer = await link.post(**fields)
    assert answer.status == 403
    assert "This page was open for too long" in answer.body.decode()
    assert await link.counts() == (0, 0)


async def test_a_proof_changed_by_one_letter_is_refused(share: Share) -> None:
    link = await share()
    proof = hidden(await link.get())["click"]
    last = "0" if proof[-1] != "0" else "1"
    assert (await link.post(click=proof[:-1] + last, do="download")).status == 403
    assert (await link.post(click=proof, do="download")).status == 303


async def test_a_proof_of_another_link_is_refused(share: Share) -> None:
    one, other = await share(), await share()
    answer = await one.post(**hidden(await other.get()), do="download")
    assert answer.status == 403


async def test_a_proof_ends_after_half_a_day(share: Share) -> None:
    link = await share(expires_in_us=24 * HOUR)
    page = await link.get()
    link.driver.clock.now_us += 12 * HOUR
    assert (await link.click(page, do="download")).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_that_another_site_sends_is_refused(share: Share, site: str) -> None:
    link = await share()
    fields = hidden(await link.get())
    answer = await link.post(("sec-fetch-site", site), do="download", **fields)
    assert answer.status == 403
    answer = await link.post(("sec-fetch-site", "same-origin"), do="download", **fields)
    assert answer.status == 303


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"click=1"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"click=%FF"),
        ("application/x-www-form-urlencoded", b"click=1&click=2"),
        ("application/x-www-form-urlencoded", b"&".join([b"a%d=1" % n for n in range(17)])),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 20_000),
        ("application/x-www-form-urlencoded", b"nonsense"),
    ],
)
async def test_a_form_that_no_page_sends_is_refused(share: Share, kind: str, body: bytes) -> None:
    link = await share()
    headers = (("host", HOST), *BROWSER, ("content-type", kind), ("content-length", str(len(body))))
    answer = await link.driver.raw("POST", link.path, "", headers, [body])
    assert answer.status == 400
    assert b"Prometheus" not in answer.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(share: Share, method: str) -> None:
    answer = await (await share()).get(method=method)
    assert answer.status == 405
    assert answer.header("allow") == "GET, HEAD, POST"


async def test_each_page_speaks_the_readers_language(share: Share) -> None:
    link = await share()
    for language, word in (("de-CH", "Herunterladen"), ("es", "Descargar"), ("ja", "ダウンロード")):
        page = await link.get(("accept-language", language))
        assert page.header("content-language") == language[:2]
        assert f'<html lang="{language[:2]}">' in page.body.decode()
        assert word in page.body.decode()


SECURITY = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = (
    "default-src 'none'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


@pytest.mark.parametrize("state", ["good", "password", "revoked", "unknown"])
async def test_every_page_is_locked_down(share: Share, state: str) -> None:
    link = await share(password="correct horse" if state == "password" else None)
    if state == "revoked":
        await revoke(link)
    page = await link.get()
    if state == "unknown":
        page = await link.driver.raw("GET", f"{link.path[:-1]}_", "", (("host", HOST), *BROWSER))
    for name, value in SECURITY.items():
        assert page.header(name) == value, name
    policy = page.header("content-security-policy")
    assert policy is not None
    rules = policy.split("; ")
    assert set(POLICY) <= set(rules)
    assert "unsafe" not in policy
    assert "set-cookie" not in dict(page.headers)
    text = page.body.decode()
    for inline in (" onclick", " onload", " style=", "javascript:"):
        assert inline not in text
    for opening in text.split("<script")[1:]:
        nonce = opening.partition('nonce="')[2].partition('"')[0]
        assert f"script-src 'nonce-{nonce}'" in rules
        assert opening.partition(">")[2].startswith("</script>")


async def test_a_nonce_is_never_used_twice(share: Share) -> None:
    link = await share()
    policies = {(await link.get()).header("content-security-policy") for _ in range(3)}
    assert len(policies) == 3


async def test_the_script_is_served_and_may_be_kept(share: Share) -> None:
    link = await share()
    text = (await link.get()).body.decode()
    source = text.partition(' src="')[2].partition('"')[0]
    path = f"/s/{source}"
    script = await link.driver.raw("GET", path, "", (("host", HOST),))
    assert script.status == 200
    assert script.header("content-type") == "text/javascript; charset=utf-8"
    assert "immutable" in (script.header("cache-control") or "")
    other = await link.driver.raw("GET", path[:-4] + ".js", "", (("host", HOST),))
    assert other.status == 404


async def test_a_key_that_a_browser_would_resolve_is_sent_at_once(
    narthex: Driver, share: Share
) -> None:
    key = "a/../b.txt"
    sent = await narthex.send("PUT", f"/{BUCKET}/{key}", body=CONTENT)
    assert sent.status == 200
    link = await share(key, max_uses=1)
    answer = await link.click(await link.get(), do="download")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert await link.counts() == (1, len(CONTENT))


@pytest.mark.parametrize("key", ["a b+c%2F.txt", "ü/ファイル.txt", "a//b", "?x=1#y"])
async def test_any_key_survives_the_redirect(narthex: Driver, share: Share, key: str) -> None:
    assert (await narthex.send("PUT", f"/{BUCKET}/{key}", body=CONTENT)).status == 200
    link = await share(key)
    file = await link.follow(await link.click(await link.get(), do="download"))
    assert (file.status, file.body) == (200, CONTENT)


async def test_a_link_below_a_bucket_of_a_host_is_a_key(narthex: Driver, share: Share) -> None:
    link = await share()
    headers = (("host", f"{BUCKET}.{HOST}"), *BROWSER)
    other = await narthex.raw("GET", link.path, "", headers)
    assert other.status == 200  # no domain is configured: the host says nothing


async def test_root_shares_under_the_name_of_its_server(share: Share) -> None:
    page = await (await share(owner="")).get()
    assert f"Shared with you on {HOST}." in page.body.decode()


async def test_all_addresses_are_relative_so_that_a_proxy_may_have_a_prefix(share: Share) -> None:
    link = await share()
    text = (await link.get()).body.decode()
    token = link.path.removeprefix("/s/")
    assert f'action="{token}"' in text
    assert 'src="-/link-' in text
    assert 'href="/' not in text
    assert "http" not in text.partition("</head>")[2]


async def test_a_name_that_turns_its_direction_does_not(narthex: Driver, share: Share) -> None:
    key = "annexe\u202etxt.exe"
    await narthex.send("PUT", f"/{BUCKET}/{key}", body=CONTENT)
    link = await share(key)
    page = await link.get()
    assert "annexe_txt.exe" in page.body.decode()
    assert "\u202e" not in page.body.decode()
    file = await link.follow(await link.click(page, do="download"))
    assert file.header("content-disposition") == 'attachment; filename="annexe_txt.exe"'


@pytest.mark.parametrize("who", [BROWSER, CURL], ids=["browser", "curl"])
@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unavailable("the database is away"), 503, "Busy for a moment"),
        (Corrupt("a row of s/ecret"), 500, "Something went wrong on our side"),
        (RuntimeError("a bug in s/ecret"), 500, "Something went wrong on our side"),
    ],
)
async def test_what_fails_on_our_side_says_so_and_no_more(
    share: Share, who: Any, error: Exception, status: int, words: str
) -> None:
    link = await share()

    class Failing:
        async def fetch_one(self, sql: str, values: Any = ()) -> Any:
            raise error

    catalog: Any = Failing()
    failing = Driver(replace(link.driver.server, catalog=catalog), link.driver.clock)
    answer = await failing.raw("GET", link.path, "", (("host", HOST), *who))
    assert answer.status == status
    assert words in answer.body.decode()
    assert "ecret" not in answer.body.decode()


async def test_the_access_log_has_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async for driver in open_driver(tmp_path, access_log=True):
        await driver.raw("GET", "/s/pYdH3C0sZtW1oYlJ8mSg7w2Q", "", (("host", HOST), *BROWSER))
    said = capsys.readouterr().out
    assert "/s/..." in said
    assert "pYdH3C0s" not in said
