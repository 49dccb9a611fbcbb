"""May they? AWS's order of evaluation over compiled policies: the decision and what decided.

This file never fails and never asks: every document it meets was checked when it was put. The
default is no. Pure: no I/O, no clock.
Source: AWS, "Policy evaluation logic"; Amazon S3, "How Amazon S3 authorizes a request".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from narthex.pure.policy.access import Access, Naming
from narthex.pure.policy.compiled import Bundle, StatementRef, first_match
from narthex.pure.policy.context import Context

Layer = Literal["resource", "identity", "boundary", "session"]

# Whatever its bucket policy says, an account's root can read and replace it.
ROOT_KEEPS = frozenset(["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])
_NONE = Bundle()


class Reason(Enum):
    """Why a decision fell; the first four allow. values: for people and for the audit."""

    RESOURCE_POLICY = "a resource policy allows"
    IDENTITY_POLICY = "an identity policy allows"
    ACL = "an access control list allows"
    ROOT = "the account's root may"
    EXPLICIT_DENY = "a statement denies"
    NO_RESOURCE_POLICY = "no resource policy allows"
    NO_IDENTITY_POLICY = "no identity policy allows"
    BOUNDARY = "the permission boundary does not allow"
    SESSION = "a session policy does not allow"
    PUBLIC_ACCESS = "RestrictPublicBuckets keeps the public bucket policy to its own account"


@dataclass(frozen=True, slots=True)
class Decision:
    """statement: what allowed or denied; None for root, ACLs and where nothing allows.

    layer: where the statement stands, or which layer did not allow. allowed_by: when a boundary, a
    session policy or a block stood in the way, the statement that would have allowed.
    """

    allowed: bool
    reason: Reason
    statement: StatementRef | None = None
    layer: Layer | None = None
    allowed_by: StatementRef | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """All that is said about one caller and one resource; each bundle compiled once and kept.

    boundary: None when the caller has none. sessions: one bundle per layer of session policies (a
    role session's, then a share's), every layer must allow. resource: the bucket policy, trust
    policy or function policy. needs_resource: the resource policy must allow whoever asks, also in
    its own account (role trust).
    """

    identity: Bundle = _NONE
    boundary: Bundle | None = None
    sessions: tuple[Bundle, ...] = ()
    resource: Bundle | None = None
    needs_resource: bool = False

    @property
    def statements(self) -> int:
        """How many there are in all."""
        bundles = (self.identity, self.boundary, *self.sessions, self.resource)
        found = [policy for bundle in bundles if bundle is not None for policy in bundle.policies]
        return sum(len(policy.statements) for policy in found)

    def under(self, action: str, context: Context) -> Policies | None:
        """What decides about an action on any resource while these circumstances stand.

        Nothing of it reads a context. None where resources depend on it too.
        """
        met: dict[Bundle | None, Bundle] = {}
        for bundle in (self.identity, self.boundary, *self.sessions, self.resource):
            if bundle is not None:
                found = bundle.under(action, context)
                if found is None:
                    return None
                met[bundle] = found
        return Policies(
            met[self.identity],
            met.get(self.boundary),
            tuple(met[session] for session in self.sessions),
            met.get(self.resource),
            self.needs_resource,
        )


def evaluate(access: Access, policies: Policies) -> Decision:
    """The decision. A deny anywhere wins; then who must allow depends on who asks for whose."""
    denied = _denied(access, policies)
    if denied is not None:
        return denied
    actor = access.actor
    naming, statement = access.granted, None
    blocked: StatementRef | None = None
    if policies.resource is not None and access.policy_counts:
        named, found = _named(access, policies.resource)
        if access.restricted and actor.account != access.owner and actor.kind != "service":
            blocked = found
        elif named >= naming and found is not None:
            naming, statement = named, found
    if actor.kind in ("anonymous", "service"):
        return _without_account(naming, statement, blocked)
    at_home = actor.account == access.owner
    if naming is Naming.NOBODY and (policies.needs_resource or not at_home):
        return _no_resource_policy(blocked)
    if naming >= Naming.OWNER and at_home:
        return _within(access, policies, naming, _granted(statement))
    # The caller's own account must allow: at home that is enough, abroad it is asked to the last
    # layer, however closely the resource's owner has named the caller.
    return _within(access, policies, Naming.ACCOUNT, _by_identity(access, policies, statement))


def _denied(access: Access, policies: Policies) -> Decision | None:
    """The first statement that denies, in AWS's order: resource, identity, boundary, session."""
    action, resource, context = access.action, access.resource, access.context
    if policies.resource is not None:
        found = _resource_denial(access, policies)
        if found is not None:
            return Decision(False, Reason.EXPLICIT_DENY, found, "resource")
    denies = policies.identity.about(action)[0]
    if denies and (row := first_match(denies, resource, context)) is not None:
        return Decision(False, Reason.EXPLICIT_DENY, row.ref, "identity")
    if policies.boundary is not None:
        denies = policies.boundary.about(action)[0]
        if denies and (row := first_match(denies, resource, context)) is not None:
            return Decision(False, Reason.EXPLICIT_DENY, row.ref, "boundary")
    for session in policies.sessions:
        denies = session.about(action)[0]
        if denies and (row := first_match(denies, resource, context)) is not None:
            return Decision(False, Reason.EXPLICIT_DENY, row.ref, "session")
    return None


