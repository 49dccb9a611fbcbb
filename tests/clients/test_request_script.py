"""The pure part of the request page's script, in a real browser: it says what the server would."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from narthex.pure.share_files import judge_file
from narthex.pure.shares import Accepts, Verdict
from narthex.web import figures
from narthex.web.phrases import ENGLISH
from tests.clients.programs import CHROMIUM
from tests.clients.test_browser import QUIET

pytestmark = pytest.mark.clients

PART = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """An empty page of Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield started.new_page()
        started.close()


PLAN = (Path(__file__).parent.parent.parent / "web-client" / "src" / "plan.js").read_text("utf-8")
CALL = """async ([source, name, calls]) => {
  const module = await import(`data:text/javascript;base64,${btoa(source)}`);
  return calls.map((given) => module[name](...given));
}"""


def plan(page: Page, name: str, *calls: Any) -> list[Any]:
    """What a function of the script's plan answers to each of these calls."""
    answers: list[Any] = page.evaluate(CALL, [PLAN, name, [list(call) for call in calls]])
    return answers


def test_the_script_says_sizes_and_judges_types_as_the_server_does(page: Page) -> None:
    sizes = [0, 999, 1000, 99_949, 99_950, 999_949, 999_950, 20_622_958, 5 * 10**12, 10**19]
    expected = [figures.size(size, ENGLISH) for size in sizes]
    assert plan(page, "amount", *((size, ".") for size in sizes)) == expected
    kinds = ("image/*", "text/csv", ".tar.gz")
    for name, kind in itertools.product(
        ("a.TAR.gz", "a.gz", ".tar.gz"),
        ("image/png", "IMAGE/png; q=1", "images/png", "text/csv;x", "text/csvx", ""),
    ):
        is_taken = judge_file(Accepts(types=kinds), name, kind, None) is Verdict.ADMITTED
        assert plan(page, "fits", (kinds, name, kind)) == [is_taken], (name, kind)


def test_parts_cover_a_file_and_are_never_too_many(page: Page) -> None:
    for size in (PART + 1, 3 * PART, 78 * 2**30 + 1, 5 * 2**40):
        (step,) = plan(page, "partSize", (size,))
        (parts,) = plan(page, "partsOf", (size, step))
        assert step >= PART
        assert 2 <= len(parts) <= 10_000
        assert [one["number"] for one in parts] == list(range(1, len(parts) + 1))
        assert [one["start"] for one in parts[1:]] == [one["end"] for one in parts[:-1]]
        assert (parts[0]["start"], parts[-1]["end"]) == (0, size)


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("plan.pdf", "plan (2).pdf"),
        ("day.one/plan", "day.one/plan (2)"),
        ("a/plan.tar.gz", "a/plan (2).tar.gz"),
        (".profile", ".profile (2)"),
        ("v1.2 of it", "v1.2 of it (2)"),
        ("火.txt", "火 (2).txt"),
        ("plan (2).pdf", "plan (2) (2).pdf"),
    ],
)
def test_a_second_file_of_a_name_gets_a_number(page: Page, name: str, second: str) -> None:
    assert plan(page, "numbered", (name, 1), (name, 2)) == [name, second]
