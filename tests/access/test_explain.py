"""`policy explain` on the server: the decision is the engine's, and what it tells is true."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import BUCKET, arn, put, set_policy
from tests.asking import Api, allow, deny, document, trust
from tests.ledger.sharing import Refused, Sharer
from tests.operations.access import ACL, BLOCKS, open_up, use_lists

KEY = "inbox/report.pdf"
PATH = f"/{BUCKET}/{KEY}"
INBOX = allow("s3:GetObject", arn("inbox/*"))


async def explain(
    root: Api, who: str, action: str = "s3:GetObject", key: str = KEY, **context: Any
) -> dict[str, Any]:
    """The answer about BUCKET. context: with `_` for `:` in the names of keys."""
    body = {"as": who, "action": action, "bucket": BUCKET, "key": key}
    given = {name.replace("_", ":"): value for name, value in context.items()}
    return await Sharer(root.s3).ask("POST", "policy/explain", body | {"context": given})


async def test_the_statement_that_allows_is_named(root: Api) -> None:
    await root.user("uploader", allow("s3:PutObject", arn("inbox/*")), INBOX | {"Sid": "Read"})
    told = await explain(root, "uploader")
    assert told["allowed"] is True
    assert told["principal"].endswith(":user/uploader")
    assert told["resource"] == arn(KEY)
    assert told["reason"] == "an identity policy allows"
    assert told["statement"] == {
        "policy": "user uploader, inline policy allowed",
        "layer": "identity",
        "index": 1,
        "sid": "Read",
        "line": 1,
        "effect": "Allow",
        "matched": True,
        "failed": None,
        "detail": None,
    }
    assert [one["failed"] for one in told["statements"]] == ["Action", None]
    assert told["obstacles"] == []


async def test_why_nothing_allows_is_told_statement_by_statement(root: Api) -> None:
    await root.user(
        "uploader",
        INBOX | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        allow("s3:GetObject", arn("outbox/*")),
    )
    told = await explain(root, "uploader")
    assert (told["allowed"], told["statement"]) == (False, None)
    assert told["reason"] == "no identity policy allows"
    assert [(one["failed"], one["detail"]) for one in told["statements"]] == [
        ("Condition", "IpAddress aws:SourceIp"),
        ("Resource", None),
    ]
    assert told["missing"] == ["aws:sourceip"]
    assert (await explain(root, "uploader", aws_SourceIp="203.0.113.9"))["allowed"] is True
    assert (await explain(root, "uploader", aws_SourceIp="198.51.100.9"))["allowed"] is False


async def test_a_deny_of_the_bucket_is_named_whoever_asks(root: Api) -> None:
    await root.user("uploader", INBOX)
    old = {"NumericGreaterThan": {"s3:signatureAge": 600000}}
    await set_policy(root, deny("s3:GetObject", arn(), Sid="Old", Condition=old))
    for who in ("uploader", "root"):
        assert (await explain(root, who))["allowed"] is True
        told = await explain(root, who, s3_signatureAge="600001")
        assert (told["allowed"], told["reason"]) == (False, "a statement denies")
        assert told["statement"]["layer"] == "resource"
        assert told["statement"]["policy"] == f"policy of bucket {BUCKET}"
        assert told["statement"]["sid"] == "Old"


async def test_a_boundary_in_the_way_is_named_with_what_it_stopped(root: Api) -> None:
    await root.user("uploader", INBOX)
    text = document(allow("s3:PutObject"))
    made = (await root.iam("CreatePolicy", PolicyName="least", PolicyDocument=text))["Policy"]
    await root.iam(
        "PutUserPermissionsBoundary", UserName="uploader", PermissionsBoundary=made["Arn"]
    )
    told = await explain(root, "uploader")
    assert told["allowed"] is False
    (obstacle,) = told["obstacles"]
    assert (obstacle["kind"], obstacle["name"]) == ("boundary", made["Arn"])
    assert obstacle["allowed_by"]["policy"] == "user uploader, inline policy allowed"


async def test_a_block_in_the_way_of_a_public_policy_is_named(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    await set_policy(root, allow("s3:GetObject", arn(), Sid="Open"))
    assert (await explain(root, "anonymous"))["allowed"] is True
    assert (await root.s3.send("DELETE", f"/{BUCKET}", BLOCKS)).status == 204
    restrict = (
        b"<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets>"
        b"</PublicAccessBlockConfiguration>"
    )
    assert (await root.s3.send("PUT", f"/{BUCKET}", BLOCKS, body=restrict)).status == 200
    told = await explain(root, "anonymous")
    assert told["allowed"] is False
    (obstacle,) = told["obstacles"]
    assert (obstacle["kind"], obstacle["name"]) == (
        "block",
        "RestrictPublicBuckets of the bucket",
    )
    assert obstacle["allowed_by"]["sid"] == "Open"


async def test_a_list_that_a_block_or_ownership_silences_is_named(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    assert (await root.s3.send("PUT", PATH, ACL, [("x-amz-acl", "public-read")])).status == 200
    told = await explain(root, "anonymous")
    assert (told["allowed"], told["reason"]) == (True, "an access control list allows")
    ignore = (
        b"<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>"
        b"</PublicAccessBlockConfiguration>"
    )
    assert (await root.s3.send("PUT", f"/{BUCKET}", BLOCKS, body=ignore)).status == 200
    (obstacle,) = (await explain(root, "anonymous"))["obstacles"]
    assert obstacle["name"] == "IgnorePublicAcls of the bucket"
    assert (await use_lists(root.s3, BUCKET, "BucketOwnerEnforced")).status == 200
    two = (await explain(root, "anonymous"))["obstacles"]
    assert [one["kind"] for one in two] == ["ownership", "block"]


async def test_a_session_is_explained_with_what_narrows_it(root: Api) -> None:
    ana = await root.user("ana", INBOX, allow("sts:*"))
    told = await ana.sts("GetFederationToken", Name="guest", Policy=document(allow("s3:PutObject")))
    session = told["Credentials"]["AccessKeyId"]
    explained = await explain(root, session)
    assert explained["allowed"] is False
    (obstacle,) = explained["obstacles"]
    assert (obstacle["kind"], obstacle["name"]) == ("session policy", "session policy")
    assert obstacle["allowed_by"]["layer"] == "identity"


async def test_an_inactive_key_is_told(root: Api) -> None:
    ana = await root.user("ana", INBOX)
    assert (await explain(root, ana.key.id))["allowed"] is True
    await root.iam("UpdateAccessKey", UserName="ana", AccessKeyId=ana.key.id, Status="Inactive")
    told = await explain(root, ana.key.id)
    assert told["allowed"] is False
    assert [one["kind"] for one in told["obstacles"]] == ["access key"]


async def test_roles_accounts_and_their_principals_are_named_in_every_way(
    root: Api, other: Api
) -> None:
    home = (await root.sts("GetCallerIdentity"))["Account"]
    away = (await other.sts("GetCallerIdentity"))["Account"]
    await other.user("eve")
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(home))
    await root.iam(
        "PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=document(INBOX)
    )
    role, session = f"arn:aws:iam::{home}:role/reader", f"arn:aws:sts::{home}:assumed-role/reader/x"
    for name in ("role/reader", role, session):
        assert (await explain(root, name))["allowed"] is True
    eve = f"arn:aws:iam::{away}:user/eve"
    strangers = (away, f"arn:aws:iam::{away}:root", eve, f"arn:aws:iam::{away}:role/any")
    for name in strangers:
        told = await explain(root, name)
        assert (told["allowed"], told["foreign"]) == (False, True)
        assert told["reason"] == "no resource policy allows"
    await set_policy(root, allow("s3:GetObject", arn(), Principal={"AWS": [away, eve]}))
    for name in strangers:
        assert (await explain(root, name))["allowed"] is True
    for name in ("root", home, f"arn:aws:iam::{home}:root"):
        assert (await explain(root, name))["reason"] == "the account's root may"


@pytest.mark.parametrize(
    "name",
    ["nobody", "role/none", "AKIAIOSFODNN7EXAMPLF", "a b", "é", "*", "arn:aws:iam::1:user/x"],
)
async def test_who_is_nobody_is_refused(root: Api, name: str) -> None:
    with pytest.raises(Refused, match="404 NoSuchPrincipal") as caught:
        await explain(root, name)
    assert caught.value.field == "as"


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:GetObjekt", KEY),
        ("s3:*", KEY),
        ("iam:GetUser", KEY),
        ("s3:ListAllMyBuckets", ""),
        ("s3:GetObject", ""),
        ("s3:ListBucket", KEY),
    ],
)
async def test_what_is_no_action_on_it_is_refused(root: Api, action: str, key: str) -> None:
    with pytest.raises(Refused, match="400 InvalidArgument") as caught:
        await explain(root, "root", action, key)
    assert caught.value.field == "action"


@pytest.mark.parametrize("context", [{"a:b": 1}, {"a:b": [1]}, ["a"], {"a:B": "x", "a:b": "y"}])
async def test_a_context_that_cannot_be_meant_is_refused(root: Api, context: Any) -> None:
    body = {"as": "root", "action": "s3:GetObject", "bucket": BUCKET, "key": KEY}
    with pytest.raises(Refused, match="400 InvalidArgument"):
        await Sharer(root.s3).ask("POST", "policy/explain", body | {"context": context})


async def test_only_who_may_is_told_and_only_of_the_own_account(root: Api, other: Api) -> None:
    ana = await root.user("ana", allow("s3:*"))
    with pytest.raises(Refused, match="403 AccessDenied"):
        await explain(ana, "root")
    await root.allow("ana", allow("narthex:ExplainAccess", arn("inbox/*")))
    assert (await explain(ana, "root"))["allowed"] is True
    with pytest.raises(Refused, match="403 AccessDenied"):
        await explain(ana, "root", key="outbox/k")
    for bucket in (BUCKET, "nosuchbucket"):
        body = {"as": "root", "action": "s3:GetObject", "bucket": bucket, "key": KEY}
        with pytest.raises(Refused, match="404 NoSuchBucket"):
            await Sharer(other.s3).ask("POST", "policy/explain", body)


async def test_what_is_explained_is_what_happens(root: Api) -> None:
    """The same question by the wire: the answer and the explanation agree."""
    await put_all(root)
    ana = await root.user("ana", INBOX, deny("s3:GetObject", arn("inbox/secret*")))
    tagged = {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}
    await set_policy(root, deny("s3:GetObject", arn(), Condition=tagged))
    for key in ("inbox/report.pdf", "inbox/secret.pdf", "inbox/tagged", "outbox/k"):
        answer = await ana.s3.send("GET", f"/{BUCKET}/{key}")
        assert (await explain(root, "ana", key=key))["allowed"] is (answer.status == 200), key


async def put_all(root: Api) -> None:
    for key in ("inbox/secret.pdf", "outbox/k"):
        await put(root, key)
    await put(root, "inbox/tagged", headers=(("x-amz-tagging", "class=secret"),))


async def test_an_explanation_of_a_damaged_policy_is_a_failure(root: Api) -> None:
    await root.user("ana", INBOX)

    async def work(tx: Any) -> None:
        await tx.execute("UPDATE inline_policies SET document = '{'", ())

    await root.s3.server.catalog.run(work)
    with pytest.raises(Refused, match="500 InternalError"):
        await explain(root, "ana")
