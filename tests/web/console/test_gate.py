"""Who may send what: other sites, frames, forms without a proof, headers of every answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narthex.web.console.routes import DONE, SCRIPTED, SHOWN
from tests.driving import Driver, changed, open_driver
from tests.web.console.conftest import (
    BUCKET,
    CONSOLE,
    KEY,
    NAVIGATES,
    SCRIPT,
    Browser,
    text_of,
    told_by,
)


@pytest.mark.parametrize("page", sorted(DONE))
async def test_no_form_works_without_its_proof(root: Browser, page: str) -> None:
    wrong = changed(root.proof.encode()).decode("latin-1")
    for proof in ("", wrong, root.proof[:-1], "é"):
        answer = await root.post(page, proof=proof, bucket=BUCKET, key=KEY, id="0f3c")
        assert answer.status == 403
        assert "Nothing was changed" in text_of(answer)
    assert root.cookies  # nor did it sign out


@pytest.mark.parametrize("page", sorted(SCRIPTED))
async def test_no_script_works_without_its_proof(root: Browser, page: str) -> None:
    wrong = changed(root.proof.encode()).decode("latin-1")
    answer = await root.script(page, {"bucket": BUCKET, "key": KEY}, proof=wrong)
    assert (answer.status, told_by(answer)["error"]["code"]) == (403, "Unproven")
    assert (await root.post(page, bucket=BUCKET, key=KEY)).status == 404  # not by a form


@pytest.mark.parametrize("page", sorted(set(SHOWN) - {"sign-in"}))
async def test_nobody_sees_a_page_without_a_session(browser: Browser, page: str) -> None:
    answer = await browser.get(page, bucket=BUCKET, key=KEY, id="0f3c")
    assert 'name="secret"' in answer.body.decode()
    assert (await browser.script(page or "shares", method="GET", proof="0" * 64)).status == 401


@pytest.mark.parametrize("page", sorted([*DONE, *SCRIPTED]))
async def test_nobody_does_anything_without_a_session(browser: Browser, page: str) -> None:
    send = browser.script(page, {}, proof="0" * 64) if page in SCRIPTED else browser.post(page)
    assert (await send).status in (200, 401)
    assert not browser.cookies


@pytest.mark.parametrize(
    ("method", "site", "dest", "status"),
    [
        ("GET", "same-origin", "document", 200),
        ("GET", "none", "document", 200),
        ("GET", "cross-site", "document", 200),  # a link to us; its cookie is not sent
        ("GET", "cross-site", "iframe", 403),
        ("GET", "same-origin", "iframe", 403),
        ("GET", "same-origin", "empty", 403),  # a script that is none of ours
        ("GET", "same-site", "image", 403),
        ("POST", "cross-site", "document", 403),
        ("POST", "same-site", "document", 403),
    ],
)
async def test_other_sites_and_frames_are_sent_away(
    root: Browser, method: str, site: str, dest: str, status: int
) -> None:
    headers = (("sec-fetch-site", site), ("sec-fetch-dest", dest))
    name = "shares" if method == "GET" else "sign-out"
    body = f"proof={root.proof}".encode()
    form = ("content-type", "application/x-www-form-urlencoded")
    answer = await root.send(method, f"{CONSOLE}/{name}", "", (*headers, form), body)
    assert answer.status == status


async def test_a_browser_that_says_nothing_has_the_proof_and_the_cookie(root: Browser) -> None:
    assert (await root.send("GET", f"{CONSOLE}/shares", "", ())).status == 200


async def test_every_answer_has_the_headers_that_keep_others_out(root: Browser) -> None:
    answers = [
        await root.get(),
        await root.get("nowhere"),
        await root.post("revoke", proof=""),
        await root.script("activity", method="GET"),
        await root.script("upload/begin", {}),
        await Browser(root.driver).get(),
    ]
    for answer in answers:
        policy = answer.header("content-security-policy") or ""
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.header("cache-control") == "no-store"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        text = answer.body.decode()
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)| style=| on[a-z]+=|javascript:", text)


async def test_each_answer_has_a_nonce_of_its_own(root: Browser) -> None:
    policies = {(await root.get()).header("content-security-policy") for _ in range(3)}
    assert len(policies) == 3


async def test_styles_and_scripts_are_kept_and_named_for_their_content(browser: Browser) -> None:
    door = (await browser.get()).body.decode()
    paths = re.findall(r'(?:href|src)="\.\./-/console/(static/[^"]+)"', door)
    assert len(paths) == 2
    for path in paths:
        answer = await browser.send("GET", f"{CONSOLE}/{path}", "", ())
        assert answer.status == 200
        assert "immutable" in (answer.header("cache-control") or "")
    assert (await browser.get("static/console.css")).status == 404
    assert (await browser.get("static/../pages.py")).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_here(root: Browser, method: str) -> None:
    assert (await root.send(method, f"{CONSOLE}/shares")).status == 404


async def test_head_is_a_get_without_its_bytes(root: Browser) -> None:
    answer = await root.send("HEAD", f"{CONSOLE}/shares")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("content-type", "application/json"),), b"{}"),
        ((("content-type", "application/x-www-form-urlencoded"),), b"a=1&a=2"),
        ((("content-type", "application/x-www-form-urlencoded"),), b"a=" + b"x" * 140_000),
        ((("content-type", "application/x-www-form-urlencoded"),), b"a&" * 50 + b"a=1"),
    ],
)
async def test_a_form_that_no_page_of_ours_sends_is_refused(
    root: Browser, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    answer = await root.send("POST", f"{CONSOLE}/revoke", "", (*NAVIGATES, *headers), body)
    assert answer.status == 400
    assert "id=" not in text_of(answer)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'{"a":"' + b"x" * 1_100_000])
async def test_a_script_sends_one_small_object(root: Browser, body: bytes) -> None:
    headers = (*SCRIPT, ("x-narthex-proof", root.proof))
    answer = await root.send("POST", f"{CONSOLE}/upload/begin", "", headers, body)
    assert answer.status == 400


async def test_on_a_bucket_s_own_host_the_path_is_a_key(tmp_path: Path) -> None:
    async for driver in open_driver(tmp_path, domain=("s3.test",)):
        driver.host = f"{BUCKET}.s3.test"
        assert (await driver.send("PUT", "/")).status == 200
        assert (await driver.send("PUT", CONSOLE, body=b"a key")).status == 200
        assert (await driver.send("GET", CONSOLE)).body == b"a key"


async def test_a_path_that_only_begins_so_is_another(narthex: Driver) -> None:
    answer = await narthex.as_nobody().raw("GET", "/-/consoles", "", [("host", "localhost")])
    assert b"InvalidBucketName" in answer.body
