"""Links in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.clients.clocks import believe
from tests.clients.conftest import File
from tests.clients.programs import CHROMIUM

pytestmark = pytest.mark.clients

PICTURES = Path(__file__).parent.parent.parent / "test-results"
# Without these, Chromium asks its maker's hosts for things at every start.
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started
        started.close()


def expired_link(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A link that ended an hour ago."""
    with monkeypatch.context() as patch:
        believe(patch, datetime.now(UTC) - timedelta(hours=2))
        url: str = s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=3600
        )
    return url


def test_a_link_downloads_the_file(
    browser: Browser, s3: Any, bucket: str, presentation: File, tmp_path: Path
) -> None:
    s3.upload_file(str(presentation.path), bucket, "Prometheus.pptx")
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "Prometheus.pptx"}, ExpiresIn=60
    )
    with browser.new_context(accept_downloads=True) as context:
        page = context.new_page()
        page.set_content(f'<a href="{url.replace("&", "&amp;")}">Prometheus</a>')
        with page.expect_download() as begun:
            page.get_by_text("Prometheus").click()
        begun.value.save_as(tmp_path / "file")
        assert begun.value.suggested_filename == "Prometheus.pptx"
    assert presentation.same(tmp_path / "file")


def test_a_link_to_a_page_opens_it(browser: Browser, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire inside", ContentType="text/plain")
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "note.txt"}, ExpiresIn=60
    )
    with browser.new_context() as context:
        page = context.new_page()
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200
        assert "fire inside" in page.inner_text("body")


@pytest.mark.parametrize(
    ("name", "scheme", "size"),
    [
        ("desktop", "light", (1280, 800)),
        ("desktop", "dark", (1280, 800)),
        ("phone", "light", (390, 844)),
    ],
)
def test_an_expired_link_is_a_page_a_person_can_read(
    browser: Browser,
    s3: Any,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    scheme: Any,
    size: tuple[int, int],
) -> None:
    url = expired_link(s3, bucket, monkeypatch)
    with browser.new_context(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}
    ) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "403" not in message.text else None,
        )
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 403
        assert page.title() == "This link has expired"
        text = page.inner_text("main")
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"expired-link-{name}-{scheme}.png")
    for words in ("This link has expired", "403 AccessDenied", "Request has expired"):
        assert words in text
    assert datetime.now(UTC).strftime("%Y-%m-%d") in text
    for secret in (bucket, "X-Amz", "Signature"):
        assert secret not in text
    assert complaints == []  # the page's own Content-Security-Policy lets its style through


def test_a_link_used_by_a_script_gets_xml(browser: Browser, s3: Any, bucket: str) -> None:
    """fetch() sends `Accept: */*`: only a person's navigation asks for a page."""
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "missing"}, ExpiresIn=60
    )
    with browser.new_context() as context:
        answer = context.request.get(url)
        assert answer.status == 404
        assert "<Code>NoSuchKey</Code>" in answer.text()
