"""A bucket is public only after its owner took the blocks away and said so: trap 82 and its kin."""

from __future__ import annotations

import pytest

from narthex.pure.public_access import Blocks
from tests.access.conftest import BUCKET, BYTES, arn, put, set_policy
from tests.asking import Api, allow, deny, document
from tests.driving import Answer
from tests.operations.access import ACL, ALL_USERS, BLOCKS, POLICY, open_up, use_lists

PATH = f"/{BUCKET}/inbox/report.pdf"
ALL = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def blocks(flags: Blocks) -> bytes:
    """A PublicAccessBlockConfiguration document."""
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    items = "".join(
        f"<{name}>{str(on).lower()}</{name}>" for name, on in zip(names, flags.flags, strict=True)
    )
    return f"<PublicAccessBlockConfiguration>{items}</PublicAccessBlockConfiguration>".encode()


async def block(root: Api, flags: Blocks) -> None:
    """The bucket's own blocks."""
    answer = await root.s3.send("PUT", f"/{BUCKET}", BLOCKS, body=blocks(flags))
    assert answer.status == 200


async def read(caller: Api) -> Answer:
    return await caller.s3.send("GET", PATH)


async def test_a_new_bucket_takes_neither_a_public_policy_nor_a_public_list(root: Api) -> None:
    body = b'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
    body += f'"Action":"s3:GetObject","Resource":"{arn()}"}}]}}'.encode()
    assert (await root.s3.send("PUT", f"/{BUCKET}", POLICY, body=body)).code == "AccessDenied"
    public = [("x-amz-acl", "public-read")]
    answer = await root.s3.send("PUT", f"/{BUCKET}", ACL, public)
    assert answer.code == "AccessControlListNotSupported"
    assert (await use_lists(root.s3, BUCKET)).status == 200
    assert (await root.s3.send("PUT", f"/{BUCKET}", ACL, public)).code == "AccessDenied"
    assert (await root.s3.send("PUT", f"/{BUCKET}/k", headers=public, body=b"x")).code == (
        "AccessDenied"
    )
    assert (await root.s3.as_nobody().send("GET", PATH)).code == "AccessDenied"


async def test_taking_the_buckets_blocks_away_is_not_enough(root: Api) -> None:
    await block(root, Blocks())
    body = b'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
    body += f'"Action":"s3:GetObject","Resource":"{arn()}"}}]}}'.encode()
    assert (await root.s3.send("PUT", f"/{BUCKET}", POLICY, body=body)).code == "AccessDenied"
    await open_up(root.s3, BUCKET)
    assert (await root.s3.send("PUT", f"/{BUCKET}", POLICY, body=body)).status == 204
    nobody = Api(root.s3.as_nobody())
    assert (await read(nobody)).body == BYTES
    await block(root, Blocks(restrict=True))
    assert (await read(nobody)).code == "AccessDenied"


async def test_restricting_a_public_bucket_ends_all_that_its_policy_lets_other_accounts_do(
    root: Api, other: Api
) -> None:
    """Also what a statement that is not public grants them."""
    await open_up(root.s3, BUCKET)
    account = (await other.sts("GetCallerIdentity"))["Account"]
    eve = await other.user("eve", allow("s3:*"))
    named = allow("s3:GetObject", arn(), Principal={"AWS": account})
    await set_policy(root, named, allow("s3:ListBucket", arn("")))
    assert (await read(eve)).status == (await read(other)).status == 200
    await block(root, Blocks(restrict=True))
    assert (await read(eve)).code == (await read(other)).code == "AccessDenied"
    insider = await root.user("ana")
    assert (await insider.s3.send("GET", f"/{BUCKET}")).status == 200
    await set_policy(root, named)  # not public any more: the blocks have nothing to restrict
    assert (await read(eve)).status == (await read(other)).status == 200


