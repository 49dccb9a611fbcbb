"""An act of IAM or STS as the audit log tells it: what it is on, and what it was given.

This file never tells what is not named here, and of a document only its digest: a policy may name
what only its readers should know, an external id is half a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from narthex.acts import Act
from narthex.http import Request
from narthex.pure.administration import digest
from narthex.query_api.operation import Call, Operation, Resource

GIVEN: Final = (
    "UserName", "GroupName", "RoleName", "PolicyName", "PolicyArn", "AccessKeyId", "Status",
    "VersionId", "SetAsDefault", "NewUserName", "NewGroupName", "NewPath", "AccountAlias",
    "PermissionsBoundary", "MaxSessionDuration", "RoleSessionName", "DurationSeconds", "Name",
    "SourceIdentity",
)  # fmt: skip
DOCUMENTS: Final = ("PolicyDocument", "AssumeRolePolicyDocument", "Policy")


def act_of(
    operation: Operation, call: Call, resource: Resource, request: Request, request_id: str
) -> Act:
    """The act that this call is."""
    role = call.arguments.maybe("RoleArn")  # of AssumeRole, which may be another account's
    return Act(
        operation.action,
        operation.name,
        role or resource.arn,
        _account_in(role) if role else "",
        call.identity,
        request,
        request_id,
        lambda: _said(call),
    )


def _account_in(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def _said(call: Call) -> Iterator[tuple[str, str]]:
    given = call.arguments
    yield from call.made.items()
    for name in GIVEN:
        if name in given:
            yield name, given[name]
    for name in DOCUMENTS:
        if name in given:
            yield name, digest(given[name])
    keys = [key for key, _ in given.pairs("Tags")] if "Tags" in given else []
    yield "TagKeys", ",".join([*keys, *given.texts("TagKeys")])
