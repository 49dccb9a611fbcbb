"""The pages of a link in a real browser: opened, clicked, taken back, looked at, scanned."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from narthex.cli.serve import Endpoint
from tests.clients.conftest import File
from tests.clients.programs import CHROMIUM
from tests.clients.test_browser import PICTURES, QUIET

pytestmark = pytest.mark.clients

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = {"phone": "dark", "desktop": "light"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


@dataclass(frozen=True)
class Window:
    """A browser's window of one size. complaints: what its console and its network said."""

    name: str
    page: Page
    complaints: list[str]

    def look(self, name: str) -> None:
        """Keep a picture of the page, and have it scanned for what keeps people out."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.name}.png", full_page=True)
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "the page is wider than the window"
        assert serious_findings(self.page) == []


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds; all of it, not only what it calls serious."""
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html']}" for one in found["violations"]
    ]


@pytest.fixture(params=SIZES)
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A phone in the dark, then a desktop by day."""
    width, height = SIZES[request.param]
    scheme: Any = SCHEMES[request.param]
    context: BrowserContext
    with browser.new_context(
        accept_downloads=True,
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="Europe/Athens",
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Window(request.param, page, complaints)


def ask(endpoint: Endpoint, method: str, path: str, fields: Any = None) -> Any:
    """One call of the API of shares, as root."""
    body = b"" if fields is None else json.dumps(fields).encode()
    headers = {"Content-Type": "application/json"} if body else {}
    request = AWSRequest(method, f"{endpoint.url}{path}", headers=headers, data=body)
    key = Credentials(endpoint.access_key_id, endpoint.secret)
    SigV4Auth(key, "narthex", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert answer.status_code in (200, 201), answer.text
    return json.loads(answer.content)


def make(endpoint: Endpoint, **fields: Any) -> dict[str, Any]:
    """A share, by the API; it lives for a day."""
    made: dict[str, Any] = ask(
        endpoint, "POST", "/-/api/v1/shares", {"expires_in": 86_400, **fields}
    )
    return made


def test_a_link_is_opened_clicked_and_taken_back(
    window: Window, endpoint: Endpoint, s3: Any, bucket: str, presentation: File, tmp_path: Path
) -> None:
    s3.upload_file(str(presentation.path), bucket, "talks/Prometheus.pptx")
    made = make(
        endpoint,
        bucket=bucket,
        key="talks/Prometheus.pptx",
        max_downloads=2,
        recipient="theo@example.org",
        note="The slides for Thursday. Please keep them to yourself until then.",
    )
    page = window.page
    answer = page.goto(made["link"])
    assert answer is not None
    assert answer.status == 200
    assert "Prometheus.pptx" in page.inner_text("h1")
    assert "20.6 MB" in page.inner_text("main")
    assert "EET" in page.inner_text("main") or "GMT+" in page.inner_text("main")
    window.look("link")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download").click()
    begun.value.save_as(tmp_path / "file")
    assert begun.value.suggested_filename == "Prometheus.pptx"
    assert presentation.same(tmp_path / "file")
    page.get_by_text("Your download has started.").wait_for()
    window.look("link-started")
    assert window.complaints == []
    ask(endpoint, "DELETE", f"/-/api/v1/shares/{made['share']['id']}")
    page.reload()
    assert page.inner_text("h1") == "This link was taken back"
    window.look("link-revoked")


def test_a_link_works_without_scripts(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str, tmp_path: Path
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    made = make(endpoint, bucket=bucket, key="note.txt", password="correct horse")
    with browser.new_context(accept_downloads=True, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(made["link"])
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Open").click()
        with page.expect_download() as begun:
            page.get_by_role("button", name="Download").click()
        begun.value.save_as(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"fire inside"


def test_a_password_is_asked_before_anything_is_told(
    window: Window, endpoint: Endpoint, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    made = make(endpoint, bucket=bucket, key="note.txt", password="correct horse")
    page = window.page
    page.goto(made["link"])
    window.look("password")
    assert window.complaints == []
    page.keyboard.type("wrong horse")  # the field has the focus
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "note.txt" not in page.content()
    window.look("password-wrong")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="note.txt").wait_for()
    window.look("password-right")


def test_a_folder_is_downloaded_as_one_zip(
    window: Window, endpoint: Endpoint, s3: Any, bucket: str, tmp_path: Path
) -> None:
    names = ["day one/IMG_2041.jpg", "day one/IMG_2042.jpg", "notes.txt", "programme.pdf"]
    for number, name in enumerate(names):
        s3.put_object(Bucket=bucket, Key=f"delphi/{name}", Body=bytes([number]) * 70_000 * number)
    made = make(endpoint, bucket=bucket, key="delphi/", prefix=True)
    page = window.page
    page.goto(made["link"])
    window.look("folder")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download all as zip").click()
    begun.value.save_as(tmp_path / "zip")
    assert begun.value.suggested_filename == "delphi.zip"
    with zipfile.ZipFile(tmp_path / "zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(names)
    with page.expect_download() as begun:
        page.get_by_role("button", name="programme.pdf").click()
    assert begun.value.suggested_filename == "programme.pdf"
    assert window.complaints == []


@pytest.mark.parametrize("language", ["de", "es", "ja"])
def test_each_language_has_a_page(
    browser: Browser, endpoint: Endpoint, s3: Any, bucket: str, language: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside")
    made = make(endpoint, bucket=bucket, key="note.txt", max_downloads=3)
    with browser.new_context(locale=language, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(made["link"])
        assert page.get_attribute("html", "lang") == language
        Window(language, page, []).look("link")
