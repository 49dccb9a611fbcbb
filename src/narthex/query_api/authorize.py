"""May this caller do this? One door for IAM and STS, closed by default.

This file never runs an action. Every action passes here once, on the resource it declares, and
before it is told whether that exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from narthex.http import Pairs, Request
from narthex.identity import Identity
from narthex.pure.claims import Claim
from narthex.pure.policy import Access, Bundle, Context, Decision, Facts, Policies, denial, evaluate
from narthex.pure.policy.patterns import Value
from narthex.query_api.errors import QueryError

# The keys of IAM and STS that the resource or the form fills; anything else is never asked for.
Keys = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Wire:
    """What the request itself says: address, time, headers, region of the scope."""

    facts: Facts

    @classmethod
    def of(cls, request: Request, identity: Identity, claim: Claim, now_us: int) -> Wire:
        """The circumstances of one request."""
        return cls(
            Facts(
                identity.caller,
                now_us,
                client=request.client,
                secure=request.scheme == "https",
                region=claim.region,
                header=request.headers.get,
            )
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """An action on a resource. owner: the account whose it is. tags: those it has.

    request_tags: those the request sets, None when it sets none. keys: condition keys of the
    service ("iam:PolicyARN", "sts:ExternalId") by lower-case name.
    """

    action: str
    arn: str
    owner: str
    tags: Pairs = ()
    request_tags: Pairs | None = None
    keys: Keys | None = None


def decide(
    identity: Identity, asked: Asked, wire: Wire, trust: Bundle | None = None
) -> tuple[Access, Decision]:
    """The decision about one action. trust: the policy of a role, which must allow whoever asks."""
    facts = replace(
        wire.facts,
        owner=asked.owner,
        resource_tags=asked.tags,
        request_tags=asked.request_tags,
    )
    keys = asked.keys or {}

    def source(key: str) -> Value:
        return keys[key] if key in keys else facts.value(key)  # ours first: no header reaches it

    access = Access(
        identity.caller.actor, asked.action, asked.arn, asked.owner, Context(source=source)
    )
    own = identity.policies
    policies = Policies(
        own.identity, own.boundary, own.sessions, trust, needs_resource=trust is not None
    )
    return access, evaluate(access, policies)


def require(identity: Identity, asked: Asked, wire: Wire) -> None:
    """Raises AccessDenied unless the action is allowed."""
    access, decision = decide(identity, asked, wire)
    if not decision.allowed:
        raise QueryError("AccessDenied", denial(access, decision))
