"""Shares and their counts on every catalog, races included."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import get_args

import pytest

from narthex.catalog import Catalog, Transaction, accounts, audit, revoked_links, share_uses, shares
from narthex.catalog.audit import Entry, Sought
from narthex.catalog.revoked_links import RevokedLink
from narthex.catalog.share_uses import Reservation, Spent
from narthex.catalog.shares import Wanted
from narthex.errors import Conflict
from narthex.ledger.bookings import KEPT_US, PAUSE_US, RESUME_US, Booking, Bookings
from narthex.ledger.bookings import Wanted as Bytes
from narthex.ledger.deposits import Brought, Deposits
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.turns import Turns
from narthex.pure.shares import (
    LIVE,
    Accepts,
    Counts,
    Judged,
    Limits,
    Owner,
    Standing,
    State,
    Token,
    Verdict,
    Visit,
    state,
)
from tests.contract.ledger_values import ANA, HOUR, ROOT, add, kept_of, share_of
from tests.contract.values import ACCOUNT, NOW, OTHER

ALL = Wanted(ACCOUNT.id, None)
VISIT = Visit("192.0.2.7")
WHOLE = Bytes("photos/\u2603", "etag", 1000, 0, 1000)
Work = Callable[[Transaction], Awaitable[object]]


async def test_a_share_comes_back_as_it_was(catalog: Catalog) -> None:
    owner = Owner(
        "federated",
        ACCOUNT.id,
        "AIDAEXAMPLEEXAMPLEANA",
        "arn",
        "guest",
        ('{"Version":"2012-10-17"}',),
        ("ANPAEXAMPLE",),
        True,
        (("k", "v\u2603"),),
        NOW - 5,
        "source",
    )
    share = share_of(
        owner,
        limits=Limits(NOW + HOUR, NOW + 1, 5, 1 << 40, ("192.0.2.0/24", "2001:db8::/32")),
        has_password=True,
        recipient="\u2603 <ana@example.org>",
        filename="a b",
        note="line\nline",
    )
    await add(catalog, share)
    kept = await shares.find_key(catalog, share.access_key_id)
    assert kept is not None
    assert (kept.share, kept.sealed, kept.password) == (share, b"\0sealed\xff", "$argon2")
    found = await shares.find(catalog, share.id)
    assert found is not None
    assert (found.share, found.counts, found.password) == (share, Counts(), "$argon2")
    assert await shares.find_token(catalog, Token(f"token of {share.id}").hash) == found
    assert await shares.find(catalog, share.id + "0") is None
    assert await shares.find(catalog, "\0") is None
    assert await shares.find_key(catalog, "ü") is None
    assert await shares.find_token(catalog, b"other") is None


@pytest.mark.parametrize("same", ["id", "access_key_id", "token"])
async def test_ids_keys_and_tokens_are_one_each(catalog: Catalog, same: str) -> None:
    first, second = share_of(), share_of()
    await add(catalog, first)
    kept = kept_of(second)
    if same == "token":
        kept = replace(kept, token=kept_of(first).token)
    else:
        kept = replace(kept, share=replace(second, **{same: getattr(first, same)}))
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: shares.add(tx, kept))


async def test_every_change_moves_the_generation_and_an_issue_does_not(catalog: Catalog) -> None:
    before = await accounts.generation(catalog)
    share = share_of()
    await add(catalog, share)
    assert await accounts.generation(catalog) == before
    changed = replace(
        share, limits=Limits(NOW + 2 * HOUR, max_uses=2), note="n", recipient="r", origin="AKIA2"
    )
    await catalog.run(lambda tx: shares.change(tx, changed))
    assert await accounts.generation(catalog) == before + 1
    assert await found(catalog, share.id) == (changed, Counts())
    await catalog.run(lambda tx: shares.revoke(tx, [share.id], NOW + 7))
    await catalog.run(lambda tx: shares.revoke(tx, [share.id], NOW + 8))
    assert await accounts.generation(catalog) == before + 3
    assert await found(catalog, share.id) == (replace(changed, revoked_us=NOW + 7), Counts())


async def found(catalog: Catalog, id: str) -> tuple[object, Counts]:
    """A share and its counts."""
    one = await shares.find(catalog, id)
    assert one is not None
    return one.share, one.counts


async def test_pages_are_newest_first_and_of_one_owner(catalog: Catalog) -> None:
    made = [share_of(ANA if number % 2 else ROOT) for number in range(7)]
    foreign = share_of(replace(ROOT, account=OTHER.id))
    await add(catalog, *made, foreign)
    everyone = await shares.page(catalog, ALL, None, 100)
    assert [one.share for one in everyone] == made[::-1]
    first = await shares.page(catalog, ALL, None, 3)
    last = first[-1].share
    rest = await shares.page(catalog, ALL, (last.created_us, last.id), 100)
    assert [one.share for one in first + rest] == made[::-1]
    own = await shares.page(catalog, Wanted(ACCOUNT.id, ANA.key), None, 100)
    assert {one.share.owner for one in own} == {ANA}


async def test_pages_hold_what_is_wanted(catalog: Catalog) -> None:
    one, two = share_of(recipient="ana"), share_of(origin="AKIA2")
    other = replace(one.target, bucket="another", key="photos")
    three = share_of(target=other)
    four = share_of(target=replace(other, key="photos/1"))
    await add(catalog, one, two, three, four)

    async def ids(**wanted: object) -> set[str]:
        page = await shares.page(catalog, replace(ALL, **wanted), None, 100)  # type: ignore[arg-type]
        return {found.share.id for found in page}

    assert await ids(recipient="ana") == {one.id}
    assert await ids(recipient="an") == set()
    assert await ids(origin="AKIA2") == {two.id}
    assert await ids(access_key_id=three.access_key_id) == {three.id}
    assert await ids(bucket="another") == {three.id, four.id}
    assert await ids(bucket="another", key="photos") == {three.id, four.id}
    assert await ids(bucket="another", key="photos", exactly=True) == {three.id}
    assert await ids(bucket="another", key="photos/") == {four.id}
    assert await ids(key="photos/\u2603") == {one.id, two.id}


async def test_states_are_the_same_in_sql(catalog: Catalog) -> None:
    moments = (None, NOW - 1, NOW, NOW + 1)
    given = [
        (
            share_of(
                limits=Limits(expires, begins, most, size),
                revoked_us=NOW - 1 if revoked else None,
            ),
            Counts(uses, sent),
        )
        for expires, begins, most, size, revoked, uses, sent in itertools.product(
            moments, moments, (None, 2), (None, 10), (False, True), (0, 2), (9, 10)
        )
    ]
    standings: tuple[Standing, ...] = ("waiting", "confirm", "refused")
    given += [
        (
            share_of(
                limits=Limits(expires, NOW + 1, 2),
                revoked_us=NOW - 1 if revoked else None,
                judged=Judged(standing),
            ),
            Counts(uses, 0),
        )
        for expires, revoked, standing, uses in itertools.product(
            moments, (False, True), standings, (0, 2)
        )
    ]
    await add(catalog, *[share for share, _ in given])
    spent = {share.id: Spent(counts.uses, counts.bytes) for share, counts in given}
    await catalog.run(lambda tx: share_uses.add(tx, spent))
    seen: dict[str, str] = {}
    for name in get_args(State):
        wanted = replace(ALL, state=name, at_us=NOW)
        for one in await shares.page(catalog, wanted, None, 1000):
            assert one.share.id not in seen
            seen[one.share.id] = name
    assert seen == {share.id: state(share, counts, NOW) for share, counts in given}
    live = await shares.page(catalog, replace(ALL, state="live", at_us=NOW), None, 1000)
    ended = await shares.page(catalog, replace(ALL, state="ended", at_us=NOW), None, 1000)
    assert {seen[one.share.id] for one in live} == {*LIVE, "used-up"}
    assert {seen[one.share.id] for one in ended} == {"expired", "used-up", "revoked"}


async def test_what_ended_long_ago_is_pruned_with_all_that_is_its(catalog: Catalog) -> None:
    over, kept, revoked = share_of(limits=Limits(NOW)), share_of(), share_of()
    await add(catalog, over, kept, revoked)
    use = Reservation("u", over.id, "v", "k", "e", 1, NOW, NOW + HOUR)
    await catalog.run(lambda tx: share_uses.put(tx, use))
    await catalog.run(lambda tx: shares.revoke(tx, [revoked.id], NOW + 5))
    assert await catalog.run(lambda tx: shares.prune(tx, NOW)) == 0
    assert await catalog.run(lambda tx: shares.prune(tx, NOW + 1)) == 1
    assert await catalog.run(lambda tx: shares.prune(tx, NOW + 6)) == 1
    left = await shares.page(catalog, ALL, None, 100)
    assert [one.share.id for one in left] == [kept.id]
    assert await share_uses.find(catalog, "u") is None


async def book(catalog: Catalog, share: str, number: int, **more: object) -> Booking:
    """One use, whole, by a visitor of its own."""
    visit = Visit(str(more.get("client", f"198.51.100.{number}")))
    wanted = more.get("wanted", WHOLE)
    assert isinstance(wanted, Bytes)
    return await Bookings(catalog, Turns(catalog)).book(share, visit, wanted, f"{number:032x}", NOW)


async def test_a_hundred_at_once_are_admitted_as_often_as_there_is_left(
    catalog: Catalog, other: Catalog
) -> None:
    """Of two processes, whose works collide."""
    share = share_of(limits=Limits(NOW + HOUR, max_uses=8))
    await add(catalog, share)
    await catalog.run(lambda tx: share_uses.add(tx, {share.id: Spent(3)}))
    nodes = Bookings(catalog, Turns(catalog)), Bookings(other, Turns(other))

    async def use(number: int) -> Verdict:
        try:
            await nodes[number % 2].book(
                share.id, Visit(f"198.51.100.{number}"), WHOLE, f"{number:032x}", NOW
            )
        except NotAdmitted as error:
            return error.verdict
        return Verdict.ADMITTED

    verdicts = await asyncio.gather(*[use(number) for number in range(100)])
    assert verdicts.count(Verdict.ADMITTED) == 5
    assert verdicts.count(Verdict.USED_UP) == 95
    assert (await found(catalog, share.id))[1] == Counts(8, 5 * WHOLE.length, NOW)


async def test_bytes_are_not_overspent_either(catalog: Catalog, other: Catalog) -> None:
    share = share_of(limits=Limits(NOW + HOUR, max_bytes=3500))
    await add(catalog, share)

    async def use(number: int) -> bool:
        try:
            await book(catalog if number % 2 else other, share.id, number)
        except NotAdmitted:
            return False
        return True

    admitted = await asyncio.gather(*[use(number) for number in range(40)])
    assert sum(admitted) == 3


async def test_a_revoked_share_admits_nobody_who_was_judged_before(catalog: Catalog) -> None:
    share = share_of(limits=Limits(NOW + HOUR, max_uses=8))
    await add(catalog, share)
    await catalog.run(lambda tx: shares.revoke(tx, [share.id], NOW))
    with pytest.raises(NotAdmitted) as error:
        await book(catalog, share.id, 1)
    assert error.value.verdict is Verdict.REVOKED
    with pytest.raises(NotAdmitted) as error:
        await book(catalog, "0" * 16, 1)
    assert error.value.verdict is Verdict.GONE


@pytest.mark.parametrize(
    ("start", "end", "sent", "uses", "left_until"),
    [
        (0, 1000, 1000, 1, None),  # whole: counts, and nothing is to be resumed
        (0, 1000, 999, 0, NOW + RESUME_US),  # broken off: given back
        (0, 500, 500, 1, NOW + PAUSE_US),  # a range: the next may follow
        (500, 1000, 500, 1, NOW + PAUSE_US),  # the last byte: counts for good
        (0, 500, 499, 0, NOW + RESUME_US),
        (0, 1000, 0, 0, NOW + RESUME_US),
    ],
)
async def test_a_use_is_settled(
    catalog: Catalog, start: int, end: int, sent: int, uses: int, left_until: int | None
) -> None:
    share = share_of(limits=Limits(NOW + HOUR, max_uses=1))
    await add(catalog, share)
    wanted = replace(WHOLE, start=start, end=end)
    booking = await book(catalog, share.id, 1, wanted=wanted)
    assert (await found(catalog, share.id))[1] == Counts(1, end - start, NOW)
    kept = await share_uses.find(catalog, booking.id)
    assert kept is not None
    assert kept.until_us == NOW + KEPT_US
    complete = await Bookings(catalog, Turns(catalog)).settle(booking, sent, NOW)
    assert complete is (sent == end - start and end == 1000)
    assert (await found(catalog, share.id))[1] == Counts(uses, sent, NOW)
    kept = await share_uses.find(catalog, booking.id)
    assert (kept.until_us if kept else None) == left_until


async def test_what_nobody_kept_up_is_given_back_once(catalog: Catalog) -> None:
    share = share_of(limits=Limits(NOW + HOUR, max_uses=2))
    await add(catalog, share)
    first = await book(catalog, share.id, 1)
    second = await book(catalog, share.id, 2, wanted=replace(WHOLE, start=500))
    await Bookings(catalog, Turns(catalog)).settle(second, 500, NOW)  # has counted for good
    late = NOW + KEPT_US
    assert await share_uses.overdue_shares(catalog, late - 1) == []
    assert await share_uses.overdue_shares(catalog, late) == [share.id]
    over = await catalog.run(lambda tx: share_uses.give_back(tx, share.id, late))
    assert {use.id: use.done for use in over} == {first.id: False, second.id: True}
    assert (await found(catalog, share.id))[1] == Counts(1, 500, NOW)
    assert await catalog.run(lambda tx: share_uses.give_back(tx, share.id, late)) == []
    assert await Bookings(catalog, Turns(catalog)).settle(first, 1000, late), (
        "it lived, and was sent to its end"
    )
    assert (await found(catalog, share.id))[1] == Counts(2, 1500, late)


def entry(number: int, share: str = "s", owner: str = "", event: str = "used") -> Entry:
    """Something that happened at a time of its own."""
    return Entry(
        audit.entry_id(NOW + number, "ab" * 8),
        ACCOUNT.id,
        owner,
        share,
        NOW + number,
        event,
        "completed",
        "arn",
        "192.0.2.7",
        "agent \u2603",
        "k\u2603",
        number,
        "use",
        "detail",
    )


async def test_the_log_is_kept_in_order(catalog: Catalog) -> None:
    entries = [entry(number) for number in range(5)]
    other = [entry(9, "t"), entry(10, "t", "AIDA"), entry(11, "t", event="issued")]
    await catalog.run(lambda tx: audit.add(tx, [*entries, *other]))
    of_share = Sought(ACCOUNT.id, None, share="s")
    page = await audit.page(catalog, of_share, None, 3, newest_first=False)
    assert page == entries[:3]
    rest = await audit.page(catalog, of_share, page[-1].id, 10, newest_first=False)
    assert rest == entries[3:]
    newest = await audit.page(catalog, of_share, entries[3].id, 10, newest_first=True)
    assert newest == entries[2::-1]

    async def count(**sought: object) -> int:
        wanted = replace(Sought(ACCOUNT.id, None), **sought)  # type: ignore[arg-type]
        return len(await audit.page(catalog, wanted, None, 100, newest_first=False))

    assert await count() == 8
    assert await count(owner="") == 7
    assert await count(owner="AIDA") == 1
    assert await count(event="issued") == 1
    assert await count(since_us=NOW + 4) == 4
    assert await count(until_us=NOW + 4) == 4
    assert await count(account=OTHER.id) == 0
    assert await count(outcome="completed", actor="arn", address="192.0.2.7") == 8
    for wrong in ({"outcome": "broken"}, {"actor": "ar"}, {"address": "192.0.2.8"}):
        assert await count(**wrong) == 0
    assert (await count(key="k"), await count(key="k\u2603"), await count(key="l")) == (8, 8, 0)
    assert await count(bucket="b") == 0, "no share of this name is there"


async def test_an_agent_that_says_too_much_is_clipped(catalog: Catalog) -> None:
    loud = replace(entry(1), agent="x\0" * 1000)
    await catalog.run(lambda tx: audit.add(tx, [loud]))
    (kept,) = await audit.page(catalog, Sought(ACCOUNT.id, None), None, 1, newest_first=True)
    assert kept.agent == "x" * 128


async def test_links_are_revoked_until_they_expire(catalog: Catalog) -> None:
    first = RevokedLink("aa", ACCOUNT.id, "", "AKIA", "/b/k", NOW + 10, NOW, "arn")
    second = RevokedLink("bb", ACCOUNT.id, "AIDA", "AKIA", "/b/k", NOW + 20, NOW + 1, "arn")
    assert not await revoked_links.any_left(catalog)
    before = await accounts.generation(catalog)
    assert await catalog.run(lambda tx: revoked_links.add(tx, first))
    assert await accounts.generation(catalog) == before + 1
    assert not await catalog.run(lambda tx: revoked_links.add(tx, first))
    assert await catalog.run(lambda tx: revoked_links.add(tx, second))
    assert await revoked_links.any_left(catalog)
    assert await revoked_links.contains(catalog, "aa")
    assert not await revoked_links.contains(catalog, "ab")
    assert await revoked_links.page(catalog, ACCOUNT.id, None, NOW, 10) == [second, first]
    assert await revoked_links.page(catalog, ACCOUNT.id, "AIDA", NOW, 10) == [second]
    assert await revoked_links.page(catalog, ACCOUNT.id, None, NOW + 10, 10) == [second]
    assert await catalog.run(lambda tx: revoked_links.prune(tx, NOW + 10)) == 0
    assert await catalog.run(lambda tx: revoked_links.prune(tx, NOW + 11)) == 1
    assert await revoked_links.contains(catalog, "bb")


def deposits(catalog: Catalog) -> Deposits:
    """As another process has them."""
    return Deposits(Turns(catalog))


async def test_a_hundred_files_at_once_are_taken_as_often_as_asked_for(
    catalog: Catalog, other: Catalog
) -> None:
    request = share_of(kind="upload", limits=Limits(NOW + HOUR, max_uses=5, max_bytes=40))
    await add(catalog, request)
    nodes = deposits(catalog), deposits(other)

    async def bring(number: int) -> Verdict:
        id, file = f"{number:032x}", Brought(f"inbox/{number}", "", 10)
        try:
            await nodes[number % 2].book(request.id, VISIT, file, id, NOW)
        except NotAdmitted as error:
            return error.verdict
        return Verdict.ADMITTED

    verdicts = await asyncio.gather(*[bring(number) for number in range(100)])
    assert verdicts.count(Verdict.ADMITTED) == 4
    taken = verdicts.index(Verdict.ADMITTED)
    await nodes[0].settle(request.id, f"{taken:032x}", None, NOW)
    assert await bring(100) is Verdict.ADMITTED
    await nodes[0].settle(request.id, f"{100:032x}", 7, NOW)
    assert (await found(catalog, request.id))[1] == Counts(4, 37, NOW)


async def test_what_limits_a_file_comes_back_as_it_was(catalog: Catalog) -> None:
    accepts = Accepts(1 << 40, (".tar.gz", "image/*"), True)
    request = share_of(kind="upload", accepts=accepts)
    await add(catalog, request, share_of())
    assert (await found(catalog, request.id))[0] == request
    changed = replace(request, accepts=Accepts())
    await catalog.run(lambda tx: shares.change(tx, changed))
    assert (await found(catalog, request.id))[0] == changed
    page = await shares.page(catalog, replace(ALL, kind="upload"), None, 10)
    assert [one.share.id for one in page] == [request.id]


async def test_a_file_that_was_given_back_counts_when_it_is_stored_after_all(
    catalog: Catalog,
) -> None:
    request = share_of(kind="upload", limits=Limits(NOW + HOUR, max_uses=5))
    await add(catalog, request)
    node, file = deposits(catalog), Brought("inbox/a", "", 10)
    await node.book(request.id, VISIT, file, "a" * 32, NOW)
    late = NOW + KEPT_US
    await catalog.run(lambda tx: share_uses.give_back(tx, request.id, late))
    assert (await found(catalog, request.id))[1] == Counts(0, 0, NOW)
    await node.settle(request.id, "a" * 32, 10, late)
    assert (await found(catalog, request.id))[1] == Counts(1, 10, late)
