"""Every S3 operation as a request, what it needs, and who may: the rule of this house as a table.

`expected` is the whole of it, written again from the documentation and not from the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from narthex.pure.public_access import ALL, NONE, Blocks
from tests.operations.access import ACL, BLOCKS, CONTROLS, NO_BLOCKS, POLICY, STATUS, controls

Pairs = tuple[tuple[str, str], ...]
Place = Literal["nothing", "bucket", "target", "source"]
Outcome = Literal["allowed", "denied", "not theirs"]

TARGET, SOURCE = "inbox/target", "inbox/source"
UPLOAD = "{upload}"  # stands for the upload's id in a query
BUCKET = "{bucket}"  # stands for the bucket's name in a header
ACCOUNT = "{account}"  # stands for the id of the account that owns all buckets
VERSION = ("versionId", "null")
TAGS = b"<Tagging><TagSet><Tag><Key>class</Key><Value>plain</Value></Tag></TagSet></Tagging>"
DENIES = (
    b'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
    b'"Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::{bucket}"}]}'
)
FULL_CONTROL = ("x-amz-acl", "bucket-owner-full-control")  # the one list that every mode takes
OF_TAGS = (("tagging", ""),)
OF_CORS = (("cors", ""),)
OF_NOTIFICATION = (("notification", ""),)
OF_LIFECYCLE = (("lifecycle", ""),)
RULES = (
    b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
    b"<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"
)
ENDINGS = (
    b"<LifecycleConfiguration><Rule><Prefix/><Status>Enabled</Status>"
    b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
)


@dataclass(frozen=True)
class Row:
    """One request. needs: each action, and what it is asked on. done: its statuses when allowed.

    listed: actions that the bucket's list lets everyone do here, and not elsewhere.
    own_only: what a policy says counts for the bucket's own account alone.
    headers: of PostObject the fields of its form, whose file is the body.
    """

    name: str
    method: str
    place: Place
    needs: tuple[tuple[str, Place], ...]
    done: tuple[int, ...] = (200,)
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    listed: frozenset[str] = frozenset()
    own_only: bool = False


def _row(name: str, request: str, action: str, *done: int, **more: object) -> Row:
    """request: a method and a place. action: of the operation itself, without `s3:`."""
    method, place = request.split()
    also: tuple[tuple[str, Place], ...] = more.pop("also", ())  # type: ignore[assignment]
    needs = ((f"s3:{action}", place), *also)
    return Row(name, method, place, needs, done or (200,), **more)  # type: ignore[arg-type]


def _part(number: str) -> Pairs:
    return (("partNumber", number), ("uploadId", UPLOAD))


def _delete(version: str) -> bytes:
    return f"<Delete><Object><Key>{TARGET}</Key>{version}</Object></Delete>".encode()


_COPY = ("x-amz-copy-source", f"{BUCKET}/{SOURCE}")
_COPY_VERSION = ("x-amz-copy-source", f"{BUCKET}/{SOURCE}?versionId=null")
_ACCOUNT = {"headers": (("x-amz-account-id", ACCOUNT),)}
_PARTS = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
_READ_SOURCE = (("s3:GetObject", "source"),)
_READ_VERSION = (("s3:GetObjectVersion", "source"),)

# Statuses other than success are refusals behind the door: the bucket is not empty, has no policy.
ROWS: tuple[Row, ...] = (
    _row("ListBuckets", "GET nothing", "ListAllMyBuckets", query=(("max-buckets", "1"),)),
    _row("CreateBucket", "PUT bucket", "CreateBucket"),
    _row("CreateBucket with a list", "PUT bucket", "CreateBucket",
         headers=(("x-amz-acl", "private"),), also=(("s3:PutBucketAcl", "bucket"),)),
    _row("CreateBucket with ownership", "PUT bucket", "CreateBucket",
         headers=(("x-amz-object-ownership", "ObjectWriter"),),
         also=(("s3:PutBucketOwnershipControls", "bucket"),)),
    _row("GetAccountPublicAccessBlock", "GET nothing", "GetAccountPublicAccessBlock", 200, 404,
         **_ACCOUNT),
    _row("PutAccountPublicAccessBlock", "PUT nothing", "PutAccountPublicAccessBlock",
         body=NO_BLOCKS, **_ACCOUNT),
    _row("DeleteAccountPublicAccessBlock", "DELETE nothing", "PutAccountPublicAccessBlock", 204,
         **_ACCOUNT),
    _row("HeadBucket", "HEAD bucket", "ListBucket"),
    _row("DeleteBucket", "DELETE bucket", "DeleteBucket", 409),
    _row("GetBucketLocation", "GET bucket", "GetBucketLocation", query=(("location", ""),)),
    _row("ListObjects", "GET bucket", "ListBucket"),
    _row("ListObjectsV2", "GET bucket", "ListBucket", query=(("list-type", "2"),)),
    _row("ListObjectVersions", "GET bucket", "ListBucketVersions", query=(("versions", ""),)),
    _row("ListMultipartUploads", "GET bucket", "ListBucketMultipartUploads",
         query=(("uploads", ""),)),
    _row("GetBucketAcl", "GET bucket", "GetBucketAcl", query=tuple(ACL)),
    _row("PutBucketAcl", "PUT bucket", "PutBucketAcl", query=tuple(ACL), headers=(FULL_CONTROL,)),
    _row("GetBucketPolicy", "GET bucket", "GetBucketPolicy", 200, 404, query=tuple(POLICY),
         own_only=True),
    _row("PutBucketPolicy", "PUT bucket", "PutBucketPolicy", 204, query=tuple(POLICY), body=DENIES,
         own_only=True),
    _row("DeleteBucketPolicy", "DELETE bucket", "DeleteBucketPolicy", 204, query=tuple(POLICY),
         own_only=True),
    _row("GetBucketPolicyStatus", "GET bucket", "GetBucketPolicyStatus", 200, 404,
         query=tuple(STATUS)),
    _row("GetPublicAccessBlock", "GET bucket", "GetBucketPublicAccessBlock", query=tuple(BLOCKS)),
    _row("PutPublicAccessBlock", "PUT bucket", "PutBucketPublicAccessBlock", query=tuple(BLOCKS),
         body=NO_BLOCKS),
    _row("DeletePublicAccessBlock", "DELETE bucket", "PutBucketPublicAccessBlock", 204,
         query=tuple(BLOCKS)),
    _row("GetBucketOwnershipControls", "GET bucket", "GetBucketOwnershipControls",
         query=tuple(CONTROLS)),
    _row("PutBucketOwnershipControls", "PUT bucket", "PutBucketOwnershipControls",
         query=tuple(CONTROLS), body=controls("ObjectWriter")),
    _row("DeleteBucketOwnershipControls", "DELETE bucket", "PutBucketOwnershipControls", 204,
         query=tuple(CONTROLS)),
    _row("GetBucketCors", "GET bucket", "GetBucketCORS", 404, query=OF_CORS),
    _row("PutBucketCors", "PUT bucket", "PutBucketCORS", query=OF_CORS, body=RULES),
    _row("DeleteBucketCors", "DELETE bucket", "PutBucketCORS", 204, query=OF_CORS),
    _row(
        "GetBucketNotificationConfiguration",
        "GET bucket",
        "GetBucketNotification",
        query=OF_NOTIFICATION,
    ),
    _row(
        "PutBucketNotificationConfiguration",
        "PUT bucket",
        "PutBucketNotification",
        query=OF_NOTIFICATION,
        body=b"<NotificationConfiguration/>",
    ),
    _row("GetBucketLifecycleConfiguration", "GET bucket", "GetLifecycleConfiguration", 404,
         query=OF_LIFECYCLE),
    _row("PutBucketLifecycleConfiguration", "PUT bucket", "PutLifecycleConfiguration",
         query=OF_LIFECYCLE, body=ENDINGS),
    _row("DeleteBucketLifecycle", "DELETE bucket", "PutLifecycleConfiguration", 204,
         query=OF_LIFECYCLE),
    _row("GetBucketVersioning", "GET bucket", "GetBucketVersioning", query=(("versioning", ""),)),
    _row("GetBucketRequestPayment", "GET bucket", "GetBucketRequestPayment",
         query=(("requestPayment", ""),)),
    _row("GetBucketLogging", "GET bucket", "GetBucketLogging", query=(("logging", ""),)),
    _row("GetBucketAccelerateConfiguration", "GET bucket", "GetAccelerateConfiguration",
         query=(("accelerate", ""),)),
    _row("GetBucketEncryption", "GET bucket", "GetEncryptionConfiguration", 404,
         query=(("encryption", ""),)),
    _row("GetBucketWebsite", "GET bucket", "GetBucketWebsite", 404,
         query=(("website", ""),)),
    _row("GetBucketReplication", "GET bucket", "GetReplicationConfiguration", 404,
         query=(("replication", ""),)),
    _row("GetObjectLockConfiguration", "GET bucket", "GetBucketObjectLockConfiguration", 404,
         query=(("object-lock", ""),)),
    _row("GetBucketTagging", "GET bucket", "GetBucketTagging", 404, query=OF_TAGS),
    _row("PutBucketTagging", "PUT bucket", "PutBucketTagging", 204, query=OF_TAGS, body=TAGS),
    _row("DeleteBucketTagging", "DELETE bucket", "PutBucketTagging", 204, query=OF_TAGS),
    _row("GetObject", "GET target", "GetObject"),
    _row("GetObject of a version", "GET target", "GetObjectVersion", query=(VERSION,)),
    _row("HeadObject", "HEAD target", "GetObject"),
    _row("HeadObject of a version", "HEAD target", "GetObjectVersion", query=(VERSION,)),
    _row("GetObjectAttributes", "GET target", "GetObjectAttributes", query=(("attributes", ""),),
         headers=(("x-amz-object-attributes", "ETag"),), also=(("s3:GetObject", "target"),)),
    _row("GetObjectAttributes of a version", "GET target", "GetObjectVersionAttributes",
         query=(("attributes", ""), VERSION), headers=(("x-amz-object-attributes", "ETag"),),
         also=(("s3:GetObjectVersion", "target"),)),
    _row("GetObjectAcl", "GET target", "GetObjectAcl", query=tuple(ACL)),
    _row("GetObjectAcl of a version", "GET target", "GetObjectVersionAcl", query=(*ACL, VERSION)),
    _row("PutObjectAcl", "PUT target", "PutObjectAcl", query=tuple(ACL), headers=(FULL_CONTROL,)),
    _row("PutObjectAcl of a version", "PUT target", "PutObjectVersionAcl", query=(*ACL, VERSION),
         headers=(FULL_CONTROL,)),
    _row("GetObjectTagging", "GET target", "GetObjectTagging", query=OF_TAGS),
    _row("GetObjectTagging of a version", "GET target", "GetObjectVersionTagging",
         query=(*OF_TAGS, VERSION)),
    _row("PutObjectTagging", "PUT target", "PutObjectTagging", query=OF_TAGS, body=TAGS),
    _row("PutObjectTagging of a version", "PUT target", "PutObjectVersionTagging",
         query=(*OF_TAGS, VERSION), body=TAGS),
    _row("DeleteObjectTagging", "DELETE target", "DeleteObjectTagging", 204, query=OF_TAGS),
    _row("DeleteObjectTagging of a version", "DELETE target", "DeleteObjectVersionTagging", 204,
         query=(*OF_TAGS, VERSION)),
    _row("PutObject", "PUT target", "PutObject", body=b"new"),
    _row("PutObject with a list", "PUT target", "PutObject", body=b"new", headers=(FULL_CONTROL,),
         also=(("s3:PutObjectAcl", "target"),), listed=frozenset(["s3:PutObjectAcl"])),
    _row("PutObject with tags", "PUT target", "PutObject", body=b"new",
         headers=(("x-amz-tagging", "class=plain"),), also=(("s3:PutObjectTagging", "target"),)),
    _row("PostObject", "POST target", "PutObject", 204, body=b"new"),
    _row("PostObject with a list", "POST target", "PutObject", 204, body=b"new",
         headers=(("acl", "bucket-owner-full-control"),), also=(("s3:PutObjectAcl", "target"),),
         listed=frozenset(["s3:PutObjectAcl"])),
    _row("PostObject with tags", "POST target", "PutObject", 204, body=b"new",
         headers=(("tagging", TAGS.decode()),), also=(("s3:PutObjectTagging", "target"),)),
    _row("CopyObject", "PUT target", "PutObject", headers=(_COPY,), also=_READ_SOURCE),
    _row("CopyObject of a version", "PUT target", "PutObject", headers=(_COPY_VERSION,),
         also=_READ_VERSION),
    _row("CopyObject with a list", "PUT target", "PutObject", headers=(_COPY, FULL_CONTROL),
         also=(*_READ_SOURCE, ("s3:PutObjectAcl", "target")),
         listed=frozenset(["s3:PutObjectAcl"])),
    _row("DeleteObject", "DELETE target", "DeleteObject", 204),
    _row("DeleteObject of a version", "DELETE target", "DeleteObjectVersion", 204,
         query=(VERSION,)),
    _row("DeleteObjects", "POST bucket", "DeleteObject", query=(("delete", ""),),
         body=_delete("")),
    _row("DeleteObjects of a version", "POST bucket", "DeleteObjectVersion",
         query=(("delete", ""),), body=_delete("<VersionId>null</VersionId>")),
    _row("CreateMultipartUpload", "POST target", "PutObject", query=(("uploads", ""),)),
    _row("CreateMultipartUpload with a list", "POST target", "PutObject",
         query=(("uploads", ""),), headers=(FULL_CONTROL,),
         also=(("s3:PutObjectAcl", "target"),), listed=frozenset(["s3:PutObjectAcl"])),
    _row("CreateMultipartUpload with tags", "POST target", "PutObject", query=(("uploads", ""),),
         headers=(("x-amz-tagging", "class=plain"),), also=(("s3:PutObjectTagging", "target"),)),
    _row("UploadPart", "PUT target", "PutObject", query=_part("2"), body=b"part"),
    _row("UploadPartCopy", "PUT target", "PutObject", query=_part("2"), headers=(_COPY,),
         also=_READ_SOURCE),
    _row("UploadPartCopy of a version", "PUT target", "PutObject", query=_part("2"),
         headers=(_COPY_VERSION,), also=_READ_VERSION),
    _row("CompleteMultipartUpload", "POST target", "PutObject", query=(("uploadId", UPLOAD),),
         body=_PARTS + b"</CompleteMultipartUpload>"),
    _row("ListParts", "GET target", "ListMultipartUploadParts", query=(("uploadId", UPLOAD),)),
    _row("AbortMultipartUpload", "DELETE target", "AbortMultipartUpload", 204,
         query=(("uploadId", UPLOAD),)),
)  # fmt: skip

# Who asks. The two sessions act for the right user, and for a role with the right user's policy.
ANONYMOUS = "nobody"
OUTSIDERS = ("another account's root", "another account's user who may do everything")
OWNER = "the owner"
WRONG = "a user without a policy"
RIGHT = ("the right user", "a session of the right user", "a session of a role")
CALLERS = (ANONYMOUS, *OUTSIDERS, OWNER, WRONG, *RIGHT)

WORLDS = ("private", "public by lists", "public by policy")


@dataclass(frozen=True)
class Blocking:
    """The blocks of the bucket and of its account; and which worlds they close to strangers."""

    bucket: Blocks
    account: Blocks
    closes: tuple[str, ...]


BLOCKINGS = {
    "no blocks": Blocking(NONE, NONE, ()),
    "blocks of the bucket": Blocking(ALL, NONE, WORLDS),
    "blocks of the account": Blocking(NONE, ALL, WORLDS),
    "RestrictPublicBuckets": Blocking(Blocks(restrict=True), NONE, ("public by policy",)),
    "IgnorePublicAcls": Blocking(NONE, Blocks(ignore_acls=True), ("public by lists",)),
    "BlockPublicAcls and BlockPublicPolicy": Blocking(
        Blocks(block_acls=True), Blocks(block_policy=True), ()
    ),
}

# What `public-read-write` on a bucket and `public-read` on an object let everyone do.
LISTED = frozenset(
    [
        ("s3:ListBucket", "bucket"),
        ("s3:ListBucketVersions", "bucket"),
        ("s3:ListBucketMultipartUploads", "bucket"),
        ("s3:PutObject", "target"),
        ("s3:DeleteObject", "target"),
        ("s3:DeleteObject", "bucket"),  # by DeleteObjects, key by key
        ("s3:AbortMultipartUpload", "target"),
        ("s3:ListMultipartUploadParts", "target"),
        ("s3:GetObject", "target"),
        ("s3:GetObject", "source"),
        ("s3:GetObjectVersion", "target"),
        ("s3:GetObjectVersion", "source"),
    ]
)


def expected(row: Row, caller: str, world: str, blocking: str, lacks: str = "") -> Outcome:
    """What must come of a request. lacks: the caller is a user who may do all but this action."""
    if row.place == "nothing" or row.name.startswith("CreateBucket"):
        return _expected_in_account(row, caller, lacks)
    stranger = caller == ANONYMOUS or caller in OUTSIDERS
    open_to_all = world not in BLOCKINGS[blocking].closes
    for need in row.needs:
        action, _ = need
        by_own_policy = (caller == OWNER or caller in RIGHT) if not lacks else action != lacks
        by_list = need in LISTED or action in row.listed
        if world == "public by lists" and open_to_all and by_list:
            continue  # a list lets everyone in, users of all accounts included
        if world == "public by policy" and (open_to_all or not stranger):
            continue  # RestrictPublicBuckets keeps a public policy to its own account
        if stranger or not by_own_policy:
            return "denied"
    return "not theirs" if row.own_only and stranger else "allowed"


def _expected_in_account(row: Row, caller: str, lacks: str) -> Outcome:
    """What touches nobody's bucket: a caller's own policies decide, in its own account."""
    if caller in (ANONYMOUS, WRONG) or lacks:
        return "denied"
    if caller in OUTSIDERS and any(name == "x-amz-account-id" for name, _ in row.headers):
        return "denied"
    return "allowed"
