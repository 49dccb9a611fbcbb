"""The audit log and its seals, on each engine: what is sealed cannot be changed or go unnoticed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from narthex.catalog import Catalog, audit, audit_seals, frozen, settings
from narthex.catalog.audit import Entry, Sought, entry_id
from narthex.errors import Unavailable
from narthex.identity import Identities
from narthex.keyring import Keyring, is_signed
from narthex.ledger import sealing
from narthex.ledger.service import Ledger
from narthex.pure.audit_chain import FIRST, PRUNED, Chain, Seal, pruned_until, signed

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 1_795_521_600_000_000
MINUTE = 60_000_000
KEYRING = Keyring(b"k" * 32)


@pytest.fixture
async def ledger(catalog: Catalog) -> AsyncIterator[Ledger]:
    """A ledger on each engine."""
    made = Ledger(catalog, KEYRING, Identities(catalog, KEYRING))
    yield made
    await made.close()


def entry(number: int, account: str = ACCOUNT) -> Entry:
    at_us = NOW + number
    return Entry(
        id=entry_id(at_us, f"{number:016x}"),
        account=account,
        owner="AIDAONE",
        share="",
        at_us=at_us,
        event="iam:PutUserPolicy",
        outcome="done",
        actor=f"arn:aws:iam::{account}:user/ana",
        address="192.0.2.7",
        agent="aws-cli/2",
        key="",
        detail=f"PolicyName=p{number} \u2603",
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        resource=f"arn:aws:iam::{account}:user/bob",
        request=f"{number:032x}",
    )


async def wrote(catalog: Catalog, *entries: Entry) -> None:
    await catalog.run(lambda tx: audit.add(tx, entries))


async def execute(catalog: Catalog, sql: str, *values: str | int) -> int:
    return await catalog.run(lambda tx: tx.execute(sql, values))


async def unguarded(catalog: Catalog, sql: str, *values: str | int) -> None:
    """As whoever owns the database can: behind the back of the engine's own refusals."""
    await catalog.run(lambda tx: settings.write(tx, frozen.BEGUN, "somewhere"))
    assert await execute(catalog, sql, *values)
    await catalog.run(lambda tx: settings.write(tx, frozen.BEGUN, ""))


async def held(catalog: Catalog, account: str = ACCOUNT) -> Chain:
    """The account's log held against its seals."""
    chain = Chain()
    number = 0
    while seals := await audit_seals.page(catalog, account, number, 2):
        for seal in seals:
            entries = await audit.covered(catalog, account, [seal.number])
            proven = is_signed(KEYRING.public_key, signed(seal), seal.signature)
            chain.take(seal, [sealing.covered(one) for one in entries], is_signed=proven)
            number = seal.number
    waiting = await audit.unsealed(catalog, account, 100)
    beyond = await audit_seals.beyond(catalog, account, number)
    chain.end([sealing.covered(one) for one in waiting], beyond)
    return chain


async def three_seals(ledger: Ledger) -> None:
    for turn in range(3):
        await wrote(ledger.catalog, *(entry(turn * 10 + number) for number in range(3)))
        assert await sealing.seal(ledger, NOW + (turn + 1) * MINUTE) == 3


async def test_every_entry_is_sealed_once_in_a_chain_of_its_account(ledger: Ledger) -> None:
    catalog = ledger.catalog
    await wrote(catalog, entry(1), entry(2), entry(3, OTHER))
    assert await sealing.seal(ledger, NOW + MINUTE) == 3
    assert await sealing.seal(ledger, NOW + 2 * MINUTE) == 0
    await wrote(catalog, entry(0), entry(4))  # one came late
    assert await sealing.seal(ledger, NOW + 3 * MINUTE) == 2
    first, second = await audit_seals.page(catalog, ACCOUNT, 0, 10)
    (others,) = await audit_seals.page(catalog, OTHER, 0, 10)
    assert (first.number, first.entries, first.previous) == (1, 2, FIRST)
    assert (second.number, second.entries, second.previous) == (2, 2, first.link)
    assert (first.newest_us, second.newest_us) == (NOW + 2, NOW + 4)
    assert (others.number, others.previous) == (1, FIRST)
    for account, count in ((ACCOUNT, 4), (OTHER, 1)):
        chain = await held(catalog, account)
        assert (chain.faults, chain.entries) == ([], count)


