"""Why a decision fell, for people: every statement that matched, and why each other did not.

This file never decides: evaluate.py does. What it says is for the account that owns the policies,
never for a stranger. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from narthex.pure.policy.access import Access
from narthex.pure.policy.compiled import Bundle, CompiledStatement, StatementRef
from narthex.pure.policy.document import Statement
from narthex.pure.policy.evaluate import Decision, Layer, Policies, Reason, evaluate
from narthex.pure.policy.reads import keys_read

Part = Literal["", "Action", "Principal", "Resource", "Condition"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one statement. failed: "" when it matched, else the first part that did not.

    detail: the condition that was not met, e.g. "IpAddress aws:SourceIp".
    """

    layer: Layer
    ref: StatementRef
    source: Statement
    failed: Part
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with all that led to it. traces: every statement, in the order of evaluation.

    missing: the condition keys and variables that statements about this action and resource read,
    and that the request does not have; in lower case, sorted.
    """

    decision: Decision
    traces: tuple[Trace, ...]
    missing: tuple[str, ...]

    @property
    def matched(self) -> tuple[Trace, ...]:
        """The statements that are about this request: those that deny when it is denied by one,
        else those that allow. These are `MatchedStatements` of simulate-principal-policy.
        """
        denied = self.decision.reason is Reason.EXPLICIT_DENY
        effect = "Deny" if denied else "Allow"
        return tuple(one for one in self.traces if not one.failed and one.ref.effect == effect)


def explain(access: Access, policies: Policies) -> Explanation:
    """The decision, and what became of every statement of every policy."""
    traces: list[Trace] = []
    missing: set[str] = set()
    bounded = policies.boundary is not None
    for layer, bundle in _layers(policies):
        for policy in bundle.policies:
            for row in policy.statements:
                failed, detail = _fate(row, access, bounded)
                traces.append(Trace(layer, row.ref, row.source, failed, detail))
                if failed in ("", "Condition"):
                    variables = policy.document.has_variables
                    read = keys_read(row.source, variables=variables)
                    missing |= {key for key in read if access.context[key] is None}
    return Explanation(evaluate(access, policies), tuple(traces), tuple(sorted(missing)))


def _layers(policies: Policies) -> Iterator[tuple[Layer, Bundle]]:
    """Every bundle, in the order in which denies are looked for."""
    if policies.resource is not None:
        yield "resource", policies.resource
    yield "identity", policies.identity
    if policies.boundary is not None:
        yield "boundary", policies.boundary
    for session in policies.sessions:
        yield "session", session


def _fate(row: CompiledStatement, access: Access, bounded: bool) -> tuple[Part, str]:
    """The first part of a statement that is not about this request; "" when all are."""
    if not row.covers(access.action.lower()):
        return "Action", ""
    if row.names is not None and not row.names(access.actor, bounded):
        return "Principal", ""
    if not row.reaches(access.resource, access.context):
        return "Resource", ""
    for condition, test in zip(row.source.conditions, row.tests, strict=True):
        if not test(access.context):
            return "Condition", f"{condition.name} {condition.key}"
    return "", ""


_BECAUSE: dict[Reason, str] = {
    Reason.NO_IDENTITY_POLICY: "because no identity-based policy allows the {} action",
    Reason.NO_RESOURCE_POLICY: "because no resource-based policy allows the {} action",
    Reason.BOUNDARY: "because no permissions boundary allows the {} action",
    Reason.SESSION: "because no session policy allows the {} action",
    Reason.PUBLIC_ACCESS: (
        "because public access is prevented by the RestrictPublicBuckets setting in S3 Block "
        "Public Access"
    ),
}
_DENIED_IN: dict[Layer, str] = {
    "identity": "an identity-based policy",
    "resource": "a resource-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
}


def denial(access: Access, decision: Decision) -> str:
    """AWS's message for a refusal: whole to callers of the owner's account, bare to all others.

    S3 quotes the resource, the other services do not.
    """
    if access.actor.account != access.owner or not access.actor.account:
        return "Access Denied"
    quote = '"' if access.action.startswith("s3:") else ""
    if decision.reason is Reason.EXPLICIT_DENY:
        because = f"with an explicit deny in {_DENIED_IN[decision.layer or 'identity']}"
    else:
        because = _BECAUSE[decision.reason].format(access.action)
    return (
        f"User: {access.actor.arn} is not authorized to perform: {access.action} on resource: "
        f"{quote}{access.resource}{quote} {because}"
    )
