"""CreateBucket: a new, private, empty bucket owned by the caller's account.

Source: Amazon S3 API reference, CreateBucket. Creating one's own bucket again is a success in
us-east-1 (and without a region) and BucketAlreadyOwnedByYou elsewhere.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.errors import Conflict, S3Error
from narthex.http import Response
from narthex.model import Bucket
from narthex.pure import documents
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.server import Server

MAX_BYTES = 64 * 1024
OWNERSHIP = "x-amz-object-ownership"
PLAIN_ACLS = (None, "private")


@operation("CreateBucket", "PUT", "bucket", action="s3:CreateBucket")
async def create_bucket(call: Call, server: Server) -> Response:
    _refuse_what_is_not_built(call)
    region = documents.read_create_bucket(await read_document(call, MAX_BYTES)) or ""
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

    async def work(tx: Transaction) -> None:
        await buckets.create(tx, bucket)

    try:
        await server.catalog.run(work)
    except Conflict:
        await _already_there(call, bucket, server)
    return Response(
        200, (("location", f"/{bucket.name}"), ("content-length", "0"), bucket_arn(bucket.name))
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


def _refuse_what_is_not_built(call: Call) -> None:
    grants = [name for name, _ in call.request.headers if name.startswith("x-amz-grant-")]
    ownership = call.field(OWNERSHIP)
    lock = call.field("x-amz-bucket-object-lock-enabled")
    if call.field("x-amz-acl") not in PLAIN_ACLS or grants:
        raise S3Error(
            "AccessControlListNotSupported", "The bucket does not allow ACLs"
        )
    if ownership not in (None, "BucketOwnerEnforced"):
        raise S3Error("NotImplemented", detail=(("Header", OWNERSHIP),))
    if (lock or "").lower() == "true":
        raise S3Error("NotImplemented", detail=(("Header", "x-amz-bucket-object-lock-enabled"),))
