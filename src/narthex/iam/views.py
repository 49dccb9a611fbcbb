"""Users, groups, roles and policies as IAM's documents show them.

This file never asks the catalog. Documents are percent-encoded, as clients expect them.
"""

from __future__ import annotations

from urllib.parse import quote

from narthex.entities import Entity, ManagedPolicy, PolicyVersion
from narthex.http import Pairs
from narthex.pure.times import iso_seconds
from narthex.query_api.document import Fields, Value


def encoded(document: str) -> str:
    """A policy document as it stands in an answer: RFC 3986, a space is %20."""
    return quote(document, safe="")


def tags(pairs: Pairs) -> list[Value]:
    """A list of tags."""
    return [(("Key", key), ("Value", value)) for key, value in pairs]


def boundary(arn: str) -> Fields | None:
    """A permission boundary, None for none."""
    if not arn:
        return None
    return (("PermissionsBoundaryType", "Policy"), ("PermissionsBoundaryArn", arn))


def user(entity: Entity, boundary_arn: str = "", *, whole: bool = False) -> Fields:
    """A user; whole: with what lists leave out."""
    return (
        ("Path", entity.path),
        ("UserName", entity.name),
        ("UserId", entity.id),
        ("Arn", entity.arn),
        ("CreateDate", iso_seconds(entity.created_us)),
        ("PermissionsBoundary", boundary(boundary_arn)),
        ("Tags", tags(entity.tags) if whole and entity.tags else None),
    )


def group(entity: Entity) -> Fields:
    """A group."""
    return (
        ("Path", entity.path),
        ("GroupName", entity.name),
        ("GroupId", entity.id),
        ("Arn", entity.arn),
        ("CreateDate", iso_seconds(entity.created_us)),
    )


def role(
    entity: Entity, boundary_arn: str = "", *, longest: bool = True, whole: bool = False
) -> Fields:
    """A role. longest: with MaxSessionDuration; whole: with what lists leave out."""
    used: Fields = ()
    if entity.used_us:
        used = (("LastUsedDate", iso_seconds(entity.used_us)), ("Region", entity.used_region))
    return (
        ("Path", entity.path),
        ("RoleName", entity.name),
        ("RoleId", entity.id),
        ("Arn", entity.arn),
        ("CreateDate", iso_seconds(entity.created_us)),
        ("AssumeRolePolicyDocument", encoded(entity.trust)),
        ("Description", entity.description or None),
        ("MaxSessionDuration", entity.longest_session if longest else None),
        ("PermissionsBoundary", boundary(boundary_arn)),
        ("Tags", tags(entity.tags) if whole and entity.tags else None),
        ("RoleLastUsed", used if whole and longest else None),
    )


def policy(held: ManagedPolicy, *, whole: bool = False) -> Fields:
    """A managed policy; whole: with what lists leave out."""
    return (
        ("PolicyName", held.name),
        ("PolicyId", held.id),
        ("Arn", held.arn),
        ("Path", held.path),
        ("DefaultVersionId", f"v{held.default}"),
        ("AttachmentCount", held.attached),
        ("PermissionsBoundaryUsageCount", held.bounds),
        ("IsAttachable", True),
        ("Description", held.description if whole and held.description else None),
        ("CreateDate", iso_seconds(held.created_us)),
        ("UpdateDate", iso_seconds(held.updated_us)),
        ("Tags", tags(held.tags) if whole else None),
    )


def version(held: PolicyVersion, default: int, *, document: bool) -> Fields:
    """A version of a managed policy."""
    return (
        ("Document", encoded(held.document) if document else None),
        ("VersionId", f"v{held.number}"),
        ("IsDefaultVersion", held.number == default),
        ("CreateDate", iso_seconds(held.created_us)),
    )


def attached(policies: list[ManagedPolicy]) -> list[Value]:
    """Attached policies, by name and ARN."""
    return [(("PolicyName", held.name), ("PolicyArn", held.arn)) for held in policies]
