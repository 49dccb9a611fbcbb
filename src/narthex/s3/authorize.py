"""May this caller do this to that? One door, closed by default.

This file never runs an operation. Every operation passes here once; one that touches a second
resource (a copy's source, each key of a batch) asks `permit` for it.
"""

from __future__ import annotations

from narthex.catalog import accounts, buckets, objects
from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.model import Bucket, Object
from narthex.pure import acl, names, ownership
from narthex.pure.acl_requests import ACL_HEADERS
from narthex.pure.policy import Access, Decision, Naming, Policies, denial, evaluate
from narthex.s3.asking import TAGGING_HEADER, Asking
from narthex.s3.route import Route
from narthex.s3.rules import Rules, rules_of
from narthex.server import Server

ARN = "arn:aws:s3:::"
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
WRITES = frozenset(["PutObject", "CopyObject", "CreateMultipartUpload"])
OF_BATCH = "DeleteObjects"  # answers for each key by itself, and asks for each key


async def authorize(asking: Asking, asked: Route, server: Server) -> Bucket | None:
    """The bucket the caller may act on; None for operations without one.

    Raises AccessDenied, NoSuchBucket.
    """
    operation = asked.operation
    action = operation.action
    if action in WITHOUT_BUCKET:
        _permit_in_account(asking, action, asked.bucket, server)
        return None
    bucket = await _find(asked.bucket, server)
    if asking.parameter("versionId") is not None:
        action = OF_VERSION.get(action, action)
    if operation.name == OF_BATCH:
        await _refuse_hopeless(asking, bucket, server)
    else:
        for one in (*ALSO.get(action, ()), action, *_also_by_header(asking, operation.name)):
            await require(asking, one, bucket, asked.key, server)
    check_expected_owner(asking.request.headers.get("x-amz-expected-bucket-owner"), bucket)
    return bucket


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
) -> None:
    """Raises AccessDenied unless the action is allowed; the message tells insiders why."""
    decided = await decide(asking, action, bucket, key, server, request_tags=request_tags)
    if decided is not None and not decided[1].allowed:
        raise S3Error("AccessDenied", denial(*decided))


async def decide(
    asking: Asking,
    action: str,
    bucket: Bucket,
    key: str,
    server: Server,
    *,
    request_tags: Pairs | None = None,
) -> tuple[Access, Decision] | None:
    """The question as the engine was asked, and its decision; None when root may at once."""
    rules = await rules_of(server.catalog, bucket)
    identity = asking.identity
    actor = identity.caller.actor
    if (
        actor.kind == "root"
        and actor.account == bucket.account
        and rules.policy is None
        and not rules.uses_acls
        and not actor.confined
        and identity.session is None
    ):
        return None
    mine = identity.policies
    found = None
    if key and (rules.uses_acls or rules.reads_object_tags or identity.reads_object_tags):
        found = await objects.find(server.catalog, bucket.id, key)
    on = acl.consulted(action)
    owner, policy_counts = bucket.account, True
    if found is not None and on == "object" and rules.uses_acls and found.owner != bucket.owner:
        owner, policy_counts = await accounts.id_of(server.catalog, found.owner), False
    facts = asking.facts(
        action,
        bucket,
        server.clock(),
        object_tags=found.tags if found else (),
        request_tags=request_tags,
    )
    access = Access(
        actor,
        action,
        f"{ARN}{bucket.name}/{key}" if key else f"{ARN}{bucket.name}",
        owner,
        facts.context(),
        _granted(asking, action, bucket, rules, found) if rules.uses_acls else Naming.NOBODY,
        policy_counts,
        rules.is_public and rules.blocks.restrict,
    )
    policies = Policies(mine.identity, mine.boundary, mine.sessions, rules.policy)
    return access, evaluate(access, policies)


def _granted(
    asking: Asking, action: str, bucket: Bucket, rules: Rules, found: Object | None
) -> Naming:
    """How the list that counts for this action names the caller."""
    actor, ignore = asking.identity.caller.actor, rules.blocks.ignore_acls
    on = acl.consulted(action)
    if on == "bucket":
        return acl.naming(rules.acl, actor, action, on, ignore_public=ignore)
    if on == "object" and found is not None:
        listed = acl.read(found.acl, found.owner)
        return acl.naming(listed, actor, action, on, ignore_public=ignore)
    return Naming.NOBODY


def _permit_in_account(asking: Asking, action: str, bucket_name: str, server: Server) -> None:
    """For what needs no bucket of anybody: the caller's own policies decide."""
    identity = asking.identity
    if asking.is_anonymous:
        raise S3Error("AccessDenied")
    actions = [action]
    if action == CREATE_BUCKET:
        if any(asking.field(name) is not None for name in ACL_HEADERS):
            actions.append("s3:PutBucketAcl")
        if asking.field(ownership.HEADER) is not None:
            actions.append("s3:PutBucketOwnershipControls")
    resource = f"{ARN}{bucket_name or '*'}"
    for one in actions:
        facts = asking.facts(one, None, server.clock())
        actor = identity.caller.actor
        access = Access(actor, one, resource, actor.account, facts.context())
        decision = evaluate(access, identity.policies)
        if not decision.allowed:
            raise S3Error("AccessDenied", denial(access, decision))


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
    """Nobody may delete where nothing public is said: refused before a body is read."""
    rules = await rules_of(server.catalog, bucket)
    if asking.is_anonymous and rules.policy is None and not rules.uses_acls:
        raise S3Error("AccessDenied")


async def hide_absence(asking: Asking, error: S3Error, bucket: Bucket, server: Server) -> S3Error:
    """NoSuchKey only to those who may list the bucket; to others the key may exist or not."""
    decided = await decide(asking, "s3:ListBucket", bucket, "", server)
    if decided is None or decided[1].allowed:
        return error
    return S3Error("AccessDenied")


async def _find(name: str, server: Server) -> Bucket:
    bucket = await buckets.find(server.catalog, name)
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
