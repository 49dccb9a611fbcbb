"""Downloads that do not end well: given back when they break off, cut when their share ends."""

from __future__ import annotations

import asyncio

import pytest

from narthex.catalog import shares
from narthex.ledger import pruning
from narthex.ledger.links import Place, mint
from tests.driving import SECOND, Driver
from tests.ledger.receivers import Receiver
from tests.ledger.sharing import BUCKET, Document, Sharer, words

MIB = 1024 * 1024
LARGE = bytes(3 * MIB)
USED_UP = (403, "AccessDenied", "This link has been used up")


@pytest.fixture
async def large(narthex: Driver) -> str:
    """An object of three chunks."""
    assert (await narthex.send("PUT", f"/{BUCKET}/large", body=LARGE)).status == 200
    return "large"


async def test_a_use_that_breaks_off_is_given_back_at_once(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1)
    gone = Receiver(narthex, told["raw"])
    assert await gone.run() < len(LARGE)
    share = await root.share(told["share"]["id"])
    assert (share["downloads"], share["downloads_left"]) == (0, 1)
    assert share["bytes"] == MIB, "what was sent was sent"
    assert len((await narthex.url(told["raw"])).body) == len(LARGE)
    assert words(await narthex.url(told["raw"])) == USED_UP
    assert await root.log(told["share"]["id"]) == [
        ("issued", ""),
        ("used", "broken"),
        ("used", "completed"),
        ("refused", "used-up"),
    ]


async def test_it_is_resumed_by_a_range_as_the_same_use(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1)
    await Receiver(narthex, told["raw"]).run()
    rest = await narthex.url(told["raw"], headers=[("range", f"bytes={MIB}-")])
    assert (rest.status, len(rest.body)) == (206, 2 * MIB)
    entries = (await root.ask("GET", f"shares/{told['share']['id']}/log"))["entries"]
    uses = [one for one in entries if one["event"] == "used"]
    assert [one["outcome"] for one in uses] == ["completed", "broken"]
    assert uses[0]["use"] == uses[1]["use"] != ""
    assert words(await narthex.url(told["raw"])) == USED_UP


async def test_a_broken_one_that_another_took_cannot_be_resumed(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1)
    await Receiver(narthex, told["raw"]).run()
    elsewhere = root.at("198.51.100.1").s3
    assert (await elsewhere.url(told["raw"])).status == 200
    resumed = await narthex.url(told["raw"], headers=[("range", f"bytes={MIB}-")])
    assert words(resumed) == USED_UP


