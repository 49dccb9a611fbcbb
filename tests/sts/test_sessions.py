"""GetSessionToken, GetFederationToken, GetCallerIdentity, GetAccessKeyInfo: and their tokens."""

from __future__ import annotations

import time
from typing import Any

import pytest

from narthex.bootstrap import RootKey
from narthex.housekeeping import prune_sessions
from narthex.presigner import Presigner
from tests.asking import Api, Refused, allow, deny, document
from tests.driving import SECOND, Answer

HOUR = 3600
BUCKET = "/bucketofbigsecrets"


async def refused(api: Api, action: str, **given: Any) -> Refused:
    """The refusal of an action of STS that must be refused."""
    with pytest.raises(Refused) as caught:
        await api.sts(action, **given)
    return caught.value


async def stored(root: Api) -> None:
    """A bucket with one object."""
    await root.s3.send("PUT", BUCKET)
    await root.s3.send("PUT", f"{BUCKET}/key", body=b"fire")


async def read_key(api: Api) -> Answer:
    """The object, as this caller sees it."""
    return await api.s3.send("GET", f"{BUCKET}/key")


async def test_everybody_may_ask_who_they_are_whatever_is_denied(root: Api) -> None:
    bob = await root.user("bob", deny("*"))
    told = await bob.sts("GetCallerIdentity")
    user = (await root.iam("GetUser", UserName="bob"))["User"]
    assert told == {"UserId": user["UserId"], "Account": told["Account"], "Arn": user["Arn"]}
    told = await root.sts("GetCallerIdentity")
    assert told["UserId"] == told["Account"]
    assert told["Arn"] == f"arn:aws:iam::{told['Account']}:root"


async def test_a_session_has_the_users_rights_but_no_way_into_iam(root: Api) -> None:
    await stored(root)
    bob = await root.user("bob", allow("*"))
    result = await bob.sts("GetSessionToken")
    told = result["Credentials"]
    assert told["AccessKeyId"].startswith("ASIA")
    assert len(told["SecretAccessKey"]) == 40
    assert len(told["SessionToken"]) >= 22  # 128 bits in base64, at the least
    session = bob.as_session(result)
    assert (await session.sts("GetCallerIdentity")) == (await bob.sts("GetCallerIdentity"))
    assert (await read_key(session)).body == b"fire"
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await session.iam("ListUsers")
    error = await refused(session, "GetSessionToken")
    assert str(error) == ("403 AccessDenied: Cannot call GetSessionToken with session credentials")
    assert (await refused(session, "GetFederationToken", Name="eve")).code == "AccessDenied"


async def test_a_session_lasts_as_long_as_it_was_asked_for(root: Api) -> None:
    await stored(root)
    bob = await root.user("bob", allow("s3:*"))
    clock = root.s3.clock
    began = clock.now_us
    for seconds in (900, 129_600):
        result = await bob.sts("GetSessionToken", DurationSeconds=seconds)
        ends = result["Credentials"]["Expiration"].timestamp()
        assert ends == began // SECOND + seconds
    result = await bob.sts("GetSessionToken", DurationSeconds=900)
    session = bob.as_session(result)
    clock.now_us = began + 900 * SECOND - 1
    assert (await read_key(session)).status == 200
    clock.now_us = began + 900 * SECOND
    answer = await read_key(session)
    assert (answer.status, answer.code) == (400, "ExpiredToken")
    error = await refused(session, "GetCallerIdentity")
    assert str(error) == ("403 ExpiredToken: The security token included in the request is expired")


@pytest.mark.parametrize("seconds", [899, 129_601])
async def test_a_session_of_another_length_is_refused(root: Api, seconds: int) -> None:
    assert (await refused(root, "GetSessionToken", DurationSeconds=seconds)).code == (
        "ValidationError"
    )


async def test_roots_session_is_an_hour_at_most(root: Api) -> None:
    result = await root.sts("GetSessionToken", DurationSeconds=129_600)
    ends = result["Credentials"]["Expiration"].timestamp()
    assert ends == root.s3.clock.now_us // SECOND + HOUR
    session = root.as_session(result)
    assert (await session.sts("GetCallerIdentity"))["Arn"].endswith(":root")
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await session.iam("ListUsers")


