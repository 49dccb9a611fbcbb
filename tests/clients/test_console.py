"""The console in a real browser: browsed, uploaded to, shared from, watched, looked at, scanned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, sync_playwright

from narthex.cli.serve import Endpoint
from tests.clients.programs import CHROMIUM
from tests.clients.test_browser import QUIET
from tests.clients.test_pages import SCHEMES, SIZES, Window

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
MOST_TABS = 80  # that anything is away
CONSOLE = "/-/console"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


@pytest.fixture(params=SIZES)
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A phone in the dark, then a desktop by day."""
    scheme: Any = SCHEMES[request.param]
    yield from _window(browser, request.param, color_scheme=scheme)


def _window(browser: Browser, name: str, **more: Any) -> Iterator[Window]:
    width, height = SIZES.get(name, SIZES["desktop"])
    options: dict[str, Any] = {
        "accept_downloads": True,
        "viewport": {"width": width, "height": height},
        "locale": "en-GB",
        "timezone_id": "Europe/Athens",
        "permissions": ["clipboard-read", "clipboard-write"],
        **more,
    }
    with browser.new_context(**options) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Window(name, page, complaints)


def sign_in(page: Page, endpoint: Endpoint) -> None:
    """Through the door; the fields are found by their names in the form, in any language."""
    page.goto(f"{endpoint.url}{CONSOLE}")
    page.locator("[name=access_key_id]").fill(endpoint.access_key_id)
    page.locator("[name=secret]").fill(endpoint.secret)
    page.locator("[name=secret]").press("Enter")
    page.locator("nav [aria-current=page]").wait_for()


def fetch(page: Page, link: str) -> int:
    """The status that a tool gets for a link."""
    return page.request.get(link, headers={"accept": "*/*", "user-agent": "curl/8.14.1"}).status


def test_a_file_is_uploaded_shared_watched_and_taken_back(
    window: Window, endpoint: Endpoint, bucket: str, tmp_path: Path
) -> None:
    page = window.page
    page.goto(f"{endpoint.url}{CONSOLE}")
    window.look("console-door")
    sign_in(page, endpoint)
    window.look("console-buckets")
    page.get_by_role("link", name=bucket, exact=True).click()
    window.look("console-empty")
    (tmp_path / "Prometheus.pptx").write_bytes(b"fire" * 5_000)
    page.locator("#pick").set_input_files(tmp_path / "Prometheus.pptx")
    page.get_by_text("Uploaded", exact=True).wait_for()
    page.get_by_role("link", name="Prometheus.pptx", exact=True).wait_for()  # and it is listed
    window.look("console-uploaded")
    page.reload()
    window.look("console-files")
    page.get_by_role("link", name="Prometheus.pptx", exact=True).click()
    window.look("console-file")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download").click()
    assert begun.value.suggested_filename == "Prometheus.pptx"
    page.get_by_role("link", name="Share", exact=True).click()
    end = datetime.now(ZoneInfo("Europe/Athens")).replace(hour=18, minute=0) + timedelta(days=3)
    page.get_by_label("At a time").check()
    page.get_by_label("Until").fill(f"{end:%Y-%m-%dT%H:%M}")
    page.get_by_text("More options").click()
    page.get_by_label("Only from these networks").fill("nonsense")
    page.get_by_role("button", name="Make link").click()
    page.get_by_role("alert").wait_for()
    window.look("console-wrong")
    page.get_by_label("Only from these networks").fill("")
    page.get_by_label("Downloads at most").fill("2")
    page.get_by_label("For whom").fill("theo@example.org")
    page.get_by_label("A note").fill("The slides for Thursday.")
    window.look("console-share")
    page.get_by_role("button", name="Make link").click()
    page.get_by_role("heading", name="The link is ready").wait_for()
    window.look("console-link")
    until = end.astimezone(UTC)
    assert page.locator(f'time[datetime="{until:%Y-%m-%dT%H:%M}:00Z"]').count() == 1
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("link", name="Watch").click()
    page.get_by_text("Link made").wait_for()
    assert fetch(page, link) == 200
    page.get_by_text("Completed").wait_for()  # as it happens: nobody has loaded the page again
    window.look("console-watch")
    page.get_by_role("link", name="Activity").click()
    window.look("console-activity")
    page.get_by_role("link", name="Shares").click()
    window.look("console-shares")
    page.get_by_role("link", name="Prometheus.pptx").first.click()
    page.get_by_role("button", name="Take back").first.click()
    window.look("console-take-back")
    page.locator("#revoke .main").click()
    page.get_by_text("Nobody can use it any more.").wait_for()
    assert fetch(page, link) == 410
    page.goto(f"{endpoint.url}{CONSOLE}/access?bucket={bucket}")
    window.look("console-access")
    page.goto(f"{endpoint.url}{CONSOLE}/request?bucket={bucket}&key=inbox/")
    window.look("console-request")
    page.get_by_role("button", name="Make link").click()
    page.get_by_role("link", name="Watch").click()
    page.get_by_text("From a command line").wait_for()
    window.look("console-request-one")
    refusal = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert window.complaints == [refusal]  # of the networks
    page.goto(f"{endpoint.url}{CONSOLE}/files?bucket=nowhere")
    window.look("console-refused")


