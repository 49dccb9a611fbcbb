"""Whose a share is, and what it can do: never more than its owner, at the moment of use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex import tenancy
from tests.asking import Api
from tests.driving import SECOND, Driver
from tests.ledger.sharing import BUCKET, Refused, Sharer, words

DENIED = (403, "AccessDenied", "Access Denied")
GONE = (403, "InvalidAccessKeyId")
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"


def allow(*actions: str, resource: str | list[str] = OBJECTS, **more: Any) -> dict[str, Any]:
    """A statement of an identity policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource} | more


EVERYTHING = allow("s3:*", "narthex:*", resource="*")


@pytest.fixture
def api(narthex: Driver) -> Api:
    """IAM and STS, asked by the root."""
    return Api(narthex)


async def user(api: Api, name: str, *statements: dict[str, Any]) -> Sharer:
    """A new user with these rights."""
    return Sharer((await api.user(name, *(statements or (EVERYTHING,)))).s3)


async def test_a_user_needs_the_right_to_share_and_the_right_to_read(api: Api) -> None:
    reader = await user(api, "reader", allow("s3:GetObject"))
    sharer = await user(api, "sharer", allow("narthex:CreateShare"))
    both = await user(api, "both", allow("s3:GetObject", "narthex:CreateShare"))
    for one, action in ((reader, "narthex:CreateShare"), (sharer, "s3:GetObject")):
        with pytest.raises(Refused) as error:
            await one.issue()
        assert (error.value.status, error.value.code) == (403, "AccessDenied")
        assert action in error.value.message
    assert (await both.issue())["share"]["owner"].endswith(":user/both")


async def test_the_right_to_share_may_be_for_some_objects_only(api: Api) -> None:
    photos = allow("narthex:CreateShare", resource=f"arn:aws:s3:::{BUCKET}/photos/*")
    one = await user(api, "ana", allow("s3:*", resource="*"), photos)
    await one.issue("photos/1.jpg")
    await one.issue("photos/", prefix=True, raw=False)
    for key, prefix in (("k", False), ("p", True), ("", True)):
        with pytest.raises(Refused, match="narthex:CreateShare"):
            await one.issue(key, prefix=prefix, raw=False)
    order = {"bucket": BUCKET, "expires_in": 60}
    with pytest.raises(Refused, match="narthex:CreateShare"):
        await one.ask(
            "POST", "shares", {"shares": [order | {"key": "photos/1.jpg"}, order | {"key": "k"}]}
        )


async def test_that_a_key_is_not_there_is_told_to_those_who_may_list(api: Api) -> None:
    blind = await user(api, "blind", allow("s3:GetObject", "narthex:CreateShare"))
    seeing = await user(api, "seeing", EVERYTHING)
    with pytest.raises(Refused) as error:
        await blind.issue("absent")
    assert error.value.code == "AccessDenied"
    with pytest.raises(Refused) as error:
        await seeing.issue("absent")
    assert error.value.code == "NoSuchKey"


async def test_when_the_owner_loses_a_right_its_shares_lose_it(api: Api, narthex: Driver) -> None:
    ana = await user(api, "ana")
    raw = (await ana.issue())["raw"]
    assert (await narthex.url(raw)).status == 200
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": OBJECTS}
    await api.allow("ana", EVERYTHING, deny)
    assert words(await narthex.url(raw)) == DENIED
    await api.allow("ana", EVERYTHING)
    assert (await narthex.url(raw)).status == 200
    await api.allow("ana", allow("s3:ListBucket", resource="*"))
    assert words(await narthex.url(raw)) == DENIED


