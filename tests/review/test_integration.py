"""Shares and the review before them: over the API, in process, with the model that is shipped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narthex.catalog import Catalog
from narthex.review.models import FILE, models_of
from tests.asking import Api
from tests.driving import Driver, changed, open_driver
from tests.ledger.sharing import BUCKET, Refused, Sharer
from tests.pure.review.models import SHIPPED

KEY = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + b"MC4CAQAwBQYDK2VwBCIEIJ9w" * 4
    + b"\n-----END PRIVATE KEY-----\n"
)
NOTES = b"Minutes of the meeting on the new scanners. Everybody agreed.\n"
CARDS = b"".join(b"card %s expires 12/29\n" % number for number in [b"4111111111111111"] * 3)
UNREADABLE = bytes(range(256)) * 8
EVERYTHING = {"Effect": "Allow", "Action": ["narthex:*", "s3:*"], "Resource": "*"}
OWNERS = """
[[owners]]
place = "bucketofbigsecrets"
owner = "ana"
four_eyes = true
override_for = "1h"
"""


@dataclass
class People:
    """Callers of one server: `eva` shares, `ana` answers for the bucket."""

    narthex: Driver
    folder: Path
    root: Sharer
    eva: Sharer
    ana: Sharer

    async def put(self, key: str, body: bytes) -> None:
        """An object in the bucket."""
        assert (await self.narthex.send("PUT", f"/{BUCKET}/{key}", body=body)).status == 200

    def model(self, text: str) -> None:
        """Another model, in force from now on."""
        (self.folder / FILE).write_text(text)
        models_of(self.narthex.server).current(at_once=True)


async def open_people(folder: Path, **settings: Any) -> AsyncIterator[People]:
    """A server whose bucket has an owner, and those who use it."""
    (folder / FILE).write_text(SHIPPED + OWNERS)
    async for narthex in open_driver(folder, observes=False, **settings):
        await narthex.send("PUT", f"/{BUCKET}")
        api = Api(narthex)
        eva, ana = [(await api.user(name, EVERYTHING)).s3 for name in ("eva", "ana")]
        yield People(narthex, folder, Sharer(narthex), Sharer(eva), Sharer(ana))


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """With the settings as they come."""
    async for opened in open_people(tmp_path):
        yield opened


async def stopped(sharer: Sharer, key: str, **order: Any) -> dict[str, Any]:
    """What stopped a share: the whole answer."""
    body = {"bucket": BUCKET, "key": key, "expires_in": 3600} | order
    answer = await sharer.send("POST", "shares", body)
    told: dict[str, Any] = json.loads(answer.body)
    assert answer.status >= 400, told
    return told


async def decided(sharer: Sharer, **query: str) -> list[dict[str, Any]]:
    """Decisions that somebody meets."""
    found: list[dict[str, Any]] = (await sharer.ask("GET", "decisions", **query))["decisions"]
    return found


async def test_a_clean_file_goes_ahead_and_its_decision_names_the_share(people: People) -> None:
    await people.put("notes.txt", NOTES)
    told = await people.eva.issue("notes.txt")
    assert told["review"]["decision"] == told["review"]["enforced"] == "proceed"
    (one,) = await decided(people.eva)
    assert (one["id"], one["share"]) == (told["review"]["id"], told["share"]["id"])
    assert (one["outcome"], one["decision"]) == ("proceeded", "proceed")
    assert one["object"].startswith("sha256:")
    assert one["situation"]["fields"]["own"]


async def test_a_private_key_is_refused_and_its_owner_is_named(people: People) -> None:
    await people.put("server.pem", KEY)
    told = await stopped(people.eva, "server.pem")
    assert told["error"]["code"] == "Refused"
    assert "only ana" in told["error"]["message"]
    (review,) = told["reviews"]
    assert review["verdict"]["gates"] == ["gate.private_key"]
    assert b"MC4CAQAwBQYDK2VwBCIEIJ9w" not in json.dumps(told).encode()
    assert (await people.eva.ask("GET", "shares"))["shares"] == []
    (one,) = await decided(people.ana, waiting="true")
    assert (one["id"], one["outcome"]) == (review["id"], "open")


async def test_the_same_without_the_key_is_not_refused(people: People) -> None:
    await people.put("server.pem", changed(KEY, 3))
    assert (await people.eva.issue("server.pem"))["review"]["enforced"] == "proceed"


async def test_an_owner_lets_it_through_for_these_bytes_only(people: People) -> None:
    await people.put("server.pem", KEY)
    id = (await stopped(people.eva, "server.pem"))["reviews"][0]["id"]
    with pytest.raises(Refused, match="AccessDenied"):
        await people.eva.ask("POST", f"decisions/{id}/approval", {"reason": "I say so"})
    await people.ana.ask("POST", f"decisions/{id}/approval", {"reason": "a test key"})
    told = await people.eva.issue("server.pem")
    assert told["review"]["approved_by"].endswith("user/ana")
    assert (await people.narthex.as_nobody().url(told["raw"])).body == KEY
    await people.put("server.pem", KEY + b"\n")
    # The link was for what was approved, and a new one is not.
    assert (await people.narthex.as_nobody().url(told["raw"])).status == 403
    assert (await stopped(people.eva, "server.pem"))["error"]["code"] == "Refused"


async def test_an_approval_is_not_for_others_and_not_for_ever(people: People) -> None:
    await people.put("server.pem", KEY)
    id = (await stopped(people.eva, "server.pem"))["reviews"][0]["id"]
    await people.ana.ask("POST", f"decisions/{id}/approval", {"reason": "a test key"})
    assert (await stopped(people.root, "server.pem"))["error"]["code"] == "Refused"
    assert (await stopped(people.eva, "server.pem", recipient="ben"))["error"]["code"] == "Refused"
    people.narthex.clock.now_us += 3_600_000_000
    assert (await stopped(people.eva, "server.pem"))["error"]["code"] == "Refused"


async def test_what_has_to_be_confirmed_needs_a_reason(people: People) -> None:
    await people.put("cards.txt", CARDS)
    told = await stopped(people.eva, "cards.txt", expires_in=7 * 86400)
    assert told["error"]["code"] == "ConfirmationNeeded"
    assert "agreed" in [one["id"] for one in told["justifications"]]
    id = told["reviews"][0]["id"]
    more = {"expires_in": 7 * 86400, "decisions": [id]}
    short = await stopped(people.eva, "cards.txt", justification="because", **more)
    assert short["error"]["field"] == "justification"
    made = await people.eva.issue("cards.txt", justification="agreed", **more)
    assert made["review"]["enforced"] == "confirm"
    (one,) = await decided(people.eva)  # the one that stopped it, settled: not a second one
    assert (one["id"], one["outcome"], one["justification"]) == (id, "proceeded", "agreed")
    assert one["share"] == made["share"]["id"]


async def test_a_reason_in_ones_own_words_is_kept(people: People) -> None:
    await people.put("blob.bin", UNREADABLE)
    await people.eva.issue("blob.bin", justification="I made it and know what is in it")
    (one,) = await decided(people.eva)
    assert (one["justification"], one["typed"]) == ("typed", "I made it and know what is in it")


async def test_a_decision_of_somebody_else_is_not_settled(people: People) -> None:
    await people.put("blob.bin", UNREADABLE)
    id = (await stopped(people.root, "blob.bin"))["reviews"][0]["id"]
    await people.eva.issue("blob.bin", justification="agreed", decisions=[id])
    found = {one["id"]: one for one in await decided(people.root)}
    assert len(found) == 2
    assert found[id]["outcome"] == "open"


async def test_one_that_is_refused_stops_all_of_a_request(people: People) -> None:
    await people.put("notes.txt", NOTES)
    await people.put("server.pem", KEY)
    keys = ("notes.txt", "server.pem")
    shares = [{"bucket": BUCKET, "key": key, "expires_in": 60} for key in keys]
    answer = await people.eva.send("POST", "shares", {"shares": shares})
    told = json.loads(answer.body)
    assert [one["key"] for one in told["reviews"]] == ["server.pem"]
    assert (await people.eva.ask("GET", "shares"))["shares"] == []


async def test_a_folder_is_judged_by_all_that_is_in_it(people: People) -> None:
    await people.put("docs/a.txt", NOTES)
    whole = {"prefix": True, "raw": False}
    assert (await people.eva.issue("docs/", **whole))["review"]["enforced"] == "proceed"
    await people.put("docs/b.pem", KEY)
    told = await stopped(people.eva, "docs/", prefix=True)
    reason = told["reviews"][0]["verdict"]["reasons"][0]
    assert reason["id"] == "gate.private_key"
    assert reason["evidence"][0].startswith("docs/b.pem: ")
    assert (await people.eva.issue("docs/a", **whole))["review"]["enforced"] == "proceed"


async def test_of_a_folder_with_too_many_files_the_rest_is_unknown(people: People) -> None:
    for number in range(101):
        await people.put(f"many/{number}.txt", b"%d" % number)
    told = await stopped(people.eva, "many/", prefix=True)
    (review,) = told["reviews"]
    assert review["verdict"]["object"] == ""
    assert "only 100 of the files" in review["verdict"]["unknown"][0]["reason"]


async def test_modes_are_those_of_the_place(people: People) -> None:
    await people.put("blob.bin", UNREADABLE)
    observing = SHIPPED.replace('default = "warn"', 'default = "observe"')
    people.model(observing)
    made = await people.eva.issue("blob.bin")
    assert (made["review"]["decision"], made["review"]["enforced"]) == ("refuse", "proceed")
    people.model(observing + f'\n[[mode.places]]\nplace = "{BUCKET}/"\nmode = "enforce"\n')
    assert (await stopped(people.eva, "blob.bin"))["error"]["code"] == "Refused"


async def test_a_bucket_that_was_closed_to_the_public_has_links_for_named_people_only(
    people: People,
) -> None:
    await people.put("notes.txt", NOTES)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    flags = "".join(f"<{name}>true</{name}>" for name in names)
    body = f"<PublicAccessBlockConfiguration>{flags}</PublicAccessBlockConfiguration>".encode()
    asked = (("publicAccessBlock", ""),)
    assert (await people.narthex.send("PUT", f"/{BUCKET}", asked, body=body)).status == 200
    told = await stopped(people.eva, "notes.txt")
    assert told["reviews"][0]["verdict"]["gates"] == ["gate.public_block"]
    assert (await people.eva.issue("notes.txt", recipient="ben"))["review"]["enforced"] == "proceed"


async def test_a_review_by_itself_shares_and_records_nothing(people: People) -> None:
    await people.put("server.pem", KEY)
    order = {"bucket": BUCKET, "key": "server.pem", "expires_in": 60}
    (review,) = (await people.eva.ask("POST", "reviews", order))["reviews"]
    assert (review["id"], review["enforced"]) == (None, "refuse")
    assert await decided(people.root) == []


async def test_whoever_may_not_read_it_gets_no_review(people: People) -> None:
    await people.put("server.pem", KEY)
    statement = {"Effect": "Allow", "Action": "narthex:*", "Resource": "*"}
    nosy = Sharer((await Api(people.narthex).user("nosy", statement)).s3)
    order = {"bucket": BUCKET, "key": "server.pem", "expires_in": 60}
    with pytest.raises(Refused, match="AccessDenied"):
        await nosy.ask("POST", "reviews", order)
    with pytest.raises(Refused, match="AccessDenied"):
        await nosy.ask("POST", "reviews", order | {"key": "absent"})


async def test_the_owner_is_told_by_a_target_of_its_name_and_no_evidence_goes_there(
    people: People,
) -> None:
    await people.put("server.pem", KEY)
    told = {"name": "review-ana", "url": "https://93.184.215.14/hook"}
    await people.root.ask("POST", "targets", told)
    id = (await stopped(people.eva, "server.pem"))["reviews"][0]["id"]
    rows = await people.narthex.server.catalog.fetch("SELECT target, payload FROM deliveries")
    ((target, payload),) = rows
    assert target.endswith(":review-ana")
    notice = json.loads(payload)
    assert notice["data"]["decision"] == id
    assert f"narthex review approve {id}" in notice["text"]
    assert "BEGIN" not in payload


async def test_what_was_looked_at_is_not_looked_at_again(people: People) -> None:
    await people.put("notes.txt", NOTES)
    catalog = people.narthex.server.catalog
    await people.eva.issue("notes.txt")
    before = await catalog.fetch("SELECT content, view, at_us FROM looks")
    people.narthex.clock.now_us += 1_000_000
    await people.eva.issue("notes.txt")
    assert await catalog.fetch("SELECT content, view, at_us FROM looks") == before
    await people.put("notes.txt", NOTES + b"!")
    await people.eva.issue("notes.txt")
    assert len(await catalog.fetch("SELECT content FROM looks")) == 2
    people.narthex.clock.now_us += 86_400_000_001  # by the model a look stands for a day
    await people.eva.issue("notes.txt")
    rows = await catalog.fetch("SELECT at_us FROM looks WHERE at_us > ?", (before[0][2],))
    assert people.narthex.clock.now_us in [row[0] for row in rows]


async def test_more_time_for_a_share_is_reviewed_and_less_is_not(people: People) -> None:
    await people.put("notes.txt", NOTES)
    id = (await people.eva.issue("notes.txt"))["share"]["id"]
    await people.put("notes.txt", KEY)
    with pytest.raises(Refused, match="only ana"):
        await people.eva.ask("PATCH", f"shares/{id}", {"expires_in": 7200})
    with pytest.raises(Refused, match="only ana"):
        await people.eva.ask("PATCH", f"shares/{id}", {"recipient": "somebody else"})
    await people.eva.ask("PATCH", f"shares/{id}", {"expires_in": 60, "max_downloads": 1})
    with pytest.raises(Refused, match="only ana"):
        await people.eva.ask("PATCH", f"shares/{id}", {"max_downloads": 2})
    await people.put("notes.txt", NOTES)
    await people.eva.ask("PATCH", f"shares/{id}", {"expires_in": 7200})
    assert [one["share"] for one in await decided(people.eva)].count(id) == 2


async def test_what_was_approved_for_some_bytes_does_not_prolong_a_share_of_any(
    people: People,
) -> None:
    await people.put("a.pem", NOTES)
    id = (await people.eva.issue("a.pem", expires_in=60))["share"]["id"]
    await people.put("a.pem", KEY)
    decision = (await stopped(people.eva, "a.pem"))["reviews"][0]["id"]
    await people.ana.ask("POST", f"decisions/{decision}/approval", {"reason": "a test key"})
    with pytest.raises(Refused, match="make a new one"):
        await people.eva.ask("PATCH", f"shares/{id}", {"expires_in": 3600})


class Late:
    """A catalog in which something else is committed right before what it is asked to commit."""

    def __init__(self, catalog: Catalog, before: Callable[[], Awaitable[None]]) -> None:
        self._catalog, self._before = catalog, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    async def run(self, work: Any) -> Any:
        """What the work returns."""
        await self._before()
        return await self._catalog.run(work)


async def test_an_object_that_is_replaced_while_it_is_reviewed_is_not_shared(
    people: People,
) -> None:
    await people.put("notes.txt", NOTES)
    ledger = people.narthex.server.ledger
    late: Any = Late(ledger.catalog, lambda: people.put("notes.txt", KEY))
    ledger.catalog = late
    with pytest.raises(Refused, match="ObjectChanged"):
        await people.eva.issue("notes.txt")
    assert (await people.eva.ask("GET", "shares"))["shares"] == []
