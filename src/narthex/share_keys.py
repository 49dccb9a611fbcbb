"""The key of a share: whom it stands for, and what narrows it, read anew from its owner's rows.

This file never judges limits and never decides. INVARIANT: a share has no rights of its own. It is
its owner, confined to what was granted, with the owner's policies as they are now; without its
owner, or without the key that issued it, there is no such key any more.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Reader, accounts, entities, managed, shares
from narthex.entities import Entity, NamedDocument
from narthex.keyring import Keyring
from narthex.model import Principal
from narthex.principals import (
    ACTORS,
    EVERYTHING,
    Identity,
    Texts,
    merged,
    root_principal,
    texts_of,
    user_principal,
)
from narthex.pure import share_grants
from narthex.pure.policy import Actor, Caller
from narthex.pure.shares import Owner, Share

SHARE = "NSHR"  # how the ids of shares' keys begin


async def read_shared(reader: Reader, keyring: Keyring, access_key_id: str) -> Identity | None:
    """The identity of a share's key; None when there is none, or what it stood on is gone."""
    kept = await shares.find_key(reader, access_key_id)
    if kept is None:
        return None
    share, owner = kept.share, kept.share.owner
    by_service = not share.origin and owner.kind == "role"  # it stands on the role alone
    origin = None if by_service else await accounts.find_key(reader, share.origin)
    account = await accounts.find(reader, owner.account)
    entity = await entities.get(reader, owner.id) if owner.id else None
    if account is None or (origin is None and not by_service):
        return None
    if owner.id and (entity is None or entity.account != owner.account):
        return None
    acting = _owner_principal(owner, entity, account.canonical_id, access_key_id)
    return Identity(
        _share_principal(share, acting),
        keyring.open(access_key_id, kept.sealed),
        await _texts(reader, share, entity),
        active=(by_service or (origin is not None and origin.active)) and account.enabled,
        share=share,
        caller=_confined(share, acting),
    )


async def _texts(reader: Reader, share: Share, entity: Entity | None) -> Texts:
    """The owner's policies, what narrowed its session, and the grant on top of all."""
    owner = share.owner
    texts = Texts((EVERYTHING,)) if entity is None else await texts_of(reader, entity)
    session: tuple[NamedDocument, ...] | None = None
    if owner.narrowed:
        session = (
            *[NamedDocument("session policy", text) for text in owner.policies],
            *await managed.documents(reader, owner.managed),
        )
    grant = NamedDocument(f"share {share.id}", share_grants.grant(share))
    return Texts(texts.identity, texts.boundary, session, grant)


def _owner_principal(
    owner: Owner, entity: Entity | None, canonical: str, access_key_id: str
) -> Principal:
    """The owner as it would act itself, now."""
    if owner.kind == "user" and entity is not None:
        principal = user_principal(entity, canonical, access_key_id)
    elif owner.kind == "root":
        principal = root_principal(owner.account, canonical, access_key_id)
    else:
        session = owner.id if owner.kind == "role" else owner.account
        principal = Principal(
            owner.kind,
            owner.account,
            canonical,
            owner.arn,
            access_key_id,
            unique_id=f"{session}:{owner.name}",
            name=owner.name,
            # What names the user behind a federated session does not name its shares.
            owner_arn=entity.arn if entity is not None and owner.kind == "role" else "",
            owner_id=owner.id if owner.kind == "role" else "",
            tags=merged(() if entity is None else entity.tags, owner.tags),
        )
    return replace(principal, issued_us=owner.issued_us, source_identity=owner.source_identity)


def _share_principal(share: Share, acting: Principal) -> Principal:
    """Whom logs and audits name."""
    name = f"share-{share.id}"
    return replace(
        acting,
        kind="share",
        arn=f"arn:aws:sts::{acting.account}:federated-user/{name}",
        unique_id=f"{acting.account}:{name}",
        name=name,
        owner_arn=acting.owner_arn or acting.arn,
        owner_id=share.owner.id,
    )


def _confined(share: Share, acting: Principal) -> Caller:
    """The owner as policies see its share. What allows by the owner's own name still counts."""
    own = share.owner.kind == "user"
    actor = Actor(
        "federated" if own else ACTORS[acting.kind],
        acting.account,
        f"arn:aws:sts::{acting.account}:federated-user/share-{share.id}" if own else acting.arn,
        f"{acting.account}:share-{share.id}" if own else acting.unique_id,
        acting.arn if own else acting.owner_arn,
        acting.unique_id if own else acting.owner_id,
        acting.canonical_id,
        confined=True,
    )
    return Caller(
        actor,
        username=acting.name if own else "",
        tags=acting.tags,
        issued_us=acting.issued_us,
        mfa=None if acting.issued_us is None else False,
        source_identity=acting.source_identity,
    )


def owner_of(identity: Identity) -> tuple[Owner, str]:
    """On whose rights a share would stand that this identity issues; and the key to end it with."""
    principal, session = identity.principal, identity.session
    if session is None:
        is_user = principal.kind == "user"
        owner = Owner(
            "user" if is_user else "root",
            principal.account,
            principal.unique_id if is_user else "",
            principal.arn,
            principal.name,
        )
        return owner, principal.access_key_id
    owner = Owner(
        session.kind,
        session.account,
        session.owner,
        principal.arn,
        session.name,
        session.policies,
        session.managed,
        bool(session.policies or session.managed or session.kind == "federated"),
        session.tags,
        session.issued_us,
        session.source_identity,
    )
    return owner, session.origin
