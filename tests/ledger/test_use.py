"""Using a share: admitted, refused, counted, in plain words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.driving import NOON, SECOND, Driver, open_driver
from tests.ledger.conftest import BODY
from tests.ledger.sharing import BUCKET, Sharer, holder, words

TAKEN_BACK = (403, "AccessDenied", "This link was taken back")
USED_UP = (403, "AccessDenied", "This link has been used up")


async def test_a_revoked_share_is_refused_on_the_next_request(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue()
    other = Driver(narthex.server, narthex.clock)
    assert (await other.url(told["raw"])).status == 200
    revoked = await root.ask("DELETE", f"shares/{told['share']['id']}")
    assert revoked["share"]["state"] == "revoked"
    assert words(await other.url(told["raw"])) == TAKEN_BACK
    again = await root.ask("DELETE", f"shares/{told['share']['id']}")
    assert again["share"]["revoked_at"] == revoked["share"]["revoked_at"]


async def test_another_process_refuses_it_too(
    root: Sharer, narthex: Driver, tmp_path: Path
) -> None:
    told = await root.issue()
    async for other in open_driver(tmp_path, inline_size=1024):
        other.clock.now_us = narthex.clock.now_us
        assert (await other.url(told["raw"])).status == 200
        await root.ask("DELETE", f"shares/{told['share']['id']}")
        assert words(await other.url(told["raw"])) == TAKEN_BACK


async def test_shares_and_what_was_used_of_them_survive_a_restart(tmp_path: Path) -> None:
    told = {}
    async for first in open_driver(tmp_path):
        await first.send("PUT", f"/{BUCKET}")
        await first.send("PUT", f"/{BUCKET}/k", body=BODY)
        told = await Sharer(first).issue(max_downloads=2)
        assert (await first.url(told["raw"])).status == 200
    async for second in open_driver(tmp_path):
        assert (await second.url(told["raw"])).status == 200
        assert words(await second.url(told["raw"])) == USED_UP
        assert (await Sharer(second).share(told["share"]["id"]))["downloads"] == 2
        log = await Sharer(second).log(told["share"]["id"])
        assert log == [
            ("issued", ""),
            ("used", "completed"),
            ("used", "completed"),
            ("refused", "used-up"),
        ]


async def test_it_ends_with_its_time_to_the_second(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(expires_in=60)
    narthex.clock.now_us = NOON + 60 * SECOND - 1
    assert (await narthex.url(told["raw"])).status == 200
    narthex.clock.now_us = NOON + 60 * SECOND
    late = await narthex.url(told["raw"])
    assert words(late) == (403, "AccessDenied", "Request has expired")
    assert (await root.share(told["share"]["id"]))["state"] == "expired"


async def test_a_shortened_share_ends_before_its_signature_does(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue(expires_in=3600)
    await root.ask("PATCH", f"shares/{told['share']['id']}", {"expires_in": 60})
    narthex.clock.now_us = NOON + 60 * SECOND
    late = await narthex.url(told["raw"])
    assert words(late) == (403, "AccessDenied", "Request has expired")
    assert late.text("Expires") == "2026-11-24T12:01:00Z"


async def test_it_begins_with_its_time(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(not_before="2026-11-24T12:10:00Z")
    early = await narthex.url(told["raw"])
    assert words(early) == (403, "AccessDenied", "This link is not valid yet")
    assert (await root.share(told["share"]["id"]))["state"] == "not-yet"
    narthex.clock.now_us = NOON + 600 * SECOND
    assert (await narthex.url(told["raw"])).status == 200


async def test_it_works_from_its_networks_only(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(allow_ips=["192.0.2.0/29", "2001:db8::/64", "198.51.100.7"])
    for address, status in (
        ("192.0.2.7", 200),
        ("192.0.2.8", 403),
        ("::ffff:192.0.2.7", 200),
        ("2001:db8::1", 200),
        ("2001:db8:0:1::1", 403),
        ("198.51.100.7", 200),
        ("198.51.100.8", 403),
        ("", 403),
        ("unix:", 403),
    ):
        answer = await root.at(address).s3.url(told["raw"])
        assert answer.status == status, address
        if status == 403:
            assert answer.text("Message") == "This link does not work from your address"


async def test_the_address_is_the_one_a_trusted_proxy_tells(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path, trusted_proxies=("203.0.113.9",)):
        await narthex.send("PUT", f"/{BUCKET}")
        await narthex.send("PUT", f"/{BUCKET}/k", body=BODY)
        raw = (await Sharer(narthex).issue(allow_ips=["192.0.2.7"]))["raw"]
        told = [("x-forwarded-for", "192.0.2.7")]
        behind = Sharer(narthex).at("203.0.113.9").s3
        assert (await behind.url(raw, headers=told)).status == 200
        assert (await behind.url(raw, headers=[("x-forwarded-for", "192.0.2.8")])).status == 403
        liar = Sharer(narthex).at("203.0.113.10").s3
        assert (await liar.url(raw, headers=told)).status == 403


@pytest.mark.parametrize("key", ["k", "small"])
async def test_only_so_many_downloads(root: Sharer, narthex: Driver, key: str) -> None:
    told = await root.issue(key, max_downloads=2)
    assert (await narthex.url(told["raw"])).status == 200
    head = await (await holder(root, told)).send("HEAD", f"/{BUCKET}/{key}")
    assert head.status == 200, "HEAD uses nothing up"
    assert (await narthex.url(told["raw"])).status == 200
    assert words(await narthex.url(told["raw"])) == USED_UP
    share = await root.share(told["share"]["id"])
    assert (share["state"], share["downloads"], share["downloads_left"]) == ("used-up", 2, 0)


async def test_a_race_admits_exactly_as_many(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_downloads=5)
    answers = await asyncio.gather(*[narthex.url(told["raw"]) for _ in range(100)])
    assert sorted(answer.status for answer in answers) == [200] * 5 + [403] * 95
    assert all(answer.body == BODY for answer in answers if answer.status == 200)


async def test_only_so_many_bytes(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_bytes=len(BODY) + 10)
    assert (await narthex.url(told["raw"])).status == 200
    ten = [("range", "bytes=0-9")]
    eleven = [("range", "bytes=0-10")]
    assert words(await narthex.url(told["raw"], headers=eleven)) == USED_UP
    assert (await narthex.url(told["raw"], headers=ten)).status == 206
    assert words(await narthex.url(told["raw"], headers=[("range", "bytes=0-0")])) == USED_UP
    assert (await root.share(told["share"]["id"]))["bytes"] == len(BODY) + 10


async def test_conditions_that_end_without_bytes_use_nothing_up(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue(max_downloads=1)
    etag = (await narthex.send("HEAD", f"/{BUCKET}/k")).header("etag") or ""
    for header, status in (
        (("if-none-match", etag), 304),
        (("if-match", '"0"'), 412),
        (("range", "bytes=99999-"), 416),
    ):
        assert (await narthex.url(told["raw"], headers=[header])).status == status
    assert (await root.share(told["share"]["id"]))["downloads"] == 0
    assert (await narthex.url(told["raw"])).status == 200


async def test_ranges_of_one_address_are_one_download(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_downloads=1)
    got = b""
    for start in range(0, len(BODY), 512):
        asked = [("range", f"bytes={start}-{start + 511}")]
        answer = await narthex.url(told["raw"], headers=asked)
        assert answer.status == 206
        got += answer.body
    assert got == BODY
    assert words(await narthex.url(told["raw"])) == USED_UP
    assert words(await narthex.url(told["raw"], headers=[("range", "bytes=0-9")])) == USED_UP
    assert (await root.share(told["share"]["id"]))["downloads"] == 1


async def test_ranges_of_two_addresses_are_two(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_downloads=1)
    first = [("range", "bytes=0-9")]
    assert (await narthex.url(told["raw"], headers=first)).status == 206
    elsewhere = root.at("198.51.100.1").s3
    assert words(await elsewhere.url(told["raw"], headers=first)) == USED_UP
    assert (await narthex.url(told["raw"], headers=[("range", "bytes=10-")])).status == 206


async def test_a_download_that_stops_before_its_end_is_given_back_in_time(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue(max_downloads=1)
    assert (await narthex.url(told["raw"], headers=[("range", "bytes=0-9")])).status == 206
    elsewhere = root.at("198.51.100.1").s3
    assert words(await elsewhere.url(told["raw"])) == USED_UP
    narthex.clock.now_us += 301 * SECOND  # nobody came back for the rest
    assert (await elsewhere.url(told["raw"])).status == 200
    assert ("used", "lost") in await root.log(told["share"]["id"])


async def test_one_visitor_cannot_read_for_ever_in_ranges(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_downloads=1)
    most = [("range", f"bytes=0-{len(BODY) - 2}")]
    statuses = [(await narthex.url(told["raw"], headers=most)).status for _ in range(5)]
    assert statuses == [206, 206, 403, 403, 403]


async def test_the_log_says_who_when_and_how_much(root: Sharer, narthex: Driver) -> None:
    told = await root.issue()
    narthex.clock.now_us += 5 * SECOND
    agent = [("user-agent", "curl/8.14.1")]
    await narthex.url(told["raw"], headers=agent)
    await narthex.url(told["raw"], headers=[*agent, ("range", "bytes=0-9")])
    entries = (await root.ask("GET", f"shares/{told['share']['id']}/log"))["entries"]
    used = {one["outcome"]: one for one in entries if one["event"] == "used"}
    assert used["completed"]["at"] == "2026-11-24T12:00:05Z"
    assert used["completed"]["address"] == "192.0.2.7"
    assert used["completed"]["agent"] == "curl/8.14.1"
    assert used["completed"]["bytes"] == len(BODY)
    assert used["partial"]["bytes"] == 10
    share = await root.share(told["share"]["id"])
    assert (share["downloads"], share["bytes"]) == (1, len(BODY) + 10)
    assert share["last_used_at"] == "2026-11-24T12:00:05Z"


async def test_a_share_without_limits_costs_no_write_of_its_own(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue("small")
    before = await writes(narthex)
    for _ in range(50):
        assert (await narthex.url(told["raw"])).status == 200
    assert await writes(narthex) == before
    entries = (await root.ask("GET", f"shares/{told['share']['id']}/log"))["entries"]
    assert [(one["event"], one["times"], one["bytes"]) for one in entries] == [
        ("used", 50, 250),
        ("issued", 1, 0),
    ]
    share = await root.share(told["share"]["id"])
    assert (share["downloads"], share["bytes"]) == (50, 250)


async def test_what_differs_in_anything_is_an_entry_of_its_own(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue("photos/", prefix=True, raw=False)
    key = await holder(root, told)
    for agent, name in (("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")):
        path = f"/{BUCKET}/photos/{name}.jpg"
        assert (await key.send("GET", path, headers=[("user-agent", agent)])).status == 200
    entries = (await root.ask("GET", f"shares/{told['share']['id']}/log"))["entries"]
    assert sorted(one["times"] for one in entries if one["event"] == "used") == [1, 1, 2]


async def writes(narthex: Driver) -> int:
    """How many rows the log has."""
    row = await narthex.server.catalog.fetch_one("SELECT COUNT(*) FROM audit")
    assert row is not None
    return int(row[0])


async def test_the_same_refusal_is_written_once_a_minute(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(max_downloads=1)
    await narthex.url(told["raw"])
    for _ in range(20):
        assert words(await narthex.url(told["raw"])) == USED_UP
    assert (await root.log(told["share"]["id"])).count(("refused", "used-up")) == 1
    narthex.clock.now_us += 61 * SECOND
    await narthex.url(told["raw"])
    assert (await root.log(told["share"]["id"])).count(("refused", "used-up")) == 2


async def test_a_bucket_made_anew_under_the_name_is_another(root: Sharer, narthex: Driver) -> None:
    await narthex.send("PUT", "/other-bucket")
    await narthex.send("PUT", "/other-bucket/k", body=b"old")
    raw = (await root.issue(bucket="other-bucket"))["raw"]
    await narthex.send("DELETE", "/other-bucket/k")
    gone = await narthex.url(raw)
    assert (gone.status, gone.code) == (404, "NoSuchKey")
    await narthex.send("DELETE", "/other-bucket")
    await narthex.send("PUT", "/other-bucket")
    await narthex.send("PUT", "/other-bucket/k", body=b"new")
    refused = await narthex.url(raw)
    assert words(refused) == (403, "AccessDenied", "What was shared is not there any more")