async def test_a_long_log_is_sealed_in_stretches(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 4)
    monkeypatch.setattr(sealing, "AT_ONCE", 8)
    await wrote(ledger.catalog, *(entry(number) for number in range(10)))
    assert await sealing.seal(ledger, NOW + MINUTE) == 8
    assert await sealing.seal(ledger, NOW + MINUTE) == 2
    seals = await audit_seals.page(ledger.catalog, ACCOUNT, 0, 10)
    assert [one.entries for one in seals] == [4, 4, 2]
    assert (await held(ledger.catalog)).faults == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE audit SET outcome = 'denied' WHERE detail LIKE 'PolicyName=p11%'", "changed"),
        ("UPDATE audit SET access_key_id = '' WHERE detail LIKE 'PolicyName=p11%'", "changed"),
        ("UPDATE audit SET bytes = 1 WHERE detail LIKE 'PolicyName=p11%'", "changed"),
        ("DELETE FROM audit WHERE detail LIKE 'PolicyName=p11%'", "1 of 3 entries missing"),
        (
            "UPDATE audit SET detail = CASE WHEN detail LIKE 'PolicyName=p10%'"
            " THEN 'PolicyName=p11 \u2603' ELSE 'PolicyName=p10 \u2603' END"
            " WHERE detail LIKE 'PolicyName=p10%' OR detail LIKE 'PolicyName=p11%'",
            "changed",
        ),
        ("UPDATE audit SET seal = 1 WHERE detail LIKE 'PolicyName=p11%'", "1 of 3 entries added"),
        ("DELETE FROM audit_seals WHERE number = 2", "between 1 and 3 are missing"),
        ("DELETE FROM audit_seals WHERE number = 1", "before seal 2 are missing"),
        ("DELETE FROM audit_seals WHERE number = 3", "3 entries say that a seal covers them"),
        ("UPDATE audit_seals SET at_us = 7 WHERE number = 2", "seal 2 is not signed"),
        ("UPDATE audit_seals SET at_us = 7 WHERE number = 2", "seal 3 does not follow"),
        ("UPDATE audit_seals SET pruned_us = 7 WHERE number = 2", "no entry tells"),
    ],
)
async def test_what_was_done_to_a_sealed_log_is_found(ledger: Ledger, sql: str, why: str) -> None:
    await three_seals(ledger)
    assert (await held(ledger.catalog)).faults == []
    await unguarded(ledger.catalog, sql)
    assert any(why in fault for fault in (await held(ledger.catalog)).faults)


async def test_two_seals_in_each_others_place_are_found(ledger: Ledger) -> None:
    await three_seals(ledger)
    for number, other in ((2, 9), (3, 2), (9, 3)):
        for table, column in (("audit_seals", "number"), ("audit", "seal")):
            await unguarded(
                ledger.catalog, f"UPDATE {table} SET {column} = ? WHERE {column} = ?", other, number
            )
    assert (await held(ledger.catalog)).faults != []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET outcome = 'denied'",
        "UPDATE audit SET seal = 9",
        "UPDATE audit SET id = 'another'",
        "UPDATE audit_seals SET digest = ''",
        "UPDATE audit_seals SET entries = 0",
    ],
)
async def test_the_engine_refuses_to_change_what_is_sealed(ledger: Ledger, sql: str) -> None:
    await three_seals(ledger)
    with pytest.raises(Unavailable, match="only added to"):
        await execute(ledger.catalog, sql)
    assert (await held(ledger.catalog)).faults == []


async def test_the_engine_keeps_what_somebody_deletes(ledger: Ledger) -> None:
    """An older node prunes by time alone: it removes nothing, and goes on."""
    await three_seals(ledger)
    await wrote(ledger.catalog, entry(50))
    assert await execute(ledger.catalog, "DELETE FROM audit") == 0
    assert await execute(ledger.catalog, "DELETE FROM audit_seals") == 0
    chain = await held(ledger.catalog)
    assert (chain.faults, chain.entries) == ([], 9)


