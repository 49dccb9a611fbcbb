"""`policy who-can` on the server: everyone who may, and nobody who may not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import BUCKET, arn, put, set_policy
from tests.asking import Api, allow, deny, document, trust
from tests.ledger.sharing import Refused, Sharer
from tests.operations.access import ACL, ALL_USERS, open_up, use_lists

KEY = "inbox/report.pdf"
PATH = f"/{BUCKET}/{KEY}"
INBOX = allow("s3:GetObject", arn("inbox/*"))


async def who_can(root: Api, key: str = KEY, **query: str) -> dict[str, Any]:
    """The answer about BUCKET."""
    more = {"key": key} if key else {}
    return await Sharer(root.s3).ask("GET", "policy/who-can", bucket=BUCKET, **{**more, **query})


def named(told: dict[str, Any]) -> dict[str, str]:
    """Whoever may, by the end of its ARN, and as what."""
    return {one["principal"].rpartition(":")[2]: one["kind"] for one in told["principals"]}


async def test_roots_users_and_roles_of_the_account_are_listed(root: Api) -> None:
    home = (await root.sts("GetCallerIdentity"))["Account"]
    await root.user("ana", INBOX)
    await root.user("bob", allow("s3:GetObject", arn("outbox/*")))
    await root.user("cy", allow("*"), deny("s3:Get*"))
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(home))
    await root.iam(
        "PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=document(INBOX)
    )
    told = await who_can(root)
    assert named(told) == {"root": "root", "user/ana": "user", "role/reader": "role"}
    assert told["action"] == "s3:GetObject"
    assert (told["shares"], told["next"]) == ([], None)
    by = {one["principal"].rpartition(":")[2]: one for one in told["principals"]}
    assert by["user/ana"]["policy"] == "user ana, inline policy allowed"
    assert by["user/ana"]["only_if"] == by["user/ana"]["unless"] == []
    assert by["root"]["reason"] == "the account's root may"


async def test_conditions_are_told_and_not_guessed(root: Api) -> None:
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    old = {"NumericGreaterThan": {"s3:signatureAge": "600000"}}
    await root.user("ana", INBOX | {"Condition": office}, deny("s3:*", Condition=old))
    await root.user("bob", INBOX, INBOX | {"Condition": office})
    await root.user("cy", INBOX, deny("s3:*"))
    await root.user("dee", INBOX | {"Condition": {"StringEquals": {"aws:username": "ana"}}})
    told = {one["principal"].rpartition("/")[2]: one for one in (await who_can(root))["principals"]}
    assert "cy" not in told
    assert "dee" not in told  # what is known of a caller is no condition
    assert told["ana"]["only_if"] == ["IpAddress aws:SourceIp 203.0.113.0/24"]
    assert told["ana"]["unless"] == ["NumericGreaterThan s3:signatureAge 600000"]
    assert (told["bob"]["only_if"], told["bob"]["unless"]) == ([], [])


async def test_others_are_listed_by_policy_and_by_list(root: Api, other: Api) -> None:
    away = (await other.sts("GetCallerIdentity"))["Account"]
    await other.user("eve")
    eve = f"arn:aws:iam::{away}:user/eve"
    await set_policy(root, allow("s3:GetObject", arn("inbox/*"), Principal={"AWS": eve}))
    assert named(await who_can(root)) == {"root": "root", "user/eve": "user"}
    await set_policy(root, allow("s3:GetObject", arn("inbox/*"), Principal={"AWS": away}))
    told = await who_can(root)
    assert [one["kind"] for one in told["principals"]] == ["root", "account"]
    await root.s3.send("DELETE", f"/{BUCKET}", [("policy", "")])
    assert (await use_lists(root.s3, BUCKET)).status == 200
    canonical = (await other.s3.send("GET", "/")).text("Owner/ID") or ""
    grant = [("x-amz-grant-read", f'id="{canonical}"')]
    assert (await root.s3.send("PUT", PATH, ACL, grant)).status == 200
    told = await who_can(root)
    assert [one["kind"] for one in told["principals"]] == ["root", "account"]
    assert told["principals"][1]["reason"] == "an access control list allows"


async def test_the_public_is_listed_only_while_no_block_keeps_it_out(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    await root.user("ana")
    await set_policy(root, allow("s3:GetObject", arn("inbox/*")))
    told = await who_can(root)
    assert [(one["principal"], one["kind"]) for one in told["principals"]][1] == ("*", "everyone")
    assert named(told)["user/ana"] == "user"
    body = (
        b"<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets>"
        b"</PublicAccessBlockConfiguration>"
    )
    await root.s3.send("PUT", f"/{BUCKET}", [("publicAccessBlock", "")], body=body)
    assert "*" not in named(await who_can(root))
    assert named(await who_can(root))["user/ana"] == "user"


async def test_everyone_with_a_key_is_not_everyone(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    signers = ALL_USERS.replace("AllUsers", "AuthenticatedUsers")
    grant = [("x-amz-grant-read", f'uri="{signers}"')]
    assert (await root.s3.send("PUT", PATH, ACL, grant)).status == 200
    assert named(await who_can(root))["AuthenticatedUsers"] == "signers"


async def test_live_shares_are_listed_and_dead_ones_are_not(root: Api) -> None:
    await put(root, "inbox/other")
    sharer = Sharer(root.s3)
    one = (await sharer.issue(KEY, recipient="ana@example.org"))["share"]
    folder = (await sharer.issue("inbox/", prefix=True, raw=False))["share"]
    dead = (await sharer.issue(KEY))["share"]
    await sharer.ask("DELETE", f"shares/{dead['id']}")
    await sharer.issue("inbox/other")
    told = {share["id"]: share for share in (await who_can(root))["shares"]}
    assert told.keys() == {one["id"], folder["id"]}
    assert told[one["id"]]["recipient"] == "ana@example.org"
    assert told[one["id"]]["expires_at"] == one["expires_at"]
    assert told[folder["id"]]["prefix"] is True
    assert len((await who_can(root, "", action="s3:ListBucket"))["shares"]) == 0


async def test_a_share_whose_owner_may_no_more_is_not_listed(root: Api) -> None:
    ana = await root.user("ana", INBOX, allow("narthex:*"))
    share = (await Sharer(ana.s3).issue(KEY))["share"]
    assert [one["id"] for one in (await who_can(root))["shares"]] == [share["id"]]
    await root.allow("ana", allow("narthex:*"))
    assert (await who_can(root))["shares"] == []
    await root.allow("ana", INBOX)
    assert len((await who_can(root))["shares"]) == 1
    await root.iam("DeleteAccessKey", UserName="ana", AccessKeyId=ana.key.id)
    assert (await who_can(root))["shares"] == []


async def test_many_come_in_pages(root: Api) -> None:
    home = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="a-role", AssumeRolePolicyDocument=trust(home))
    await root.iam(
        "PutRolePolicy", RoleName="a-role", PolicyName="p", PolicyDocument=document(INBOX)
    )
    names = {f"user/user{number:02}" for number in range(7)}
    for name in names:
        await root.iam("CreateUser", UserName=name[5:])
        await root.allow(name[5:], INBOX)
    found: list[str] = []
    after: dict[str, str] = {}
    pages = 0
    while True:
        told = await who_can(root, limit="3", **after)
        found += [one["principal"].rpartition(":")[2] for one in told["principals"]]
        pages += 1
        if told["next"] is None:
            break
        after = {"after": told["next"]}
    assert len(found) == len(set(found))
    assert set(found) == {*names, "root", "role/a-role"}
    assert pages == 3


async def test_who_can_list_a_bucket_and_who_can_write(root: Api) -> None:
    await root.user("ana", allow("s3:ListBucket", arn("")))
    await root.user("bob", allow("s3:PutObject", arn("inbox/*")))
    assert named(await who_can(root, "")) == {"root": "root", "user/ana": "user"}
    told = await who_can(root, action="s3:PutObject")
    assert named(told) == {"root": "root", "user/bob": "user"}


async def test_only_who_may_is_told_and_only_of_the_own_account(root: Api, other: Api) -> None:
    ana = await root.user("ana", allow("s3:*"))
    with pytest.raises(Refused, match="403 AccessDenied"):
        await who_can(ana)
    await root.allow("ana", allow("narthex:ListAccess", arn("inbox/*")))
    assert "root" in named(await who_can(ana))
    with pytest.raises(Refused, match="403 AccessDenied"):
        await who_can(ana, "outbox/k")
    body = {"bucket": BUCKET, "key": "inbox/x"}  # a body of a GET says nothing
    with pytest.raises(Refused, match="403 AccessDenied"):
        await Sharer(ana.s3).ask("GET", "policy/who-can", body, bucket=BUCKET, key="outbox/k")
    with pytest.raises(Refused, match="404 NoSuchBucket"):
        await who_can(other)


@pytest.mark.parametrize("query", [{"action": "s3:Nothing"}, {"limit": "0"}, {"what": "x"}])
async def test_what_cannot_be_meant_is_refused(root: Api, query: dict[str, str]) -> None:
    with pytest.raises(Refused, match="400 InvalidArgument"):
        await who_can(root, **query)
