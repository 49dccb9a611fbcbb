"""Block Public Access: what is public, and what each of its four flags stops.

This file never decides the rest: a blocked request is refused, an unblocked one is evaluated as any
other. When in doubt, a policy is public. Pure: no I/O, no clock.
Source: Amazon S3 user guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from narthex.errors import Corrupt, S3Error
from narthex.pure import xml
from narthex.pure.acl import Acl, is_public
from narthex.pure.policy import typed
from narthex.pure.policy.document import Document, Statement
from narthex.pure.policy.operators import Condition

NAMES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The four flags of a bucket or an account.

    block_acls: refuse to set a public list. ignore_acls: grants to everyone do not count.
    block_policy: refuse to set a public policy. restrict: a public policy lets in callers of the
    owner's account and services only.
    """

    block_acls: bool = False
    ignore_acls: bool = False
    block_policy: bool = False
    restrict: bool = False

    def __or__(self, other: Blocks) -> Blocks:
        """What counts of a bucket's flags and its account's: each that one of them sets."""
        return Blocks(
            self.block_acls or other.block_acls,
            self.ignore_acls or other.ignore_acls,
            self.block_policy or other.block_policy,
            self.restrict or other.restrict,
        )

    @property
    def flags(self) -> tuple[bool, bool, bool, bool]:
        """In the order of NAMES."""
        return self.block_acls, self.ignore_acls, self.block_policy, self.restrict


ALL = Blocks(True, True, True, True)  # of new buckets and accounts
NONE = Blocks()  # of a bucket whose configuration was deleted


def read_document(data: bytes) -> Blocks:
    """The flags in a PublicAccessBlockConfiguration; an absent one is off. Raises MalformedXML."""
    root = xml.read(data, "PublicAccessBlockConfiguration", most=1 + len(NAMES))
    found = {child.name: child.text.strip().lower() for child in root.children}
    if (
        not found
        or len(found) != len(root.children)
        or not found.keys() <= set(NAMES)
        or not set(found.values()) <= {"true", "false"}
    ):
        raise S3Error("MalformedXML")
    return Blocks(*(found.get(name) == "true" for name in NAMES))


def render(blocks: Blocks) -> bytes:
    """The PublicAccessBlockConfiguration document; booleans in lower case, as clients read them."""
    flags = zip(NAMES, blocks.flags, strict=True)
    return xml.render(
        "PublicAccessBlockConfiguration", [(name, str(flag).lower()) for name, flag in flags]
    )


def write(blocks: Blocks) -> str:
    """The flags as they are kept."""
    return json.dumps(blocks.flags)


def read(text: str) -> Blocks:
    """The flags that were kept. Raises Corrupt: what cannot be read must not pass for off."""
    try:
        flags = json.loads(text)
    except ValueError as error:
        raise Corrupt("a public access block cannot be read") from error
    if not isinstance(flags, list) or [type(flag) for flag in flags] != [bool] * len(NAMES):
        raise Corrupt("a public access block cannot be read")
    return Blocks(*flags)


def check_acl(blocks: Blocks, acl: Acl) -> None:
    """Refuse to set a public list under BlockPublicAcls. Raises AccessDenied."""
    if blocks.block_acls and is_public(acl):
        raise S3Error("AccessDenied")


def check_policy(blocks: Blocks, policy: Document) -> None:
    """Refuse to set a public policy under BlockPublicPolicy. Raises AccessDenied."""
    if blocks.block_policy and public_statements(policy):
        raise S3Error("AccessDenied")


def public_statements(policy: Document) -> tuple[Statement, ...]:
    """The statements that make a bucket policy public; none when it is not.

    A statement that allows is public unless it names its principals, or a condition holds it to
    fixed values of keys that a stranger cannot choose. One that denies is never public.
    """
    return tuple(
        statement
        for statement in policy.statements
        if statement.effect == "Allow"
        and _is_for_everyone(statement)
        and not any(
            _limits(condition, variables=policy.has_variables) for condition in statement.conditions
        )
    )


def _is_for_everyone(statement: Statement) -> bool:
    principals = statement.principals
    return principals is None or principals.negated or principals.everyone


# Keys whose fixed values only few can have, and the operators that hold them to such values.
_EQUALS = frozenset(["StringEquals", "StringEqualsIgnoreCase", "StringLike"])
_ARN_EQUALS = _EQUALS | {"ArnEquals", "ArnLike"}
_LIMITING: dict[str, frozenset[str]] = {
    "aws:sourceip": frozenset(["IpAddress"]),
    "aws:sourcearn": _ARN_EQUALS,
    "aws:principalarn": _ARN_EQUALS,
    "aws:principalaccount": _EQUALS,
    "aws:principalorgid": _EQUALS,
    "aws:principalorgpaths": _EQUALS,
    "aws:sourceaccount": _EQUALS,
    "aws:sourceowner": _EQUALS,
    "aws:sourcevpc": _EQUALS,
    "aws:sourcevpce": _EQUALS,
    "aws:userid": _EQUALS,
    "s3:dataaccesspointaccount": _EQUALS,
    "s3:dataaccesspointarn": _ARN_EQUALS,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": _ARN_EQUALS,
}
# A wildcard behind one of these still leaves an account, or one organisation.
_FIXED_ACCOUNT = re.compile(r"arn:[^*?:]+:[^*?:]+:[^*?:]*:[0-9]{12}:.+")
_ORG_PATH = re.compile(r"o-[a-z0-9]+/[^*?]+\*?")


def _limits(condition: Condition, *, variables: bool) -> bool:
    """The condition holds its statement to fixed values.

    ForAllValues and IfExists do not: they let requests through that have no value at all.
    """
    key = condition.key.lower()
    operators = _LIMITING.get(key, frozenset())
    if condition.operator.name not in operators or condition.if_exists:
        return False
    if condition.over == "ForAllValues":
        return False
    return all(_is_fixed(key, value, condition, variables) for value in condition.values)


def _is_fixed(key: str, value: str, condition: Condition, variables: bool) -> bool:
    """One value that does not widen by a wildcard, a variable or a block of half the internet."""
    if condition.operator.compare == "within":
        return _is_narrow(value)
    if variables and "${" in value:
        return False
    if key == "aws:principalorgpaths":
        return _ORG_PATH.fullmatch(value) is not None
    if condition.operator.compare == "arn" and key in ("aws:principalarn", "aws:sourcearn"):
        return _FIXED_ACCOUNT.fullmatch(value) is not None or not _has_wildcard(value)
    if condition.operator.compare in ("equal", "equal any case"):
        return key != "aws:userid" or not value.endswith(":*")
    return not _has_wildcard(value)


def _has_wildcard(value: str) -> bool:
    return "*" in value or "?" in value


def _is_narrow(cidr: str) -> bool:
    """At most a /8 of IPv4 or a /32 of IPv6: what is wider is no limit."""
    mask, network = typed.block(cidr) or (0, 0)
    widest = (0xFF << 24) if network >> 128 == 4 else (0xFFFFFFFF << 96)
    return mask & widest == widest