async def test_conditions_of_the_owners_policies_are_about_the_receiver(
    api: Api, narthex: Driver
) -> None:
    here = {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    ana = await user(api, "ana", allow("s3:*", "narthex:*", resource="*", **here))
    raw = (await ana.issue())["raw"]
    assert (await narthex.url(raw)).status == 200
    assert words(await ana.at("198.51.100.1").s3.url(raw)) == DENIED


async def test_a_bucket_policy_that_names_the_owner_lets_its_shares_in(
    api: Api, narthex: Driver
) -> None:
    ana = await user(api, "ana", allow("narthex:CreateShare"))
    arn = (await api.iam("GetUser", UserName="ana"))["User"]["Arn"]
    policy = {
        "Effect": "Allow",
        "Principal": {"AWS": arn},
        "Action": "s3:GetObject",
        "Resource": OBJECTS,
    }
    await put_policy(narthex, policy)
    raw = (await ana.issue())["raw"]
    assert (await narthex.url(raw)).status == 200
    await put_policy(narthex, policy | {"Effect": "Deny"})
    assert words(await narthex.url(raw)) == DENIED


async def test_a_bucket_policy_that_denies_roots_denies_their_shares(
    root: Sharer, narthex: Driver
) -> None:
    raw = (await root.issue())["raw"]
    await put_policy(
        narthex,
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS},
    )
    assert words(await narthex.url(raw)) == DENIED


