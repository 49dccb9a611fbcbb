"""What a session policy, a token and a body cannot widen: traps 78 to 80."""

from __future__ import annotations

import pytest

from tests.access.conftest import BUCKET, BYTES, arn, set_policy
from tests.asking import Api, Refused, allow, deny, document, trust
from tests.driving import SECOND

PATH = f"/{BUCKET}/inbox/report.pdf"


@pytest.fixture
async def assumed(root: Api) -> Api:
    """A session of a role that may do everything, narrowed to reading the inbox."""
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="mighty", AssumeRolePolicyDocument=trust(account))
    text = document(allow("*"))
    await root.iam("PutRolePolicy", RoleName="mighty", PolicyName="all", PolicyDocument=text)
    ana = await root.user("ana", allow("sts:AssumeRole"))
    told = await ana.sts(
        "AssumeRole",
        RoleArn=f"arn:aws:iam::{account}:role/mighty",
        RoleSessionName="ana",
        Policy=document(allow("s3:GetObject", arn("inbox/*"))),
    )
    return ana.as_session(told)


async def test_a_narrowed_session_may_nothing_more_of_its_own_account(assumed: Api) -> None:
    assert (await assumed.s3.send("GET", PATH)).body == BYTES
    for method, path in (("PUT", PATH), ("DELETE", PATH), ("GET", f"/{BUCKET}"), ("GET", "/"),
                         ("PUT", "/newbucket"), ("PUT", f"/{BUCKET}")):  # fmt: skip
        assert (await assumed.s3.send(method, path)).code == "AccessDenied"
    wider = {"RoleName": "mighty", "PolicyName": "x", "PolicyDocument": document(allow("*"))}
    for action, given in (
        ("CreateUser", {"UserName": "eve"}),
        ("CreateAccessKey", {"UserName": "ana"}),
        ("PutRolePolicy", wider),
        ("ListUsers", {}),
    ):
        with pytest.raises(Refused, match="AccessDenied"):
            await assumed.iam(action, **given)


async def test_a_narrowed_session_makes_no_wider_child(root: Api, assumed: Api) -> None:
    role = (await root.iam("GetRole", RoleName="mighty"))["Role"]["Arn"]
    for action, given in (
        ("AssumeRole", {"RoleArn": role, "RoleSessionName": "child"}),
        ("GetSessionToken", {}),
        ("GetFederationToken", {"Name": "child", "Policy": document(allow("*"))}),
    ):
        with pytest.raises(Refused, match="AccessDenied"):
            await assumed.sts(action, **given)


async def test_a_session_policy_that_only_denies_allows_nothing(root: Api) -> None:
    ana = await root.user("ana", allow("*"))
    told = await ana.sts(
        "GetFederationToken", Name="guest", Policy=document(deny("s3:DeleteObject"))
    )
    guest = ana.as_session(told)
    assert (await guest.s3.send("GET", PATH)).code == "AccessDenied"
    told = await ana.sts("GetFederationToken", Name="guest")  # no policy at all
    assert (await ana.as_session(told).s3.send("GET", PATH)).code == "AccessDenied"


async def test_a_session_of_root_narrowed_is_not_root(root: Api) -> None:
    told = await root.sts(
        "GetFederationToken", Name="guest", Policy=document(allow("s3:GetObject", arn("outbox/*")))
    )
    guest = root.as_session(told)
    assert (await guest.s3.send("GET", PATH)).code == "AccessDenied"
    assert (await guest.s3.send("GET", f"/{BUCKET}")).code == "AccessDenied"
    assert (await guest.s3.url(guest.s3.link("GET", PATH))).code == "AccessDenied"


async def test_a_token_goes_with_its_key_and_unchanged(root: Api) -> None:
    ana = await root.user("ana", allow("s3:*"))
    one, two = [ana.as_session(await ana.sts("GetSessionToken")) for _ in range(2)]
    for good in (one, two):
        assert (await good.s3.send("GET", PATH)).status == 200
        assert (await good.s3.url(good.s3.link("GET", PATH))).status == 200
    token = one.s3.token
    assert token is not None
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad, code in ((two.s3.token, "InvalidToken"), (altered, "InvalidToken"),
                      ("", "InvalidToken"), (None, "InvalidAccessKeyId")):  # fmt: skip
        thief = root.as_key(one.key, bad)
        assert (await thief.s3.send("GET", PATH)).code in (code, "InvalidAccessKeyId")
        assert (await thief.s3.url(thief.s3.link("GET", PATH))).status in (400, 403)
    assert (await root.as_key(ana.key, token).s3.send("GET", PATH)).code == "InvalidToken"
    assert (await root.as_key(root.key, "junk").s3.send("GET", PATH)).code == "InvalidToken"


async def test_a_link_ends_with_its_session(root: Api) -> None:
    ana = await root.user("ana", allow("s3:*"))
    session = ana.as_session(await ana.sts("GetSessionToken", DurationSeconds=900))
    link = session.s3.link("GET", PATH, expires_in=604800)
    root.s3.clock.now_us += 899 * SECOND
    assert (await session.s3.url(link)).status == 200
    root.s3.clock.now_us += SECOND
    answer = await session.s3.url(link)
    assert (answer.status, answer.code) == (400, "ExpiredToken")
    assert answer.text("Message") == "The provided token has expired."


async def test_a_bucket_policy_that_names_the_role_does_not_pass_the_session(
    root: Api, assumed: Api
) -> None:
    """What a session policy leaves out stays out, unless the very session is named."""
    role = (await root.iam("GetRole", RoleName="mighty"))["Role"]["Arn"]
    await set_policy(root, allow("s3:PutObject", arn(), Principal={"AWS": role}))
    assert (await assumed.s3.send("PUT", PATH, body=b"x")).code == "AccessDenied"
    account = role.split(":")[4]
    session = f"arn:aws:sts::{account}:assumed-role/mighty/ana"
    await set_policy(root, allow("s3:PutObject", arn(), Principal={"AWS": session}))
    assert (await assumed.s3.send("PUT", PATH, body=b"x")).status == 200


async def test_a_namesake_inherits_nothing(root: Api) -> None:
    """A bucket policy names a user by id: one of the same name made later is another."""
    ana = await root.user("ana")
    named = (await root.iam("GetUser", UserName="ana"))["User"]["Arn"]
    await set_policy(root, allow("s3:GetObject", arn(), Principal={"AWS": named}))
    assert (await ana.s3.send("GET", PATH)).status == 200
    await root.iam("DeleteAccessKey", UserName="ana", AccessKeyId=ana.key.id)
    await root.iam("DeleteUser", UserName="ana")
    again = await root.user("ana")
    assert (await again.s3.send("GET", PATH)).code == "AccessDenied"


async def test_the_account_in_a_header_is_the_callers_own(root: Api, other: Api) -> None:
    """Trap 79 of S3 Control: what a request says of whose account it is does not make it so."""
    mine = (await root.sts("GetCallerIdentity"))["Account"]
    path = "/v20180820/configuration/publicAccessBlock"
    sent = [("x-amz-account-id", mine)]
    assert (await root.s3.send("GET", path, headers=sent)).status == 200
    for method in ("GET", "PUT", "DELETE"):
        assert (await other.s3.send(method, path, headers=sent)).code == "AccessDenied"
        assert (await root.s3.as_nobody().send(method, path, headers=sent)).code == "AccessDenied"
