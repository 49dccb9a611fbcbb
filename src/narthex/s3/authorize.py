"""May this caller do this to that? One door, closed by default.

This file never runs an operation and never says whether something exists to those who may not know.
Every operation passes here once; one that reads a second resource (a copy's source) asks `permit`.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.errors import S3Error
from narthex.http import Request
from narthex.model import Bucket, Principal
from narthex.pure import names
from narthex.s3.route import Route
from narthex.server import Server

# Operations whose bucket does not exist yet, or is none.
WITHOUT_BUCKET = frozenset(["s3:CreateBucket", "s3:ListAllMyBuckets"])


async def authorize(
    caller: Principal, asked: Route, request: Request, server: Server
) -> Bucket | None:
    """The bucket the caller may act on; None for operations without one.

    Raises AccessDenied; NoSuchBucket to callers who proved who they are.
    """
    operation = asked.operation
    if caller.kind == "anonymous":
        raise S3Error("AccessDenied")
    if operation.action in WITHOUT_BUCKET:
        if caller.kind != "root":
            raise S3Error("AccessDenied")
        return None
    bucket = await permit(caller, operation.action, asked.bucket, asked.key, server)
    check_expected_owner(request.headers.get("x-amz-expected-bucket-owner"), bucket)
    return bucket


async def permit(
    caller: Principal, action: str, bucket_name: str, key: str, server: Server
) -> Bucket:
    """The bucket, when `action` on it (or on its key) is allowed. Raises AccessDenied, NoSuchBucket.

    Until policies exist, an account's root may do everything to the account's own buckets, and
    nobody else anything.
    """
    if caller.kind == "anonymous":
        raise S3Error("AccessDenied")
    bucket = await buckets.find(server.catalog, bucket_name)
    if bucket is None:
        raise S3Error("NoSuchBucket", detail=(("BucketName", bucket_name),))
    if caller.kind == "root" and caller.account and caller.account == bucket.account:
        return bucket
    raise S3Error("AccessDenied")


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
