"""What is known about a request, as condition keys, each computed only when a policy asks.

INVARIANT: a key is filled by the one thing that owns it. No header, query parameter or tag can set
another key, whatever its name. Pure: no I/O, no clock: the time is given.
Source: AWS, "Global condition context keys"; Amazon S3, "Condition keys for Amazon S3".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from narthex.http import Pairs
from narthex.pure.policy.access import NOBODY_IN_PARTICULAR, Actor
from narthex.pure.policy.context import HEADER_KEYS, LISTING_KEYS, QUERY_KEYS, Context
from narthex.pure.policy.patterns import Value

Lookup = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Signed:
    """How a request proved who sent it. at_us: when it was signed, as it says itself."""

    how: Literal["REST-HEADER", "REST-QUERY-STRING", "POST"]
    version: Literal["AWS4-HMAC-SHA256", "AWS"]
    at_us: int

    def age_ms(self, now_us: int) -> int | None:
        """Milliseconds since a link or form was signed; None for what is signed in its headers.

        SigV2 says when it ends only, so its age is 0.
        """
        if self.how == "REST-HEADER":
            return None
        return max(0, now_us - self.at_us) // 1000 if self.version != "AWS" else 0


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known about the caller. To every condition a share looks like its owner.

    username: of a user, also behind a session token or a share. issued_us: when a temporary key was
    made. mfa: None for permanent keys, which carry no such fact.
    """

    actor: Actor = NOBODY_IN_PARTICULAR
    username: str = ""
    tags: Pairs = ()
    issued_us: int | None = None
    mfa: bool | None = None
    source_identity: str = ""