def test_a_large_file_goes_up_in_parts_though_one_is_lost(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str
) -> None:
    content = bytes(range(256)) * (4096 * 20)
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if not lost and "partNumber=2" in route.request.url:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    for window in _window(browser, "upload"):
        page = window.page
        sign_in(page, endpoint)
        page.goto(f"{endpoint.url}{CONSOLE}/files?bucket={bucket}&prefix=films/")
        page.route("**/*partNumber*", lose_once)
        film = FilePayload(name="fire.mp4", mimeType="video/mp4", buffer=content)
        data = page.evaluate_handle("new DataTransfer()")
        page.locator("#pick").set_input_files(film)
        page.get_by_text("Uploaded", exact=True).wait_for()
        window.look("console-parts")
        data.evaluate("all => all.items.add(new File(['second'], 'fire.mp4'))")
        data.evaluate("all => all.items.add(new File(['notes'], 'notes.txt'))")
        page.dispatch_event("#drop", "drop", {"dataTransfer": data})
        page.get_by_text("A file of this name is here already").wait_for()
        page.get_by_role("button", name="Replace it: fire.mp4").wait_for()
        window.look("console-exists")
        stored = s3.get_object(Bucket=bucket, Key="films/fire.mp4")
        assert stored["ContentType"] == "video/mp4"
        assert stored["Body"].read() == content
        page.get_by_role("button", name="Replace it: fire.mp4").click()
        page.locator("#uploads .done").nth(2).wait_for()
    assert lost
    assert s3.get_object(Bucket=bucket, Key="films/fire.mp4")["Body"].read() == b"second"
    assert s3.get_object(Bucket=bucket, Key="films/notes.txt")["Body"].read() == b"notes"


def press_tab_to(page: Page, name: str) -> None:
    """Tab until what has the focus says `name`; whoever has the focus is seen to have it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(one => [one.getAttribute('aria-label') || one.innerText || one.name || '',"
            " one.closest('label')?.innerText || ''].join(' '))(document.activeElement)"
        )
        if re.search(rf"(^|\s){re.escape(name)}(\s|$)", said):
            return
    pytest.fail(f"no key leads to {name}")


def test_everything_is_done_by_keyboard_alone(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    for window in _window(browser, "keyboard"):
        page, keys = window.page, window.page.keyboard
        page.goto(f"{endpoint.url}{CONSOLE}/files?bucket={bucket}")
        keys.type(endpoint.access_key_id)  # the first field has the focus
        keys.press("Tab")
        keys.type(endpoint.secret)
        keys.press("Enter")
        page.get_by_role("link", name="note.txt", exact=True).wait_for()
        keys.press("Tab")
        window.look("console-skip")
        keys.press("Enter")  # past the menu
        press_tab_to(page, "note.txt")
        keys.press("Enter")
        page.get_by_role("heading", name="note.txt").wait_for()
        press_tab_to(page, "Share")
        keys.press("Enter")
        page.get_by_role("button", name="Make link").wait_for()
        press_tab_to(page, "1 day")
        keys.press("ArrowRight")  # 7 days
        press_tab_to(page, "Downloads at most")
        keys.type("1")
        press_tab_to(page, "Make link")
        keys.press("Enter")
        page.get_by_role("heading", name="The link is ready").wait_for()
        link = page.inner_text("#link-1")
        press_tab_to(page, "Watch")
        keys.press("Enter")
        page.get_by_text("Link made").wait_for()
        assert "6 days 23 hours" in page.inner_text(".figures")
        press_tab_to(page, "Take back")
        keys.press("Enter")
        page.locator("#revoke:popover-open .main").wait_for()
        window.look("console-confirm")
        keys.press("Enter")  # the button in it has the focus
        page.get_by_text("Nobody can use it any more.").wait_for()
        assert fetch(page, link) == 410
        press_tab_to(page, "Sign out")
        keys.press("Enter")
        page.locator("[name=secret]").wait_for()


def test_all_but_uploads_works_without_scripts(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    for window in _window(browser, "plain", java_script_enabled=False):
        page = window.page
        sign_in(page, endpoint)
        page.goto(f"{endpoint.url}{CONSOLE}/share?bucket={bucket}&key=note.txt")
        page.get_by_label("At a time").check()
        page.get_by_label("Until").fill("2099-12-24T18:00")
        page.get_by_role("button", name="Make link").click()
        assert "2099-12-24 18:00 UTC" in page.inner_text("main")
        page.get_by_role("link", name="Watch").click()
        page.get_by_role("button", name="Take back").first.click()
        page.locator("#revoke .main").click()
        assert "Nobody can use it any more." in page.inner_text("main")


@pytest.mark.parametrize("language", ["de", "es", "ja"])
def test_each_language_has_its_pages(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str, language: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    for window in _window(browser, "phone", locale=language):
        named = Window(language, window.page, window.complaints)
        sign_in(window.page, endpoint)
        for page, query in (
            ("files", f"?bucket={bucket}"),
            ("share", f"?bucket={bucket}&key=note.txt"),
            ("shares", ""),
            ("request", f"?bucket={bucket}"),
            ("access", f"?bucket={bucket}"),
        ):
            window.page.goto(f"{endpoint.url}{CONSOLE}/{page}{query}")
            assert window.page.get_attribute("html", "lang") == language
            named.look(f"console-{page}")
        assert window.complaints == []
