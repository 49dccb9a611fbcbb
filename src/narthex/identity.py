"""Who a key is and what it may do: principal, secret and policies of an access key, remembered.

This file never verifies a signature and never decides. INVARIANT: what is remembered counts only
while the catalog's generation stands, and every write that changes a credential or a policy moves
it, so a revocation holds from the next request on, in every worker. Only what was found is
remembered, never that something was missing: a new user, key or session costs the others nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from narthex.catalog import Catalog, Reader, accounts, entities, managed
from narthex.catalog import sessions as session_rows
from narthex.entities import Entity, KeyUse, NamedDocument, Session
from narthex.errors import Corrupt, S3Error, Unavailable
from narthex.http import Pairs
from narthex.keyring import Keyring
from narthex.last_used import LastUsed
from narthex.model import ANONYMOUS, AccessKey, Principal
from narthex.pure.claims import Claim
from narthex.pure.policy import (
    Actor,
    Bundle,
    Caller,
    Malformed,
    Policies,
    Policy,
    compile_policy,
    parse,
)
from narthex.pure.policy.access import ActorKind
from narthex.pure.policy.document import Kind

REMEMBERED = 4096  # identities; a compiled policy is shared by all that have it
READS = 16  # tries to read one key while others are written
TEMPORARY = "ASIA"  # how the ids of session keys begin
ACTORS: dict[str, ActorKind] = {
    "root": "root",
    "user": "user",
    "role": "session",
    "federated": "federated",
    "anonymous": "anonymous",
}
_EVERYTHING = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The policies of one principal, not yet compiled. boundary: None when it has none.

    session: None when nothing narrows the session; else it may do only what these allow.
    """

    identity: tuple[NamedDocument, ...] = ()
    boundary: NamedDocument | None = None
    session: tuple[NamedDocument, ...] | None = None


def _caller(principal: Principal) -> Caller:
    """The principal as policies see it."""
    actor = Actor(
        ACTORS[principal.kind],
        principal.account,
        principal.arn,
        principal.unique_id or principal.kind,
        principal.owner_arn,
        principal.owner_id,
        principal.canonical_id,
    )
    temporary = principal.issued_us is not None
    return Caller(
        actor,
        username=principal.name if principal.kind == "user" else "",
        tags=principal.tags,
        issued_us=principal.issued_us,
        mfa=principal.mfa if temporary else None,
        source_identity=principal.source_identity,
    )


class Identity:
    """One access key: whom it acts for, its secret, and what that principal may do."""

    __slots__ = (
        "_policies",
        "_texts",
        "active",
        "caller",
        "principal",
        "reads_object_tags",
        "secret",
        "session",
    )

    def __init__(
        self,
        principal: Principal,
        secret: str,
        texts: Texts,
        *,
        active: bool = True,
        session: Session | None = None,
    ) -> None:
        self.principal = principal
        self.secret = secret
        self.active = active
        self.session = session
        self.caller = _caller(principal)
        self._texts = texts
        self._policies: Policies | None = None
        # An object's tags are read before a decision only where a policy speaks of them, or may,
        # in letters that JSON escapes.
        self.reads_object_tags = any(
            "existingobjecttag" in one.document.lower() or "\\u" in one.document
            for one in (*texts.identity, texts.boundary, *(texts.session or ()))
            if one is not None
        )

    def __repr__(self) -> str:
        return f"Identity({self.principal.access_key_id!r})"

    @property
    def policies(self) -> Policies:
        """Identity policies, boundary and session policies, compiled when first asked for.

        Raises Corrupt for a stored document that does not parse: it is never taken for absent.
        """
        if self._policies is None:
            texts = self._texts
            self._policies = Policies(
                bundle(texts.identity, "identity"),
                None if texts.boundary is None else bundle((texts.boundary,), "identity"),
                () if texts.session is None else (bundle(texts.session, "session"),),
            )
        return self._policies


NOBODY = Identity(ANONYMOUS, "", Texts())


@dataclass(slots=True)
class _Entry:
    generation: int
    identity: Identity


