"""A link is worth its signer's rights at the moment of use, and not one right more."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from narthex.catalog import Transaction, accounts
from tests.access.conftest import BUCKET, BYTES, arn, put, set_policy
from tests.asking import Api, allow, deny, document, trust
from tests.driving import SECOND, Driver
from tests.operations.access import open_up

PATH = f"/{BUCKET}/inbox/report.pdf"
INBOX = (allow("s3:GetObject", arn("inbox/*")), allow("s3:PutObject", arn("inbox/*")))
Change = Callable[[Api, Api], Awaitable[Any]]


async def deactivate(root: Api, ana: Api) -> None:
    await root.iam("UpdateAccessKey", UserName="ana", AccessKeyId=ana.key.id, Status="Inactive")


async def delete_key(root: Api, ana: Api) -> None:
    await root.iam("DeleteAccessKey", UserName="ana", AccessKeyId=ana.key.id)


async def delete_user(root: Api, ana: Api) -> None:
    await delete_key(root, ana)
    await root.iam("DeleteUserPolicy", UserName="ana", PolicyName="allowed")
    await root.iam("DeleteUser", UserName="ana")


async def narrow(root: Api, ana: Api) -> None:
    await root.allow("ana", allow(["s3:GetObject", "s3:PutObject"], arn("outbox/*")))


async def delete_policy(root: Api, ana: Api) -> None:
    await root.iam("DeleteUserPolicy", UserName="ana", PolicyName="allowed")


async def deny_by_group(root: Api, ana: Api) -> None:
    await root.iam("CreateGroup", GroupName="staff")
    text = document(deny("s3:*", arn("inbox/*")))
    await root.iam("PutGroupPolicy", GroupName="staff", PolicyName="no", PolicyDocument=text)
    await root.iam("AddUserToGroup", GroupName="staff", UserName="ana")


async def bound(root: Api, ana: Api) -> None:
    text = document(allow("s3:ListBucket"))
    made = await root.iam("CreatePolicy", PolicyName="least", PolicyDocument=text)
    policy = made["Policy"]["Arn"]
    await root.iam("PutUserPermissionsBoundary", UserName="ana", PermissionsBoundary=policy)


async def deny_by_bucket(root: Api, ana: Api) -> None:
    await set_policy(root, deny("s3:*", arn("inbox/*")))


async def disable_account(root: Api, ana: Api) -> None:
    """As for any other account; the first one is the server's own, which no command disables."""
    catalog = root.s3.server.catalog
    account = await accounts.first(catalog)
    assert account is not None

    async def work(tx: Transaction) -> None:
        await accounts.put(tx, replace(account, enabled=False))

    await catalog.run(work)


CHANGES: list[Change] = [
    deactivate,
    delete_key,
    delete_user,
    narrow,
    delete_policy,
    deny_by_group,
    bound,
    deny_by_bucket,
    disable_account,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_link_handed_out_stops_with_its_signers_right(root: Api, change: Change) -> None:
    ana = await root.user("ana", *INBOX)
    download, upload = ana.s3.link("GET", PATH), ana.s3.link("PUT", PATH)
    assert (await ana.s3.url(download)).body == BYTES
    assert (await ana.s3.url(upload, "PUT", body=b"new")).status == 200
    await change(root, ana)
    got = await ana.s3.url(download)
    assert got.status == 403
    assert got.code in ("AccessDenied", "InvalidAccessKeyId")
    assert (await ana.s3.url(upload, "PUT", body=b"newer")).status == 403


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("kind", ["GetSessionToken", "GetFederationToken", "AssumeRole"])
async def test_so_does_a_link_of_a_temporary_key(root: Api, kind: str, change: Change) -> None:
    """A session stands on its user and on the key that it began with."""
    account = (await root.sts("GetCallerIdentity"))["Account"]
    ana = await root.user("ana", *INBOX, allow("sts:*"))
    if kind == "AssumeRole":
        await root.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(account))
        text = document(*INBOX)
        await root.iam("PutRolePolicy", RoleName="r", PolicyName="allowed", PolicyDocument=text)
        role = f"arn:aws:iam::{account}:role/r"
        told = await ana.sts("AssumeRole", RoleArn=role, RoleSessionName="ana")
    elif kind == "GetFederationToken":
        told = await ana.sts(kind, Name="guest", Policy=document(allow("s3:GetObject")))
    else:
        told = await ana.sts(kind)
    session = ana.as_session(told)
    link = session.s3.link("GET", PATH)
    assert (await session.s3.url(link)).body == BYTES
    await change(root, ana)
    answer = await session.s3.url(link)
    own = change in (narrow, delete_policy, deny_by_group, bound)
    if kind == "AssumeRole" and own:  # what a role may is its own, not that of who assumed it
        assert answer.status == 200
    else:
        assert answer.status == 403


async def test_a_link_is_for_its_method_key_and_parameters(root: Api) -> None:
    await put(root, "inbox/other.pdf")
    link = root.s3.link("GET", PATH, query=[("response-content-type", "text/plain")])
    assert (await root.s3.url(link)).header("content-type") == "text/plain"
    for changed in (
        link.replace("report", "other"),
        link.replace("text%2Fplain", "text%2Fhtml"),
        link.replace("response-content-type=text%2Fplain&", ""),
        link + "&response-content-language=en",
        link.replace(BUCKET, "anotherbucket"),
    ):
        assert changed != link
        assert (await root.s3.url(changed)).code in ("SignatureDoesNotMatch", "NoSuchBucket")
    for method in ("HEAD", "PUT", "DELETE"):
        assert (await root.s3.url(link, method)).status == 403


