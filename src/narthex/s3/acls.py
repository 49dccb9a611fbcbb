"""Access control lists of what a request writes: whose it will be, and who is granted what.

This file never evaluates a list: `authorize` does. It refuses lists that may not be set: where
ownership has switched them off, that name nobody we know, or that Block Public Access forbids.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import accounts
from narthex.errors import S3Error
from narthex.model import Bucket
from narthex.pure import acl, ownership, public_access
from narthex.pure.acl import Acl
from narthex.pure.acl_requests import Asked, from_headers
from narthex.s3.asking import Asking
from narthex.s3.rules import Rules, rules_of
from narthex.server import Server

FULL_CONTROL = "bucket-owner-full-control"


@dataclass(frozen=True, slots=True)
class Owned:
    """owner: the canonical id of a new object's owner. acl: its list, as it is kept."""

    owner: str
    acl: str


async def own_new_object(asking: Asking, bucket: Bucket, server: Server) -> Owned:
    """Whose a new object will be, and its list.

    Nobody in particular owns nothing: what an anonymous caller may upload is the bucket owner's.
    Raises AccessControlListNotSupported, AccessDenied, InvalidArgument, InvalidRequest.
    """
    rules = await rules_of(server.catalog, bucket)
    writer = asking.identity.principal.canonical_id or bucket.owner
    owner = bucket.owner
    if rules.uses_acls and not (
        rules.ownership == ownership.PREFERRED and asking.field("x-amz-acl") == FULL_CONTROL
    ):
        owner = writer
    asked = from_headers(asking.field, owner=owner, bucket_owner=bucket.owner, on="object")
    if asked is None:
        return Owned(owner, "")
    return Owned(owner, acl.write(await accept(asked, bucket, rules, server)))


async def accept(asked: Asked, bucket: Bucket, rules: Rules, server: Server) -> Acl:
    """The list, if it may be set in this bucket. Raises what S3 refuses it with."""
    if not rules.uses_acls:
        # What grants nothing more is taken. AWS refuses "private" by name all the same; rclone
        # sends it with every object unless it is told not to.
        if asked.canned == FULL_CONTROL or asked.acl == acl.private(bucket.owner):
            return acl.private(bucket.owner)
        raise S3Error("AccessControlListNotSupported")
    known = await accounts.known_canonical_ids(server.catalog, acl.canonical_ids(asked.acl))
    acl.check_ids(asked.acl, known, in_document=asked.in_document)
    public_access.check_acl(rules.blocks, asked.acl)
    return asked.acl
