"""The nouns of IAM and STS as values: users, groups, roles, managed policies, sessions.

This file never does anything: no I/O, no checks. Unique ids are never reused, and everything that
belongs to an entity hangs on its id, never on its name: a namesake made later inherits nothing.
Times are microseconds since the epoch (`_us`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from narthex.http import Pairs

EntityKind = Literal["user", "group", "role"]
SessionKind = Literal["root", "user", "role", "federated"]

AWS = "aws"  # owns the managed policies that every account can attach and none can change
HOUR = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, a group or a role.

    id: AIDA..., AGPA..., AROA... path begins and ends with `/`. boundary: the id of the managed
    policy that bounds it, "" for none. trust, pins, description, longest_session (seconds) are a
    role's: who may assume it, and the unique id of each principal its trust policy names.
    """

    id: str
    account: str
    kind: EntityKind
    name: str
    path: str
    created_us: int
    boundary: str = ""
    tags: Pairs = ()
    trust: str = ""
    pins: Pairs = ()
    description: str = ""
    longest_session: int = HOUR
    used_us: int = 0
    used_region: str = ""

    @property
    def arn(self) -> str:
        """As policies name it."""
        return entity_arn(self.account, self.kind, self.path, self.name)


def entity_arn(account: str, kind: str, path: str, name: str) -> str:
    """The ARN of an entity or a managed policy, whether it exists or not."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A policy with versions that users, groups and roles can share. default: a version's number.

    last: the highest number a version ever had. attached, bounds: how many entities use it.
    """

    id: str
    account: str
    name: str
    path: str
    created_us: int
    updated_us: int
    default: int = 1
    last: int = 1
    description: str = ""
    tags: Pairs = ()
    attached: int = 0
    bounds: int = 0

    @property
    def arn(self) -> str:
        """As it is attached by."""
        return entity_arn(self.account, "policy", self.path, self.name)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One text of a managed policy. number counts from 1 and is written `v1`."""

    number: int
    document: str
    created_us: int


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A policy as it counts for a principal: what it is told by, and its text.

    name: "user bob, inline policy inbox" or the ARN of a managed policy.
    """

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials. id: an ASIA... key id. owner: the unique id of its user or role, ""
    for a root's. name: of a role session or a federated user.

    token: SHA-256 of the session token. origin: the id of the permanent key that all this began
    with, what a key minted ends with it; "" for a role that a service acts as. policies: session
    policies; managed: ids of managed ones, read when they are used. tags: those of the session
    alone. expires_us: the first instant at which it is no longer good.
    """

    id: str
    account: str
    kind: SessionKind
    owner: str
    name: str
    token: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    origin: str
    issued_us: int
    expires_us: int
    policies: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    tags: Pairs = ()
    transitive: tuple[str, ...] = ()
    source_identity: str = ""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """When and for what a key was last used."""

    used_us: int
    service: str
    region: str
