"""The door of the console: which keys open it, for how long, and what is said to the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narthex.bootstrap import RootKey
from narthex.catalog import accounts, shares
from narthex.web.console import sessions
from tests.asking import Api
from tests.driving import ROOT, SECOND, Driver, open_driver
from tests.web.console.conftest import BUCKET, CONSOLE, NAVIGATES, Browser, text_of

WRONG = "This key and this secret do not belong together."
OVER = "Your session has ended."
ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


async def test_a_key_opens_the_console_and_leaves_no_secret_in_the_browser(
    browser: Browser,
) -> None:
    door = await browser.get()
    assert (door.status, "Sign in" in text_of(door)) == (200, True)
    answer = await browser.sign_in()
    assert answer.status == 303
    page = await browser.follow(answer, "sign-in")
    assert BUCKET in text_of(page)
    (cookie,) = browser.told
    assert "; Path=/-/console; HttpOnly; SameSite=Strict" in cookie
    assert "Secure" not in cookie  # http, on this computer
    for secret in (ROOT.secret, ROOT.id):
        assert secret not in cookie
        assert secret.encode() not in page.body


@pytest.mark.parametrize(
    ("id", "secret"),
    [
        (ROOT.id, ROOT.secret[:-1] + "Z"),
        (ROOT.id, ROOT.secret + "x"),
        (ROOT.id[:-1] + "F", ROOT.secret),
        ("AKIAI44QH8DHBEXAMPLE", ROOT.secret),
        (ROOT.id, ""),
        ("", ROOT.secret),
        (ROOT.id + "/20261124/us-east-1/s3/aws4_request", ROOT.secret),
        (ROOT.id, "näh"),
        ("A" * 129, ROOT.secret),
        (ROOT.id, "A" * 257),
    ],
)
async def test_another_key_is_refused_without_saying_what_is_wrong(
    browser: Browser, id: str, secret: str
) -> None:
    answer = await browser.sign_in(RootKey(id, secret))
    assert answer.status == 403
    assert WRONG in text_of(answer)
    assert not browser.cookies
    assert not secret or secret.encode() not in answer.body


async def test_what_was_typed_reaches_no_log(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    swapped = RootKey(ROOT.secret.replace("/", "x"), ROOT.id)
    await browser.sign_in(swapped)
    await browser.sign_in()
    said = capsys.readouterr()
    told = said.out + said.err
    assert "sign-in refused" in told
    assert f"caller={ROOT.id}" in told
    for secret in (swapped.id, ROOT.secret, *browser.cookies.values()):
        assert secret not in told


async def test_a_permanent_key_with_a_token_is_refused(browser: Browser) -> None:
    assert (await browser.sign_in(token="token")).status == 403


async def test_wrong_secrets_cost_time(browser: Browser, narthex: Driver) -> None:
    wrong = replace(ROOT, secret="x" * 40)
    for _ in range(sessions.FREE_TRIES - 1):
        assert (await browser.sign_in(wrong)).status == 403
    assert (await browser.sign_in(wrong)).status == 429  # wrong, and now it waits
    answer = await browser.sign_in()
    assert answer.status == 429  # not even looked at
    assert answer.header("retry-after") == "1"
    narthex.clock.now_us += SECOND
    assert (await browser.sign_in()).status == 303
    assert (await browser.sign_in(wrong)).status == 403  # forgotten by a right one


async def test_waits_grow_and_have_an_end(browser: Browser, narthex: Driver) -> None:
    wrong = replace(ROOT, secret="x" * 40)
    waits: list[int] = []
    for _ in range(sessions.FREE_TRIES + 10):
        answer = await browser.sign_in(wrong)
        wait = int(answer.header("retry-after") or 0)
        waits.append(wait)
        narthex.clock.now_us += wait * SECOND
    assert waits[sessions.FREE_TRIES - 1 :] == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


async def test_tries_of_one_network_do_not_lock_out_another(
    browser: Browser, narthex: Driver
) -> None:
    for _ in range(sessions.FREE_TRIES):
        await browser.sign_in(replace(ROOT, secret="x" * 40))
    other = Browser(replace(narthex, client="198.51.100.9"))
    assert (await other.sign_in()).status == 303


async def test_a_session_ends_when_it_rests(root: Browser, narthex: Driver) -> None:
    narthex.clock.now_us += sessions.IDLE_US - 1
    assert (await root.get()).status == 200
    narthex.clock.now_us += sessions.IDLE_US - 1  # it was used meanwhile
    assert (await root.get()).status == 200
    narthex.clock.now_us += sessions.IDLE_US
    answer = await root.get()
    assert (answer.status, OVER in text_of(answer)) == (401, True)


async def test_a_session_ends_however_much_it_is_used(root: Browser, narthex: Driver) -> None:
    for _ in range(sessions.LONGEST_US // (sessions.IDLE_US - SECOND)):
        narthex.clock.now_us += sessions.IDLE_US - SECOND
        assert (await root.get()).status == 200
    narthex.clock.now_us += sessions.IDLE_US - SECOND
    assert (await root.get()).status == 401


async def test_a_page_that_asks_by_itself_keeps_no_session(root: Browser, narthex: Driver) -> None:
    for _ in range(3):
        narthex.clock.now_us += sessions.IDLE_US // 3 - SECOND
        assert (await root.script("activity", method="GET")).status == 200
    narthex.clock.now_us += 3 * SECOND
    assert (await root.script("activity", method="GET")).status == 401


async def test_signing_out_ends_the_session_for_whoever_has_its_cookie(root: Browser) -> None:
    kept = dict(root.cookies)
    answer = await root.post("sign-out")
    assert answer.status == 303
    assert not root.cookies
    root.cookies = kept
    assert (await root.get()).status == 401


async def test_a_browser_has_one_session(root: Browser) -> None:
    kept = dict(root.cookies)
    await root.sign_in()
    assert root.cookies != kept
    root.cookies = kept
    assert (await root.get()).status == 401


async def test_a_cookie_with_one_letter_changed_is_no_session(root: Browser) -> None:
    name, value = next(iter(root.cookies.items()))
    root.cookies[name] = ("A" if value[0] != "A" else "B") + value[1:]
    assert (await root.get("shares")).status == 401


async def test_two_cookies_are_none(root: Browser) -> None:
    root.cookies["__Secure-narthex-console"] = "x" * 43
    assert "Sign in" in text_of(await root.get("shares"))


async def test_a_session_ends_at_once_with_its_key(
    browser: Browser, narthex: Driver, iam: Api
) -> None:
    key = (await iam.user("ana", ALL)).s3.key
    assert key is not None
    assert (await browser.sign_in(key)).status == 303
    assert (await browser.get("files", bucket=BUCKET)).status == 200
    await iam.iam("UpdateAccessKey", UserName="ana", AccessKeyId=key.id, Status="Inactive")
    answer = await browser.get("files", bucket=BUCKET)
    assert (answer.status, OVER in text_of(answer)) == (401, True)
    assert (await browser.sign_in(key)).status == 403  # and it opens none
    await iam.iam("UpdateAccessKey", UserName="ana", AccessKeyId=key.id, Status="Active")
    assert (await browser.sign_in(key)).status == 303
    await browser.get()
    await iam.iam("DeleteAccessKey", UserName="ana", AccessKeyId=key.id)
    assert (await browser.post("revoke", id="0f3c")).status == 401


async def test_temporary_keys_come_with_their_token_and_end_with_their_time(
    browser: Browser, narthex: Driver, iam: Api
) -> None:
    told = (await iam.sts("GetSessionToken", DurationSeconds=900))["Credentials"]
    key = RootKey(told["AccessKeyId"], told["SecretAccessKey"])
    token = told["SessionToken"]
    assert (await browser.sign_in(key)).status == 403
    assert (await browser.sign_in(key, token[:-1] + "?")).status == 403
    assert (await browser.sign_in(key, token)).status == 303
    assert BUCKET in text_of(await browser.get())
    begun = await browser.script(
        "upload/begin", {"bucket": BUCKET, "key": "new", "size": 1, "replace": True}
    )
    assert b"X-Amz-Security-Token" in begun.body
    narthex.clock.now_us += 900 * SECOND
    assert (await browser.get()).status == 401


async def test_a_share_s_own_key_does_not_open_it(root: Browser, narthex: Driver) -> None:
    await root.post("share", bucket=BUCKET, key="talks/", prefix="1", expires="3600")
    account = await accounts.first(narthex.server.catalog)
    assert account is not None
    wanted = shares.Wanted(account.id, None)
    (found,) = await shares.page(narthex.server.catalog, wanted, None, 10)
    kept = await shares.find_key(narthex.server.catalog, found.share.access_key_id)
    assert kept is not None
    secret = narthex.server.keyring.open(found.share.access_key_id, kept.sealed)
    other = Browser(narthex)
    assert (await other.sign_in(RootKey(found.share.access_key_id, secret))).status == 403


async def test_whoever_signs_in_comes_to_the_page_that_was_wanted(browser: Browser) -> None:
    door = await browser.get("files", bucket=BUCKET)
    assert f'value="files?bucket={BUCKET}"' in door.body.decode()
    answer = await browser.sign_in(next=f"files?bucket={BUCKET}")
    assert answer.header("location") == f"../../-/console/files?bucket={BUCKET}"


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "sign-out", "files?a\r\nx: y", "x"]
)
async def test_and_to_no_other_place(browser: Browser, wanted: str) -> None:
    answer = await browser.sign_in(next=wanted)
    assert answer.header("location") == "../../-/console"


@pytest.mark.parametrize(
    ("host", "scheme", "status"),
    [
        ("files.example.org", "http", 403),
        ("192.0.2.7:9000", "http", 403),
        ("localhost.example.org", "http", 403),
        ("127.0.0.1:9000", "http", 200),
        ("[::1]:9000", "http", 200),
        ("narthex.localhost", "http", 200),
        ("files.example.org", "https", 200),
    ],
)
async def test_a_secret_is_not_asked_for_on_an_open_wire(
    tmp_path: Path, host: str, scheme: str, status: int
) -> None:
    async for driver in open_driver(tmp_path, trusted_proxies=("192.0.2.7",)):
        browser = Browser(driver, host)
        proto = (*NAVIGATES, ("x-forwarded-proto", scheme))
        answer = await browser.send("GET", CONSOLE, "", proto)
        assert answer.status == status, text_of(answer)
        assert (b'name="secret"' in answer.body) is (status == 200)


async def test_behind_a_proxy_with_tls_and_a_prefix_the_cookie_is_for_the_public_path(
    tmp_path: Path,
) -> None:
    async for driver in open_driver(tmp_path, public_url="https://example.org/files"):
        browser = Browser(driver, "example.org")
        assert (await browser.sign_in()).status == 303
        (cookie,) = browser.told
        assert cookie.startswith("__Secure-narthex-console=")
        assert cookie.endswith("; Path=/files/-/console; HttpOnly; SameSite=Strict; Secure")
        assert (await browser.get()).status == 200
