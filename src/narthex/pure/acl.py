"""Access control lists: who was granted what on a bucket or an object.

This file never decides alone: it says how a list names a caller, and policy.evaluate does the rest.
It never knows which accounts exist: whoever keeps a list asks `check_ids` first. Pure.
Source: Amazon S3 user guide, "Access control list (ACL) overview".
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from narthex.errors import Corrupt, S3Error, invalid_argument
from narthex.pure.policy.access import Actor, Naming

On = Literal["bucket", "object"]
Permission = Literal["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"]

PERMISSIONS: tuple[Permission, ...] = ("FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP")
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = (ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY)
PUBLIC_GROUPS = (ALL_USERS, AUTHENTICATED_USERS)
MOST_GRANTS = 100


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission for one account (its canonical id) or one of GROUPS (its URI)."""

    grantee: str
    permission: Permission

    @property
    def to_group(self) -> bool:
        """The grantee is a group."""
        return self.grantee in GROUPS


@dataclass(frozen=True, slots=True)
class Acl:
    """The grants on one bucket or object. owner: the canonical id of the account that owns it."""

    owner: str
    grants: tuple[Grant, ...]


def private(owner: str) -> Acl:
    """The list that grants everything to the owner and nothing to others."""
    return Acl(owner, (Grant(owner, "FULL_CONTROL"),))


# What a canned list grants beyond the owner; "owner" stands for the bucket's owner.
CANNED: dict[str, tuple[tuple[str, Permission], ...]] = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((AUTHENTICATED_USERS, "READ"),),
    "bucket-owner-read": (("owner", "READ"),),
    "bucket-owner-full-control": (("owner", "FULL_CONTROL"),),
    "aws-exec-read": (),  # EC2 may read machine images; there is no EC2 here
    "log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")),
}
NOT_FOR: dict[On, tuple[str, ...]] = {"bucket": (), "object": ("log-delivery-write",)}


def canned(name: str, *, owner: str, bucket_owner: str, on: On) -> Acl:
    """The list that a canned name stands for. Raises InvalidArgument, with AWS's empty message.

    On a bucket, the names that speak of the bucket's owner grant nothing more.
    """
    if name not in CANNED or name in NOT_FOR[on]:
        raise invalid_argument("", "x-amz-acl", name)
    more = tuple(
        Grant(bucket_owner if grantee == "owner" else grantee, permission)
        for grantee, permission in CANNED[name]
        if grantee != "owner" or bucket_owner != owner
    )
    return Acl(owner, (Grant(owner, "FULL_CONTROL"), *more))


def canonical_ids(acl: Acl) -> frozenset[str]:
    """The accounts that a list grants to, to be looked up."""
    return frozenset(grant.grantee for grant in acl.grants if not grant.to_group)


def check_ids(acl: Acl, known: Container[str], *, in_document: bool) -> None:
    """Refuse a list that grants to an account that does not exist. Raises InvalidArgument.

    in_document: the list came as XML, else by headers; AWS names the argument accordingly.
    """
    for grant in acl.grants:
        if not grant.to_group and grant.grantee not in known:
            argument = "CanonicalUser/ID" if in_document else "id"
            raise invalid_argument("Invalid id", argument, grant.grantee)


def check_count(acl: Acl) -> Acl:
    """The list itself, if it has no more grants than S3 keeps. Raises MalformedACLError."""
    if len(acl.grants) > MOST_GRANTS:
        raise S3Error("MalformedACLError")
    return acl


# What a permission allows, by what it was granted on.
_BUCKET: dict[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": (
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_OBJECT: dict[str, tuple[str, ...]] = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "WRITE": (),  # an object is overwritten by those who may write to its bucket
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}


def _permissions(table: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Action -> the permissions that allow it."""
    return {
        action: frozenset([permission, "FULL_CONTROL"])
        for permission, actions in table.items()
        for action in actions
    }


# A list on an object never allows what is asked of the bucket, and the other way round.
ALLOWED_BY: dict[On, dict[str, frozenset[str]]] = {
    "bucket": _permissions(_BUCKET),
    "object": _permissions(_OBJECT),
}


def consulted(action: str) -> On | None:
    """Whose list can allow an action: the bucket's, the object's, or none."""
    for on, actions in ALLOWED_BY.items():
        if action in actions:
            return on
    return None


def naming(acl: Acl, actor: Actor, action: str, on: On, *, ignore_public: bool = False) -> Naming:
    """How a list names a caller for an action.

    A grant to an account lets the account in, and its users as far as their policies allow; a grant
    to a group lets everyone of the group in. ignore_public: IgnorePublicAcls is on.
    """
    permissions = ALLOWED_BY[on].get(action)
    if permissions is None:
        return Naming.NOBODY
    closest = Naming.NOBODY
    for grant in acl.grants:
        if grant.permission not in permissions:
            continue
        if grant.grantee in PUBLIC_GROUPS:
            is_member = grant.grantee == ALL_USERS or bool(actor.account)
            if is_member and not ignore_public:
                return Naming.EVERYONE
        elif actor.canonical_id and grant.grantee == actor.canonical_id:
            closest = Naming.ACCOUNT
    return closest


def is_public(acl: Acl) -> bool:
    """The list grants something to everyone, or to everyone who has any account at all."""
    return any(grant.grantee in PUBLIC_GROUPS for grant in acl.grants)


def write(acl: Acl) -> str:
    """The list as it is kept beside its bucket or object; "" for a private one."""
    if acl == private(acl.owner):
        return ""
    return json.dumps([[grant.grantee, grant.permission] for grant in acl.grants])


def read(text: str, owner: str) -> Acl:
    """The list that was kept. Raises Corrupt: what cannot be read must not pass for no list."""
    if not text:
        return private(owner)
    try:
        rows = json.loads(text)
        grants = tuple(Grant(grantee, permission) for grantee, permission in rows)
    except (ValueError, TypeError) as error:
        raise Corrupt("an access control list cannot be read") from error
    for grant in grants:
        if not isinstance(grant.grantee, str) or grant.permission not in PERMISSIONS:
            raise Corrupt("an access control list cannot be read")
    return Acl(owner, grants)