async def test_a_token_must_be_there_whole_and_the_keys_own(root: Api) -> None:
    """Traps 22 and A.6: each way to get it wrong, and the code of each service."""
    await stored(root)
    bob = await root.user("bob", allow("s3:*"))
    result, other = [await bob.sts("GetSessionToken") for _ in range(2)]
    told = result["Credentials"]
    token, key = told["SessionToken"], RootKey(told["AccessKeyId"], told["SecretAccessKey"])
    swapped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    query_code = {
        "InvalidAccessKeyId": "InvalidClientTokenId",
        "InvalidToken": "InvalidClientTokenId",
        "SignatureDoesNotMatch": "SignatureDoesNotMatch",
    }
    cases = [
        (key, None, 403, "InvalidAccessKeyId"),
        (key, swapped, 400, "InvalidToken"),
        (key, token[:-1], 400, "InvalidToken"),
        (key, other["Credentials"]["SessionToken"], 400, "InvalidToken"),
        (bob.key, token, 400, "InvalidToken"),
        (root.key, "x", 400, "InvalidToken"),
        (RootKey("ASIAIOSFODNN7EXAMPLE", key.secret), token, 403, "InvalidAccessKeyId"),
        (RootKey(key.id, bob.key.secret), token, 403, "SignatureDoesNotMatch"),
    ]
    for used, shown, status, code in cases:
        api = root.as_key(used, shown)
        answer = await read_key(api)
        assert (answer.status, answer.code) == (status, code)
        error = await refused(api, "GetCallerIdentity")
        assert (error.status, error.code) == (403, query_code[code])
        for secret in (token, key.secret):
            assert secret not in error.message
    assert (await read_key(root.as_key(key, token))).status == 200


async def test_nothing_secret_of_a_session_is_kept_in_plain(root: Api) -> None:
    told = (await root.sts("GetSessionToken"))["Credentials"]
    catalog = root.s3.server.settings.catalog_url
    for suffix in ("", "-wal"):
        with open(catalog + suffix, "rb") as file:  # noqa: ASYNC230 - a small file of this test
            held = file.read()
        assert told["SessionToken"].encode() not in held
        assert told["SecretAccessKey"].encode() not in held


async def test_a_session_ends_with_the_key_and_the_user_it_came_from(root: Api) -> None:
    await stored(root)
    bob = await root.user("bob", allow("s3:*"))
    session = bob.as_session(await bob.sts("GetSessionToken"))
    off = {"UserName": "bob", "AccessKeyId": bob.key.id}
    await root.iam("UpdateAccessKey", Status="Inactive", **off)
    assert (await read_key(session)).code == "InvalidAccessKeyId"
    await root.iam("UpdateAccessKey", Status="Active", **off)
    assert (await read_key(session)).status == 200
    await root.allow("bob", allow("s3:PutObject"))
    assert (await read_key(session)).code == "AccessDenied"
    await root.iam("DeleteUserPolicy", UserName="bob", PolicyName="allowed")
    await root.iam("DeleteAccessKey", **off)
    await root.iam("DeleteUser", UserName="bob")
    assert (await read_key(session)).code == "InvalidAccessKeyId"


async def test_a_statement_that_denies_sessions_is_obeyed(root: Api) -> None:
    bob = await root.user("bob", deny("sts:GetSessionToken"))
    error = await refused(bob, "GetSessionToken")
    assert error.message.endswith("with an explicit deny in an identity-based policy")


@pytest.mark.parametrize(
    "given", [{"SerialNumber": "arn:aws:iam::1:mfa/x"}, {"TokenCode": "123456"}]
)
async def test_a_second_factor_that_nobody_knows_is_refused(
    root: Api, given: dict[str, str]
) -> None:
    assert (await refused(root, "GetSessionToken", **given)).code == "AccessDenied"


async def test_a_federated_user_may_do_what_both_policies_allow(root: Api) -> None:
    await stored(root)
    bob = await root.user("bob", allow(["s3:GetObject", "sts:GetFederationToken"]))
    wide = document(allow("*"))
    result = await bob.sts("GetFederationToken", Name="eve", Policy=wide)
    account = (await root.sts("GetCallerIdentity"))["Account"]
    arn = f"arn:aws:sts::{account}:federated-user/eve"
    assert result["FederatedUser"] == {"FederatedUserId": f"{account}:eve", "Arn": arn}
    assert 0 < result["PackedPolicySize"] <= 100
    eve = bob.as_session(result)
    told = await eve.sts("GetCallerIdentity")
    assert told == {"UserId": f"{account}:eve", "Account": account, "Arn": arn}
    assert (await read_key(eve)).body == b"fire"
    assert (await eve.s3.send("PUT", f"{BUCKET}/key", body=b"")).code == "AccessDenied"
    narrow = document(allow("s3:GetObject", "arn:aws:s3:::bucketofbigsecrets/other"))
    eve = bob.as_session(await bob.sts("GetFederationToken", Name="eve", Policy=narrow))
    assert (await read_key(eve)).code == "AccessDenied"
    for action in ("GetSessionToken", "GetAccessKeyInfo"):
        more = {"AccessKeyId": bob.key.id} if action == "GetAccessKeyInfo" else {}
        assert (await refused(eve, action, **more)).code == "AccessDenied"
    with pytest.raises(Refused, match="InvalidClientTokenId"):
        await eve.iam("ListUsers")