class Identities:
    """What one process remembers of access keys."""

    __slots__ = ("_catalog", "_entries", "_keyring", "last_used")

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._entries: dict[str, _Entry] = {}
        self.last_used = LastUsed(catalog)

    async def identify(self, claim: Claim, now_us: int) -> Identity:
        """The identity behind a claim, before its signature is verified.

        Raises InvalidAccessKeyId (unknown, inactive, temporary without its token), InvalidToken,
        ExpiredToken.
        """
        generation = await accounts.generation(self._catalog)
        entry = self._entries.get(claim.access_key_id)
        if entry is None or entry.generation != generation:
            entry = await self._remember(claim.access_key_id, generation)
        if entry is None or not entry.identity.active:
            raise _unknown(claim)
        session = entry.identity.session
        if session is None:
            if claim.token is not None:  # permanent keys have none; one is never ignored
                raise S3Error("InvalidToken")
            return entry.identity
        if claim.token is None:
            raise _unknown(claim)
        if not hmac.compare_digest(token_hash(claim.token), session.token):
            raise S3Error("InvalidToken")
        if now_us >= session.expires_us:
            raise S3Error("ExpiredToken")
        return entry.identity

    def note_use(self, identity: Identity, service: str, region: str, now_us: int) -> None:
        """Remember that a permanent key was used now; no request waits for it."""
        if identity.session is None:
            self.last_used.note(identity.principal.access_key_id, KeyUse(now_us, service, region))

    async def _remember(self, access_key_id: str, generation: int) -> _Entry | None:
        """Read the key anew; once more when a write came between, so that all is of one time."""
        self._entries.pop(access_key_id, None)
        for _ in range(READS):
            identity = await read_identity(self._catalog, self._keyring, access_key_id)
            if identity is None:
                return None
            after = await accounts.generation(self._catalog)
            if after == generation:
                break
            generation = after
        else:
            raise Unavailable("credentials change faster than they can be read")
        if len(self._entries) >= REMEMBERED:
            del self._entries[next(iter(self._entries))]
        entry = self._entries[access_key_id] = _Entry(generation, identity)
        return entry


async def read_identity(reader: Reader, keyring: Keyring, access_key_id: str) -> Identity | None:
    """The identity of a key as the catalog has it now; None when there is no such key.

    Raises Corrupt when its secret or its boundary cannot be read.
    """
    key = await accounts.find_key(reader, access_key_id)
    if key is not None:
        return await _permanent(reader, keyring, key)
    if not access_key_id.startswith(TEMPORARY):
        return None
    session = await session_rows.find(reader, access_key_id)
    return None if session is None else await _temporary(reader, keyring, session)


async def _permanent(reader: Reader, keyring: Keyring, key: AccessKey) -> Identity | None:
    secret = keyring.open(key.id, key.sealed)
    account, canonical = key.principal.account, key.principal.canonical_id
    if key.principal.kind == "root":
        return Identity(
            root_principal(account, canonical, key.id), secret, Texts(), active=key.active
        )
    user = await entities.get(reader, key.owner) if key.principal.kind == "user" else None
    if user is None or user.account != account or user.kind != "user":
        return None
    principal = user_principal(user, canonical, key.id)
    return Identity(principal, secret, await texts_of(reader, user), active=key.active)


async def _temporary(reader: Reader, keyring: Keyring, session: Session) -> Identity | None:
    """A session stands on its owner and on the key that all began with: without them it ends."""
    origin = await accounts.find_key(reader, session.origin)
    account = await accounts.find(reader, session.account)
    owner = await entities.get(reader, session.owner) if session.owner else None
    if origin is None or account is None:
        return None
    if session.owner and (owner is None or owner.account != session.account):
        return None
    secret = keyring.open(session.id, session.sealed)
    texts = Texts((NamedDocument("root", _EVERYTHING),)) if owner is None else Texts()
    if owner is not None:
        texts = await texts_of(reader, owner)
    narrowed: tuple[NamedDocument, ...] | None = None
    if session.policies or session.managed or session.kind == "federated":
        narrowed = (
            *[NamedDocument("session policy", text) for text in session.policies],
            *await managed.documents(reader, session.managed),
        )
    return Identity(
        _session_principal(session, owner, account.canonical_id),
        secret,
        Texts(texts.identity, texts.boundary, narrowed),
        active=origin.active and account.enabled,
        session=session,
    )


