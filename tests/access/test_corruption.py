"""A document that cannot be read is a failure of ours and never an allow: trap 81."""

from __future__ import annotations

import pytest

from narthex.catalog import Transaction
from narthex.s3 import rules
from tests.access.conftest import BUCKET, arn, set_policy
from tests.asking import Api, allow, deny, document
from tests.operations.access import ACL, open_up, use_lists

PATH = f"/{BUCKET}/inbox/report.pdf"
DAMAGED = ["", "{", "[]", "null", "\x01", '{"Version":"2012-10-17"}', "[[1,2,3]]", "[true]"]
GOOD = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*",'


async def damage(root: Api, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Rows as a broken disk might leave them. What is remembered of them is forgotten."""

    async def work(tx: Transaction) -> None:
        for sql, values in statements:
            assert await tx.execute(sql, values), sql  # type: ignore[arg-type]
        await tx.execute("UPDATE buckets SET revision = revision + 1", ())
        await tx.execute("UPDATE generations SET number = number + 1", ())

    await root.s3.server.catalog.run(work)


async def statuses(root: Api, *more: Api) -> list[int]:
    """How a GET is answered to everyone: the owner, nobody, and others; by header and by link."""
    found = [(await root.s3.as_nobody().send("GET", PATH)).status]
    for caller in (root, *more):
        found.append((await caller.s3.send("GET", PATH)).status)
        found.append((await caller.s3.url(caller.s3.link("GET", PATH))).status)
    return found


@pytest.fixture
async def public(root: Api) -> Api:
    """The bucket is open to all, by policy and by lists; that is what must not outlive damage."""
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateUser", UserName="bob")
    bob = f"arn:aws:iam::{account}:user/bob"
    await set_policy(
        root, allow("s3:*", [arn(), arn("")]), deny("s3:*", arn(), Principal={"AWS": bob})
    )
    for path in (f"/{BUCKET}", PATH):
        answer = await root.s3.send("PUT", path, ACL, [("x-amz-acl", "public-read")])
        assert answer.status == 200
    assert set(await statuses(root)) == {200}
    return root


@pytest.mark.parametrize(
    "text", [*DAMAGED, GOOD, GOOD.replace("Allow", "Permit") + '"Resource":"*"}]}']
)
async def test_a_damaged_bucket_policy_answers_500_to_all(public: Api, text: str) -> None:
    await damage(
        public, ("UPDATE bucket_documents SET text = ? WHERE kind = ?", (text, rules.POLICY))
    )
    assert set(await statuses(public)) == {500}


@pytest.mark.parametrize("text", [*DAMAGED, '[["arn:aws:iam::123456789012:user/eve","AIDAX"]]'])
async def test_a_policy_whose_names_lost_their_ids_answers_500(public: Api, text: str) -> None:
    """By its ARN alone a deleted user's namesake would be taken for it."""
    await damage(
        public, ("UPDATE bucket_documents SET text = ? WHERE kind = ?", (text, rules.PINS))
    )
    assert set(await statuses(public)) == {500}
    await damage(public, ("DELETE FROM bucket_documents WHERE kind = ?", (rules.PINS,)))
    assert set(await statuses(public)) == {500}


@pytest.mark.parametrize("kind", [rules.BLOCKS, rules.OWNERSHIP, rules.ACL])
@pytest.mark.parametrize("text", [text for text in DAMAGED if text not in ("", "[]")])
async def test_any_damaged_document_of_a_bucket_answers_500(
    public: Api, kind: str, text: str
) -> None:
    await damage(public, ("UPDATE bucket_documents SET text = ? WHERE kind = ?", (text, kind)))
    assert set(await statuses(public)) == {500}


@pytest.mark.parametrize("kind", [rules.BLOCKS, rules.OWNERSHIP])
@pytest.mark.parametrize("text", ["", "[]"])
async def test_an_empty_document_answers_500_where_empty_says_nothing(
    public: Api, kind: str, text: str
) -> None:
    await damage(public, ("UPDATE bucket_documents SET text = ? WHERE kind = ?", (text, kind)))
    assert set(await statuses(public)) == {500}


@pytest.mark.parametrize("text", [text for text in DAMAGED if text not in ("", "[]")])
async def test_a_damaged_list_of_an_object_answers_500(public: Api, text: str) -> None:
    await damage(public, ("UPDATE objects SET acl = ?", (text,)))
    assert set(await statuses(public)) == {500}


@pytest.mark.parametrize("text", [text for text in DAMAGED if text])
async def test_damaged_blocks_of_the_account_answer_500(public: Api, text: str) -> None:
    await damage(public, ("UPDATE accounts SET blocks = ?", (text,)))
    assert set(await statuses(public)) == {500}


# Where a principal's policies are kept, and how such a row is damaged.
PLACES = {
    "inline": "UPDATE inline_policies SET document = ?",
    "managed": "UPDATE managed_versions SET document = ?",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", DAMAGED)
async def test_a_damaged_policy_of_a_user_answers_500_to_that_user(
    public: Api, place: str, text: str
) -> None:
    """Also where the bucket's policy would let the user in: its own may have denied."""
    eve = await public.user("eve", allow("s3:*"))
    made = await public.iam(
        "CreatePolicy", PolicyName="p", PolicyDocument=document(deny("s3:DeleteObject"))
    )
    await public.iam("AttachUserPolicy", UserName="eve", PolicyArn=made["Policy"]["Arn"])
    assert set(await statuses(eve)) == {200}
    await damage(public, (PLACES[place], (text,)))
    nobody, *of_eve = await statuses(eve)
    assert nobody == 200
    assert set(of_eve) == {500}


@pytest.mark.parametrize("use", ["attached", "boundary"])
async def test_a_managed_policy_that_lost_its_text_answers_500(public: Api, use: str) -> None:
    eve = await public.user("eve", allow("s3:*"))
    made = await public.iam(
        "CreatePolicy", PolicyName="p", PolicyDocument=document(allow("s3:*"), deny("s3:Delete*"))
    )
    policy = made["Policy"]["Arn"]
    if use == "attached":
        await public.iam("AttachUserPolicy", UserName="eve", PolicyArn=policy)
    else:
        await public.iam("PutUserPermissionsBoundary", UserName="eve", PermissionsBoundary=policy)
    assert set(await statuses(eve)) == {200}
    await damage(public, ("DELETE FROM managed_versions WHERE number = ?", (1,)))
    assert set((await statuses(eve))[1:]) == {500}


@pytest.mark.parametrize("text", ["{", "[1]", "null", '["{"]'])
async def test_a_damaged_session_policy_answers_500(public: Api, text: str) -> None:
    account = (await public.sts("GetCallerIdentity"))["Account"]
    eve = await public.user("eve", allow(["s3:*", "sts:*"]))
    told = await eve.sts("GetFederationToken", Name="feda", Policy=document(allow("s3:*")))
    session = eve.as_session(told)
    assert account
    assert set(await statuses(session)) == {200}
    await damage(public, ("UPDATE sessions SET policies = ?", (text,)))
    assert set((await statuses(session))[1:]) == {500}


async def test_a_secret_that_does_not_open_answers_500(public: Api) -> None:
    eve = await public.user("eve", allow("s3:*"))
    await damage(public, ("UPDATE access_keys SET sealed = ? WHERE id = ?", (b"x", eve.key.id)))
    assert set((await statuses(eve))[1:]) == {500}