def _resource_denial(access: Access, policies: Policies) -> StatementRef | None:
    """The statement of the resource policy that denies this caller."""
    actor = access.actor
    if policies.resource is None or (
        access.action in ROOT_KEEPS
        and actor.kind == "root"
        and actor.account == access.owner
        and not policies.sessions
    ):
        return None
    bounded = policies.boundary is not None
    for *_, row in policies.resource.about(access.action)[0]:
        if (
            row.names is not None
            and row.names(actor, bounded)
            and row.reaches(access.resource, access.context)
            and row.holds(access.context)
        ):
            return row.ref
    return None


def _named(access: Access, resource: Bundle) -> tuple[Naming, StatementRef | None]:
    """The closest naming of the caller by a statement that allows, and that statement."""
    closest, found = Naming.NOBODY, None
    for *_, row in resource.about(access.action)[1]:
        naming = Naming.NOBODY if row.names is None else row.names(access.actor, False)
        if (
            naming > closest
            and row.reaches(access.resource, access.context)
            and row.holds(access.context)
        ):
            closest, found = naming, row.ref
    return closest, found


def _without_account(
    naming: Naming, statement: StatementRef | None, blocked: StatementRef | None
) -> Decision:
    """Anonymous callers and services have no policies: the resource's owner decides alone."""
    if naming >= Naming.EVERYONE:
        return _granted(statement)
    return _no_resource_policy(blocked)


def _no_resource_policy(blocked: StatementRef | None) -> Decision:
    """Nothing of the resource's owner allows, or RestrictPublicBuckets took it away."""
    if blocked is not None:
        return Decision(False, Reason.PUBLIC_ACCESS, None, "resource", blocked)
    return Decision(False, Reason.NO_RESOURCE_POLICY, None, "resource")


def _granted(statement: StatementRef | None) -> Decision:
    """Allowed by the resource's owner: by the policy, or without a statement by the ACL."""
    if statement is None:
        return Decision(True, Reason.ACL)
    return Decision(True, Reason.RESOURCE_POLICY, statement, "resource")


def _by_identity(access: Access, policies: Policies, statement: StatementRef | None) -> Decision:
    """What the caller's identity policies say. A root needs none: it is told who let it in."""
    if access.actor.kind == "root":
        at_home = access.actor.account == access.owner
        return Decision(True, Reason.ROOT) if at_home and not statement else _granted(statement)
    allows = policies.identity.about(access.action)[1]
    row = first_match(allows, access.resource, access.context)
    if row is None:
        return Decision(False, Reason.NO_IDENTITY_POLICY, None, "identity")
    return Decision(True, Reason.IDENTITY_POLICY, row.ref, "identity")


def _within(access: Access, policies: Policies, naming: Naming, base: Decision) -> Decision:
    """An allowing decision, if the boundary and every session policy allow too.

    A resource policy that names the caller itself, or everyone, does not ask the boundary; one that
    names the very session does not ask its session policies.
    """
    if not base.allowed:
        return base
    if policies.boundary is None and not policies.sessions:
        return base
    action, resource, context = access.action, access.resource, access.context
    if policies.boundary is not None and naming < Naming.EVERYONE:
        allows = policies.boundary.about(action)[1]
        if first_match(allows, resource, context) is None:
            return Decision(False, Reason.BOUNDARY, None, "boundary", base.statement)
    if naming is Naming.CALLER:
        return base
    for session in policies.sessions:
        if first_match(session.about(action)[1], resource, context) is None:
            return Decision(False, Reason.SESSION, None, "session", base.statement)
    return base