async def put_policy(narthex: Driver, statement: dict[str, Any]) -> None:
    """The bucket's policy is this statement."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()
    answer = await narthex.send("PUT", f"/{BUCKET}", [("policy", "")], body=text)
    assert answer.status == 204, answer.body


async def test_a_deleted_user_has_no_shares(api: Api, narthex: Driver) -> None:
    ana = await user(api, "ana")
    raw = (await ana.issue())["raw"]
    key = ana.s3.key
    assert key is not None
    await api.iam("DeleteAccessKey", UserName="ana", AccessKeyId=key.id)
    await api.iam("DeleteUserPolicy", UserName="ana", PolicyName="allowed")
    await api.iam("DeleteUser", UserName="ana")
    answer = await narthex.url(raw)
    assert (answer.status, answer.code) == GONE
    await api.user("ana", EVERYTHING)
    answer = await narthex.url(raw)
    assert (answer.status, answer.code) == GONE, "a namesake inherits nothing"


async def test_a_share_ends_with_the_key_that_issued_it_and_moves_to_another(
    api: Api, narthex: Driver
) -> None:
    ana = await user(api, "ana")
    told = await ana.issue()
    second = Sharer(narthex.as_key(await api.key_of("ana")))
    old = ana.s3.key
    assert old is not None
    await set_status(api, old.id, "Inactive")
    answer = await narthex.url(told["raw"])
    assert (answer.status, answer.code) == GONE
    await set_status(api, old.id, "Active")
    assert (await narthex.url(told["raw"])).status == 200
    await second.ask("PATCH", f"shares/{told['share']['id']}", {"note": "moved"})
    await set_status(api, old.id, "Inactive")
    assert (await narthex.url(told["raw"])).status == 200


async def set_status(api: Api, key: str, status: str) -> None:
    await api.iam("UpdateAccessKey", UserName="ana", AccessKeyId=key, Status=status)


async def test_owners_do_not_meet_each_others_shares(api: Api, root: Sharer) -> None:
    ana, bob = await user(api, "ana"), await user(api, "bob")
    id = (await ana.issue(recipient="r"))["share"]["id"]
    link = (await ana.issue(recipient="r"))["link"]
    for method, path, body in (
        ("GET", f"shares/{id}", None),
        ("GET", f"shares/{id}/log", None),
        ("PATCH", f"shares/{id}", {"note": "mine"}),
        ("DELETE", f"shares/{id}", None),
    ):
        with pytest.raises(Refused) as error:
            await bob.ask(method, path, body)
        assert error.value.code == "NoSuchShare", path
    with pytest.raises(Refused) as error:
        await bob.ask("POST", "revocations", {"url": link})
    assert error.value.code == "NoSuchLink"
    for field in ({"recipient": "r"}, {"all": True}, {"bucket": BUCKET}):
        assert (await bob.ask("POST", "revocations", field))["shares"] == []
    assert (await bob.ask("GET", "shares"))["shares"] == []
    assert (await bob.ask("GET", "audit"))["entries"] == []
    assert len((await ana.ask("GET", "shares"))["shares"]) == 2
    assert len((await root.ask("GET", "shares"))["shares"]) == 2
    assert len((await root.ask("POST", "revocations", {"all": True}))["shares"]) == 2


async def test_each_endpoint_asks_for_its_action(api: Api, root: Sharer) -> None:
    actions = ("CreateShare", "GetShare", "ListShares", "UpdateShare", "RevokeShare", "ListAudit")
    ana = await user(api, "ana")
    id = (await ana.issue())["share"]["id"]
    asked = {
        "CreateShare": ("POST", "shares", {"bucket": BUCKET, "key": "k", "expires_in": 60}),
        "GetShare": ("GET", f"shares/{id}", None),
        "ListShares": ("GET", "shares", None),
        "UpdateShare": ("PATCH", f"shares/{id}", {"note": "n"}),
        "ListAudit": ("GET", "audit", None),
        "RevokeShare": ("DELETE", f"shares/{id}", None),
    }
    for denied in actions:
        deny = {"Effect": "Deny", "Action": f"narthex:{denied}", "Resource": "*"}
        await api.allow("ana", EVERYTHING, deny)
        with pytest.raises(Refused) as error:
            await ana.ask(*asked[denied])
        assert f"narthex:{denied}" in error.value.message
        await api.allow("ana", EVERYTHING)
        await ana.ask(*asked[denied])


async def test_a_role_shares_and_stays_narrowed(api: Api, narthex: Driver) -> None:
    account = (await api.sts("GetCallerIdentity"))["Account"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            }
        ],
    }
    await api.iam("CreateRole", RoleName="courier", AssumeRolePolicyDocument=json.dumps(trust))
    await put_role_policy(api, EVERYTHING)
    ana = await api.user("ana", allow("sts:AssumeRole", resource="*"))
    arn = f"arn:aws:iam::{account}:role/courier"
    photos = [allow("s3:*", "narthex:*", resource=f"arn:aws:s3:::{BUCKET}/photos/*")]
    told = await ana.sts(
        "AssumeRole",
        RoleArn=arn,
        RoleSessionName="trip",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": photos}),
    )
    courier = Sharer(ana.as_session(told).s3)
    with pytest.raises(Refused, match="narthex:CreateShare"):
        await courier.issue("k")
    made = await courier.issue("photos/1.jpg", expires_in=7 * 86400)
    assert made["share"]["owner"].endswith(":assumed-role/courier/trip")
    narthex.clock.now_us += 6 * 86400 * SECOND  # long after the session
    assert (await narthex.url(made["raw"])).status == 200
    await put_role_policy(api, allow("s3:GetObject", resource="arn:aws:s3:::elsewhere/*"))
    assert words(await narthex.url(made["raw"])) == DENIED
    await put_role_policy(
        api,
        EVERYTHING,
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-25T00:00:00Z"}},
        },
    )
    assert words(await narthex.url(made["raw"])) == DENIED, "its sessions were revoked"


async def put_role_policy(api: Api, *statements: dict[str, Any]) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    await api.iam("PutRolePolicy", RoleName="courier", PolicyName="p", PolicyDocument=text)


async def test_a_federated_user_shares_within_its_policy(api: Api, narthex: Driver) -> None:
    photos = [allow("s3:*", "narthex:*", resource=f"arn:aws:s3:::{BUCKET}/photos/*")]
    told = await api.sts(
        "GetFederationToken",
        Name="guest",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": photos}),
    )
    guest = Sharer(api.as_session(told).s3)
    made = await guest.issue("photos/1.jpg")
    assert (await narthex.url(made["raw"])).status == 200
    with pytest.raises(Refused, match="narthex:CreateShare"):
        await guest.issue("k")
    with pytest.raises(Refused, match="narthex:ListShares"):
        await guest.ask("GET", "shares")
    others = (await Sharer(narthex).issue("photos/2.jpg"))["share"]["id"]
    with pytest.raises(Refused, match="NoSuchShare"):
        await guest.share(others)


async def test_a_share_of_another_account_needs_both(api: Api, narthex: Driver) -> None:
    _, key = await tenancy.create_account(narthex.server, "other")
    other = Sharer(narthex.as_key(key))
    with pytest.raises(Refused) as error:
        await other.issue()
    assert error.value.code == "AccessDenied"
    account = (await Api(other.s3).sts("GetCallerIdentity"))["Account"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "s3:GetObject",
        "Resource": OBJECTS,
    }
    await put_policy(narthex, statement)
    made = await other.issue()
    assert (await narthex.url(made["raw"])).status == 200
    await narthex.send("DELETE", f"/{BUCKET}", [("policy", "")])
    assert words(await narthex.url(made["raw"])) == DENIED
    assert (await Sharer(narthex).ask("GET", "shares"))["shares"] == []
