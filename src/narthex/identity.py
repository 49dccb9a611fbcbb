"""Who a key is and what it may do: principal, secret and policies of an access key, remembered.

This file never verifies a signature and never decides. INVARIANT: what is remembered counts only
while the catalog's generation stands, and every write that changes a credential or a policy moves
it, so a revocation holds from the next request on, in every worker. Only what was found is
remembered, never that something was missing: a new user, key or session costs the others nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from narthex.catalog import Catalog, Reader, accounts, entities, managed, recall
from narthex.catalog import sessions as session_rows
from narthex.entities import KeyUse, NamedDocument, Session
from narthex.errors import S3Error, Unavailable
from narthex.keyring import Keyring
from narthex.last_used import LastUsed
from narthex.model import AccessKey
from narthex.principals import (
    EVERYTHING,
    NOBODY,
    Identity,
    Texts,
    bundle,
    compiled,
    merged,
    root_principal,
    session_principal,
    texts_of,
    user_principal,
)
from narthex.pure.claims import Claim
from narthex.share_keys import SHARE, read_shared

__all__ = [
    "NOBODY",
    "Identities",
    "Identity",
    "Texts",
    "bundle",
    "compiled",
    "merged",
    "read_identity",
    "root_principal",
    "texts_of",
    "token_hash",
    "user_principal",
]

REMEMBERED = 4096  # identities
READS = 16  # tries to read one key while others are written
TEMPORARY = "ASIA"  # how the ids of session keys begin
S3 = "s3"  # the only service that a share's key is good for


@dataclass(slots=True)
class _Entry:
    generation: int
    identity: Identity


class Identities:
    """What one process remembers of access keys."""

    __slots__ = ("_catalog", "_entries", "_keyring", "generation", "last_used")

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._entries: dict[str, _Entry] = {}
        self.generation = -1  # the newest that any request has met
        self.last_used = LastUsed(catalog)

    async def identify(self, claim: Claim, now_us: int) -> Identity:
        """The identity behind a claim, before its signature is verified.

        Raises InvalidAccessKeyId (unknown, inactive, temporary without its token), InvalidToken,
        ExpiredToken.
        """
        generation = await recall(self._catalog, accounts.generation)
        self.generation = max(self.generation, generation)
        entry = self._entries.get(claim.access_key_id)
        if entry is None or entry.generation != generation:
            entry = await self._remember(claim.access_key_id, generation)
        if entry is None or not entry.identity.active:
            raise _unknown(claim)
        session = entry.identity.session
        if entry.identity.share is not None and claim.service != S3:
            raise _unknown(claim)
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
        if identity.session is None and identity.share is None:
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
    if access_key_id.startswith(SHARE):
        return await read_shared(reader, keyring, access_key_id)
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
    """A session stands on its owner and on the key that all began with: without them it ends.

    One that a service began, for a function of its, has no such key.
    """
    by_service = not session.origin and session.kind == "role"  # it stands on the role alone
    origin = None if by_service else await accounts.find_key(reader, session.origin)
    account = await accounts.find(reader, session.account)
    owner = await entities.get(reader, session.owner) if session.owner else None
    if account is None or (origin is None and not by_service):
        return None
    if session.owner and (owner is None or owner.account != session.account):
        return None
    secret = keyring.open(session.id, session.sealed)
    texts = Texts((EVERYTHING,)) if owner is None else Texts()
    if owner is not None:
        texts = await texts_of(reader, owner)
    narrowed: tuple[NamedDocument, ...] | None = None
    if session.policies or session.managed or session.kind == "federated":
        narrowed = (
            *[NamedDocument("session policy", text) for text in session.policies],
            *await managed.documents(reader, session.managed),
        )
    return Identity(
        session_principal(session, owner, account.canonical_id),
        secret,
        Texts(texts.identity, texts.boundary, narrowed),
        active=(by_service or (origin is not None and origin.active)) and account.enabled,
        session=session,
    )


def token_hash(token: str) -> bytes:
    """What is kept of a session token: enough to know it again, nothing to use."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _unknown(claim: Claim) -> S3Error:
    return S3Error("InvalidAccessKeyId", detail=(("AWSAccessKeyId", claim.access_key_id),))