async def texts_of(reader: Reader, entity: Entity) -> Texts:
    """The policies that count for a user or a role. Raises Corrupt when its boundary is gone."""
    boundary: NamedDocument | None = None
    if entity.boundary:
        found = await managed.documents(reader, (entity.boundary,))
        if not found:
            raise Corrupt(f"the permission boundary of {entity.id} is not in the catalog")
        boundary = found[0]
    return Texts(tuple(await managed.documents_of(reader, entity.id)), boundary)


def root_principal(account: str, canonical: str, access_key_id: str) -> Principal:
    """An account's root."""
    return Principal(
        "root",
        account,
        canonical,
        f"arn:aws:iam::{account}:root",
        access_key_id,
        unique_id=account,
    )


def user_principal(user: Entity, canonical: str, access_key_id: str) -> Principal:
    """A user, as one of its keys acts."""
    return Principal(
        "user",
        user.account,
        canonical,
        user.arn,
        access_key_id,
        unique_id=user.id,
        name=user.name,
        tags=user.tags,
    )


def _session_principal(session: Session, owner: Entity | None, canonical: str) -> Principal:
    account = session.account
    base: dict[str, Any] = {
        "account": account,
        "canonical_id": canonical,
        "access_key_id": session.id,
        "issued_us": session.issued_us,
        "source_identity": session.source_identity,
    }
    if session.kind == "root":
        return Principal("root", arn=f"arn:aws:iam::{account}:root", unique_id=account, **base)
    if session.kind == "role" and owner is not None:
        return Principal(
            "role",
            arn=f"arn:aws:sts::{account}:assumed-role/{owner.name}/{session.name}",
            unique_id=f"{owner.id}:{session.name}",
            name=session.name,
            owner_arn=owner.arn,
            owner_id=owner.id,
            tags=merged(owner.tags, session.tags),
            **base,
        )
    if session.kind == "federated":
        return Principal(
            "federated",
            arn=f"arn:aws:sts::{account}:federated-user/{session.name}",
            unique_id=f"{account}:{session.name}",
            name=session.name,
            owner_arn="" if owner is None else owner.arn,
            owner_id="" if owner is None else owner.id,
            tags=merged(() if owner is None else owner.tags, session.tags),
            **base,
        )
    if session.kind == "user" and owner is not None:
        return Principal(
            "user", arn=owner.arn, unique_id=owner.id, name=owner.name, tags=owner.tags, **base
        )
    raise Corrupt(f"session {session.id} is of no known kind")


def merged(first: Pairs, over: Pairs) -> Pairs:
    """Tags with others laid over them; their keys are one whatever their case."""
    named = {key.lower() for key, _ in over}
    return (*[tag for tag in first if tag[0].lower() not in named], *over)


def token_hash(token: str) -> bytes:
    """What is kept of a session token: enough to know it again, nothing to use."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _unknown(claim: Claim) -> S3Error:
    return S3Error("InvalidAccessKeyId", detail=(("AWSAccessKeyId", claim.access_key_id),))


def bundle(documents: Sequence[NamedDocument], kind: Kind) -> Bundle:
    """Documents of one layer, compiled. Raises Corrupt for one that does not parse."""
    return Bundle(compiled(one.name, one.document, kind) for one in documents)


@lru_cache(maxsize=REMEMBERED)
def compiled(name: str, text: str, kind: Kind, principal_ids: Pairs = ()) -> Policy:
    """A stored document, compiled. principal_ids: of the principals a trust policy names."""
    try:
        return compile_policy(parse(text, kind), name, dict(principal_ids))
    except Malformed as error:
        raise Corrupt(f"a stored policy does not parse: {name}: {error}") from error
