"""Issuing: what comes out, and what is refused before anything exists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from narthex.pure.shares import Token
from tests.driving import Driver
from tests.ledger.conftest import BODY
from tests.ledger.sharing import BUCKET, Refused, Sharer, holder, words


async def test_a_share_has_a_link_that_is_told_once(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(note="for the board", recipient="ana@example.org", max_downloads=3)
    share = told["share"]
    assert share["state"] == "active"
    assert (share["downloads"], share["downloads_left"]) == (0, 3)
    assert share["expires_at"] == "2026-11-24T13:00:00Z"
    assert share["owner"].endswith(":root")
    assert told["raw_expires_at"] == share["expires_at"]
    base, short, token = told["link"].rpartition("/s/")
    assert (base, short) == ("http://narthex.test", "/s/")
    assert len(token) == 24
    assert await root.share(share["id"]) == share
    kept = await narthex.server.catalog.fetch("SELECT token, sealed, password FROM shares")
    assert kept[0][0] == Token(token).hash
    for row in await narthex.server.catalog.fetch("SELECT * FROM shares"):
        assert token not in str(row)


async def test_its_raw_link_is_one_that_any_client_takes(root: Sharer, narthex: Driver) -> None:
    told = await root.issue()
    got = await narthex.url(told["raw"])
    assert (got.status, got.body) == (200, BODY)
    assert "X-Amz-Credential=NSHR" in told["raw"]
    assert "X-Amz-Expires=3600" in told["raw"]


async def test_a_changed_byte_of_a_raw_link_is_refused(root: Sharer, narthex: Driver) -> None:
    raw = (await root.issue())["raw"]
    start = raw.index("/", 8)
    for place in range(start, len(raw), 7):
        other = "b" if raw[place] != "b" else "c"
        answer = await narthex.url(raw[:place] + other + raw[place + 1 :])
        assert answer.status in (400, 403, 404), raw[place - 5 : place + 5]


async def test_a_share_is_good_for_what_it_shares_and_nothing_else(
    root: Sharer, narthex: Driver
) -> None:
    key = await holder(root, await root.issue())
    assert (await key.send("GET", f"/{BUCKET}/k")).status == 200
    assert (await key.send("HEAD", f"/{BUCKET}/k")).status == 200
    for method, path, query in (
        ("GET", f"/{BUCKET}/plans/secret", []),
        ("GET", f"/{BUCKET}/k", [("tagging", "")]),
        ("GET", f"/{BUCKET}/k", [("attributes", "")]),
        ("GET", f"/{BUCKET}", []),
        ("GET", f"/{BUCKET}", [("list-type", "2")]),
        ("GET", "/", []),
        ("PUT", f"/{BUCKET}/k", []),
        ("DELETE", f"/{BUCKET}/k", []),
        ("DELETE", f"/{BUCKET}", []),
        ("PUT", "/another-bucket", []),
        ("POST", f"/{BUCKET}/k", [("uploads", "")]),
    ):
        answer = await key.send(method, path, query)
        assert answer.status == 403, (method, path, query)
        assert BUCKET not in (answer.text("Message") or ""), "it tells nothing of policies"
    copied = await key.send(
        "PUT", f"/{BUCKET}/copy", headers=[("x-amz-copy-source", f"/{BUCKET}/k")]
    )
    assert copied.status == 403
    for service, path in (("iam", "/"), ("sts", "/"), ("narthex", "/-/api/v1/shares")):
        query = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]
        answer = await key.as_service(service).send("GET", path, query if path == "/" else ())
        assert answer.status == 403, service


@pytest.mark.parametrize("name", ["k*?$x", "${aws:username}", "ü/ä b+c", "a//b/../c", "x" * 1000])
async def test_any_key_can_be_shared_and_means_itself(
    root: Sharer, narthex: Driver, name: str
) -> None:
    await narthex.send("PUT", f"/{BUCKET}/{name}", body=b"it")
    await narthex.send("PUT", f"/{BUCKET}/kabcx", body=b"other")
    told = await root.issue(name)
    assert (await narthex.url(told["raw"])).body == b"it"
    key = await holder(root, told)
    assert (await key.send("GET", f"/{BUCKET}/kabcx")).status == 403


async def test_a_download_has_the_name_it_was_given(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(filename="Prometheus “final”.pptx")
    got = await narthex.url(told["raw"])
    assert "Prometheus%20%E2%80%9Cfinal%E2%80%9D.pptx" in (got.header("content-disposition") or "")


async def test_a_pinned_share_ends_with_a_new_content(root: Sharer, narthex: Driver) -> None:
    pinned, free = await root.issue(pin=True), await root.issue()
    etag = (await narthex.send("HEAD", f"/{BUCKET}/k")).header("etag") or ""
    assert pinned["share"]["etag"] == etag.strip('"')
    assert (await narthex.url(pinned["raw"])).status == 200
    await narthex.send("PUT", f"/{BUCKET}/k", body=b"new")
    refused = await narthex.url(pinned["raw"])
    assert words(refused) == (403, "AccessDenied", "The file has changed since it was shared")
    assert (await narthex.url(free["raw"])).body == b"new"
    assert (await (await holder(root, pinned)).send("HEAD", f"/{BUCKET}/k")).status == 403


async def test_a_prefix_is_shared_with_all_below_it(root: Sharer, narthex: Driver) -> None:
    told = await root.issue("photos/", prefix=True, raw=False)
    assert told["raw"] is None
    key = await holder(root, told)
    assert (await key.send("GET", f"/{BUCKET}/photos/1.jpg")).status == 200
    listed = await key.send("GET", f"/{BUCKET}", [("list-type", "2"), ("prefix", "photos/")])
    assert [one.text for one in listed.xml.iter("Key")] == ["photos/1.jpg", "photos/2.jpg"]
    assert (await key.send("GET", f"/{BUCKET}/plans/secret")).status == 403
    assert (await key.send("GET", f"/{BUCKET}", [("prefix", "p")])).status == 403
    assert (await key.send("GET", f"/{BUCKET}")).status == 403


async def test_many_are_issued_at_once_or_none(root: Sharer) -> None:
    order = {"bucket": BUCKET, "key": "k", "expires_in": 60}
    told = await root.ask("POST", "shares", {"shares": [order, order | {"recipient": "b"}]})
    assert [one["share"]["recipient"] for one in told["shares"]] == ["", "b"]
    assert len({one["link"] for one in told["shares"]}) == 2
    with pytest.raises(Refused) as error:
        await root.ask("POST", "shares", {"shares": [order, order | {"key": "not there"}]})
    assert error.value.code == "NoSuchKey"
    assert len((await root.ask("GET", "shares"))["shares"]) == 2


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"key": ""}, "InvalidArgument", "key"),
    ({"key": None}, "InvalidArgument", "key"),
    ({"bucket": None}, "InvalidArgument", "bucket"),
    ({"bucket": "no-such-bucket"}, "NoSuchBucket", "bucket"),
    ({"key": "absent"}, "NoSuchKey", "key"),
    ({"version": "other"}, "NoSuchKey", "key"),
    ({"expires_in": None}, "InvalidArgument", "expires_at"),
    ({"expires_in": 0}, "InvalidArgument", "expires_in"),
    ({"expires_in": True}, "InvalidArgument", "expires_in"),
    ({"expires_in": 1 << 60}, "InvalidArgument", "expires_in"),
    ({"expires_in": "60"}, "InvalidArgument", "expires_in"),
    ({"expires_at": "2026-11-24T13:00:00Z"}, "InvalidArgument", "expires_in"),
    ({"expires_in": None, "expires_at": "2026-11-24T12:00:00Z"}, "InvalidArgument", "expires_at"),
    ({"expires_in": None, "expires_at": "2026-11-24T13:00:00"}, "InvalidArgument", "expires_at"),
    ({"expires_in": None, "expires_at": "soon"}, "InvalidArgument", "expires_at"),
    ({"expires_in": None, "expires_at": "2826-11-24T13:00:00Z"}, "InvalidArgument", "expires_at"),
    ({"not_before": "2026-11-24T13:00:00Z"}, "InvalidArgument", "not_before"),
    ({"max_downloads": 0}, "InvalidArgument", "max_downloads"),
    ({"max_downloads": 1.5}, "InvalidArgument", "max_downloads"),
    ({"max_bytes": -1}, "InvalidArgument", "max_bytes"),
    ({"max_bytes": 1 << 54}, "InvalidArgument", "max_bytes"),
    ({"allow_ips": ["10.0.0.1/24"]}, "InvalidArgument", "allow_ips"),
    ({"allow_ips": ["10.0.0"]}, "InvalidArgument", "allow_ips"),
    ({"allow_ips": "10.0.0.0/8"}, "InvalidArgument", "allow_ips"),
    ({"allow_ips": ["::1"] * 65}, "InvalidArgument", "allow_ips"),
    ({"password": "short"}, "InvalidArgument", "password"),
    ({"password": "x" * 129}, "InvalidArgument", "password"),
    ({"password": "long enough", "raw": True}, "InvalidArgument", "raw"),
    ({"recipient": "a\nb"}, "InvalidArgument", "recipient"),
    ({"recipient": "x" * 257}, "InvalidArgument", "recipient"),
    ({"filename": "a\x00b"}, "InvalidArgument", "filename"),
    ({"filename": "\ud800"}, "InvalidArgument", "filename"),
    ({"note": "x" * 1025}, "InvalidArgument", "note"),
    ({"prefix": True, "raw": True}, "InvalidArgument", "raw"),
    ({"prefix": True, "pin": True, "raw": False}, "InvalidArgument", "pin"),
    ({"expires": 60}, "InvalidArgument", "expires"),
]


@pytest.mark.parametrize(("order", "code", "field"), REFUSED, ids=str)
async def test_what_cannot_be_meant_is_refused(
    root: Sharer, order: dict[str, Any], code: str, field: str | None
) -> None:
    with pytest.raises(Refused) as error:
        await root.issue(**order)
    assert (error.value.code, error.value.field) == (code, field)
    assert (await root.ask("GET", "shares"))["shares"] == []


async def test_links_lead_to_the_public_url(root: Sharer, narthex: Driver) -> None:
    settings = replace(narthex.server.settings, public_url="https://files.example.org/box/")
    server = replace(narthex.server, settings=settings)
    told = await Sharer(Driver(server, narthex.clock)).issue()
    assert told["link"].startswith("https://files.example.org/box/s/")
    parts = urlsplit(told["raw"])
    assert (parts.netloc, parts.path) == ("files.example.org", f"/box/{BUCKET}/k")
    taken_away = told["raw"].replace("/box/", "/")  # as the proxy in front does
    assert (await narthex.url(taken_away)).status == 200
