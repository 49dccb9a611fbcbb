"""CreateBucket: a new, private, empty bucket owned by the caller's account.

Source: Amazon S3 API reference, CreateBucket. Creating one's own bucket again is a success in
us-east-1 (and without a region) and BucketAlreadyOwnedByYou elsewhere.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts, buckets
from narthex.errors import Conflict, S3Error
from narthex.forwarded import below
from narthex.http import Response
from narthex.model import Bucket
from narthex.pure import acl, documents, ownership, public_access
from narthex.pure.acl_requests import from_headers
from narthex.s3 import rules
from narthex.s3.answer import read_document
from narthex.s3.authorize import require_new_bucket
from narthex.s3.operation import Call, operation
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("CreateBucket", "PUT", "bucket", action="s3:CreateBucket")
async def create_bucket(call: Call, server: Server) -> Response:
    region = documents.read_create_bucket(await read_document(call, MAX_BYTES)) or ""
    # Policies may speak of the region that is asked for: it is known only now.
    require_new_bucket(call.asking, call.bucket_name, region, server)
    _refuse_lock(call)
    _refuse_reserved(call.bucket_name, server)
    kind = ownership.read_header(call.field(ownership.HEADER))
    allowed = server.settings.regions
    if region and allowed and region not in allowed:
        raise S3Error(
            "IllegalLocationConstraintException",
            f"The {region} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )
    bucket = Bucket(
        id=server.new_id(),
        name=call.bucket_name,
        account=call.caller.account,
        owner=call.caller.canonical_id,
        region="" if region == "us-east-1" else region,
        created_us=server.clock(),
    )

    listed = await _list(call, kind, bucket, server)

    async def work(tx: Transaction) -> None:
        await buckets.create(tx, bucket)
        if kind != ownership.ENFORCED:
            await buckets.attach(tx, bucket.id, rules.OWNERSHIP, kind)
        if listed:
            await buckets.attach(tx, bucket.id, rules.ACL, listed)

    try:
        await server.catalog.run(work)
    except Conflict:
        await _already_there(call, bucket, server)
    return Response(
        200, (("location", f"/{bucket.name}"), ("content-length", "0"), bucket_arn(bucket.name))
    )


def _refuse_reserved(name: str, server: Server) -> None:
    """Below a public URL with a path, a bucket called like it would make paths mean two things."""
    public = below(server.settings.public_url)
    if public is not None and name == public.reserved:
        raise S3Error(
            "InvalidBucketName",
            "This name is the path of the public URL",
            detail=(("BucketName", name),),
        )


def bucket_arn(name: str) -> tuple[str, str]:
    """The header that CreateBucket and HeadBucket answer with."""
    return ("x-amz-bucket-arn", f"arn:aws:s3:::{name}")


async def _already_there(call: Call, wanted: Bucket, server: Server) -> None:
    found = await buckets.find(server.catalog, wanted.name)
    if found is None or found.account != call.caller.account:
        raise S3Error("BucketAlreadyExists", detail=(("BucketName", wanted.name),))
    if wanted.region or found.region:
        raise S3Error("BucketAlreadyOwnedByYou", detail=(("BucketName", wanted.name),))


async def _list(call: Call, kind: str, bucket: Bucket, server: Server) -> str:
    """The access control list the bucket begins with, as it is kept.

    A new bucket blocks public access, so a public list is refused however it is asked for.
    """
    owner = bucket.owner
    asked = from_headers(call.field, owner=owner, bucket_owner=owner, on="bucket")
    if asked is None or asked.acl == acl.private(owner):
        return ""
    if kind == ownership.ENFORCED:
        raise S3Error("InvalidBucketAclWithObjectOwnership")
    known = await accounts.known_canonical_ids(server.catalog, acl.canonical_ids(asked.acl))
    acl.check_ids(asked.acl, known, in_document=False)
    public_access.check_acl(public_access.ALL, asked.acl)
    return acl.write(asked.acl)


def _refuse_lock(call: Call) -> None:
    """What is not locked is not promised to be."""
    header = "x-amz-bucket-object-lock-enabled"
    if (call.field(header) or "").lower() == "true":
        raise S3Error("NotImplemented", detail=(("Header", header),))