async def test_an_entry_that_waits_for_its_seal_cannot_be_changed_either(ledger: Ledger) -> None:
    await wrote(ledger.catalog, entry(1))
    with pytest.raises(Unavailable, match="only added to"):
        await execute(ledger.catalog, "UPDATE audit SET outcome = 'denied'")
    assert await execute(ledger.catalog, "DELETE FROM audit") == 0


async def test_what_is_old_is_given_up_by_an_act_and_the_rest_stays_whole(ledger: Ledger) -> None:
    catalog = ledger.catalog
    await three_seals(ledger)
    await wrote(catalog, entry(3, OTHER))
    (_, second, third) = await audit_seals.page(catalog, ACCOUNT, 0, 10)
    assert await sealing.prune(ledger, NOW, NOW + 9 * MINUTE) == 0
    # Older than the third seal's newest entry, younger than the second's.
    gone = await sealing.prune(ledger, NOW + 20, NOW + 9 * MINUTE)
    assert gone == 6 + 1 + 1, "entries of two seals, the first seal, the other account's entry"
    kept = await audit_seals.page(catalog, ACCOUNT, 0, 10)
    assert [one.number for one in kept] == [2, 3, 4]
    assert [one.is_pruned for one in kept] == [True, False, False]
    (act,) = await audit.page(
        catalog, Sought(ACCOUNT, None, event=PRUNED), None, 9, newest_first=False
    )
    assert act.detail == pruned_until(2, second.link)
    assert act.seal == 4, "the act is sealed before anything goes"
    assert third.previous == second.link
    for account in (ACCOUNT, OTHER):
        assert (await held(catalog, account)).faults == []
    assert await sealing.prune(ledger, NOW + 20, NOW + 10 * MINUTE) == 0


async def test_a_pruning_that_was_killed_is_gone_on_with(ledger: Ledger) -> None:
    catalog = ledger.catalog
    await three_seals(ledger)
    (first, *_) = await audit_seals.page(catalog, ACCOUNT, 0, 1)
    told = replace(entry(99), event=PRUNED, detail=pruned_until(1, first.link))
    await wrote(catalog, told)
    await catalog.run(lambda tx: audit_seals.give_up(tx, ACCOUNT, 1, NOW))
    assert (await held(catalog)).faults == []
    assert await sealing.prune(ledger, 0, NOW + 9 * MINUTE) == 3
    chain = await held(catalog)
    assert (chain.faults, chain.entries) == ([], 7)


async def test_two_stewards_seal_nothing_twice(ledger: Ledger) -> None:
    catalog = ledger.catalog
    await wrote(catalog, entry(1))
    (waiting,) = await audit.unsealed(catalog, None, 9)
    assert await sealing.seal(ledger, NOW) == 1
    late = Seal(ACCOUNT, 2, NOW, NOW, 1, "", "", b"")
    assert not await catalog.run(lambda tx: audit_seals.add(tx, late, [waiting.id]))


async def test_acts_are_found_by_the_beginning_of_action_and_resource(catalog: Catalog) -> None:
    await wrote(
        catalog,
        entry(1),
        replace(entry(2), event="iam:PutGroupPolicy", resource="arn:aws:iam::1:group/g"),
        replace(entry(3), event="s3:PutBucketAcl", resource="arn:aws:s3:::b"),
    )

    async def count(event: str | None = None, resource: str | None = None) -> int:
        sought = Sought(ACCOUNT, None, event=event, resource=resource)
        return len(await audit.page(catalog, sought, None, 9, newest_first=False))

    for wanted, expected in (
        ({"event": "iam:*"}, 2),
        ({"event": "iam:PutU*"}, 1),
        ({"event": "iam:PutU"}, 0),
        ({"event": "*"}, 3),
        ({"event": "s3:*"}, 1),
        ({"resource": "arn:aws:s3:::b"}, 1),
        ({"resource": "arn:aws:s3:::*"}, 1),
        ({"resource": "arn:aws:iam::*"}, 2),
        ({"resource": "arn:aws:s3:::"}, 0),
    ):
        assert await count(**wanted) == expected, wanted
