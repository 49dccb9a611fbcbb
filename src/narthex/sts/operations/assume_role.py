"""AssumeRole: temporary credentials of a role, for whom its trust policy lets in.

This file never tells whether a role exists to those who may not assume it. The trust policy is
asked always; a role of another account also needs the caller's own policies to allow.
Source: AWS STS API reference, AssumeRole; IAM user guide, "Methods to assume a role".
"""

from __future__ import annotations

import re

from narthex.catalog import accounts, entities
from narthex.entities import HOUR, Entity
from narthex.http import Pairs
from narthex.identity import compiled, merged
from narthex.pure.policy import Bundle
from narthex.pure.policy.patterns import Value
from narthex.query_api.authorize import Asked, decide
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError, invalid
from narthex.query_api.operation import Call, Resource
from narthex.server import Server
from narthex.sts.issue import (
    Wanted,
    checked_tags,
    issue,
    packed_size,
    refuse_second_factor,
    session_policies,
)
from narthex.sts.service import STS

_ROLE = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]+/)?([\w+=,.@-]{1,64})", re.ASCII)


@STS.operation(
    "AssumeRole",
    action="sts:AssumeRole",
    resource=None,  # two policies decide, perhaps of two accounts: see _authorize
    needs="RoleArn RoleSessionName",
    takes="PolicyArns Policy DurationSeconds Tags TransitiveTagKeys ExternalId SerialNumber "
    "TokenCode SourceIdentity",
)
async def assume_role(call: Call, resource: Resource, server: Server) -> Fields:
    given = call.arguments
    # Before the role is looked up: what is wrong with the form must not tell whether it exists.
    tags, transitive = _tags(call)
    source_identity = _source_identity(call)
    role = await _role(call, server)
    _authorize(call, role, tags)
    refuse_second_factor(call)
    seconds = _seconds(call, role)
    texts, managed = await session_policies(call, server.catalog, role.account)
    name = given["RoleSessionName"]
    wanted = Wanted(
        "role",
        role.account,
        role.id,
        seconds,
        name,
        texts,
        managed,
        tags,
        transitive,
        source_identity,
    )
    issued = await issue(call, server, wanted, role)
    assumed: Fields = (
        ("AssumedRoleId", f"{role.id}:{name}"),
        ("Arn", f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{name}"),
    )
    return (
        ("Credentials", issued.fields),
        ("AssumedRoleUser", assumed),
        ("PackedPolicySize", packed_size(given.maybe("Policy"), tags)),
        ("SourceIdentity", source_identity or None),
    )


async def _role(call: Call, server: Server) -> Entity:
    """The role that RoleArn names. Raises AccessDenied when there is none, and says no more."""
    arn = call.arguments["RoleArn"]
    match = _ROLE.fullmatch(arn)
    if match is None:
        raise invalid(f"{arn[:256]} is invalid")
    account = await accounts.find(server.catalog, match[1])
    role = await entities.find(server.catalog, match[1], "role", match[2])
    if account is None or not account.enabled or role is None or role.arn != arn:
        raise _denied(call)
    return role


def _denied(call: Call, action: str = "sts:AssumeRole") -> QueryError:
    """The one refusal: the same whether the role is missing, distrusts, or is not allowed."""
    caller, arn = call.identity.principal.arn, call.arguments["RoleArn"]
    return QueryError(
        "AccessDenied",
        f"User: {caller} is not authorized to perform: {action} on resource: {arn}",
    )


def _tags(call: Call) -> tuple[Pairs, tuple[str, ...]]:
    """The session's tags and which of them go on to a role assumed from it.

    Transitive tags of the calling session come along and cannot be changed.
    """
    given = checked_tags(call.arguments.pairs("Tags"))
    wanted = call.arguments.texts("TransitiveTagKeys")
    keys = {key.lower() for key, _ in given}
    if any(key.lower() not in keys for key in wanted):
        raise QueryError(
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        )
    session = call.identity.session
    if session is None:
        return given, tuple(wanted)
    passed = {key.lower() for key in session.transitive}
    if passed & keys:
        raise QueryError(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session.",
        )
    inherited = tuple(tag for tag in session.tags if tag[0].lower() in passed)
    return merged(given, inherited), (*wanted, *session.transitive)


def _source_identity(call: Call) -> str:
    """Who began the chain of sessions; once set it stays. Raises AccessDenied."""
    before = call.identity.principal.source_identity
    given = call.arguments.text("SourceIdentity", before)
    if before and given != before:
        raise _denied(call, "sts:SetSourceIdentity")
    return given


def _authorize(call: Call, role: Entity, tags: Pairs) -> None:
    """Raises AccessDenied unless trust policy and, where it counts, the caller's own allow."""
    given = call.arguments
    keys: dict[str, Value] = {"sts:rolesessionname": given["RoleSessionName"]}
    if "ExternalId" in given:
        keys["sts:externalid"] = given["ExternalId"]
    if "SourceIdentity" in given:
        keys["sts:sourceidentity"] = given["SourceIdentity"]
    if "TransitiveTagKeys" in given:
        keys["sts:transitivetagkeys"] = tuple(given.texts("TransitiveTagKeys"))
    keys |= {f"iam:resourcetag/{key.lower()}": value for key, value in role.tags}
    actions = ["sts:AssumeRole"]
    actions += ["sts:TagSession"] if tags else []
    actions += ["sts:SetSourceIdentity"] if "SourceIdentity" in given else []
    trust = Bundle([compiled(f"{role.arn}, trust policy", role.trust, "trust", role.pins)])
    for action in actions:
        asked = Asked(action, role.arn, role.account, role.tags, tags or None, keys)
        _, decision = decide(call.identity, asked, call.wire, trust)
        if not decision.allowed:
            raise _denied(call, action)


def _seconds(call: Call, role: Entity) -> int:
    """How long the session lives. Raises ValidationError beyond what the role allows."""
    seconds = call.arguments.number("DurationSeconds", HOUR)
    session = call.identity.session
    if session is not None and session.kind == "role" and seconds > HOUR:
        raise invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    if seconds > role.longest_session:
        raise invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds
