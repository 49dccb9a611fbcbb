"""The API's own ways: signatures, bodies, pages, changes, refusals."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import narthex as package
from narthex.api.endpoint import declared, endpoint
from narthex.bootstrap import RootKey
from narthex.errors import Unavailable
from tests.driving import NOON, SECOND, Answer, Driver
from tests.ledger.sharing import BUCKET, PREFIX, Refused, Sharer

ORDER = {"bucket": BUCKET, "key": "k", "expires_in": 60}


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status, json.loads(answer.body)["error"]["code"]


async def test_who_did_not_sign_is_refused(root: Sharer, narthex: Driver) -> None:
    nobody = Sharer(narthex.as_nobody())
    for method, path in (("GET", "shares"), ("POST", "shares"), ("POST", "revocations")):
        assert refusal(await nobody.send(method, path)) == (403, "MissingAuthentication")
    link = narthex.as_service("narthex").link("GET", f"{PREFIX}shares")
    answer = await narthex.url(link.replace("%2Fs3%2F", "%2Fnarthex%2F"))
    assert refusal(answer) == (403, "MissingAuthentication")


async def test_another_key_secret_service_or_time_is_refused(root: Sharer, narthex: Driver) -> None:
    assert narthex.key is not None
    path, id = f"{PREFIX}shares", narthex.key.id
    wrong = narthex.as_key(RootKey(id, "x" * 40)).as_service("narthex")
    assert refusal(await wrong.send("GET", path)) == (403, "SignatureDoesNotMatch")
    unknown = narthex.as_key(RootKey("AKIAUNKNOWN", "x" * 40)).as_service("narthex")
    assert refusal(await unknown.send("GET", path)) == (403, "InvalidAccessKeyId")
    assert refusal(await narthex.send("GET", path)) == (400, "IncompleteSignature")
    token = narthex.as_key(narthex.key, "token").as_service("narthex")
    assert refusal(await token.send("GET", path)) == (400, "InvalidToken")
    sent = narthex.as_service("narthex").signed("GET", path)
    narthex.clock.now_us += 901 * SECOND
    late = await narthex.raw("GET", sent.raw_path, sent.raw_query, sent.headers)
    assert refusal(late) == (403, "RequestTimeTooSkewed")


async def test_a_byte_changed_anywhere_is_refused(root: Sharer, narthex: Driver) -> None:
    body = json.dumps(ORDER).encode()
    signer = narthex.as_service("narthex")
    sent = signer.signed("POST", f"{PREFIX}shares", body=body)
    for place in range(0, len(body), 9):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        answer = await narthex.raw("POST", sent.raw_path, "", sent.headers, [changed])
        assert refusal(answer) == (403, "SignatureDoesNotMatch")
    answer = await narthex.raw("POST", sent.raw_path, "limit=1", sent.headers, [body])
    assert refusal(answer) == (403, "SignatureDoesNotMatch")
    assert (await root.ask("GET", "shares"))["shares"] == []
    answer = await narthex.raw("POST", sent.raw_path, "", sent.headers, [body])
    assert answer.status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "MalformedJSON"),
        (b"[]", "MalformedJSON"),
        (b"\xff", "MalformedJSON"),
        (b'{"key": "a", "key": "b"}', "MalformedJSON"),
        (b'{"expires_in": NaN}', "MalformedJSON"),
        (b"[" * 100_000, "MalformedJSON"),
        (b'{"shares": []}', "InvalidArgument"),
        (b'{"shares": {}}', "InvalidArgument"),
        (b'{"shares": [1]}', "InvalidArgument"),
        (b'{"shares": [{}], "raw": true}', "InvalidArgument"),
        (json.dumps({"shares": [ORDER] * 1001}).encode(), "InvalidArgument"),
        (b" " * (2 * 1024 * 1024 + 1), "TooLarge"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else value,
)
async def test_a_body_that_cannot_be_read_is_refused(root: Sharer, body: bytes, code: str) -> None:
    with pytest.raises(Refused) as error:
        await root.ask("POST", "shares", body)
    assert error.value.code == code


async def test_a_field_of_many_is_named_with_its_place(root: Sharer) -> None:
    with pytest.raises(Refused) as error:
        await root.ask("POST", "shares", {"shares": [ORDER, ORDER | {"expires_in": "x"}]})
    assert error.value.field == "shares[1].expires_in"


async def test_a_thousand_are_issued_at_once(root: Sharer) -> None:
    told = await root.ask("POST", "shares", {"shares": [ORDER] * 1000})
    assert len({one["link"] for one in told["shares"]}) == 1000


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nothing", 404, "NoSuchPath"),
        ("GET", "", 404, "NoSuchPath"),
        ("GET", "shares/", 404, "NoSuchPath"),
        ("GET", "shares/a/b", 404, "NoSuchPath"),
        ("PUT", "shares", 405, "MethodNotAllowed"),
        ("POST", "shares/0123456789abcdef", 405, "MethodNotAllowed"),
        ("GET", "shares/0123456789abcdef", 404, "NoSuchShare"),
        ("GET", "shares/%00", 404, "NoSuchShare"),
    ],
)
async def test_paths(root: Sharer, method: str, path: str, status: int, code: str) -> None:
    with pytest.raises(Refused) as error:
        await root.ask(method, path)
    assert (error.value.status, error.value.code) == (status, code)


async def test_a_path_says_which_methods_it_has(root: Sharer) -> None:
    answer = await root.send("PUT", "shares")
    assert answer.header("allow") == "POST, GET"
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("shares", {"limit": "0"}),
        ("shares", {"limit": "1001"}),
        ("shares", {"limit": "ten"}),
        ("shares", {"state": "good"}),
        ("shares", {"after": "x"}),
        ("shares", {"recipient": "\0"}),
        ("shares", {"what": "1"}),
        ("audit", {"since": "yesterday"}),
        ("audit", {"order": "best"}),
        ("audit", {"until": "2026-11-24T12:00:00"}),
        ("links", {"limit": "1"}),
    ],
)
async def test_parameters_that_cannot_be_meant(
    root: Sharer, path: str, query: dict[str, str]
) -> None:
    with pytest.raises(Refused) as error:
        await root.ask("GET", path, **query)
    assert (error.value.code, error.value.field) == ("InvalidArgument", next(iter(query)))


async def test_a_list_goes_on_where_it_ended(root: Sharer, narthex: Driver) -> None:
    made = []
    for number in range(5):
        narthex.clock.now_us = NOON + number
        made.append((await root.issue())["share"]["id"])
    first = await root.ask("GET", "shares", limit="2")
    second = await root.ask("GET", "shares", limit="2", after=first["next"])
    third = await root.ask("GET", "shares", limit="2", after=second["next"])
    pages = (first, second, third)
    assert [one["id"] for page in pages for one in page["shares"]] == made[::-1]
    assert third["next"] is None


async def test_a_list_is_of_what_was_asked_for(root: Sharer, narthex: Driver) -> None:
    ana = (await root.issue(recipient="ana"))["share"]["id"]
    photo = (await root.issue("photos/1.jpg"))["share"]["id"]
    short = (await root.issue(expires_in=1))["share"]["id"]
    narthex.clock.now_us += SECOND

    async def ids(**query: str) -> set[str]:
        return {one["id"] for one in (await root.ask("GET", "shares", **query))["shares"]}

    assert await ids() == {ana, photo, short}
    assert await ids(recipient="ana") == {ana}
    assert await ids(bucket=BUCKET, key="photos/") == {photo}
    assert await ids(bucket="other") == set()
    assert await ids(state="active") == {ana, photo}
    assert await ids(state="expired") == await ids(state="ended") == {short}


async def test_a_log_goes_on_where_it_ended(root: Sharer, narthex: Driver) -> None:
    told = await root.issue("small")
    for number in range(4):
        await narthex.url(told["raw"], headers=[("user-agent", str(number))])
    path = f"shares/{told['share']['id']}/log"
    first = await root.ask("GET", path, limit="3")
    second = await root.ask("GET", path, limit="3", after=first["next"])
    assert (len(first["entries"]), len(second["entries"]), second["next"]) == (3, 2, None)
    assert second["entries"][-1]["event"] == "issued"


async def test_the_audit_log_can_be_followed(root: Sharer, narthex: Driver) -> None:
    begin = (await root.ask("GET", "audit"))["next"]
    oldest = (await root.ask("GET", "audit", order="oldest"))["entries"]
    assert (await root.ask("GET", "audit", order="newest"))["entries"] == oldest[::-1]
    empty = await root.ask("GET", "audit", after=begin)
    assert empty == {"entries": [], "next": begin}
    await root.issue()
    first = await root.ask("GET", "audit", after=begin)
    assert [one["event"] for one in first["entries"]] == ["issued"]
    nothing = await root.ask("GET", "audit", after=first["next"])
    assert nothing == {"entries": [], "next": first["next"]}
    narthex.clock.now_us += SECOND
    await root.issue()
    more = await root.ask("GET", "audit", after=first["next"])
    assert len(more["entries"]) == 1
    since = await root.ask("GET", "audit", since="2026-11-24T13:00:01+01:00")
    assert since["entries"] == more["entries"]


async def test_the_audit_log_is_filtered(root: Sharer, narthex: Driver) -> None:
    told = await root.issue()
    await root.ask("DELETE", f"shares/{told['share']['id']}")
    await root.ask("PATCH", f"shares/{(await root.issue())['share']['id']}", {"note": "n"})
    found = (await root.ask("GET", "audit"))["entries"]
    of_shares = [one for one in found if one["share"]]
    assert sorted(one["event"] for one in of_shares) == ["changed", "issued", "issued", "revoked"]
    arn = of_shares[0]["actor"]

    async def count(**query: str) -> int:
        return len((await root.ask("GET", "audit", **query))["entries"])

    made = {"event": "s3:*", "resource": f"arn:aws:s3:::{BUCKET}"}
    assert await count(**made) == 1, "the bucket was made"
    assert await count(event="s3:*", resource=f"arn:aws:s3:::{BUCKET[:-1]}") == 0
    assert await count(actor="root") == await count(actor=arn) == 5
    assert await count(actor=arn[:-1]) == await count(actor="user/root") == 0
    assert (await count(bucket=BUCKET), await count(bucket=BUCKET[:-1])) == (5, 0)
    assert (await count(key="k"), await count(key="kk")) == (4, 0)
    assert (await count(address="192.0.2.7"), await count(outcome="used-up")) == (1, 0)
    with pytest.raises(Refused, match="unknown parameter"):
        await count(keys="k")


async def test_the_log_is_only_added_to(root: Sharer) -> None:
    """No way of the API changes a row; of the code, pruning alone removes some, by whole seals.

    The engine refuses what is more: tests/contract/test_audit_seals.py.
    """
    await root.issue()
    before = await root.ask("GET", "audit")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("audit", f"audit/{before['next']}"):
            with pytest.raises(Refused, match=r"40[45]"):
                await root.ask(method, path, {})
    assert await root.ask("GET", "audit") == before
    source = Path(package.__file__).parent
    touching = [
        (file.name, line.strip())
        for file in source.rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if re.search(r"(DELETE FROM|UPDATE|REPLACE INTO|DROP TABLE|TRUNCATE) audit\b", line)
    ]
    assert [name for name, _ in touching] == ["audit_seals.py"] * 2, touching
    sealed, pruned = (line for _, line in touching)
    assert "SET seal = ? WHERE seal = 0" in sealed
    assert "WHERE seal IN" in pruned


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"expires_in": 7200}, {"expires_at": "2026-11-24T14:00:00Z"}),
    ({"expires_at": "2027-11-24T12:00:00Z"}, {"expires_at": "2027-11-24T12:00:00Z"}),
    ({"max_downloads": 9}, {"max_downloads": 9, "downloads_left": 9}),
    ({"max_downloads": None}, {"max_downloads": None, "downloads_left": None}),
    ({"max_bytes": 10}, {"max_bytes": 10}),
    ({"allow_ips": ["::1"]}, {"allow_ips": ["::1/128"]}),
    ({"allow_ips": None}, {"allow_ips": []}),
    ({"not_before": "2026-11-24T12:30:00Z"}, {"state": "not-yet"}),
    ({"recipient": "bob", "note": "n"}, {"recipient": "bob", "note": "n"}),
    ({}, {}),
]


@pytest.mark.parametrize(("fields", "changed"), CHANGES, ids=str)
async def test_a_share_is_changed_in_what_is_said(
    root: Sharer, fields: dict[str, Any], changed: dict[str, Any]
) -> None:
    before = (await root.issue(max_downloads=5, allow_ips=["192.0.2.0/24"]))["share"]
    told = await root.ask("PATCH", f"shares/{before['id']}", fields)
    after = told["share"]
    assert {name: after[name] for name in changed} == changed
    same = set(before) - set(changed) - set(fields) - {"downloads_left"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert told["raw"] is None
    assert await root.share(before["id"]) == after
    assert (await root.log(before["id"]))[-1] == ("changed", "")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"expires_at": None}, "expires_at"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_at": "2026-11-24T11:59:59Z"}, "expires_at"),
        ({"not_before": "2026-11-24T13:00:00Z"}, "not_before"),
        ({"max_downloads": 0}, "max_downloads"),
        ({"allow_ips": ["nowhere"]}, "allow_ips"),
        ({"note": "x" * 1025}, "note"),
        ({"key": "other"}, "key"),
        ({"password": "another one"}, "password"),
    ],
)
async def test_a_change_that_cannot_be_meant_changes_nothing(
    root: Sharer, fields: dict[str, Any], field: str
) -> None:
    before = (await root.issue())["share"]
    with pytest.raises(Refused) as error:
        await root.ask("PATCH", f"shares/{before['id']}", fields)
    assert (error.value.code, error.value.field) == ("InvalidArgument", field)
    assert await root.share(before["id"]) == before


async def test_an_expired_share_is_extended_with_its_links(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(expires_in=60)
    narthex.clock.now_us += 120 * SECOND
    with pytest.raises(Refused) as error:
        await root.ask("PATCH", f"shares/{told['share']['id']}", {"raw": True})
    assert error.value.code == "ShareEnded"
    change = {"expires_in": 60, "raw": True}
    after = await root.ask("PATCH", f"shares/{told['share']['id']}", change)
    assert after["share"]["state"] == "active"
    assert (await narthex.url(after["raw"])).status == 200
    assert (await narthex.url(told["raw"])).status == 403, "its signature has its own end"


async def test_a_revoked_share_stays_revoked(root: Sharer) -> None:
    id = (await root.issue())["share"]["id"]
    await root.ask("DELETE", f"shares/{id}")
    with pytest.raises(Refused) as error:
        await root.ask("PATCH", f"shares/{id}", {"expires_in": 60})
    assert (error.value.status, error.value.code) == (409, "ShareEnded")


async def test_a_share_that_lives_long_has_a_raw_link_for_a_week(
    root: Sharer, narthex: Driver
) -> None:
    told = await root.issue(expires_in=30 * 86400)
    assert told["raw_expires_at"] == "2026-12-01T12:00:00Z"
    narthex.clock.now_us = NOON + 8 * 86400 * SECOND
    assert (await narthex.url(told["raw"])).status == 403
    again = await root.ask("PATCH", f"shares/{told['share']['id']}", {"raw": True})
    assert (await narthex.url(again["raw"])).status == 200


async def test_a_password_excludes_a_raw_link(root: Sharer, narthex: Driver) -> None:
    told = await root.issue(password="correct horse", raw=False)
    assert told["raw"] is None
    assert told["share"]["password"] is True
    with pytest.raises(Refused) as error:
        await root.ask("PATCH", f"shares/{told['share']['id']}", {"raw": True})
    assert error.value.field == "raw"
    for row in await narthex.server.catalog.fetch("SELECT password FROM shares"):
        assert row[0].startswith("$argon2id$")


async def test_a_catalog_that_is_away_is_told_as_such(root: Sharer, narthex: Driver) -> None:
    class Away:
        async def fetch_one(self, *_: Any) -> None:
            raise Unavailable("the disk is gone")

    server = replace(narthex.server, catalog=Away())  # type: ignore[arg-type]
    there = Sharer(replace(narthex, server=server))
    id = (await root.issue())["share"]["id"]
    assert (await there.send("GET", f"shares/{id}")).status == 200, "the ledger has its own"
    answer = await there.send("POST", "shares", ORDER)
    assert refusal(answer) == (503, "ServiceUnavailable")
    assert b"disk" not in answer.body


def test_every_endpoint_has_an_action_of_ours() -> None:
    assert all(one.action.startswith("narthex:") for one in declared())
    with pytest.raises(ValueError, match="needs an IAM action"):
        endpoint("GET", "nothing", action="s3:GetObject")
