"""Whom an access key acts for, its secret and its policies, compiled when first asked for.

This file never looks a key up (`identity` does), never verifies a signature and never decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from narthex.catalog import Reader, managed
from narthex.entities import Entity, NamedDocument, Session
from narthex.errors import Corrupt
from narthex.http import Pairs
from narthex.model import ANONYMOUS, Principal
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
from narthex.pure.shares import Share

REMEMBERED = 4096  # compiled policies, shared by all that have them
EVERYTHING = NamedDocument(
    "root", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)
ACTORS: dict[str, ActorKind] = {
    "root": "root",
    "user": "user",
    "role": "session",
    "federated": "federated",
    "anonymous": "anonymous",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The policies of one principal, not yet compiled. boundary: None when it has none.

    session: None when nothing narrows the session; else it may do only what these allow. grant: of
    a share, which may do only this, whatever its owner may.
    """

    identity: tuple[NamedDocument, ...] = ()
    boundary: NamedDocument | None = None
    session: tuple[NamedDocument, ...] | None = None
    grant: NamedDocument | None = None


def caller_of(principal: Principal) -> Caller:
    """A principal as policies see it."""
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
    """One access key: whom it acts for, its secret, and what that principal may do.

    session: when the key is temporary. share: when it is a share's; caller is then its owner,
    confined.
    """

    __slots__ = (
        "_policies",
        "_texts",
        "active",
        "caller",
        "principal",
        "reads_object_tags",
        "secret",
        "session",
        "share",
    )

    def __init__(
        self,
        principal: Principal,
        secret: str,
        texts: Texts,
        *,
        active: bool = True,
        session: Session | None = None,
        share: Share | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.principal = principal
        self.secret = secret
        self.active = active
        self.session = session
        self.share = share
        self.caller = caller or caller_of(principal)
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
            layers = [] if texts.session is None else [bundle(texts.session, "session")]
            if texts.grant is not None:  # ours, so it may be longer than a session policy
                layers.append(bundle((texts.grant,), "identity"))
            self._policies = Policies(
                bundle(texts.identity, "identity"),
                None if texts.boundary is None else bundle((texts.boundary,), "identity"),
                tuple(layers),
            )
        return self._policies


NOBODY = Identity(ANONYMOUS, "", Texts())


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


def session_principal(session: Session, owner: Entity | None, canonical: str) -> Principal:
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


async def texts_of(reader: Reader, entity: Entity) -> Texts:
    """The policies that count for a user or a role. Raises Corrupt when its boundary is gone."""
    boundary: NamedDocument | None = None
    if entity.boundary:
        found = await managed.documents(reader, (entity.boundary,))
        if not found:
            raise Corrupt(f"the permission boundary of {entity.id} is not in the catalog")
        boundary = found[0]
    return Texts(tuple(await managed.documents_of(reader, entity.id)), boundary)


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
