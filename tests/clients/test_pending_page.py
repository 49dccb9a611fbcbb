"""A link whose review is to come, in a real browser: it says so, and opens by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from narthex import steward
from narthex.cli.serve import Endpoint, embedded
from tests.clients.test_pages import Window, browser, make, window
from tests.faults.test_stewards_killed import children
from tests.review.test_share_reviews import INLINE, LONG, WITH_KEY
from tests.stores.conftest import client_of

__all__ = ["browser", "window"]  # fixtures
pytestmark = pytest.mark.clients

BUCKET = "reviewed"
FILES = {"talks/minutes.txt": LONG, "talks/server.pem": WITH_KEY}
OPENS = 60_000  # milliseconds, of a machine that does much else


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server with the model that is shipped, for which all but a page of text is large."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    environment["NARTHEX_REVIEW_INLINE"] = str(INLINE)
    folder = tmp_path_factory.mktemp("pending")
    with embedded(folder, extra=["--workers", "1"], environment=environment) as started:
        client_of(started).create_bucket(Bucket=BUCKET)
        yield started


def put(endpoint: Endpoint, key: str) -> None:
    """The file anew, so that nobody has looked at it yet."""
    client_of(endpoint).put_object(Bucket=BUCKET, Key=key, Body=FILES[key])


@contextmanager
def nobody_reviews(endpoint: Endpoint) -> Iterator[None]:
    """The steward stands still."""
    (pid,) = children(endpoint.pid, steward.__name__)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_it_says_so_and_opens_by_itself(window: Window, reviewing: Endpoint) -> None:
    page = window.page
    with nobody_reviews(reviewing):
        put(reviewing, "talks/minutes.txt")
        made = make(reviewing, bucket=BUCKET, key="talks/minutes.txt")
        answer = page.goto(made["link"])
        assert answer is not None
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert page.inner_text("h1") == "This link is not open yet"
        assert "minutes" not in page.content()
        window.look("link-pending")
    page.get_by_role("button", name="Download").wait_for(timeout=OPENS)
    assert "minutes.txt" in page.inner_text("h1")


def test_one_that_is_stopped_says_so_without_a_reason(window: Window, reviewing: Endpoint) -> None:
    page = window.page
    put(reviewing, "talks/server.pem")
    page.goto(make(reviewing, bucket=BUCKET, key="talks/server.pem")["link"])
    page.get_by_role("heading", name="This link was stopped").wait_for(timeout=OPENS)
    assert "private key" not in page.content()
    window.look("link-stopped")
