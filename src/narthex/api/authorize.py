"""May this caller do this? One door for the API, closed by default.

This file never runs an endpoint. Every endpoint passes here once, on all that it found.
"""

from __future__ import annotations

from narthex.api.errors import ApiError
from narthex.catalog import buckets
from narthex.errors import S3Error
from narthex.model import Bucket
from narthex.pure.policy import Access, denial, evaluate
from narthex.pure.share_grants import UPLOAD
from narthex.pure.share_grants import action as action_of
from narthex.pure.shares import Target
from narthex.s3 import authorize as s3
from narthex.s3.asking import Asking
from narthex.server import Server

ANY_NAME = "any-file"  # stands for what will come into a bucket that is asked for as a whole


def require(asking: Asking, action: str, arn: str, server: Server) -> None:
    """Raises AccessDenied unless the caller's own policies allow it.

    Only they decide: what somebody does with its own shares is its own account's business,
    whoever's the bucket is.
    """
    identity = asking.identity
    actor = identity.caller.actor
    facts = asking.facts(action, None, server.clock())
    access = Access(actor, action, arn, actor.account, facts.context())
    decision = evaluate(access, identity.policies)
    if not decision.allowed:
        raise ApiError("AccessDenied", denial(access, decision))


async def find_bucket(name: str, server: Server) -> Bucket:
    """The bucket of this name, whoever owns it. Raises NoSuchBucket."""
    bucket = await buckets.find(server.catalog, name)
    if bucket is None:
        raise ApiError("NoSuchBucket", f"there is no bucket `{name[:64]}`", "bucket")
    return bucket


async def require_download(asking: Asking, target: Target, bucket: Bucket, server: Server) -> None:
    """Raises AccessDenied unless the caller may download it itself; a prefix, list it too."""
    try:
        if target.is_prefix:
            asked = _listing(asking, target.key)
            await s3.require(asked, "s3:ListBucket", bucket, "", server)
        if target.key:
            await s3.require(asking, action_of(target), bucket, target.key, server)
    except S3Error as error:
        raise refusal(error) from error


async def require_upload(asking: Asking, target: Target, bucket: Bucket, server: Server) -> None:
    """Raises AccessDenied unless the caller may put files there itself."""
    try:
        key = target.key or ANY_NAME
        await s3.require(asking, UPLOAD, bucket, key, server, writes=True)
    except S3Error as error:
        raise refusal(error) from error


async def may_list(asking: Asking, bucket: Bucket, server: Server) -> bool:
    """Whether the caller may know which keys there are."""
    try:
        await s3.require(asking, "s3:ListBucket", bucket, "", server)
    except S3Error:
        return False
    return True


def _listing(asking: Asking, prefix: str) -> Asking:
    """The same caller, as if it listed the keys with this prefix."""
    return Asking(asking.identity, asking.claim, asking.request, (("prefix", prefix),))


def refusal(error: S3Error) -> ApiError:
    """What S3 refuses, in the API's words."""
    code = error.code if error.code in ("NoSuchKey", "NoSuchBucket") else "AccessDenied"
    return ApiError(code, error.message)
