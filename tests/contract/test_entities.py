"""Users, groups, roles, policies, sessions and uses of keys, on every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from narthex.catalog import (
    Catalog,
    Transaction,
    accounts,
    entities,
    key_uses,
    managed,
    sessions,
)
from narthex.catalog.entities import Span
from narthex.entities import AWS, Entity, KeyUse, ManagedPolicy, PolicyVersion, Session
from narthex.errors import Conflict
from narthex.model import AccessKey, Principal
from tests.contract.values import ACCOUNT, NOW, OTHER, key_of

TEXT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
ALL = Span(limit=1000)
BOB = Entity("AIDA1", ACCOUNT.id, "user", "Bob", "/staff/", NOW, tags=(("Ort", "Zürich"),))
EVE = Entity("AIDA2", ACCOUNT.id, "user", "eve", "/", NOW)
STAFF = Entity("AGPA1", ACCOUNT.id, "group", "staff", "/", NOW)
READER = Entity(
    "AROA1",
    ACCOUNT.id,
    "role",
    "reader",
    "/",
    NOW,
    trust=TEXT,
    pins=(("arn:aws:iam::123456789012:user/Bob", "AIDA1"),),
    description="liest",
    longest_session=7200,
)
POLICY = ManagedPolicy(
    "ANPA1", ACCOUNT.id, "All", "/a/", NOW, NOW, description="all", tags=(("a", "b"),)
)
SESSION = Session(
    "ASIAIOSFODNN7EXAMPLE",
    ACCOUNT.id,
    "role",
    READER.id,
    "work",
    b"\0" * 32,
    b"sealed\xff",
    "AKIAIOSFODNN7EXAMPLE",
    NOW,
    NOW + 1000,
    (TEXT,),
    (POLICY.id,),
    (("team", "rot"),),
    ("team",),
    "bob",
)


async def do(catalog: Catalog, *works: Callable[[Transaction], Awaitable[Any]]) -> list[Any]:
    """Run each in a transaction of its own; what they returned."""
    return [await catalog.run(work) for work in works]


@pytest.fixture
async def store(catalog: Catalog) -> Catalog:
    """A catalog with two accounts, two users, a group, a role and a policy."""
    await do(
        catalog,
        *[lambda tx, one=one: accounts.create(tx, one) for one in (ACCOUNT, OTHER)],
        *[lambda tx, one=one: entities.add(tx, one) for one in (BOB, EVE, STAFF, READER)],
        lambda tx: managed.add(tx, POLICY, TEXT),
    )
    return catalog


async def test_an_entity_comes_back_as_it_was_put(store: Catalog) -> None:
    for entity in (BOB, EVE, STAFF, READER):
        assert await entities.get(store, entity.id) == entity
        found = await entities.find(store, ACCOUNT.id, entity.kind, entity.name.upper())
        assert found == entity
    assert await entities.find(store, OTHER.id, "user", "bob") is None
    assert await entities.find(store, ACCOUNT.id, "role", "bob") is None
    for odd in ("", "é", "b\0b", "AIDA9"):
        assert await entities.get(store, odd) is None
        assert await entities.find(store, ACCOUNT.id, "user", odd) is None


async def test_a_name_is_unique_among_its_kind_and_account(store: Catalog) -> None:
    with pytest.raises(Conflict):
        await do(store, lambda tx: entities.add(tx, replace(BOB, id="AIDA3", name="BOB")))
    with pytest.raises(Conflict):
        await do(store, lambda tx: entities.put(tx, replace(EVE, name="bob")))
    await do(
        store,
        lambda tx: entities.add(tx, replace(BOB, id="AIDA3", account=OTHER.id)),
        lambda tx: entities.add(tx, replace(STAFF, id="AGPA2", name="bob")),
    )


async def test_of_two_that_take_a_name_at_once_one_has_it(store: Catalog, other: Catalog) -> None:
    def work(number: int) -> Callable[[Transaction], Awaitable[None]]:
        return lambda tx: entities.add(tx, replace(BOB, id=f"AIDAX{number}", name="race"))

    runs = [catalog.run(work(n)) for n, catalog in enumerate((store, other) * 4)]
    outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(one, Conflict) for one in outcomes) == 7


async def test_lists_are_by_name_in_pages_and_by_path(store: Catalog) -> None:
    assert await entities.page(store, ACCOUNT.id, "user", ALL) == [BOB, EVE]
    assert await entities.page(store, ACCOUNT.id, "user", Span("bob")) == [EVE]
    assert await entities.page(store, ACCOUNT.id, "user", Span(limit=1)) == [BOB]
    assert await entities.page(store, ACCOUNT.id, "user", Span(prefix="/st")) == [BOB]
    assert await entities.page(store, OTHER.id, "user", ALL) == []
    assert await entities.count(store, ACCOUNT.id, "user") == 2


async def test_memberships_join_once_and_leave_once(store: Catalog) -> None:
    join = lambda tx: entities.join(tx, BOB.id, STAFF.id)  # noqa: E731
    leave = lambda tx: entities.leave(tx, BOB.id, STAFF.id)  # noqa: E731
    await do(store, join, join)
    assert await entities.groups_of(store, BOB.id, ALL) == [STAFF]
    assert await entities.members_of(store, STAFF.id, ALL) == [BOB]
    assert await entities.groups_of(store, EVE.id, ALL) == []
    assert await do(store, leave, leave) == [True, False]


async def test_all_texts_of_a_user_are_its_own_the_attached_and_its_groups(store: Catalog) -> None:
    await do(
        store,
        lambda tx: entities.put_inline(tx, BOB.id, "inbox", TEXT),
        lambda tx: entities.put_inline(tx, STAFF.id, "é", TEXT + " "),
        lambda tx: entities.put_inline(tx, EVE.id, "hers", TEXT),
        lambda tx: managed.attach(tx, STAFF.id, POLICY.id),
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
    )
    names = [one.name for one in await managed.documents_of(store, BOB.id)]
    assert names == ["user Bob, inline policy inbox", POLICY.arn]
    await do(store, lambda tx: entities.join(tx, BOB.id, STAFF.id))
    names = [one.name for one in await managed.documents_of(store, BOB.id)]
    assert names == ["user Bob, inline policy inbox", "group staff, inline policy é", POLICY.arn]


async def test_an_inline_policy_is_replaced_and_removed_once(store: Catalog) -> None:
    put = lambda tx: entities.put_inline(tx, BOB.id, "p", TEXT)  # noqa: E731
    again = lambda tx: entities.put_inline(tx, BOB.id, "p", TEXT + "\n")  # noqa: E731
    remove = lambda tx: entities.remove_inline(tx, BOB.id, "p")  # noqa: E731
    await do(store, put, again)
    assert await entities.inline(store, BOB.id, "p") == TEXT + "\n"
    assert await entities.inline(store, BOB.id, "P") is None
    assert await entities.all_inline(store, BOB.id) == [("p", TEXT + "\n")]
    assert await do(store, remove, remove) == [True, False]


async def test_a_policy_counts_its_uses_in_the_account_that_asks(store: Catalog) -> None:
    aws = await managed.find(store, ACCOUNT.id, AWS, "/AmazonS3ReadOnlyAccess")
    assert aws is not None
    foreign = replace(BOB, id="AIDA9", account=OTHER.id)
    await do(
        store,
        lambda tx: entities.add(tx, foreign),
        lambda tx: managed.attach(tx, foreign.id, aws.id),
        lambda tx: managed.attach(tx, BOB.id, aws.id),
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
        lambda tx: entities.put(tx, replace(EVE, boundary=POLICY.id)),
    )
    found = await managed.find(store, ACCOUNT.id, ACCOUNT.id, "/a/All")
    assert found == replace(POLICY, attached=1, bounds=1)
    for account, count in ((ACCOUNT.id, 1), (OTHER.id, 1)):
        seen = await managed.get(store, account, aws.id)
        assert seen is not None
        assert seen.attached == count
    assert await managed.find(store, OTHER.id, ACCOUNT.id, "/a/All") is None
    assert await managed.find(store, ACCOUNT.id, ACCOUNT.id, "/a/ALL") is None
    users = await managed.users_of(store, ACCOUNT.id, POLICY.id, ALL)
    assert [user.id for user in users] == [BOB.id, EVE.id]
    for use, ids in (("attached", [BOB.id]), ("boundary", [EVE.id])):
        users = await managed.users_of(store, ACCOUNT.id, POLICY.id, ALL, use)  # type: ignore[arg-type]
        assert [user.id for user in users] == ids
    assert await managed.users_of(store, ACCOUNT.id, POLICY.id, ALL, kind="role") == []
    assert await managed.users_of(store, OTHER.id, POLICY.id, ALL) == []


async def test_policies_are_listed_by_name_then_owner_and_by_use(store: Catalog) -> None:
    await do(
        store,
        lambda tx: managed.add(tx, replace(POLICY, id="ANPA2", name="AdministratorAccess"), TEXT),
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
    )
    both = (ACCOUNT.id, AWS)
    whole = await managed.page(store, ACCOUNT.id, both, ALL)
    assert [(one.name, one.account == AWS) for one in whole[:3]] == [
        ("AdministratorAccess", False),
        ("AdministratorAccess", True),
        ("All", False),
    ]
    paged = []
    after = ""
    while page := await managed.page(store, ACCOUNT.id, both, Span(after, limit=1)):
        paged += page
        after = f"{page[0].name.lower()} {page[0].account}"
    assert paged == whole
    assert [one.id for one in await managed.page(store, ACCOUNT.id, both, ALL, "attached")] == [
        POLICY.id
    ]
    assert await managed.page(store, ACCOUNT.id, both, ALL, "boundary") == []
    own = await managed.page(store, ACCOUNT.id, (ACCOUNT.id,), Span(prefix="/a/"))
    assert [one.id for one in own] == ["ANPA2", POLICY.id]
    assert await managed.page(store, ACCOUNT.id, (AWS,), Span(prefix="/a/")) == []


async def test_the_default_version_is_the_one_that_counts(store: Catalog) -> None:
    second = PolicyVersion(2, TEXT + " ", NOW + 1)
    await do(
        store,
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
        lambda tx: managed.add_version(tx, POLICY.id, second),
    )
    assert [one.document for one in await managed.documents_of(store, BOB.id)] == [TEXT]
    await do(store, lambda tx: managed.put(tx, replace(POLICY, default=2, last=2)))
    assert [one.document for one in await managed.documents_of(store, BOB.id)] == [TEXT + " "]
    assert [one.document for one in await managed.documents(store, (POLICY.id,))] == [TEXT + " "]
    assert [one.number for one in await managed.versions(store, POLICY.id)] == [2, 1]
    with pytest.raises(Conflict):
        await do(store, lambda tx: managed.add_version(tx, POLICY.id, second))
    remove = lambda tx: managed.remove_version(tx, POLICY.id, 1)  # noqa: E731
    assert await do(store, remove, remove) == [True, False]
    gone = lambda tx: managed.remove(tx, POLICY.id)  # noqa: E731
    assert await do(store, gone, gone) == [True, False]
    assert await managed.documents(store, (POLICY.id,)) == []
    assert await managed.documents(store, ()) == []


async def test_every_change_that_matters_moves_the_generation(
    store: Catalog, other: Catalog
) -> None:
    await do(store, lambda tx: accounts.put_key(tx, key_of(ACCOUNT)))
    matter: list[Callable[[Transaction], Awaitable[Any]]] = [
        lambda tx: entities.put(tx, replace(BOB, path="/")),
        lambda tx: entities.join(tx, BOB.id, STAFF.id),
        lambda tx: entities.leave(tx, BOB.id, STAFF.id),
        lambda tx: entities.put_inline(tx, BOB.id, "p", TEXT),
        lambda tx: entities.remove_inline(tx, BOB.id, "p"),
        lambda tx: managed.put(tx, replace(POLICY, default=1)),
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
        lambda tx: managed.detach(tx, BOB.id, POLICY.id),
        lambda tx: managed.remove(tx, POLICY.id),
        lambda tx: entities.remove(tx, BOB.id),
        lambda tx: accounts.set_active(tx, "AKIAIOSFODNN7EXAMPLE", active=False),
        lambda tx: accounts.put(tx, replace(ACCOUNT, enabled=False)),
        lambda tx: accounts.remove(tx, OTHER.id),
    ]
    for work in matter:
        before = await accounts.generation(other)
        await store.run(work)
        assert await accounts.generation(other) > before
    free: list[Callable[[Transaction], Awaitable[Any]]] = [
        lambda tx: entities.add(tx, replace(BOB, id="AIDA8", name="new")),
        lambda tx: managed.add(tx, replace(POLICY, id="ANPA8", name="new"), TEXT),
        lambda tx: sessions.add(tx, SESSION),
        lambda tx: sessions.prune(tx, NOW),
        lambda tx: entities.note_use(tx, READER.id, NOW, "us-east-1"),
        lambda tx: key_uses.note(tx, {"AKIA": KeyUse(NOW, "s3", "us-east-1")}),
    ]
    before = await accounts.generation(other)
    await do(store, *free)
    assert await accounts.generation(other) == before


async def test_a_session_comes_back_and_ends_with_its_owner(store: Catalog) -> None:
    await do(store, lambda tx: sessions.add(tx, SESSION))
    assert await sessions.find(store, SESSION.id) == SESSION
    for odd in ("ASIA", "é", "a\0"):
        assert await sessions.find(store, odd) is None
    await do(store, lambda tx: entities.remove(tx, READER.id))
    assert await sessions.find(store, SESSION.id) is None


async def test_only_sessions_that_expired_before_are_pruned(store: Catalog) -> None:
    await do(
        store,
        lambda tx: sessions.add(tx, SESSION),
        lambda tx: sessions.add(tx, replace(SESSION, id="ASIA2", expires_us=NOW + 1001)),
    )
    prune = lambda tx: sessions.prune(tx, NOW + 1001)  # noqa: E731
    assert await do(store, prune, prune) == [1, 0]
    assert await sessions.find(store, "ASIA2") is not None


async def note(store: Catalog, uses: dict[str, KeyUse]) -> None:
    """These uses are noted."""

    async def work(tx: Transaction) -> None:
        await key_uses.note(tx, uses)

    await store.run(work)


async def test_the_latest_use_of_a_key_is_kept(store: Catalog) -> None:
    key = key_of(ACCOUNT)
    await do(store, lambda tx: accounts.put_key(tx, key))
    assert await key_uses.find(store, key.id) is None
    late, early = KeyUse(NOW + 5, "s3", "eu-west-1"), KeyUse(NOW, "iam", "us-east-1")
    for use in (late, early):
        await note(store, {key.id: use, "AKIAUNKNOWN": use})
    assert await key_uses.find(store, key.id) == late
    assert await key_uses.find(store, "AKIAUNKNOWN") is None
    await do(store, lambda tx: accounts.remove_key(tx, key.id))
    assert await key_uses.find(store, key.id) is None


async def test_the_last_use_of_a_role_only_grows(store: Catalog) -> None:
    await do(
        store,
        lambda tx: entities.note_use(tx, READER.id, NOW + 5, "eu-west-1"),
        lambda tx: entities.note_use(tx, READER.id, NOW, "us-east-1"),
    )
    found = await entities.get(store, READER.id)
    assert found == replace(READER, used_us=NOW + 5, used_region="eu-west-1")


async def test_keys_of_a_user_and_of_the_root_are_told_apart(store: Catalog) -> None:
    root = key_of(ACCOUNT)
    principal = Principal("user", ACCOUNT.id, ACCOUNT.canonical_id, "", "AKIAUSER")
    own = AccessKey("AKIAUSER", principal, b"sealed", True, NOW + 1, BOB.id)
    await do(store, lambda tx: accounts.put_key(tx, root), lambda tx: accounts.put_key(tx, own))
    assert await accounts.keys_of(store, ACCOUNT.id, "") == [root]
    assert await accounts.keys_of(store, ACCOUNT.id, BOB.id) == [own]
    assert await accounts.keys_of(store, OTHER.id, BOB.id) == []
    off = lambda tx: accounts.set_active(tx, own.id, active=False)  # noqa: E731
    missing = lambda tx: accounts.set_active(tx, "AKIANONE", active=False)  # noqa: E731
    assert await do(store, off, missing) == [True, False]
    assert await accounts.find_key(store, own.id) == replace(own, active=False)


async def test_no_key_of_a_disabled_account_is_active(store: Catalog) -> None:
    await do(store, lambda tx: accounts.put_key(tx, key_of(ACCOUNT)))
    await do(store, lambda tx: accounts.put(tx, replace(ACCOUNT, enabled=False, alias="fire")))
    found = await accounts.find_key(store, key_of(ACCOUNT).id)
    assert found is not None
    assert not found.active
    assert await accounts.find(store, ACCOUNT.id) == replace(ACCOUNT, enabled=False, alias="fire")
    assert await accounts.alias_owner(store, "fire") == ACCOUNT.id
    assert await accounts.alias_owner(store, "") is None
    with pytest.raises(Conflict):
        await do(store, lambda tx: accounts.put(tx, replace(OTHER, alias="fire")))


async def test_a_removed_account_leaves_nothing_of_its_own(store: Catalog) -> None:
    await do(
        store,
        lambda tx: accounts.put_key(tx, key_of(ACCOUNT)),
        lambda tx: entities.put_inline(tx, BOB.id, "p", TEXT),
        lambda tx: managed.attach(tx, BOB.id, POLICY.id),
        lambda tx: entities.join(tx, BOB.id, STAFF.id),
        lambda tx: sessions.add(tx, SESSION),
        lambda tx: entities.add(tx, replace(BOB, id="AIDA9", account=OTHER.id)),
    )
    remove = lambda tx: accounts.remove(tx, ACCOUNT.id)  # noqa: E731
    assert await do(store, remove, remove) == [True, False]
    for table in ("access_keys", "inline_policies", "attachments", "memberships", "sessions"):
        assert await store.fetch(f"SELECT 1 FROM {table}") == []
    rows = await store.fetch("SELECT id FROM entities")
    assert rows == [("AIDA9",)]
    assert [one.account for one in await managed.page(store, OTHER.id, (ACCOUNT.id, AWS), ALL)] == (
        [AWS] * 5
    )


async def test_names_of_principals_are_found_with_their_ids(store: Catalog) -> None:
    base = f"arn:aws:iam::{ACCOUNT.id}"
    names = [
        f"{base}:user/staff/Bob",
        f"{base}:user/Bob",
        f"{base}:user/staff/bob",
        f"{base}:role/reader",
        f"{base}:group/staff",
        f"{base}:root",
        f"arn:aws:sts::{ACCOUNT.id}:assumed-role/reader/work",
        f"arn:aws:sts::{ACCOUNT.id}:assumed-role/READER/work",
        f"arn:aws:sts::{ACCOUNT.id}:federated-user/Bob",
        f"arn:aws:iam::{OTHER.id}:user/staff/Bob",
        "AIDA1",
    ]
    assert dict(await entities.ids_of(store, names)) == {
        f"{base}:user/staff/Bob": "AIDA1",
        f"{base}:role/reader": "AROA1",
        f"arn:aws:sts::{ACCOUNT.id}:assumed-role/reader/work": "AROA1:work",
    }
