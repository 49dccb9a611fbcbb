"""Pre-signed URLs made offline, at their use: allowed, reviewed, too old, or not taken at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from narthex.review.models import FILE, models_of
from tests.asking import Api
from tests.driving import Driver, open_driver
from tests.ledger.sharing import Sharer, words
from tests.pure.review.models import SHIPPED
from tests.review.test_integration import KEY, NOTES, UNREADABLE

OPEN, WATCHED, SHUT, YOUNG = "open", "watched", "shut", "young"
PLACES = f"""
[[presigned.places]]
place = "{WATCHED}"
setting = "review"

[[presigned.places]]
place = "{SHUT}/payroll/"
setting = "require-share"

[[presigned.places]]
place = "{YOUNG}"
setting = "allow"
max_age = "10m"
"""
MINUTE = 60_000_000  # microseconds


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with a bucket for each setting."""
    (tmp_path / FILE).write_text(SHIPPED + PLACES)
    async for driver in open_driver(tmp_path, observes=False):
        for name in (OPEN, WATCHED, SHUT, YOUNG):
            await driver.send("PUT", f"/{name}")
            await driver.send("PUT", f"/{name}/notes.txt", body=NOTES)
            await driver.send("PUT", f"/{name}/payroll/a.pem", body=KEY)
        yield driver


async def test_where_they_are_allowed_they_work_as_on_s3(narthex: Driver) -> None:
    assert (await narthex.url(narthex.link("GET", f"/{OPEN}/payroll/a.pem"))).body == KEY


async def test_one_of_a_clean_file_works_and_is_written_down_once(narthex: Driver) -> None:
    url = narthex.link("GET", f"/{WATCHED}/notes.txt")
    for _ in range(2):
        assert (await narthex.url(url)).body == NOTES
    (one,) = (await Sharer(narthex).ask("GET", "decisions"))["decisions"]
    assert (one["kind"], one["place"]) == ("presigned", f"{WATCHED}/notes.txt")
    assert one["verdict"]["door"] == "one-way"


async def test_one_of_a_private_key_is_stopped_and_says_where_to_look(narthex: Driver) -> None:
    answer = await narthex.url(narthex.link("GET", f"/{WATCHED}/payroll/a.pem"))
    (one,) = (await Sharer(narthex).ask("GET", "decisions"))["decisions"]
    told = "This URL was stopped by a review: whoever made it finds it in `narthex decisions`, as"
    assert words(answer) == (403, "AccessDenied", f"{told} {one['id']}")
    # Its owner, signing each request itself, reads it as before.
    assert (await narthex.send("GET", f"/{WATCHED}/payroll/a.pem")).body == KEY


async def test_an_owner_lets_one_through(narthex: Driver) -> None:
    url = narthex.link("GET", f"/{WATCHED}/payroll/a.pem")
    assert (await narthex.url(url)).status == 403
    root = Sharer(narthex)
    (one,) = (await root.ask("GET", "decisions"))["decisions"]
    await root.ask("POST", f"decisions/{one['id']}/approval", {"reason": "a test key"})
    assert (await narthex.url(url)).body == KEY
    await narthex.send("PUT", f"/{WATCHED}/payroll/a.pem", body=KEY + b"\n")
    assert (await narthex.url(url)).status == 403


async def test_what_would_have_to_be_confirmed_is_stopped(narthex: Driver) -> None:
    await narthex.send("PUT", f"/{WATCHED}/blob.bin", body=UNREADABLE)
    assert (await narthex.url(narthex.link("GET", f"/{WATCHED}/blob.bin"))).status == 403


async def test_a_replaced_file_is_judged_anew(narthex: Driver) -> None:
    url = narthex.link("GET", f"/{WATCHED}/notes.txt")
    assert (await narthex.url(url)).status == 200
    await narthex.send("PUT", f"/{WATCHED}/notes.txt", body=KEY)
    assert (await narthex.url(url)).status == 403


async def test_a_changed_model_holds_for_urls_that_worked(narthex: Driver, tmp_path: Path) -> None:
    url = narthex.link("GET", f"/{OPEN}/notes.txt")
    assert (await narthex.url(url)).status == 200
    text = SHIPPED.replace(
        '[presigned]\ndefault = "allow"', '[presigned]\ndefault = "require-share"'
    )
    (tmp_path / FILE).write_text(text)
    models_of(narthex.server).current(at_once=True)
    assert (await narthex.url(url)).status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_where_a_share_is_required_no_url_reads(narthex: Driver, method: str) -> None:
    answer = await narthex.url(narthex.link(method, f"/{SHUT}/payroll/a.pem"), method)
    assert answer.status == 403
    if method == "GET":
        assert answer.text("Message") == "Pre-signed URLs are not taken here: ask for a share"
    assert (await narthex.url(narthex.link(method, f"/{SHUT}/notes.txt"), method)).status == 200
    # Uploading by one gives nothing away.
    put = narthex.link("PUT", f"/{SHUT}/payroll/b.txt")
    assert (await narthex.url(put, "PUT", body=b"x")).status == 200


async def test_a_share_works_there(narthex: Driver) -> None:
    order = {"bucket": SHUT, "key": "notes.txt", "expires_in": 60, "raw": True}
    told = await Sharer(narthex).ask("POST", "shares", order)
    assert (await narthex.as_nobody().url(told["raw"])).body == NOTES


async def test_an_old_signature_is_refused_however_long_it_would_live(narthex: Driver) -> None:
    url = narthex.link("GET", f"/{YOUNG}/notes.txt", expires_in=86400)
    narthex.clock.now_us += 10 * MINUTE
    assert (await narthex.url(url)).status == 200
    narthex.clock.now_us += 1_000_000
    answer = await narthex.url(url)
    assert words(answer) == (403, "AccessDenied", "This URL is older than the 600 s it may be")


async def test_a_narrowed_caller_is_judged_too(narthex: Driver) -> None:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    eva = (await Api(narthex).user("eva", allowed)).s3
    url = replace(eva, service="s3").link("GET", f"/{WATCHED}/payroll/a.pem")
    assert (await narthex.url(url)).status == 403
