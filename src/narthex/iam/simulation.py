"""What would be decided: policies, given or a principal's, asked about actions on resources.

This file never changes anything, and never uses the rights of whoever asks.
Source: IAM API reference, SimulatePrincipalPolicy, SimulateCustomPolicy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from narthex.entities import NamedDocument
from narthex.identity import Texts, bundle
from narthex.pure.policy import (
    Access,
    Actor,
    Caller,
    Context,
    Document,
    Facts,
    Policies,
    Reason,
    Trace,
    explain,
)
from narthex.pure.policy.patterns import Value as ContextValue
from narthex.pure.policy.patterns import Variable, arn_tokens, tokens
from narthex.query_api.document import Fields, Value
from narthex.query_api.errors import invalid

_CALLER = re.compile(r"arn:aws:iam::([0-9]{12}):user/(?:[!-~]+/)?([\w+=,.@-]+)", re.ASCII)
_OWNER = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?")
INPUT = "PolicyInputList"
BOUNDARY_INPUT = "PermissionsBoundaryPolicyInputList"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything but the actions and the resources. context: keys in lower case."""

    caller: Caller
    policies: Policies
    owner: str
    context: Mapping[str, ContextValue]
    now_us: int

    def result(self, action: str, resource: str) -> Fields:
        """One EvaluationResult."""
        facts = Facts(self.caller, self.now_us, owner=self.owner)

        def source(key: str) -> ContextValue:
            return self.context[key] if key in self.context else facts.value(key)

        access = Access(self.caller.actor, action, resource, self.owner, Context(source=source))
        told = explain(access, self.policies)
        decision = told.decision
        word = "implicitDeny"
        if decision.allowed:
            word = "allowed"
        elif decision.reason is Reason.EXPLICIT_DENY:
            word = "explicitDeny"
        bounded: Fields | None = None
        if self.policies.boundary is not None:
            passes = decision.reason is not Reason.BOUNDARY and decision.layer != "boundary"
            bounded = (("AllowedByPermissionsBoundary", passes),)
        return (
            ("EvalActionName", action),
            ("EvalResourceName", resource),
            ("EvalDecision", word),
            ("MatchedStatements", [_matched(trace) for trace in told.matched]),
            ("MissingContextValues", list(told.missing)),
            ("PermissionsBoundaryDecisionDetail", bounded),
            ("ResourceSpecificResults", []),
        )


def _matched(trace: Trace) -> Value:
    start, end = trace.source.start, trace.source.end
    return (
        ("SourcePolicyId", trace.ref.policy),
        ("SourcePolicyType", _policy_type(trace)),
        ("StartPosition", (("Line", start.line), ("Column", start.column))),
        ("EndPosition", (("Line", end.line), ("Column", end.column))),
    )


def _policy_type(trace: Trace) -> str:
    """Where the policy comes from, in IAM's words."""
    if trace.layer == "resource":
        return "resource"
    name = trace.ref.policy
    if name.startswith("arn:aws:iam::"):
        return "aws-managed" if name.startswith("arn:aws:iam::aws:") else "user-managed"
    kind = name.partition(" ")[0]
    return kind if kind in ("user", "group", "role") else "none"


def inputs(name: str, documents: Sequence[str]) -> tuple[NamedDocument, ...]:
    """Documents of the form, told by their place in it."""
    return tuple(
        NamedDocument(f"{name}.{place}", document) for place, document in enumerate(documents, 1)
    )


def policies_of(texts: Texts, resource_policy: str | None) -> Policies:
    """The policies of a simulation, compiled; all of them were checked."""
    resource = None
    if resource_policy is not None:
        resource = bundle((NamedDocument("ResourcePolicy", resource_policy),), "function")
    boundary = None if texts.boundary is None else bundle((texts.boundary,), "identity")
    return Policies(bundle(texts.identity, "identity"), boundary, resource=resource)


def context_of(entries: Sequence[Mapping[str, str]]) -> dict[str, ContextValue]:
    """The condition keys of ContextEntries. Raises ValidationError for an entry without a name."""
    found: dict[str, ContextValue] = {}
    for entry in entries:
        name = entry.get("ContextKeyName", "").lower()
        if not name or name in found:
            raise invalid("Each entry of ContextEntries has a ContextKeyName of its own")
        prefix = "ContextKeyValues.member."
        values = tuple(value for key, value in entry.items() if key.startswith(prefix))
        several = entry.get("ContextKeyType", "string").endswith("List")
        if several or len(values) > 1:
            found[name] = values
        else:
            found[name] = values[0] if values else None
    return found


def caller_named(arn: str) -> Caller:
    """The user of this ARN as a simulated caller. Raises ValidationError for any other ARN."""
    match = _CALLER.fullmatch(arn)
    if match is None:
        raise invalid(f"Invalid Entity Arn: {arn[:256]} is not the ARN of a user")
    return Caller(Actor("user", match[1], arn), username=match[2])


def owner_of(text: str) -> str:
    """The account id of ResourceOwner. Raises ValidationError."""
    match = _OWNER.fullmatch(text)
    if match is None:
        raise invalid(f"Invalid ResourceOwner: {text[:256]} is not an account")
    return match[1]


def context_keys(documents: Sequence[Document]) -> list[str]:
    """The condition keys and variables that documents read, each once, sorted."""
    found: dict[str, str] = {}
    for document in documents:
        for key in _keys(document):
            found.setdefault(key.lower(), key)
    return sorted(found.values())


def _keys(document: Document) -> Iterator[str]:
    variables = document.has_variables
    for statement in document.statements:
        patterns = []
        for condition in statement.conditions:
            yield condition.key
            if condition.operator.takes_variables:
                patterns += [
                    tokens(text, variables=variables, wildcards=False) for text in condition.values
                ]
        for text in statement.resources:
            patterns += arn_tokens(text, variables=variables)
        for pattern in patterns:
            yield from (token.key for token in pattern if isinstance(token, Variable))
