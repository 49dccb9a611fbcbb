"""Taking back by anything one has at hand, plain pre-signed URLs included."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from narthex.ledger import pruning
from tests.asking import Api
from tests.driving import NOON, SECOND, Driver, open_driver
from tests.ledger.sharing import BUCKET, Refused, Sharer, words
from tests.ledger.test_owners import EVERYTHING, user

TAKEN_BACK = (403, "AccessDenied", "This link was taken back")
PATH = f"/{BUCKET}/k"


async def revoke(by: Sharer, **field: Any) -> tuple[set[str], int]:
    """The ids of the shares that are revoked now, and how many links are."""
    told = await by.ask("POST", "revocations", field)
    return {one["id"] for one in told["shares"]}, len(told["links"])


@pytest.mark.parametrize("which", ["link", "raw"])
async def test_by_either_link(root: Sharer, narthex: Driver, which: str) -> None:
    first, second = await root.issue(), await root.issue()
    assert await revoke(root, url=f" {first[which]}\n") == ({first["share"]["id"]}, 0)
    assert words(await narthex.url(first["raw"])) == TAKEN_BACK
    assert (await narthex.url(second["raw"])).status == 200
    assert await revoke(root, url=first[which]) == (set(), 0)


async def test_by_recipient_key_bucket_and_all(root: Sharer, narthex: Driver) -> None:
    await narthex.send("PUT", "/other-bucket")
    await narthex.send("PUT", "/other-bucket/k", body=b"x")
    a = (await root.issue(recipient="ana"))["share"]
    b = (await root.issue(recipient="bob"))["share"]
    c = (await root.issue("photos/", prefix=True, raw=False))["share"]
    d = (await root.issue("photos/1.jpg"))["share"]
    e = (await root.issue(bucket="other-bucket"))["share"]
    f = (await root.issue(bucket="other-bucket"))["share"]
    ended = (await root.issue(expires_in=1))["share"]
    narthex.clock.now_us += SECOND
    assert await revoke(root, recipient="ana") == ({a["id"]}, 0)
    assert await revoke(root, access_key_id=b["access_key_id"]) == ({b["id"]}, 0)
    assert await revoke(root, bucket=BUCKET, key="photos/") == ({c["id"]}, 0)
    assert await revoke(root, bucket="other-bucket") == ({e["id"], f["id"]}, 0)
    assert await revoke(root, all=True) == ({d["id"]}, 0)
    assert (await root.share(ended["id"]))["state"] == "expired"


async def test_by_the_key_that_issued_them(root: Sharer, narthex: Driver) -> None:
    ana = await user(Api(narthex), "ana", EVERYTHING)
    first, second = await ana.issue(), await ana.issue()
    kept = await root.issue()
    key = ana.s3.key
    assert key is not None
    ids = {first["share"]["id"], second["share"]["id"]}
    assert await revoke(root, access_key_id=key.id) == (ids, 0)
    assert (await narthex.url(kept["raw"])).status == 200


async def test_a_plain_pre_signed_url_is_taken_back_by_pasting_it(
    root: Sharer, narthex: Driver
) -> None:
    first, second = narthex.link("GET", PATH), narthex.link("GET", PATH, expires_in=3601)
    assert (await narthex.url(first)).status == 200
    told = await root.ask("POST", "revocations", {"url": first})
    (link,) = told["links"]
    assert link["path"] == PATH
    assert link["expires_at"] == "2026-11-24T13:00:00Z"
    assert words(await narthex.url(first)) == TAKEN_BACK
    assert (await narthex.url(second)).status == 200
    assert await revoke(root, url=first) == (set(), 0)
    assert (await root.ask("GET", "links"))["links"] == [link]
    signature = first.rpartition("=")[2]
    for row in await narthex.server.catalog.fetch("SELECT * FROM revoked_links"):
        assert signature not in str(row)


async def test_links_of_any_method_and_kind(root: Sharer, narthex: Driver) -> None:
    put = narthex.link("PUT", f"/{BUCKET}/new")
    await revoke(root, url=put)
    assert words(await narthex.url(put, "PUT", body=b"x")) == TAKEN_BACK
    old = sigv2_link(narthex, PATH)
    assert (await narthex.url(old)).status == 200
    await revoke(root, url=old)
    assert words(await narthex.url(old)) == TAKEN_BACK


def sigv2_link(narthex: Driver, path: str) -> str:
    """A link as aws CLI v1 still makes it."""
    assert narthex.key is not None
    expires = NOON // SECOND + 3600
    text = f"GET\n\n\n{expires}\n{path}".encode()
    digest = hmac.new(narthex.key.secret.encode(), text, hashlib.sha1).digest()
    signature = quote(base64.b64encode(digest).decode(), safe="")
    query = f"AWSAccessKeyId={narthex.key.id}&Signature={signature}&Expires={expires}"
    return f"http://{narthex.host}{path}?{query}"


async def test_a_header_that_has_the_same_key_still_works(root: Sharer, narthex: Driver) -> None:
    await revoke(root, url=narthex.link("GET", PATH))
    assert (await narthex.send("GET", PATH)).status == 200


async def test_another_process_refuses_the_url_too(
    root: Sharer, narthex: Driver, tmp_path: Path
) -> None:
    url = narthex.link("GET", PATH)
    async for other in open_driver(tmp_path):
        assert (await other.url(url)).status == 200
        await revoke(root, url=url)
        assert words(await other.url(url)) == TAKEN_BACK


async def test_it_is_forgotten_when_the_url_has_expired_by_itself(
    root: Sharer, narthex: Driver
) -> None:
    url = narthex.link("GET", PATH, expires_in=60)
    await revoke(root, url=url)
    ledger = narthex.server.ledger
    await pruning.prune(ledger, 0, NOON + 60 * SECOND)
    assert words(await narthex.url(url)) == TAKEN_BACK
    await pruning.prune(ledger, 0, NOON + 61 * SECOND)
    assert await narthex.server.catalog.fetch("SELECT * FROM revoked_links") == []
    narthex.clock.now_us = NOON + 60 * SECOND
    assert words(await narthex.url(url))[2] == "Request has expired"
    with pytest.raises(Refused, match="expired by itself"):
        await revoke(root, url=url)


async def test_users_take_back_their_own_urls_and_a_root_all(root: Sharer, narthex: Driver) -> None:
    api = Api(narthex)
    ana, bob = await user(api, "ana", EVERYTHING), await user(api, "bob", EVERYTHING)
    url = ana.s3.link("GET", PATH)
    with pytest.raises(Refused) as error:
        await revoke(bob, url=url)
    assert error.value.code == "NoSuchLink"
    assert (await narthex.url(url)).status == 200
    assert (await revoke(ana, url=url))[1] == 1
    assert words(await narthex.url(url)) == TAKEN_BACK
    other = bob.s3.link("GET", PATH)
    assert (await revoke(root, url=other))[1] == 1
    assert len((await root.ask("GET", "links"))["links"]) == 2
    assert len((await ana.ask("GET", "links"))["links"]) == 1
    deny = {"Effect": "Deny", "Action": "narthex:RevokeLink", "Resource": "*"}
    await api.allow("ana", EVERYTHING, deny)
    with pytest.raises(Refused, match="narthex:RevokeLink"):
        await revoke(ana, url=ana.s3.link("GET", PATH, expires_in=61))


BAD: list[dict[str, Any]] = [
    {},
    {"all": False},
    {"all": True, "recipient": "x"},
    {"key": "k"},
    {"url": ""},
    {"url": "not a url"},
    {"url": "ftp://narthex.test/s/x"},
    {"url": "http://narthex.test/bucket/key"},
    {"url": "http://narthex.test/s/"},
    {"url": "http://narthex.test/s/abcdefghijklmnopqrstuvwx"},
    {"url": "http://[narthex.test/"},
    {"url": "http://narthex.test/b/k?X-Amz-Signature=00"},
    {"url": "http://narthex.test/%ff?" + "x" * 20},
    {"url": "x" * 20000},
    {"what": 1},
]


@pytest.mark.parametrize("field", BAD, ids=str)
async def test_what_names_nothing_is_refused(root: Sharer, field: dict[str, Any]) -> None:
    await root.issue()
    with pytest.raises(Refused) as error:
        await root.ask("POST", "revocations", field)
    assert error.value.code in ("InvalidArgument", "NoSuchLink")
    assert len((await root.ask("GET", "shares", state="active"))["shares"]) == 1


async def test_a_url_of_an_unknown_key_is_no_link(root: Sharer, narthex: Driver) -> None:
    url = narthex.link("GET", PATH)
    for key in ("AKIAIOSFODNN7EXAMPLF", "NSHRIOSFODNN7EXAMPLE"):
        with pytest.raises(Refused, match="NoSuchLink"):
            await revoke(root, url=url.replace("AKIAIOSFODNN7EXAMPLE", key))


async def test_revocations_are_in_the_audit_log(root: Sharer, narthex: Driver) -> None:
    told = await root.issue()
    await revoke(root, url=told["link"])
    await revoke(root, url=narthex.link("GET", PATH))
    entries = (await root.ask("GET", "audit", event="revoked"))["entries"]
    assert [one["share"] for one in entries] == [told["share"]["id"], ""]
    assert all(one["actor"].endswith(":root") for one in entries)
    assert "AKIAIOSFODNN7EXAMPLE" in entries[1]["detail"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_a_damaged_url_does_not_pass_for_taken_back(
    root: Sharer, narthex: Driver, method: str
) -> None:
    url = narthex.link(method, PATH)
    damaged = url[:-1] + ("0" if url[-1] != "0" else "1")
    for wrong in (damaged, url.replace("Expires=3600", "Expires=3601")):
        with pytest.raises(Refused, match="not whole") as error:
            await revoke(root, url=wrong)
        assert error.value.code == "NoSuchLink"
    assert await revoke(root, url=url) == (set(), 1)
