"""Temporary credentials: made, told once, kept as a sealed secret and the hash of a token.

This file never decides who gets them: the operations do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from narthex.catalog import Reader, Transaction, entities, managed, sessions
from narthex.entities import Entity, Session, SessionKind
from narthex.fresh_keys import TEMPORARY, FreshKey, new_key, new_token
from narthex.http import Pairs
from narthex.identity import token_hash
from narthex.pure.policy import Malformed, parse
from narthex.pure.policy.document import MAX_SESSION_CHARS
from narthex.pure.times import iso_seconds
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError, invalid
from narthex.query_api.operation import Call
from narthex.server import Server

MOST_MANAGED = 10
MOST_TAGS = 50
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Issued:
    """Credentials as they are told once."""

    key: FreshKey
    token: str = field(repr=False)
    expires_us: int

    @property
    def fields(self) -> Fields:
        """The Credentials element."""
        return (
            ("AccessKeyId", self.key.id),
            ("SecretAccessKey", self.key.secret),
            ("SessionToken", self.token),
            ("Expiration", iso_seconds(self.expires_us)),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session is to be. policies, managed: those that narrow it."""

    kind: SessionKind
    account: str
    owner: str
    seconds: int
    name: str = ""
    policies: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    tags: Pairs = ()
    transitive: tuple[str, ...] = ()
    source_identity: str = ""


async def issue(call: Call, server: Server, wanted: Wanted, role: Entity | None = None) -> Issued:
    """New credentials, kept. role: whose last use this is.

    They end with the permanent key that all began with, at whatever remove.
    """
    caller = call.identity
    origin = caller.principal.access_key_id if caller.session is None else caller.session.origin
    key, token = new_key(TEMPORARY), new_token()
    # Whole seconds, cut off: what the client is told is when it ends.
    expires_us = (call.now_us // SECOND_US + wanted.seconds) * SECOND_US
    session = Session(
        key.id,
        wanted.account,
        wanted.kind,
        wanted.owner,
        wanted.name,
        token_hash(token),
        key.sealed(server.keyring),
        origin,
        call.now_us,
        expires_us,
        wanted.policies,
        wanted.managed,
        wanted.tags,
        wanted.transitive,
        wanted.source_identity,
    )

    async def work(tx: Transaction) -> None:
        await sessions.add(tx, session)
        if role is not None:
            await entities.note_use(tx, role.id, call.now_us, call.wire.facts.region)

    call.made["AccessKeyId"] = key.id
    await server.catalog.run(work)
    return Issued(key, token, expires_us)


async def session_policies(
    call: Call, reader: Reader, account: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The session policies of the form: texts, and ids of managed ones of this account.

    Raises MalformedPolicyDocument, PackedPolicyTooLarge, NoSuchEntity, ValidationError.
    """
    text = call.arguments.maybe("Policy")
    if text is not None:
        if len(text) > MAX_SESSION_CHARS:
            raise QueryError(
                "PackedPolicyTooLarge",
                f"Packed policy consumes {packed_size(text)}% of allotted space, please use "
                "smaller policy.",
            )
        try:
            parse(text, "session")
        except Malformed as error:
            raise QueryError("MalformedPolicyDocument", str(error)) from error
    arns = [item["arn"] for item in call.arguments.structures("PolicyArns")]
    if len(arns) > MOST_MANAGED:
        raise invalid(f"PolicyArns has at most {MOST_MANAGED} members")
    ids = [await _managed_id(reader, account, arn) for arn in arns]
    return (() if text is None else (text,)), tuple(ids)


async def _managed_id(reader: Reader, account: str, arn: str) -> str:
    prefix, policy, place = arn.partition(":policy/")
    parts = prefix.split(":")
    if not policy or parts[:3] != ["arn", "aws", "iam"] or len(parts) != 5:
        raise invalid(f"{arn[:256]} is invalid")
    found = await managed.find(reader, account, parts[4], f"/{place}")
    if found is None:
        raise QueryError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    return found.id


def packed_size(text: str | None, tags: Pairs = ()) -> int:
    """How much of the space for session policies and tags is used, in per cent."""
    used = len(text or "") + sum(len(key) + len(value) for key, value in tags)
    return -(-used * 100 // MAX_SESSION_CHARS)


def checked_tags(tags: Pairs) -> Pairs:
    """Session tags. Raises InvalidParameterValue for a key twice, ValidationError."""
    folded = [key.lower() for key, _ in tags]
    if len(set(folded)) != len(folded):
        raise QueryError(
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    if any(key.startswith("aws:") for key in folded):
        raise invalid("Tag keys that begin with `aws:` are reserved")
    if len(tags) > MOST_TAGS:
        raise invalid(f"A session has at most {MOST_TAGS} tags")
    return tags


def refuse_second_factor(call: Call) -> None:
    """No second factor is known here, so none that is offered can be right. Raises AccessDenied."""
    names: Sequence[str] = ("SerialNumber", "TokenCode")
    if any(name in call.arguments for name in names):
        raise QueryError(
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        )