async def test_ignoring_public_lists_leaves_those_for_accounts(root: Api, other: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    canonical = await canonical_id(other)
    grants = [("x-amz-grant-read", f'id="{canonical}", uri="{ALL_USERS}"')]
    assert (await root.s3.send("PUT", PATH, ACL, grants)).status == 200
    nobody, eve = Api(root.s3.as_nobody()), await other.user("eve", allow("s3:*"))
    assert {(await read(one)).status for one in (nobody, eve, other)} == {200}
    await block(root, Blocks(ignore_acls=True))
    assert (await read(nobody)).code == "AccessDenied"
    assert {(await read(one)).status for one in (eve, other)} == {200}


async def canonical_id(caller: Api) -> str:
    """As ListBuckets tells it."""
    return (await caller.s3.send("GET", "/")).text("Owner/ID") or ""


async def test_a_grant_to_an_account_needs_its_users_policies_too(root: Api, other: Api) -> None:
    assert (await use_lists(root.s3, BUCKET)).status == 200
    grant = [("x-amz-grant-read", f'id="{await canonical_id(other)}"')]
    assert (await root.s3.send("PUT", PATH, ACL, grant)).status == 200
    eve = await other.user("eve")
    assert (await read(other)).status == 200
    assert (await read(eve)).code == "AccessDenied"
    await other.allow("eve", allow("s3:GetObject", arn("inbox/*")))
    assert (await read(eve)).status == 200
    await other.allow("eve", allow("s3:GetObject", arn("outbox/*")))
    assert (await read(eve)).code == "AccessDenied"


async def test_every_signer_is_authenticated_and_nobody_is_not(root: Api, other: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    grant = [("x-amz-grant-read", f'uri="{ALL}"')]
    assert (await root.s3.send("PUT", PATH, ACL, grant)).status == 200
    eve, ana = await other.user("eve"), await root.user("ana")
    assert {(await read(one)).status for one in (other, ana)} == {200}
    assert (await read(Api(root.s3.as_nobody()))).code == "AccessDenied"
    assert (await read(eve)).code == "AccessDenied"  # abroad, its own account must allow it too
    await other.allow("eve", allow("s3:GetObject"))
    assert (await read(eve)).status == 200
    await root.iam(
        "PutUserPolicy", UserName="ana", PolicyName="no", PolicyDocument=document(deny("s3:*"))
    )
    assert (await read(ana)).code == "AccessDenied"


async def test_lists_count_for_nothing_once_the_owner_owns_all(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    public = [("x-amz-acl", "public-read")]
    assert (await root.s3.send("PUT", PATH, ACL, public)).status == 200
    nobody = Api(root.s3.as_nobody())
    assert (await read(nobody)).status == 200
    assert (await use_lists(root.s3, BUCKET, "BucketOwnerEnforced")).status == 200
    assert (await read(nobody)).code == "AccessDenied"


async def test_an_object_of_another_account_is_not_the_bucket_policys(
    root: Api, other: Api
) -> None:
    assert (await use_lists(root.s3, BUCKET)).status == 200
    account = (await other.sts("GetCallerIdentity"))["Account"]
    await set_policy(
        root,
        allow("s3:PutObject", arn("guest/*"), Principal={"AWS": account}),
        allow("s3:GetObject", arn("guest/*"), Principal={"AWS": await account_of_root(root)}),
    )
    await put(other, "guest/k")
    path = f"/{BUCKET}/guest/k"
    ana = await root.user("ana", allow("s3:*"))
    assert (await other.s3.send("GET", path)).status == 200
    for insider in (root, ana):
        assert (await insider.s3.send("GET", path)).code == "AccessDenied"
        assert (await insider.s3.send("PUT", path, ACL, [("x-amz-acl", "private")])).code == (
            "AccessDenied"
        )
    full = [("x-amz-acl", "bucket-owner-full-control")]
    assert (await other.s3.send("PUT", path, ACL, full)).status == 200
    assert {(await one.s3.send("GET", path)).status for one in (root, ana)} == {200}
    await set_policy(root, deny("s3:GetObject", arn("guest/*")))
    assert (await other.s3.send("GET", path)).code == "AccessDenied"  # it may deny all the same


async def test_the_owner_may_always_delete_what_others_put_there(root: Api, other: Api) -> None:
    assert (await use_lists(root.s3, BUCKET)).status == 200
    account = (await other.sts("GetCallerIdentity"))["Account"]
    await set_policy(root, allow("s3:PutObject", arn("guest/*"), Principal={"AWS": account}))
    await put(other, "guest/k")
    assert (await root.s3.send("DELETE", f"/{BUCKET}/guest/k")).status == 204


async def account_of_root(root: Api) -> str:
    told: str = (await root.sts("GetCallerIdentity"))["Account"]
    return told


async def test_a_writer_by_list_may_set_the_list_of_what_it_writes(root: Api, other: Api) -> None:
    """As accounts do that deliver into each other's buckets: `--acl bucket-owner-full-control`."""
    assert (await use_lists(root.s3, BUCKET)).status == 200
    grant = [("x-amz-grant-write", f'id="{await canonical_id(other)}"')]
    assert (await root.s3.send("PUT", f"/{BUCKET}", ACL, grant)).status == 200
    eve = await other.user("eve", allow(["s3:PutObject", "s3:PutObjectAcl"]))
    full = (("x-amz-acl", "bucket-owner-full-control"),)
    await put(eve, "delivered", headers=full)
    assert (await root.s3.send("GET", f"/{BUCKET}/delivered")).status == 200
    await other.allow("eve", allow("s3:PutObject"))
    answer = await eve.s3.send("PUT", f"/{BUCKET}/delivered", headers=full, body=b"x")
    assert answer.code == "AccessDenied"
    answer = await eve.s3.send("PUT", PATH, ACL, full)  # what is there has a list of its own
    assert answer.code == "AccessDenied"


@pytest.mark.parametrize(
    "name", ["policy", "acl", "publicAccessBlock", "ownershipControls", "versions"]
)
async def test_nobody_learns_how_a_private_bucket_is_guarded(root: Api, name: str) -> None:
    nobody = root.s3.as_nobody()
    for method in ("GET", "PUT", "DELETE"):
        answer = await nobody.send(method, f"/{BUCKET}", [(name, "")])
        assert answer.code in ("AccessDenied", "NotImplemented")
