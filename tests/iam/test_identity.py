"""What is remembered of keys is exact: a change counts on the next request, in every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narthex import tenancy
from narthex.app import open_server
from narthex.catalog import Row, Value
from narthex.config import Settings
from tests.asking import Api, Refused, allow, deny, document
from tests.driving import Driver
from tests.iam.refusing import refused


@pytest.fixture
async def elsewhere(root: Api) -> AsyncIterator[Api]:
    """The same catalog, as another worker serves it."""
    opened = await open_server(root.s3.server.settings)
    driver = Driver(replace(opened, clock=root.s3.clock), root.s3.clock)
    yield Api(driver)
    await opened.catalog.close()


async def test_every_change_counts_on_the_next_request_in_every_worker(
    root: Api, elsewhere: Api
) -> None:
    made = await root.iam("CreatePolicy", PolicyName="m", PolicyDocument=document(allow("iam:*")))
    arn = made["Policy"]["Arn"]
    nothing = await root.iam("CreatePolicy", PolicyName="n", PolicyDocument=document(allow("s3:*")))
    bob = {"UserName": "bob"}
    key = (await root.user("bob")).key
    there = elsewhere.as_key(key)
    inline = {"PolicyName": "p", "PolicyDocument": document(allow("iam:*"))}
    denied = {"PolicyName": "p", "PolicyDocument": document(deny("iam:*"))}
    await root.iam("CreateGroup", GroupName="g")
    await root.iam("PutGroupPolicy", GroupName="g", **inline)
    bound = nothing["Policy"]["Arn"]
    wide = {"PolicyArn": arn, "PolicyDocument": inline["PolicyDocument"], "SetAsDefault": True}
    narrow = wide | {"PolicyDocument": denied["PolicyDocument"]}
    steps: list[tuple[str, dict[str, Any], bool]] = [
        ("GetUser", bob, False),
        ("PutUserPolicy", bob | inline, True),
        ("PutUserPolicy", bob | denied, False),
        ("DeleteUserPolicy", bob | {"PolicyName": "p"}, False),
        ("AttachUserPolicy", bob | {"PolicyArn": arn}, True),
        ("CreatePolicyVersion", narrow, False),
        ("SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": "v1"}, True),
        ("PutUserPermissionsBoundary", bob | {"PermissionsBoundary": bound}, False),
        ("CreatePolicyVersion", wide | {"PolicyArn": bound}, True),
        ("DeleteUserPermissionsBoundary", bob, True),
        ("DetachUserPolicy", bob | {"PolicyArn": arn}, False),
        ("AddUserToGroup", bob | {"GroupName": "g"}, True),
        ("PutGroupPolicy", {"GroupName": "g"} | denied, False),
        ("PutGroupPolicy", {"GroupName": "g"} | inline, True),
        ("RemoveUserFromGroup", bob | {"GroupName": "g"}, False),
    ]
    for action, given, allowed in steps:
        await root.iam(action, **given)
        for _ in range(2):
            if allowed:
                await there.iam("ListUsers")
            else:
                assert (await refused(there, "ListUsers")).code == "AccessDenied", action
    off = {"UserName": "bob", "AccessKeyId": key.id}
    await root.iam("UpdateAccessKey", Status="Inactive", **off)
    assert (await refused(there, "ListUsers")).code == "InvalidClientTokenId"
    await root.iam("UpdateAccessKey", Status="Active", **off)
    assert (await refused(there, "ListUsers")).code == "AccessDenied"
    await root.iam("DeleteAccessKey", **off)
    assert (await refused(there, "ListUsers")).code == "InvalidClientTokenId"


async def test_a_key_that_was_unknown_works_as_soon_as_it_is_made(
    root: Api, elsewhere: Api
) -> None:
    for number in range(3):
        key = (await root.user(f"user{number}")).key
        await elsewhere.as_key(key).sts("GetCallerIdentity")


async def test_a_disabled_accounts_keys_and_sessions_stop_at_once(
    root: Api, elsewhere: Api
) -> None:
    server = root.s3.server
    account, key = await tenancy.create_account(server, "other")
    other = elsewhere.as_key(key)
    session = other.as_session(await other.sts("GetSessionToken"))
    user = elsewhere.as_key((await other.user("bob")).key)
    for caller in (other, session, user):
        await caller.sts("GetCallerIdentity")
    await tenancy.set_enabled(server, account.id, enabled=False)
    for caller in (other, session, user):
        with pytest.raises(Refused, match="InvalidClientTokenId"):
            await caller.sts("GetCallerIdentity")
    answer = await user.s3.send("GET", "/")
    assert answer.code == "InvalidAccessKeyId"
    await root.sts("GetCallerIdentity")
    await tenancy.set_enabled(server, account.id, enabled=True)
    for caller in (other, session, user):
        await caller.sts("GetCallerIdentity")


class Counting:
    """A catalog that counts what is read of it."""

    def __init__(self, catalog: Any) -> None:
        self._catalog = catalog
        self.reads = 0

    async def fetch(self, sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        self.reads += 1
        rows: list[Row] = await self._catalog.fetch(sql, values)
        return rows

    async def fetch_one(self, sql: str, values: tuple[Value, ...] = ()) -> Row | None:
        self.reads += 1
        row: Row | None = await self._catalog.fetch_one(sql, values)
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


async def test_a_warm_key_costs_one_read_at_most_whoever_else_there_is(root: Api) -> None:
    bob = await root.user("bob", allow("iam:*"))
    server = root.s3.server
    counting = Counting(server.catalog)
    server.identities._catalog = counting  # type: ignore[assignment]
    await bob.sts("GetCallerIdentity")
    cold = counting.reads
    for number in range(3):
        counting.reads = 0
        await bob.sts("GetCallerIdentity")
        assert counting.reads <= 1
        await root.iam("CreateUser", UserName=f"user{number}")
        text = document(allow("s3:*"))
        await root.iam("CreatePolicy", PolicyName=f"policy{number}", PolicyDocument=text)
        await root.sts("GetSessionToken")
    assert cold > 1


async def test_credentials_that_change_all_the_time_are_refused_rather_than_mixed(
    root: Api,
) -> None:
    """A read that never sees one state of the catalog is no answer."""
    bob = await root.user("bob", allow("iam:ListUsers"))
    server = root.s3.server

    class Restless(Counting):
        async def fetch_one(self, sql: str, values: tuple[Value, ...] = ()) -> Row | None:
            if "FROM generations" in sql:
                self.reads += 1
                return (self.reads,)
            return await super().fetch_one(sql, values)

    server.identities._catalog = Restless(server.catalog)  # type: ignore[assignment]
    assert (await refused(bob, "ListUsers")).status == 503


async def test_a_key_whose_user_is_gone_is_nobodys(root: Api) -> None:
    """Trap 10: a credential with no identity gets nothing."""
    bob = await root.user("bob")

    async def damage(tx: Any) -> None:
        await tx.execute("DELETE FROM entities")
        await tx.execute("UPDATE generations SET number = number + 1")

    await root.s3.server.catalog.run(damage)
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await bob.sts("GetCallerIdentity")
    assert (await bob.s3.send("GET", "/")).code == "InvalidAccessKeyId"


async def test_a_sealed_secret_that_was_altered_is_a_5xx(root: Api) -> None:
    bob = await root.user("bob")

    async def damage(tx: Any) -> None:
        await tx.execute("UPDATE access_keys SET sealed = sealed || x'00' WHERE kind = 'user'")
        await tx.execute("UPDATE generations SET number = number + 1")

    await root.s3.server.catalog.run(damage)
    with pytest.raises(Refused, match="ServiceFailure"):
        await bob.sts("GetCallerIdentity")


async def test_no_repr_shows_a_secret(root: Api) -> None:
    bob = await root.user("bob")
    session = (await bob.sts("GetSessionToken"))["Credentials"]
    server = root.s3.server
    entries = server.identities._entries
    shown = repr([*entries.values(), *[entry.identity.session for entry in entries.values()]])
    shown += repr(bob.key) + repr(server)
    for secret in (bob.key.secret, session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in shown


@pytest.mark.parametrize("name", ["", "a" * 65, "a\n", "é"])
async def test_an_account_has_a_name(root: Api, name: str) -> None:
    with pytest.raises(tenancy.AccountError):
        await tenancy.create_account(root.s3.server, name)


async def test_accounts_are_made_listed_found_and_deleted(root: Api) -> None:
    server = root.s3.server
    account, key = await tenancy.create_account(server, "other")
    assert [one.name for one in await tenancy.list_accounts(server)] == ["main", "other"]
    assert await tenancy.find_account(server, "other") == account
    assert await tenancy.find_account(server, account.id) == account
    with pytest.raises(tenancy.AccountError, match="already"):
        await tenancy.create_account(server, "other")
    other = root.as_key(key)
    bob = await other.user("bob", allow("iam:*"))
    assert (await other.s3.send("PUT", "/bucketofbigsecrets")).status == 200
    with pytest.raises(tenancy.AccountError, match="owns buckets"):
        await tenancy.delete_account(server, account.id)
    assert (await other.s3.send("DELETE", "/bucketofbigsecrets")).status == 204
    await tenancy.delete_account(server, account.id)
    for caller in (other, bob):
        with pytest.raises(Refused, match="InvalidClientTokenId"):
            await caller.sts("GetCallerIdentity")
    for asked in (tenancy.delete_account, tenancy.find_account):
        with pytest.raises(tenancy.AccountError, match="no account"):
            await asked(server, account.id)
    for table in ("entities", "inline_policies", "sessions", "access_keys"):
        rows = await server.catalog.fetch(f"SELECT 1 FROM {table}")
        assert len(rows) == (1 if table == "access_keys" else 0)


async def test_the_first_account_stays(root: Api) -> None:
    server = root.s3.server
    first = (await tenancy.list_accounts(server))[0]
    with pytest.raises(tenancy.AccountError, match="first account"):
        await tenancy.delete_account(server, first.id)


async def test_an_account_that_is_not_there_is_not_disabled(root: Api) -> None:
    with pytest.raises(tenancy.AccountError, match="no account"):
        await tenancy.set_enabled(root.s3.server, "1" * 12, enabled=False)


async def test_a_chosen_root_key_that_was_turned_off_is_put_back_at_the_start(
    root: Api, tmp_path: Path
) -> None:
    from narthex.bootstrap import ensure_root

    await root.iam("UpdateAccessKey", AccessKeyId=root.key.id, Status="Inactive")
    opened = await open_server(Settings(data=str(tmp_path)))
    await ensure_root(opened, root.key)
    await opened.catalog.close()
    await root.sts("GetCallerIdentity")
