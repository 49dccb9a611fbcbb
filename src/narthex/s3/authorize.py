"""May this caller do this to that? One door, closed by default.

This file never runs an operation. Every operation passes here once; one that touches a second
resource (a copy's source, each key of a batch) asks `permit` or `require` for it.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import buckets, recall
from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.model import Bucket
from narthex.pure import names, ownership
from narthex.pure.acl_requests import ACL_HEADERS
from narthex.pure.policy import Access, Decision, Reason, denial, evaluate
from narthex.s3 import known
from narthex.s3.asking import TAGGING_HEADER, Asking
from narthex.s3.question import ARN, question
from narthex.s3.route import Route
from narthex.s3.rules import rules_of
from narthex.server import Server

CREATE_BUCKET = "s3:CreateBucket"
# Operations whose bucket does not exist yet, or is none.
WITHOUT_BUCKET = frozenset(
    [
        CREATE_BUCKET,
        "s3:ListAllMyBuckets",
        "s3:GetAccountPublicAccessBlock",
        "s3:PutAccountPublicAccessBlock",
    ]
)
# What these do is said in their bodies, so they ask by themselves when they have read them.
ASK_LATER = frozenset(["CreateBucket", "DeleteObjects", "PutObjectTagging"])
# A versionId asks for more than the object as it is now.
OF_VERSION = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
}
# What an operation does besides its own action, by the action.
ALSO = {
    "s3:GetObjectAttributes": ("s3:GetObject",),
    "s3:GetObjectVersionAttributes": ("s3:GetObjectVersion",),
}
WRITES = frozenset(["PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"])


async def authorize(asking: Asking, asked: Route, server: Server) -> Bucket | None:
    """The bucket the caller may act on; None for operations without one.

    Raises AccessDenied, NoSuchBucket.
    """
    operation = asked.operation
    if operation.action in WITHOUT_BUCKET:
        if asking.is_anonymous:
            raise S3Error("AccessDenied")
        if operation.name not in ASK_LATER:
            require_in_account(asking, operation.action, "*", server)
        return None
    bucket = await _find(asked.bucket, server)
    if operation.name in ASK_LATER:
        await _refuse_hopeless(asking, bucket, server)
    else:
        action = of_version(operation.action, asking.parameter("versionId"))
        for one in (*ALSO.get(action, ()), action):
            await require(asking, one, bucket, asked.key, server)
        for one in _also_by_header(asking, operation.name):
            await require(asking, one, bucket, asked.key, server, writes=True)
    check_expected_owner(asking.request.headers.get("x-amz-expected-bucket-owner"), bucket)
    return bucket


def of_version(action: str, version: str | None) -> str:
    """The action on one version of an object, when one is named."""
    return action if version is None else OF_VERSION.get(action, action)


async def permit(asking: Asking, action: str, bucket_name: str, key: str, server: Server) -> Bucket:
    """The bucket, when `action` on it (or on its key) is allowed.

    Raises AccessDenied, NoSuchBucket.
    """
    bucket = await _find(bucket_name, server)
    await require(asking, action, bucket, key, server)
    return bucket


async def require(
    asking: Asking,
    action: str,
    bucket: Bucket,
    key: str,
    server: Server,
    *,
    request_tags: Pairs | None = None,
    writes: bool = False,
) -> None:
    """Raises AccessDenied unless the action is allowed; the message tells insiders why.

    Raises NoSuchKey instead to those who may list, when no list of the object could allow it.
    """
    plain = request_tags is None and not writes
    now_us = server.clock()
    if plain and known.is_allowed(asking, action, bucket, key, now_us):
        return
    asked = await question(
        asking, action, bucket, key, server, now_us, request_tags=request_tags, writes=writes
    )
    if asked is None:
        return
    decision = evaluate(asked.access, asked.policies)
    if decision.allowed:
        if plain:
            known.keep(asking, action, bucket, key, now_us, asked)
        return
    refusal = _refusal(asking, asked.access, decision)
    if asked.absent and decision.reason is not Reason.EXPLICIT_DENY:
        absence = S3Error("NoSuchKey", detail=(("Key", key),))
        if await _may_list(asking, bucket, server):
            raise absence
    raise refusal


def require_in_account(
    asking: Asking, action: str, name: str, server: Server, *, location: str | None = None
) -> None:
    """For what needs no bucket of anybody: the caller's own policies decide. Raises AccessDenied.

    name: of the bucket, "*" for none. location: the region that CreateBucket asks for.
    """
    identity = asking.identity
    actor = identity.caller.actor
    facts = asking.facts(action, None, server.clock(), location=location)
    access = Access(actor, action, f"{ARN}{name}", actor.account, facts.context())
    decision = evaluate(access, identity.policies)
    if not decision.allowed:
        raise _refusal(asking, access, decision)


def _refusal(asking: Asking, access: Access, decision: Decision) -> S3Error:
    """Whoever holds the link of a share is told nothing of its owner's policies."""
    if asking.identity.share is not None:
        return S3Error("AccessDenied")
    return S3Error("AccessDenied", denial(access, decision))


def require_new_bucket(asking: Asking, name: str, location: str, server: Server) -> None:
    """The caller may make this bucket, with the list and the ownership that its headers ask for.

    location: the region named, "" for none. Raises AccessDenied.
    """
    actions = [CREATE_BUCKET]
    if any(asking.field(header) is not None for header in ACL_HEADERS):
        actions.append("s3:PutBucketAcl")
    if asking.field(ownership.HEADER) is not None:
        actions.append("s3:PutBucketOwnershipControls")
    for action in actions:
        require_in_account(asking, action, name, server, location=location or None)


def _also_by_header(asking: Asking, operation: str) -> tuple[str, ...]:
    """What a write does besides writing, by its headers: set a list, set tags."""
    if operation not in WRITES:
        return ()
    more: list[str] = []
    if any(asking.field(name) is not None for name in ACL_HEADERS):
        more.append("s3:PutObjectAcl")
    if asking.field(TAGGING_HEADER) is not None:
        more.append("s3:PutObjectTagging")
    return tuple(more)


async def _refuse_hopeless(asking: Asking, bucket: Bucket, server: Server) -> None:
    """Nobody may change anything where nothing public is said: refused before a body is read."""
    rules = await rules_of(server.catalog, bucket)
    if asking.is_anonymous and rules.policy is None and not rules.uses_acls:
        raise S3Error("AccessDenied")


async def hide_absence(asking: Asking, error: S3Error, bucket: Bucket, server: Server) -> S3Error:
    """NoSuchKey only to those who may list the bucket; to others the key may exist or not."""
    return error if await _may_list(asking, bucket, server) else S3Error("AccessDenied")


async def _may_list(asking: Asking, bucket: Bucket, server: Server) -> bool:
    # Without its query: a `prefix` that no listing reads must not meet a condition on s3:prefix.
    plain = replace(asking, query=())
    asked = await question(plain, "s3:ListBucket", bucket, "", server, server.clock())
    return asked is None or evaluate(asked.access, asked.policies).allowed


async def _find(name: str, server: Server) -> Bucket:
    bucket = await recall(server.catalog, buckets.find, name)
    if bucket is None:
        raise S3Error("NoSuchBucket", detail=(("BucketName", name),))
    return bucket


def check_expected_owner(expected: str | None, bucket: Bucket) -> None:
    """Refuse when the client named another owner (x-amz-expected-bucket-owner)."""
    if expected is None:
        return
    if not names.is_account_id(expected):
        raise S3Error(
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS Account ID... "
            f"[{expected[:64]}]",
        )
    if expected != bucket.account:
        raise S3Error("AccessDenied")
