"""May this caller do this? One door for Lambda, closed by default.

This file never runs an operation. Every operation passes here once, on the resource it declares,
and before it is told whether that exists.
"""

from __future__ import annotations

from collections.abc import Mapping

from narthex.entities import Entity
from narthex.functions.credentials import SERVICE
from narthex.functions.errors import LambdaError
from narthex.http import Pairs
from narthex.lambda_.operation import Call, Resource
from narthex.pure.policy import Access, Bundle, Context, Facts, Policies, denial, evaluate
from narthex.pure.policy.patterns import Value

PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action, not a password


def require(call: Call, action: str, resource: Resource) -> None:
    """Raises AccessDeniedException unless the action is allowed."""
    function = resource.function
    tags = function.tags if function is not None else ()
    _decide(
        call,
        action,
        resource.arn,
        resource.owner,
        resource.policy,
        tags,
        resource.request_tags,
        resource.keys,
    )


def require_pass_role(call: Call, role: Entity, function_arn: str) -> None:
    """The caller may hand this role to Lambda. Raises AccessDeniedException."""
    keys: dict[str, Value] = {
        "iam:passedtoservice": SERVICE,
        "iam:associatedresourcearn": function_arn,
    }
    keys |= {f"iam:resourcetag/{key.lower()}": value for key, value in role.tags}
    _decide(call, PASS_ROLE, role.arn, role.account, None, role.tags, None, keys)


def _decide(
    call: Call,
    action: str,
    arn: str,
    owner: str,
    policy: Bundle | None,
    tags: Pairs,
    request_tags: Pairs | None,
    keys: Mapping[str, Value],
) -> None:
    identity, request = call.identity, call.request
    facts = Facts(
        identity.caller,
        call.now_us,
        client=request.client,
        secure=request.scheme == "https",
        region=call.claim.region,
        owner=owner,
        header=request.headers.get,
        request_tags=request_tags,
        resource_tags=tags,
    )

    def source(key: str) -> Value:
        return keys[key] if key in keys else facts.value(key)  # ours first: no header reaches it

    own = identity.policies
    access = Access(identity.caller.actor, action, arn, owner, Context(source=source))
    decision = evaluate(access, Policies(own.identity, own.boundary, own.sessions, policy))
    if not decision.allowed:
        raise LambdaError("AccessDeniedException", denial(access, decision))