async def age(narthex: Driver, seconds: int) -> None:
    narthex.clock.now_us += seconds * SECOND


async def test_a_bucket_may_refuse_old_links(root: Api) -> None:
    """MaxLinkAge10min of the documentation: the age counts, not what the link says it lives."""
    await set_policy(
        root,
        deny("s3:*", Condition={"NumericGreaterThan": {"s3:signatureAge": "600000"}},
             Resource=arn()),
    )  # fmt: skip
    ana = await root.user("ana", *INBOX)
    link = ana.s3.link("GET", PATH, expires_in=604800)
    assert (await ana.s3.url(link)).status == 200
    await age(root.s3, 600)
    assert (await ana.s3.url(link)).status == 200
    await age(root.s3, 1)
    refused = await ana.s3.url(link)
    assert (refused.status, refused.code) == (403, "AccessDenied")
    assert b"explicit deny in a resource-based policy" in refused.body
    assert (await ana.s3.send("GET", PATH)).status == 200  # not a link
    assert (await ana.s3.url(ana.s3.link("GET", PATH))).status == 200


async def test_a_link_of_root_is_held_to_the_bucket_policy(root: Api) -> None:
    await set_policy(
        root,
        deny("s3:*", Condition={"NumericGreaterThan": {"s3:signatureAge": 60000}}, Resource=arn()),
    )
    link = root.s3.link("GET", PATH)
    assert (await root.s3.url(link)).status == 200
    await age(root.s3, 61)
    assert (await root.s3.url(link)).code == "AccessDenied"


async def test_a_user_may_be_kept_from_links(root: Api) -> None:
    by_link = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}
    ana = await root.user("ana", *INBOX, deny("s3:*", Condition=by_link))
    assert (await ana.s3.send("GET", PATH)).status == 200
    link = ana.s3.link("GET", PATH)
    assert (await ana.s3.url(link)).code == "AccessDenied"
    spoof = [("s3:authtype", "REST-HEADER"), ("x-amz-authtype", "REST-HEADER")]
    assert (await ana.s3.url(link, headers=spoof[:1])).code == "AccessDenied"
    by_header = {"StringEquals": {"s3:authType": "REST-HEADER"}}
    await root.allow("ana", allow("s3:GetObject", arn("inbox/*"), Condition=by_header))
    assert (await ana.s3.url(link)).code == "AccessDenied"
    assert (await ana.s3.send("GET", PATH)).status == 200


async def test_a_bucket_may_refuse_sigv2_and_who_signs_nothing(root: Api) -> None:
    await set_policy(
        root,
        deny("s3:*", arn(), Condition={
            "StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
    )  # fmt: skip
    assert (await root.s3.url(root.s3.link("GET", PATH))).status == 200
    assert (await root.s3.url(sigv2(root.s3, PATH))).code == "AccessDenied"
    answer = await root.s3.send("DELETE", f"/{BUCKET}", [("policy", "")])
    assert answer.status == 204
    assert (await root.s3.url(sigv2(root.s3, PATH))).status == 200


def sigv2(narthex: Driver, path: str) -> str:
    """A link of the old kind."""
    assert narthex.key is not None
    expires = narthex.clock.now_us // SECOND + 3600
    text = f"GET\n\n\n{expires}\n{path}"
    digest = hmac.new(narthex.key.secret.encode(), text.encode(), hashlib.sha1).digest()
    signature = quote(base64.b64encode(digest).decode(), safe="")
    return (
        f"http://{narthex.host}{path}?AWSAccessKeyId={narthex.key.id}"
        f"&Expires={expires}&Signature={signature}"
    )


async def test_a_sigv2_link_has_no_age(root: Api) -> None:
    """It says when it ends and not when it was made: who limits the age denies SigV2 as well."""
    await set_policy(
        root,
        deny("s3:*", arn(), Condition={"NumericGreaterThan": {"s3:signatureAge": 1}}),
    )
    link = sigv2(root.s3, PATH)
    await age(root.s3, 600)
    assert (await root.s3.url(link)).status == 200


async def test_links_of_old_sessions_are_refused_by_the_time_they_were_issued(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(account))
    ana = await root.user("ana", allow("sts:AssumeRole"))
    before = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T12:00:30Z"}}
    text = document(*INBOX, deny("s3:*", Condition=before))
    role = f"arn:aws:iam::{account}:role/r"

    async def link() -> str:
        told = await ana.sts("AssumeRole", RoleArn=role, RoleSessionName="ana")
        return ana.as_session(told).s3.link("GET", PATH)

    old = await link()
    await age(root.s3, 60)
    new = await link()
    await root.iam("PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=text)
    assert (await root.s3.url(old)).code == "AccessDenied"
    assert (await root.s3.url(new)).status == 200


async def test_a_link_whose_signer_is_denied_is_refused_though_everyone_else_may(
    root: Api,
) -> None:
    """Its holder is its signer: dropping the signature is another request."""
    await open_up(root.s3, BUCKET)
    await set_policy(root, allow("s3:GetObject", arn("inbox/*")))
    ana = await root.user("ana", deny("s3:GetObject"))
    link = ana.s3.link("GET", PATH)
    assert (await ana.s3.url(link)).code == "AccessDenied"
    assert (await ana.s3.as_nobody().send("GET", PATH)).status == 200