async def test_a_federated_user_without_a_policy_may_do_nothing(root: Api) -> None:
    await stored(root)
    for giver in (root, await root.user("bob", allow("*"))):
        eve = giver.as_session(await giver.sts("GetFederationToken", Name="eve"))
        assert (await read_key(eve)).code == "AccessDenied"


async def test_roots_federated_user_has_what_the_session_policy_says(root: Api) -> None:
    await stored(root)
    policy = document(allow("s3:GetObject"))
    eve = root.as_session(await root.sts("GetFederationToken", Name="eve", Policy=policy))
    assert (await read_key(eve)).body == b"fire"
    assert (await eve.s3.send("DELETE", f"{BUCKET}/key")).code == "AccessDenied"


async def test_managed_session_policies_count_as_they_are_when_used(root: Api) -> None:
    await stored(root)
    made = await root.iam(
        "CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:GetObject"))
    )
    arn = made["Policy"]["Arn"]
    given = {"Name": "eve", "PolicyArns": [{"arn": arn}]}
    eve = root.as_session(await root.sts("GetFederationToken", **given))
    assert (await read_key(eve)).status == 200
    text = document(deny("s3:GetObject"))
    await root.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    assert (await read_key(eve)).code == "AccessDenied"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Policy": "no json"}, "MalformedPolicyDocument"),
        ({"Policy": document(allow("s3:*", Sid="s" * 2048))}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/NoSuch"}]}, "NoSuchEntity"),
        ({"PolicyArns": [{"arn": "arn:aws:s3:::bucket/policy"}]}, "ValidationError"),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}] * 11},
            "ValidationError",
        ),
        ({"Name": "e"}, "ValidationError"),
        ({"Name": "e" * 33}, "ValidationError"),
        ({"Name": "e e"}, "ValidationError"),
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "aws:a", "Value": ""}]}, "ValidationError"),
    ],
)
async def test_a_federation_that_cannot_be_meant_is_refused(
    root: Api, given: dict[str, Any], code: str
) -> None:
    error = await refused(root, "GetFederationToken", **{"Name": "eve"} | given)
    assert error.code == code


async def test_federation_must_be_allowed(root: Api) -> None:
    bob = await root.user("bob", allow("s3:*"))
    error = await refused(bob, "GetFederationToken", Name="eve")
    assert "is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::" in (
        error.message
    )


async def test_the_account_of_a_key_is_told_to_its_own_account(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    bob = await root.user("bob", allow("sts:GetAccessKeyInfo"))
    session = (await bob.sts("GetSessionToken"))["Credentials"]["AccessKeyId"]
    for key in (root.key.id, bob.key.id, session):
        assert (await bob.sts("GetAccessKeyInfo", AccessKeyId=key)) == {"Account": account}
    for key in ("AKIAIOSFODNN7EXAMPLF", "ASIAIOSFODNN7EXAMPLE"):
        assert (await refused(bob, "GetAccessKeyInfo", AccessKeyId=key)).code == "AccessDenied"


async def test_a_presigned_link_of_a_session_ends_with_it(root: Api) -> None:
    await stored(root)
    bob = await root.user("bob", allow("s3:*"))
    root.s3.clock.now_us = time.time_ns() // 1000  # a Presigner signs now
    told = (await bob.sts("GetSessionToken", DurationSeconds=900))["Credentials"]
    url = Presigner(
        told["AccessKeyId"],
        told["SecretAccessKey"],
        region="us-east-1",
        endpoint_url="http://narthex.test",
        session_token=told["SessionToken"],
        addressing_style="path",
    ).url("GET", BUCKET[1:], "key", expires_in=HOUR)
    nobody = root.s3.as_nobody()
    assert (await nobody.url(url)).body == b"fire"
    swapped = url.replace("X-Amz-Security-Token=", "X-Amz-Security-Token=A")
    assert (await nobody.url(swapped)).code == "InvalidToken"
    root.s3.clock.now_us += 901 * SECOND
    assert (await nobody.url(url)).code == "ExpiredToken"


async def test_expired_sessions_are_refused_by_name_for_a_week_and_then_forgotten(
    root: Api,
) -> None:
    session = root.as_session(await root.sts("GetSessionToken", DurationSeconds=900))
    server, clock = root.s3.server, root.s3.clock
    clock.now_us += 901 * SECOND
    assert await prune_sessions(server) == 0
    assert (await refused(session, "GetCallerIdentity")).code == "ExpiredToken"
    clock.now_us += 8 * 86_400 * SECOND
    assert await prune_sessions(server) == 1
    assert await prune_sessions(server) == 0
