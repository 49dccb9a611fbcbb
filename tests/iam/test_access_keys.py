"""Access keys: made, shown once, listed, turned off and on, deleted; whose they are, always."""

from __future__ import annotations

import pytest

from tests.asking import Api, Refused, allow
from tests.driving import SECOND
from tests.iam.refusing import refused


async def test_a_secret_is_shown_once_and_kept_nowhere_in_plain(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    made = (await root.iam("CreateAccessKey", UserName="bob"))["AccessKey"]
    assert (made["UserName"], made["Status"]) == ("bob", "Active")
    assert made["AccessKeyId"].startswith("AKIA")
    assert (len(made["AccessKeyId"]), len(made["SecretAccessKey"])) == (20, 40)
    listed = (await root.iam("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]
    assert [set(key) for key in listed] == [{"UserName", "AccessKeyId", "Status", "CreateDate"}]
    catalog = root.s3.server.settings.catalog_url
    for suffix in ("", "-wal"):
        with open(catalog + suffix, "rb") as file:  # noqa: ASYNC230 - a small file of this test
            assert made["SecretAccessKey"].encode() not in file.read()


async def test_a_key_that_is_turned_off_stops_at_once_and_starts_again(root: Api) -> None:
    bob = await root.user("bob")
    await bob.sts("GetCallerIdentity")
    given = {"UserName": "bob", "AccessKeyId": bob.key.id}
    await root.iam("UpdateAccessKey", Status="Inactive", **given)
    with pytest.raises(Refused) as caught:
        await bob.sts("GetCallerIdentity")
    assert str(caught.value) == (
        "403 InvalidClientTokenId: The security token included in the request is invalid."
    )
    answer = await bob.s3.send("GET", "/")
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId")
    listed = (await root.iam("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]
    assert [key["Status"] for key in listed] == ["Inactive"]
    await root.iam("UpdateAccessKey", Status="Active", **given)
    await bob.sts("GetCallerIdentity")
    await root.iam("DeleteAccessKey", **given)
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await bob.sts("GetCallerIdentity")


async def test_a_user_has_two_keys_at_most(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    keys = [(await root.key_of("bob")).id for _ in range(2)]
    error = await refused(root, "CreateAccessKey", UserName="bob")
    assert str(error) == "409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"
    listed = (await root.iam("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]
    assert sorted(key["AccessKeyId"] for key in listed) == sorted(keys)
    first = await root.iam("ListAccessKeys", UserName="bob", MaxItems=1)
    rest = await root.iam("ListAccessKeys", UserName="bob", Marker=first["Marker"])
    assert [*first["AccessKeyMetadata"], *rest["AccessKeyMetadata"]] == listed


async def test_without_a_name_the_keys_are_the_callers_own(root: Api) -> None:
    bob = await root.user("bob", allow("iam:*AccessKey*"))
    made = (await bob.iam("CreateAccessKey"))["AccessKey"]
    assert made["UserName"] == "bob"
    assert len((await bob.iam("ListAccessKeys"))["AccessKeyMetadata"]) == 2
    await bob.iam("DeleteAccessKey", AccessKeyId=made["AccessKeyId"])
    own = (await root.iam("ListAccessKeys"))["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in own] == [root.key.id]


async def test_root_can_make_and_delete_its_own_keys(root: Api) -> None:
    made = (await root.iam("CreateAccessKey"))["AccessKey"]
    assert "UserName" not in made
    assert (await refused(root, "CreateAccessKey")).code == "LimitExceeded"
    await root.iam("DeleteAccessKey", AccessKeyId=made["AccessKeyId"])
    assert len((await root.iam("ListAccessKeys"))["AccessKeyMetadata"]) == 1


@pytest.mark.parametrize("action", ["UpdateAccessKey", "DeleteAccessKey"])
async def test_a_key_of_somebody_else_is_not_there(root: Api, action: str) -> None:
    """A user who may manage its own keys names the key of another, or of root: trap 79."""
    bob = await root.user("bob", allow("iam:*AccessKey*"))
    eve = await root.user("eve")
    more = {"Status": "Inactive"} if action == "UpdateAccessKey" else {}
    for key in (eve.key.id, root.key.id, "AKIAIOSFODNN7EXAMPLF"):
        error = await refused(bob, action, AccessKeyId=key, **more)
        assert str(error) == f"404 NoSuchEntity: The Access Key with id {key} cannot be found"
    await eve.sts("GetCallerIdentity")
    await root.sts("GetCallerIdentity")


async def test_a_user_limited_to_itself_makes_no_key_for_another(root: Api) -> None:
    """The body's UserName is what is authorised, not the caller: trap 79."""
    own = "arn:aws:iam::*:user/${aws:username}"
    bob = await root.user("bob", allow("iam:CreateAccessKey", own))
    await root.iam("CreateUser", UserName="bobby")
    await bob.iam("CreateAccessKey", UserName="bob")
    for name in ("bobby", "admin", "BOBBY"):
        assert (await refused(bob, "CreateAccessKey", UserName=name)).code == "AccessDenied"


async def test_last_use_is_told_by_service_and_minute(root: Api) -> None:
    bob = await root.user("bob")
    never = await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id)
    assert never["UserName"] == "bob"
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    await bob.s3.send("GET", "/")
    told = (await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id))["AccessKeyLastUsed"]
    assert (told["ServiceName"], told["Region"]) == ("s3", "us-east-1")
    at = told["LastUsedDate"]
    bob.s3.clock.now_us += 59 * SECOND
    await bob.sts("GetCallerIdentity")
    told = (await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id))["AccessKeyLastUsed"]
    assert told["LastUsedDate"] == at
    bob.s3.clock.now_us += SECOND
    await bob.sts("GetCallerIdentity")
    told = (await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id))["AccessKeyLastUsed"]
    assert told["ServiceName"] == "sts"
    assert (told["LastUsedDate"] - at).total_seconds() == 60


async def test_a_bad_signature_is_no_use(root: Api) -> None:
    bob = await root.user("bob")
    wrong = type(bob.key)(bob.key.id, bob.key.secret[:-1] + "!")
    with pytest.raises(Refused, match="SignatureDoesNotMatch"):
        await root.as_key(wrong).sts("GetCallerIdentity")
    told = await root.iam("GetAccessKeyLastUsed", AccessKeyId=bob.key.id)
    assert "LastUsedDate" not in told["AccessKeyLastUsed"]


async def test_the_last_use_of_an_unknown_key_is_not_told(root: Api) -> None:
    error = await refused(root, "GetAccessKeyLastUsed", AccessKeyId="AKIAIOSFODNN7EXAMPLF")
    assert error.code == "NoSuchEntity"


@pytest.mark.parametrize("status", ["Expired", "active", "On"])
async def test_a_key_is_active_or_inactive(root: Api, status: str) -> None:
    error = await refused(root, "UpdateAccessKey", AccessKeyId=root.key.id, Status=status)
    assert error.message == (
        f"1 validation error detected: Value '{status}' at 'status' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Active, Inactive]"
    )
