"""Reviews in a real browser: asked why, reported as wrong, answered, allowed, given up; scanned."""

from __future__ import annotations

import os
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from playwright.sync_api import Page

from narthex.cli.serve import Endpoint, embedded
from tests.clients.test_console import CONSOLE, browser, sign_in, window
from tests.clients.test_pages import SIZES, Window

__all__ = ["browser", "window"]  # fixtures
pytestmark = pytest.mark.clients

BUCKET = "reviewed"
KEY = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + b"MC4CAQAwBQYDK2VwBCIEIJ9w" * 4
    + b"\n-----END PRIVATE KEY-----\n"
)
UNREADABLE = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server with the model that is shipped, and two files that it does not let go just so."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment["NARTHEX_FUNCTIONS_UNCONFINED"] = "true"
    folder = tmp_path_factory.mktemp("reviewing")
    with embedded(folder, extra=["--workers", "1"], environment=environment) as started:
        s3 = boto3.session.Session().client(
            "s3",
            endpoint_url=started.url,
            aws_access_key_id=started.access_key_id,
            aws_secret_access_key=started.secret,
            region_name="us-east-2",
            config=Config(retries={"max_attempts": 1}),
        )
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="talks/scan.bin", Body=UNREADABLE)
        for name in SIZES:  # what was allowed in one window waits for nobody in the next
            s3.put_object(Bucket=BUCKET, Key=f"keys/{name}.pem", Body=KEY)
        yield started


def ask_for_link(page: Page, endpoint: Endpoint, key: str) -> None:
    """The form of a file, sent as it is."""
    page.goto(f"{endpoint.url}{CONSOLE}/share?bucket={BUCKET}&key={key}")
    page.get_by_role("button", name="Make link").click()


def test_a_review_asks_is_disputed_answered_and_gone_around_by_who_may(
    window: Window, reviewing: Endpoint
) -> None:
    page = window.page
    sign_in(page, reviewing)
    ask_for_link(page, reviewing, "talks/scan.bin")
    page.get_by_role("alert").wait_for()
    window.look("console-asked-why")
    page.get_by_role("button", name="Give it up").click()
    page.get_by_text("It was given up.").wait_for()
    ask_for_link(page, reviewing, "talks/scan.bin")
    page.get_by_label("Why it is right").select_option("checked")
    page.get_by_role("button", name="Make link").click()
    page.get_by_role("link", name="Watch").click()
    page.get_by_role("button", name="Change the end").click()
    page.locator("#extend").get_by_label("7 days").check()
    page.locator("#extend").get_by_role("button", name="Change the end").click()
    page.get_by_role("alert").wait_for()
    window.look("console-extend")
    page.get_by_label("Your own words").fill("They need it for another week.")
    page.get_by_role("button", name="Change the end").click()
    page.get_by_text("It ends at another time now.").wait_for()
    ask_for_link(page, reviewing, f"keys/{window.name}.pem")
    page.get_by_role("alert").wait_for()
    page.get_by_role("link", name="Report a false positive").click()
    page.get_by_label("What is wrong").select_option("gate.private_key")
    page.get_by_label("What it is instead").fill("A sample of the manual.")
    window.look("console-review")
    page.get_by_role("button", name="Report a false positive").click()
    page.get_by_text("This is reported to whoever is responsible.").wait_for()
    window.look("console-disputed")
    page.get_by_label("Why, if you like").fill("It is one, indeed.")
    page.get_by_role("button", name="It was wrong").click()
    page.get_by_text("Your answer is written down.").wait_for()
    page.get_by_role("link", name="Reviews").first.click()
    window.look("console-reviews")
    page.get_by_label("Why it is right").first.fill("a sample")
    page.get_by_role("button", name="Allow").first.click()
    page.get_by_text("This is allowed now").wait_for()
    page.get_by_role("link", name="All").click()
    window.look("console-reviews-all")
    page.get_by_role("link", name="Activity").click()
    window.look("console-activity-reviewed")
