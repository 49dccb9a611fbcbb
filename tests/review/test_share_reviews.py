"""Shares of what takes long to look at: made at once, then opened or stopped by their reviews."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from narthex.catalog import share_reviews
from narthex.s3.share_reviews import review_share, review_shares
from tests.driving import SECOND, changed
from tests.ledger.sharing import BUCKET, Refused, Sharer, words
from tests.pure.review.models import SHIPPED
from tests.review.test_integration import (
    KEY,
    UNREADABLE,
    People,
    decided,
    open_people,
    stopped,
)

INLINE = 4096  # bytes that are reviewed at once here
LONG = b"Minutes of the meeting on the new scanners. Everybody agreed.\n" * 200
WITH_KEY = LONG + KEY
CARDS = LONG + b"card 4111111111111111 expires 12/29\n" * 3
BLOB = UNREADABLE * 4
WEEK = 7 * 86400
PENDING = (
    403,
    "AccessDenied",
    "This link is not open yet: what it leads to is still being checked",
)
UNCONFIRMED = (403, "AccessDenied", "This link is not open yet: it waits for whoever shared it")
STOPPED = (403, "AccessDenied", "This link was stopped: what it leads to may not be shared")


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """A server that reviews little at once, and those who use it."""
    async for opened in open_people(tmp_path, review_inline=INLINE):
        yield opened


async def read(people: People, told: dict[str, Any]) -> Any:
    """What whoever has the raw link gets."""
    return await people.narthex.as_nobody().url(told["raw"])


async def standing(sharer: Sharer, told: dict[str, Any]) -> tuple[str, str | None]:
    """The state of a share, and what it waits for."""
    found = await sharer.share(told["share"]["id"])
    return found["state"], found["waits_for"]


async def confirm(sharer: Sharer, told: dict[str, Any], **said: str) -> dict[str, Any]:
    """What whoever made a share says to its review."""
    path = f"shares/{told['share']['id']}/confirmation"
    found: dict[str, Any] = (await sharer.ask("POST", path, said))["share"]
    return found


async def test_a_large_file_is_shared_at_once_and_opens_when_it_was_judged(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    assert told["review"] is None
    assert told["link"].startswith("http")
    assert await standing(people.eva, told) == ("pending", "review")
    assert words(await read(people, told)) == PENDING
    assert await decided(people.eva) == []
    assert await review_shares(people.narthex.server) == 1
    assert await standing(people.eva, told) == ("active", None)
    assert (await read(people, told)).body == LONG
    (one,) = await decided(people.eva)
    assert (one["share"], one["outcome"], one["decision"]) == (
        told["share"]["id"],
        "proceeded",
        "proceed",
    )
    assert one["object"].startswith("sha256:")
    assert await review_shares(people.narthex.server) == 0
    log = await people.eva.log(told["share"]["id"])
    assert [entry for entry in log if entry[0] != "used"] == [
        ("issued", "pending"),
        ("refused", "pending"),
        ("reviewed", "proceed"),
    ]


async def test_what_is_small_or_was_looked_at_before_is_judged_at_once(people: People) -> None:
    await people.put("small.txt", LONG[:INLINE])
    assert (await people.eva.issue("small.txt"))["review"]["enforced"] == "proceed"
    await people.put("large.txt", LONG[: INLINE + 1])
    assert (await people.eva.issue("large.txt"))["review"] is None
    await review_shares(people.narthex.server)
    assert (await people.eva.issue("large.txt"))["review"]["enforced"] == "proceed"


async def test_it_is_judged_by_its_last_bytes_too(people: People) -> None:
    await people.put("notes.txt", WITH_KEY)
    told = await people.eva.issue("notes.txt")
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("refused", "owner")
    assert words(await read(people, told)) == STOPPED
    at = len(WITH_KEY) - len(KEY) + 3
    await people.put("notes.txt", changed(WITH_KEY, at))
    other = await people.eva.issue("notes.txt")
    await review_shares(people.narthex.server)
    assert await standing(people.eva, other) == ("active", None)


async def test_a_refused_one_opens_by_its_owner_for_these_bytes_only(people: People) -> None:
    await people.put("server.pem", WITH_KEY)
    told = await people.eva.issue("server.pem")
    await review_shares(people.narthex.server)
    (one,) = await decided(people.ana, waiting="true")
    found = await people.eva.share(told["share"]["id"])
    assert found["pending"]["decision"] == one["id"]
    with pytest.raises(Refused, match="AccessDenied"):
        await people.eva.ask("POST", f"decisions/{one['id']}/approval", {"reason": "I say so"})
    assert await review_shares(people.narthex.server) == 0
    await people.ana.ask("POST", f"decisions/{one['id']}/approval", {"reason": "a test key"})
    assert words(await read(people, told)) == PENDING
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == WITH_KEY
    await people.put("server.pem", WITH_KEY + b"\n")
    assert (await read(people, told)).status == 403


async def test_its_owner_is_told_once(people: People) -> None:
    target = {"name": "review-ana", "url": "https://93.184.215.14/hook"}
    await people.root.ask("POST", "targets", target)
    await people.put("server.pem", WITH_KEY)
    told = await people.eva.issue("server.pem")
    await review_shares(people.narthex.server)
    await review_shares(people.narthex.server)
    rows = await people.narthex.server.catalog.fetch("SELECT payload FROM deliveries")
    ((payload,),) = rows
    (one,) = await decided(people.ana, waiting="true")
    assert f"narthex review approve {one['id']}" in json.loads(payload)["text"]
    assert told["share"]["id"] == one["share"]


async def test_what_has_to_be_confirmed_waits_for_whoever_shared_it(people: People) -> None:
    await people.put("cards.txt", CARDS)
    told = await people.eva.issue("cards.txt", expires_in=WEEK)
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("pending", "sharer")
    assert words(await read(people, told)) == UNCONFIRMED
    assert await review_shares(people.narthex.server) == 0
    for said in ({}, {"justification": "because"}):
        path = f"shares/{told['share']['id']}/confirmation"
        answer = await people.eva.send("POST", path, said)
        refusal = json.loads(answer.body)
        assert refusal["error"]["code"] == "ConfirmationNeeded"
        (review,) = refusal["reviews"]
        assert review["verdict"]["reasons"][0]["id"] == "pii.card"
        assert "agreed" in [one["id"] for one in refusal["justifications"]]
    assert (await confirm(people.eva, told, justification="agreed"))["state"] == "active"
    assert (await read(people, told)).body == CARDS
    (one,) = await decided(people.eva)  # the one that stopped it, settled: not a second one
    assert (one["outcome"], one["justification"]) == ("proceeded", "agreed")
    with pytest.raises(Refused, match="DecisionFinal"):
        await confirm(people.eva, told, justification="agreed")


async def test_a_reason_that_was_given_at_once_is_enough(people: People) -> None:
    await people.put("blob.bin", BLOB)
    told = await people.eva.issue("blob.bin", justification="I made it and know what is in it")
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("active", None)
    (one,) = await decided(people.eva)
    assert one["typed"] == "I made it and know what is in it"


async def test_a_reason_that_is_none_is_refused_before_anything_is_shared(people: People) -> None:
    await people.put("blob.bin", BLOB)
    told = await stopped(people.eva, "blob.bin", justification="because")
    assert told["error"]["code"] == "ConfirmationNeeded"
    assert (await people.eva.ask("GET", "shares"))["shares"] == []


async def test_a_reason_opens_nothing_that_is_refused(people: People) -> None:
    await people.put("server.pem", WITH_KEY)
    told = await people.eva.issue("server.pem", justification="agreed")
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("refused", "owner")
    assert (await confirm(people.eva, told, justification="agreed"))["state"] == "refused"
    assert words(await read(people, told)) == STOPPED


async def test_nobody_else_says_why(people: People) -> None:
    await people.put("cards.txt", CARDS)
    told = await people.eva.issue("cards.txt", expires_in=WEEK)
    await review_shares(people.narthex.server)
    with pytest.raises(Refused, match="NoSuchShare"):
        await confirm(people.ana, told, justification="agreed")
    with pytest.raises(Refused, match="AccessDenied"):
        await confirm(people.root, told, justification="agreed")
    assert await standing(people.eva, told) == ("pending", "sharer")


async def test_one_that_is_replaced_meanwhile_is_judged_as_it_is_then(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    await people.put("notes.txt", WITH_KEY)
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("refused", "owner")


async def test_what_is_replaced_while_it_is_looked_at_does_not_open(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    server = people.narthex.server
    (row,) = await share_reviews.due(server.catalog, people.narthex.clock.now_us, 10)

    class Late:
        """A catalog in which the object is replaced right before something is committed."""

        def __getattr__(self, name: str) -> Any:
            return getattr(people.narthex.server.catalog, name)

        async def run(self, work: Any) -> Any:
            await people.put("notes.txt", WITH_KEY)
            return await people.narthex.server.catalog.run(work)

    from dataclasses import replace

    late: Any = Late()
    await review_share(replace(server, catalog=late), row)
    assert await standing(people.eva, told) == ("pending", "review")
    assert await decided(people.eva) == []
    await review_shares(server)
    assert await standing(people.eva, told) == ("refused", "owner")


async def test_what_is_deleted_meanwhile_opens_when_it_is_there_again(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    await people.narthex.send("DELETE", f"/{BUCKET}/notes.txt")
    await review_shares(people.narthex.server)
    found = await people.eva.share(told["share"]["id"])
    assert found["state"] == "refused"
    assert found["pending"]["reason"] == "its object was deleted before it could be reviewed"
    assert (await confirm(people.eva, told))["state"] == "refused"  # as nothing is there
    assert await review_shares(people.narthex.server) == 0
    await people.put("notes.txt", LONG)
    assert words(await read(people, told)) == STOPPED
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == LONG


async def test_what_was_refused_opens_once_it_is_something_else(people: People) -> None:
    await people.put("notes.txt", WITH_KEY)
    told = await people.eva.issue("notes.txt")
    await review_shares(people.narthex.server)
    assert await review_shares(people.narthex.server) == 0
    await people.put("notes.txt", LONG)
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == LONG


async def test_one_that_is_pinned_and_replaced_never_opens(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt", pin=True)
    await people.put("notes.txt", changed(LONG))
    await review_shares(people.narthex.server)
    found = await people.eva.share(told["share"]["id"])
    assert found["state"] == "refused"
    assert "pinned" in found["pending"]["reason"]
    assert await review_shares(people.narthex.server) == 0
    await people.put("notes.txt", LONG)
    other = await people.eva.issue("notes.txt", pin=True)
    await review_shares(people.narthex.server)
    assert (await read(people, other)).body == LONG
    await people.put("notes.txt", changed(LONG))
    assert (await read(people, other)).status == 403


async def test_damaged_bytes_never_open_and_it_says_why(people: People) -> None:
    await people.put("notes.txt", LONG * 20)
    told = await people.eva.issue("notes.txt")
    (blob,) = [one for one in people.folder.glob("blobs/*/*/*") if one.is_file()]
    blob.write_bytes(changed(blob.read_bytes(), 10))
    await review_shares(people.narthex.server)
    found = await people.eva.share(told["share"]["id"])
    assert (found["state"], found["pending"]["reason"]) == ("refused", "its bytes are damaged")
    assert await review_shares(people.narthex.server) == 0


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_one_that_is_over_is_judged_no_more(people: People, ended: str) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt", expires_in=60)
    if ended == "revoked":
        await people.eva.ask("DELETE", f"shares/{told['share']['id']}")
    else:
        people.narthex.clock.now_us += 60 * SECOND
    assert await review_shares(people.narthex.server) == 0
    assert (await standing(people.eva, told))[0] == ended
    assert await decided(people.eva) == []
    with pytest.raises(Refused, match="ShareEnded"):
        await confirm(people.eva, told)


async def test_one_that_is_revoked_while_it_is_looked_at_stays_so(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    server = people.narthex.server
    (row,) = await share_reviews.due(server.catalog, people.narthex.clock.now_us, 10)
    await people.eva.ask("DELETE", f"shares/{told['share']['id']}")
    await review_share(server, row)
    assert (await standing(people.eva, told))[0] == "revoked"
    assert await decided(people.eva) == []
    assert (await read(people, told)).status == 403


async def test_of_two_who_judge_one_settles(people: People) -> None:
    await people.put("cards.txt", CARDS)
    told = await people.eva.issue("cards.txt", expires_in=WEEK)
    server = people.narthex.server
    (row,) = await share_reviews.due(server.catalog, people.narthex.clock.now_us, 10)
    await review_share(server, row)
    await review_share(server, row)  # another node, which had seen the same
    assert len(await decided(people.eva)) == 1
    await confirm(people.eva, told, justification="agreed")
    await review_share(server, row)
    assert await standing(people.eva, told) == ("active", None)
    assert len(await decided(people.eva)) == 1


async def test_a_change_of_one_that_waits_is_judged_with_it(people: People) -> None:
    await people.put("cards.txt", CARDS)
    told = await people.eva.issue("cards.txt", expires_in=WEEK)
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("pending", "sharer")
    path = f"shares/{told['share']['id']}"
    after = await people.eva.ask("PATCH", path, {"expires_in": 600, "recipient": "ben"})
    assert after["share"]["waits_for"] == "review"
    await review_shares(people.narthex.server)
    found = [one["situation"]["recipients"] for one in await decided(people.eva)]
    assert sorted(found) == [[], ["ben"]]


async def test_a_model_that_observes_never_blocks_and_records(people: People) -> None:
    observing = SHIPPED.replace('default = "warn"', 'default = "observe"')
    people.model(observing.replace("gates = true\n\n#", "gates = false\n\n#"))
    await people.put("server.pem", WITH_KEY)
    told = await people.eva.issue("server.pem")
    await review_shares(people.narthex.server)
    assert (await read(people, told)).body == WITH_KEY
    (one,) = await decided(people.eva)
    assert (one["decision"], one["enforced"]) == ("refuse", "proceed")


async def test_a_model_that_knows_no_shares_is_waited_for(people: People) -> None:
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    lists = 'kinds = ["share", "presigned", "upload"]'
    people.model(SHIPPED.replace(lists, 'kinds = ["presigned", "upload"]'))
    await review_shares(people.narthex.server)
    assert await review_shares(people.narthex.server) == 0
    assert await standing(people.eva, told) == ("pending", "review")
    people.model(SHIPPED)
    people.narthex.clock.now_us += 30 * SECOND
    assert await review_shares(people.narthex.server) == 1
    assert await standing(people.eva, told) == ("active", None)


async def test_a_large_folder_is_shared_at_once_and_opens_when_it_was_judged(
    people: People,
) -> None:
    for number in range(3):
        await people.put(f"docs/{number}.txt", LONG[: INLINE // 2])
    whole = {"prefix": True, "raw": False}
    told = await people.eva.issue("docs/", **whole)
    assert told["review"] is None
    await review_shares(people.narthex.server)
    assert await standing(people.eva, told) == ("active", None)
    assert (await people.eva.issue("docs/", **whole))["review"]["enforced"] == "proceed"
    await people.put("docs/3.pem", WITH_KEY)
    other = await people.eva.issue("docs/", **whole)
    await review_shares(people.narthex.server)
    assert await standing(people.eva, other) == ("refused", "owner")


async def test_lists_tell_them_by_their_states(people: People) -> None:
    await people.put("notes.txt", LONG)
    await people.put("server.pem", WITH_KEY)
    ids = [(await people.eva.issue(key))["share"]["id"] for key in ("notes.txt", "server.pem")]

    async def listed(state: str) -> set[str]:
        return {one["id"] for one in (await people.eva.ask("GET", "shares", state=state))["shares"]}

    assert await listed("pending") == set(ids)
    assert await listed("active") == set()
    await review_shares(people.narthex.server)
    assert await listed("active") == {ids[0]}
    assert await listed("refused") == {ids[1]}
    assert await listed("live") == set(ids)


async def test_many_at_once_are_shared_and_each_is_judged(people: People) -> None:
    await people.put("notes.txt", LONG)
    await people.put("small.txt", LONG[:100])
    shares = [
        {"bucket": BUCKET, "key": key, "expires_in": 60} for key in ("notes.txt", "small.txt")
    ]
    made = (await people.eva.ask("POST", "shares", {"shares": shares}))["shares"]
    assert [one["share"]["state"] for one in made] == ["pending", "active"]
    assert await review_shares(people.narthex.server) == 1


async def test_a_review_alone_waits_for_the_look(people: People) -> None:
    await people.put("notes.txt", WITH_KEY)
    order = {"bucket": BUCKET, "key": "notes.txt", "expires_in": 60}
    (review,) = (await people.eva.ask("POST", "reviews", order))["reviews"]
    assert review["enforced"] == "refuse"
    assert await share_reviews.due(people.narthex.server.catalog, 1 << 62, 10) == []


async def test_a_program_that_knows_no_reviews_finds_nothing_to_serve(people: People) -> None:
    """Such a one compares the ETag of a share with what it would send."""
    await people.put("notes.txt", LONG)
    told = await people.eva.issue("notes.txt")
    catalog = people.narthex.server.catalog
    assert await catalog.fetch("SELECT etag FROM shares") == [("-",)]
    assert told["share"]["etag"] is None
    await review_shares(people.narthex.server)
    assert await catalog.fetch("SELECT etag FROM shares") == [("",)]


@pytest.mark.parametrize(
    ("body", "standing", "words"),
    [
        (LONG, "is open", "the link is open"),
        (CARDS, "waits for you", "narthex shares confirm"),
        (WITH_KEY, "was stopped", "does not open"),
    ],
)
async def test_whoever_is_told_of_a_share_is_told_what_became_of_it(
    people: People, body: bytes, standing: str, words: str
) -> None:
    await people.put("notes.txt", body)
    told = {"notify": ["https://93.184.215.14/hook"], "notify_on": ["expiring"]}
    await people.eva.issue("notes.txt", expires_in=WEEK, **told)
    await review_shares(people.narthex.server)
    ((payload,),) = await people.narthex.server.catalog.fetch("SELECT payload FROM deliveries")
    notice = json.loads(payload)
    assert notice["data"]["occasions"] == ["reviewed"]
    assert notice["subject"] == f"narthex: the link to notes.txt {standing}"
    assert words in notice["text"]
    assert b"4111" not in payload.encode()