async def test_while_it_is_under_way_it_counts(root: Sharer, narthex: Driver, large: str) -> None:
    told = await root.issue(large, max_downloads=1)
    slow = Receiver(narthex, told["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    elsewhere = root.at("198.51.100.1").s3
    assert words(await elsewhere.url(told["raw"])) == USED_UP
    task.cancel()
    await asyncio.wait([task])
    assert (await elsewhere.url(told["raw"])).status == 200


async def test_who_always_stops_before_the_end_has_used_it(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1)
    sizes = [await Receiver(narthex, told["raw"], most=2).run() for _ in range(6)]
    assert sizes.count(2 * MIB) <= 5
    assert words(await narthex.url(told["raw"])) == USED_UP


async def test_two_ranges_at_once_are_one_use(root: Sharer, narthex: Driver, large: str) -> None:
    told = await root.issue(large, max_downloads=1)
    halves = [("range", "bytes=0-1572863")], [("range", "bytes=1572864-")]
    answers = await asyncio.gather(*[narthex.url(told["raw"], headers=half) for half in halves])
    assert [len(answer.body) for answer in answers] == [1572864, 1572864]
    assert (await root.share(told["share"]["id"]))["downloads"] == 1


@pytest.mark.parametrize("limit", [{}, {"max_downloads": 1}], ids=["unlimited", "limited"])
async def test_a_stalled_download_ends_when_its_share_is_revoked(
    root: Sharer, narthex: Driver, large: str, limit: dict[str, int]
) -> None:
    told = await root.issue(large, **limit)
    slow = Receiver(narthex, told["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    await root.ask("DELETE", f"shares/{told['share']['id']}")
    await narthex.server.ledger.underway.look()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.size < len(LARGE)
    assert (await root.log(told["share"]["id"]))[-1] == ("used", "cut")
    assert len(narthex.server.ledger.underway) == 0


async def test_it_is_noticed_without_being_told(root: Sharer, narthex: Driver, large: str) -> None:
    told = await root.issue(large)
    slow = Receiver(narthex, told["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    began = asyncio.get_running_loop().time()
    await root.ask("POST", "revocations", {"url": told["link"]})
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert asyncio.get_running_loop().time() - began < 1


async def test_another_share_goes_on(root: Sharer, narthex: Driver, large: str) -> None:
    first, second = await root.issue(large), await root.issue(large)
    slow = Receiver(narthex, second["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    await root.ask("DELETE", f"shares/{first['share']['id']}")
    await narthex.server.ledger.underway.look()
    assert len(narthex.server.ledger.underway) == 1
    task.cancel()
    await asyncio.wait([task])


async def test_a_process_that_died_gives_back_what_it_had_booked(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1)
    slow = Receiver(narthex, told["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    ledger = narthex.server.ledger
    assert await pruning.give_back(ledger, narthex.clock.now_us + 299 * SECOND) == 0
    assert await pruning.give_back(ledger, narthex.clock.now_us + 300 * SECOND) == 1
    assert (await root.share(told["share"]["id"]))["downloads"] == 0
    assert (await root.log(told["share"]["id"]))[-1] == ("used", "lost")
    task.cancel()
    await asyncio.wait([task])
    assert (await root.share(told["share"]["id"]))["downloads"] == 0


async def test_a_long_download_is_kept_booked(root: Sharer, narthex: Driver, large: str) -> None:
    told = await root.issue(large, max_downloads=1)
    slow = Receiver(narthex, told["raw"], stalls=True)
    task = asyncio.create_task(slow.run())
    await slow.reached.wait()
    ledger, now = narthex.server.ledger, narthex.clock.now_us
    (row,) = await narthex.server.catalog.fetch("SELECT id FROM reservations")
    await ledger.bookings.keep_up([row[0]], now + 250 * SECOND)
    assert await pruning.give_back(ledger, now + 500 * SECOND) == 0
    task.cancel()
    await asyncio.wait([task])


async def test_a_stopped_link_is_told_to_a_plain_stream_too(narthex: Driver, large: str) -> None:
    """Whoever leaves a plain download stops the reading of its file."""
    gone = Receiver(narthex, narthex.link("GET", f"/{BUCKET}/{large}"))
    assert await gone.run() == MIB


async def test_a_tool_resumes_by_the_short_link(root: Sharer, narthex: Driver, large: str) -> None:
    told = await root.issue(large, max_downloads=1)
    agent = ("user-agent", "curl/8.14.1")
    await Receiver(narthex, told["link"], headers=(agent,)).run()
    rest = await narthex.url(told["link"], headers=[agent, ("range", f"bytes={MIB}-")])
    assert (rest.status, len(rest.body)) == (206, 2 * MIB)
    assert (await root.share(told["share"]["id"]))["downloads"] == 1
    assert (await root.log(told["share"]["id"]))[-2:] == [("used", "broken"), ("used", "completed")]


async def clicked(narthex: Driver, told: Document, key: str, click: str) -> str:
    """A URL as a page mints it, once its button was pressed."""
    server = narthex.server
    kept = await shares.find_key(server.catalog, told["share"]["access_key_id"])
    assert kept is not None
    secret = server.keyring.open(kept.share.access_key_id, kept.sealed)
    place = Place(f"http://{narthex.host}", "us-east-1")
    return mint(kept.share, secret, place, narthex.clock.now_us, key=key, click=click).url


async def test_all_requests_of_one_click_are_one_use(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, max_downloads=1, password="correct horse", raw=False)
    url = await clicked(narthex, told, large, "one")
    elsewhere = root.at("198.51.100.1").s3
    await Receiver(narthex, url).run()
    first = await narthex.url(url, headers=[("range", f"bytes={MIB}-{MIB + 9}")])
    rest = await elsewhere.url(url, headers=[("range", f"bytes={MIB + 10}-")])
    assert (first.status, rest.status) == (206, 206)
    assert (await root.share(told["share"]["id"]))["downloads"] == 1
    second = await clicked(narthex, told, large, "two")
    assert words(await narthex.url(second)) == USED_UP


async def test_a_url_without_its_click_needs_the_password(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue(large, password="correct horse", raw=False)
    bare = await clicked(narthex, told, large, "")
    message = "This link needs its password: open it in a browser"
    assert words(await narthex.url(bare)) == (403, "AccessDenied", message)
    forged = await narthex.url(f"{bare}&x-narthex-click=one")
    assert forged.code == "SignatureDoesNotMatch"


async def test_a_click_on_a_folder_is_one_use_however_many_files(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue("photos/", prefix=True, raw=False, max_downloads=1)
    for key in ("photos/1.jpg", "photos/2.jpg"):
        assert (await narthex.url(await clicked(narthex, told, key, "zip"))).status == 200
    assert (await root.share(told["share"]["id"]))["downloads"] == 1
    other = await clicked(narthex, told, "photos/1.jpg", "another")
    assert words(await narthex.url(other)) == USED_UP
    narthex.clock.now_us += 3000 * SECOND
    late = await clicked(narthex, told, "photos/1.jpg", "another")
    assert words(await narthex.url(late)) == USED_UP, "it was not lost: it was completed"


async def test_a_folder_that_breaks_in_a_file_is_given_back(
    root: Sharer, narthex: Driver, large: str
) -> None:
    told = await root.issue("", prefix=True, raw=False, max_downloads=1)
    assert (await narthex.url(await clicked(narthex, told, "k", "zip"))).status == 200
    await Receiver(narthex, await clicked(narthex, told, large, "zip")).run()
    assert (await root.share(told["share"]["id"]))["downloads"] == 0
    assert (await narthex.url(await clicked(narthex, told, "k", "again"))).status == 200