def _nothing(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Facts:
    """One request. client: the address that counts, "" when there is none.

    header: a header, by its lower-case name. field: a header, or the same name signed into a
    pre-signed URL. parameter: a query parameter. listing: the request lists keys, only then is
    `prefix` a condition. request_tags: None when the request sets none. object_tags: of the object
    as it is. resource_tags: of the bucket, user or role. service_source: ARN and account for which
    a service acts.
    """

    caller: Caller
    now_us: int
    client: str = ""
    secure: bool = False
    region: str = ""
    owner: str = ""
    signed: Signed | None = None
    header: Lookup = _nothing
    field: Lookup = _nothing
    parameter: Lookup = _nothing
    listing: bool = False
    request_tags: Pairs | None = None
    object_tags: Pairs = ()
    resource_tags: Pairs = ()
    location: str | None = None
    retention_days: int | None = None
    service_source: tuple[str, str] | None = None

    def value(self, key: str) -> Value:
        """The value of a condition key, given in lower case; None when the request has none."""
        derive = _DERIVED.get(key)
        if derive is not None:
            return derive(self)
        name = HEADER_KEYS.get(key)
        if name is not None:
            return self.field(name)
        name = LISTING_KEYS.get(key)
        if name is not None:
            return self.parameter(name) if self.listing else None
        name = QUERY_KEYS.get(key)
        if name is not None:
            return self.parameter(name)
        family, slash, tag = key.partition("/")
        tags = _TAGS.get(family)
        return _tag(tags(self), tag) if slash and tags is not None else None

    def context(self) -> Context:
        """A fresh context for one request, or for one of several resources that it touches."""
        context = Context(source=self.value)
        # The time is known as a number; reading it back from its text would cost most of all.
        context["date", "aws:currenttime"] = self.now_us // 1_000_000 * 1_000_000
        return context


def _tag(tags: Pairs, name: str) -> Value:
    """The value of a tag, found in any case. Two tags that differ only in case are two values, so
    that neither can stand for the other.
    """
    found = [value for key, value in tags if key.lower() == name]
    return found[0] if len(found) == 1 else tuple(found)


def _iso(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bool(truth: bool | None) -> str | None:
    return None if truth is None else str(truth).lower()


def _age_ms(facts: Facts) -> Value:
    signed = facts.signed
    age = None if signed is None else signed.age_ms(facts.now_us)
    return None if age is None else str(age)


def _principal_arn(facts: Facts) -> Value:
    """The role of a role session, the owner of a share, else the caller itself."""
    actor = facts.caller.actor
    stands_for = actor.kind == "session" or actor.confined
    return (actor.owner_arn if stands_for and actor.owner_arn else actor.arn) or None


def _user_id(facts: Facts) -> Value:
    """That of a share's owner; a session's own id says its role already."""
    actor = facts.caller.actor
    stands_for = actor.confined and actor.kind != "session"
    return (actor.owner_unique_id if stands_for else "") or actor.unique_id or None


def _principal_type(facts: Facts) -> Value:
    actor = facts.caller.actor
    if actor.confined and facts.caller.username:
        return "User"
    return _TYPES.get(actor.kind)


def _is_service(facts: Facts) -> Value:
    return _bool(facts.caller.actor.kind == "service")


def _keys(tags: Pairs | None) -> Value:
    return tuple(name for name, _ in tags or ())


_TYPES = {
    "root": "Account",
    "user": "User",
    "session": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}
_TAGS: dict[str, Callable[[Facts], Pairs]] = {
    "aws:principaltag": lambda facts: facts.caller.tags,
    "aws:requesttag": lambda facts: facts.request_tags or (),
    "aws:resourcetag": lambda facts: facts.resource_tags,
    "s3:buckettag": lambda facts: facts.resource_tags,
    "s3:existingobjecttag": lambda facts: facts.object_tags,
    "s3:requestobjecttag": lambda facts: facts.request_tags or (),
}
_DERIVED: dict[str, Callable[[Facts], Value]] = {
    "aws:currenttime": lambda facts: _iso(facts.now_us),
    "aws:epochtime": lambda facts: str(facts.now_us // 1_000_000),
    "aws:sourceip": lambda facts: facts.client or None,
    "aws:securetransport": lambda facts: _bool(facts.secure),
    "aws:useragent": lambda facts: facts.header("user-agent"),
    "aws:referer": lambda facts: facts.header("referer"),
    "aws:requestedregion": lambda facts: facts.region or None,
    "aws:username": lambda facts: facts.caller.username or None,
    "aws:userid": _user_id,
    "aws:principalarn": _principal_arn,
    "aws:principalaccount": lambda facts: facts.caller.actor.account or None,
    "aws:principaltype": _principal_type,
    "aws:principalisawsservice": _is_service,
    "aws:viaawsservice": _is_service,
    "aws:principalservicename": lambda facts: (
        facts.caller.actor.arn if facts.caller.actor.kind == "service" else None
    ),
    "aws:tokenissuetime": lambda facts: (
        None if facts.caller.issued_us is None else _iso(facts.caller.issued_us)
    ),
    "aws:multifactorauthpresent": lambda facts: _bool(facts.caller.mfa),
    "aws:sourceidentity": lambda facts: facts.caller.source_identity or None,
    "aws:sourcearn": lambda facts: facts.service_source[0] if facts.service_source else None,
    "aws:sourceaccount": lambda facts: facts.service_source[1] if facts.service_source else None,
    "aws:resourceaccount": lambda facts: facts.owner or None,
    "aws:tagkeys": lambda facts: _keys(facts.request_tags),
    "s3:requestobjecttagkeys": lambda facts: _keys(facts.request_tags),
    "s3:resourceaccount": lambda facts: facts.owner or None,
    "s3:locationconstraint": lambda facts: facts.location,
    "s3:authtype": lambda facts: facts.signed.how if facts.signed else None,
    "s3:signatureversion": lambda facts: facts.signed.version if facts.signed else None,
    "s3:signatureage": _age_ms,
    "s3:object-lock-remaining-retention-days": lambda facts: (
        None if facts.retention_days is None else str(facts.retention_days)
    ),
}
