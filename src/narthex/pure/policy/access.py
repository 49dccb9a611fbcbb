"""Who asks for what, on what, under which circumstances: the question that a decision answers.

This file never answers it. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from narthex.pure.policy.context import Context

# session: a role's. federated: of GetFederationToken, and a share's: a user or root, confined.
ActorKind = Literal["anonymous", "root", "user", "session", "federated", "service"]


class Naming(IntEnum):
    """How closely a resource's owner names the caller; a closer name needs less from others.

    Source: AWS, "Policy evaluation logic". Cross-account, any name needs the caller's policies too.
    """

    NOBODY = 0
    ACCOUNT = 1  # the caller's account: it may pass the right on, by identity policies
    OWNER = 2  # the role, or the user, that the caller is a session of
    EVERYONE = 3  # `*`, or a group of an ACL
    CALLER = 4  # the very user, session or service


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller, in every form in which a policy may name it.

    account: 12 digits, "" for anonymous and services. arn: as GetCallerIdentity tells it; a
    service's name. unique_id: `aws:userid`. owner_arn, owner_unique_id: the role of a role session,
    the user of a federated one, else "". canonical_id: of the account.
    confined: a share, which no resource policy can allow by name. Its session policies always
    count, and its owner must be allowed at the moment of use. The kind of a root's share is root.
    """

    kind: ActorKind
    account: str = ""
    arn: str = ""
    unique_id: str = ""
    owner_arn: str = ""
    owner_unique_id: str = ""
    canonical_id: str = ""
    confined: bool = False
    own: frozenset[str] = field(init=False, repr=False, compare=False)
    owners: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [] if self.kind == "root" else [self.arn, self.unique_id]
        object.__setattr__(self, "own", frozenset(name for name in names if name))
        names = [self.owner_arn, self.owner_unique_id]
        object.__setattr__(self, "owners", frozenset(name for name in names if name))


NOBODY_IN_PARTICULAR = Actor("anonymous", unique_id="anonymous")


@dataclass(frozen=True, slots=True)
class Access:
    """One access asked for.

    action: as in "s3:GetObject". resource: its ARN, or "*" for actions on none. owner: the account
    id of the resource's owner. granted: how the resource's ACL names the caller for this action.
    policy_counts: false for an object that the bucket's owner does not own: its bucket policy may
    deny, not allow. restricted: the bucket policy is public and RestrictPublicBuckets is on.
    """

    actor: Actor
    action: str
    resource: str
    owner: str
    context: Context = field(default_factory=Context)
    granted: Naming = Naming.NOBODY
    policy_counts: bool = True
    restricted: bool = False
