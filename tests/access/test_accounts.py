"""Accounts over the wire: made, listed, switched off and on, deleted, by one root alone."""

from __future__ import annotations

import pytest

from narthex.bootstrap import RootKey
from tests.access.conftest import BUCKET, put
from tests.asking import Api, allow, document
from tests.ledger.sharing import Refused, Sharer


async def create(root: Api, name: str) -> tuple[str, Api]:
    """A new account's id, and its root."""
    told = await Sharer(root.s3).ask("POST", "accounts", {"name": name})
    key = RootKey(told["access_key_id"], told["secret_access_key"])
    return told["account"]["id"], root.as_key(key)


async def test_an_account_has_a_root_key_told_once_and_nothing_of_others(root: Api) -> None:
    id, other = await create(root, "research")
    assert (await other.sts("GetCallerIdentity"))["Arn"] == f"arn:aws:iam::{id}:root"
    told = (await Sharer(root.s3).ask("GET", "accounts"))["accounts"]
    assert [(one["name"], one["enabled"]) for one in told] == [("main", True), ("research", True)]
    assert "secret" not in str(told)
    assert len({one["canonical_id"] for one in told}) == 2
    assert (await other.s3.send("GET", "/")).xml.findall("Buckets/Bucket") == []
    assert (await other.s3.send("GET", f"/{BUCKET}")).code == "AccessDenied"
    assert (await other.iam("ListUsers"))["Users"] == []
    await other.user("uploader")
    await root.user("uploader")  # names are an account's own


async def test_a_disabled_account_stops_at_once_and_starts_again(root: Api) -> None:
    id, other = await create(root, "research")
    ana = await other.user("ana", allow("s3:*"))
    assert (await other.s3.send("PUT", "/researchbucket")).status == 200
    await put(other, "k", bucket="researchbucket")
    link = ana.s3.link("GET", "/researchbucket/k")
    assert (await ana.s3.url(link)).status == 200
    told = await Sharer(root.s3).ask("PATCH", f"accounts/{id}", {"enabled": False})
    assert told["account"]["enabled"] is False
    for caller in (other, ana):
        assert (await caller.s3.send("GET", "/")).code == "InvalidAccessKeyId"
    assert (await ana.s3.url(link)).code == "InvalidAccessKeyId"
    await Sharer(root.s3).ask("PATCH", f"accounts/{id}", {"enabled": True})
    assert (await ana.s3.url(link)).status == 200


async def test_an_account_is_deleted_once_it_owns_no_bucket(root: Api) -> None:
    id, other = await create(root, "research")
    ana = await other.user("ana", allow("s3:*"))
    await other.s3.send("PUT", "/researchbucket")
    with pytest.raises(Refused, match="409 AccountInUse"):
        await Sharer(root.s3).ask("DELETE", f"accounts/{id}")
    await other.s3.send("DELETE", "/researchbucket")
    told = await Sharer(root.s3).ask("DELETE", f"accounts/{id}")
    assert told["account"]["name"] == "research"
    for caller in (other, ana):
        assert (await caller.s3.send("GET", "/")).code == "InvalidAccessKeyId"
    with pytest.raises(Refused, match="404 NoSuchAccount"):
        await Sharer(root.s3).ask("DELETE", f"accounts/{id}")


async def test_the_first_account_stays(root: Api) -> None:
    first = (await Sharer(root.s3).ask("GET", "accounts"))["accounts"][0]["id"]
    with pytest.raises(Refused, match="409 AccountInUse"):
        await Sharer(root.s3).ask("DELETE", f"accounts/{first}")
    with pytest.raises(Refused, match="409 AccountInUse"):
        await Sharer(root.s3).ask("PATCH", f"accounts/{first}", {"enabled": False})
    assert (await root.s3.send("GET", "/")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        *({"name": name} for name in ("", "a/b", "x" * 65, 5, "é")),
        {"name": "x", "id": "1"},
    ],
)
async def test_a_name_that_is_none_is_refused(root: Api, body: dict[str, object]) -> None:
    with pytest.raises(Refused, match="400 InvalidArgument"):
        await Sharer(root.s3).ask("POST", "accounts", body)


async def test_a_name_is_taken_once(root: Api) -> None:
    await create(root, "research")
    with pytest.raises(Refused, match="409 AccountExists"):
        await create(root, "research")


@pytest.mark.parametrize("body", [{}, {"enabled": None}, {"enabled": "no"}, {"enabled": 0}])
async def test_a_change_that_is_none_is_refused(root: Api, body: dict[str, object]) -> None:
    id, _ = await create(root, "research")
    with pytest.raises(Refused, match="400 InvalidArgument"):
        await Sharer(root.s3).ask("PATCH", f"accounts/{id}", body)


async def test_nobody_but_the_first_root_may(root: Api) -> None:
    id, other = await create(root, "research")
    mighty = await root.user("mighty", allow("*"))
    told = await mighty.sts("GetFederationToken", Name="guest", Policy=document(allow("*")))
    narrow = await root.sts("GetFederationToken", Name="guest")
    asked = [
        ("POST", "accounts", {"name": "mine"}),
        ("GET", "accounts", None),
        ("PATCH", f"accounts/{id}", {"enabled": False}),
        ("DELETE", f"accounts/{id}", None),
    ]
    for caller in (other, mighty, mighty.as_session(told), root.as_session(narrow)):
        for method, path, body in asked:
            with pytest.raises(Refused, match="403 AccessDenied"):
                await Sharer(caller.s3).ask(method, path, body)
    assert len((await Sharer(root.s3).ask("GET", "accounts"))["accounts"]) == 2
