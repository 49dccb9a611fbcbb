"""Who is meant by a name: a user, a role, a root, an access key, nobody, or somebody elsewhere.

This file never tells what another account allows: of its principals it is taken that they may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from narthex import identity as identities
from narthex.catalog import accounts, entities
from narthex.entities import Entity
from narthex.identity import NOBODY, Identity, Texts, texts_of
from narthex.model import Account, Principal
from narthex.principals import EVERYTHING, root_principal, user_principal
from narthex.server import Server

ANONYMOUS = "anonymous"
SESSION = "session"  # what a role's session is called when nobody says
_KEY = re.compile(r"(?:AKIA|ASIA|NSHR)[A-Z0-9]{4,124}")
_ACCOUNT = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?")
_ENTITY = re.compile(
    r"(?:arn:aws:iam::(?P<account>[0-9]{12}):)?(?P<kind>user|role)/(?:[!-~]+/)?(?P<name>[\w+=,.@-]+)",
    re.ASCII,
)
_SESSION = re.compile(
    r"arn:aws:sts::(?P<account>[0-9]{12}):assumed-role/(?P<role>[\w+=,.@-]+)/(?P<name>[\w+=,.@-]+)",
    re.ASCII,
)


class NoSuchPrincipal(Exception):
    """The name is nobody's. Its text is for whoever asked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who would ask. is_foreign: of another account, which is taken to allow it.

    is_active: its key works; True where no key was named.
    """

    identity: Identity
    is_foreign: bool = False
    is_active: bool = True

    @property
    def arn(self) -> str:
        """Who it is."""
        return self.identity.caller.actor.arn or ANONYMOUS


async def caller_named(name: str, home: Account, server: Server) -> Caller:
    """The caller of this name, as the account `home` sees it. Raises NoSuchPrincipal.

    name: "anonymous", "root", a user's name, "role/NAME", an access key's id, an account's 12
    digits, or any ARN of a root, a user, a role or a session.
    """
    if name == ANONYMOUS:
        return Caller(NOBODY)
    if name == "root" or (found := _ACCOUNT.fullmatch(name)) is not None:
        account = home.id if name == "root" else found[1]  # type: ignore[index]
        return await _root(account, home, server)
    if (session := _SESSION.fullmatch(name)) is not None:
        return await _session(session["account"], session["role"], session["name"], home, server)
    if _KEY.fullmatch(name) and (known := await _key(name, home, server)) is not None:
        return known
    entity = _ENTITY.fullmatch(name) or _ENTITY.fullmatch(f"user/{name}")
    if entity is None:
        raise NoSuchPrincipal(f"`{name[:128]}` names nobody: no user, role, account or access key")
    account, kind, named = entity["account"] or home.id, entity["kind"], entity["name"]
    if kind == "role":
        return await _session(account, named, SESSION, home, server)
    found_user = await entities.find(server.catalog, account, "user", named)
    if account != home.id:
        return await _foreign(Principal("user", account, arn=name, name=named), found_user, server)
    if found_user is None or (name.startswith("arn:") and found_user.arn != name):
        raise NoSuchPrincipal(f"there is no user `{name[:128]}`")
    return Caller(await of_user(found_user, home, server))


async def of_user(user: Entity, home: Account, server: Server) -> Identity:
    """A user, without any key of its."""
    principal = user_principal(user, home.canonical_id, "")
    return Identity(principal, "", await texts_of(server.catalog, user))


async def of_role(role: Entity, home: Account, server: Server, session: str = SESSION) -> Identity:
    """A session of a role that nothing narrows."""
    principal = _session_principal(role.account, role.name, session, role, home.canonical_id)
    return Identity(principal, "", await texts_of(server.catalog, role))


def of_root(account: Account) -> Identity:
    """An account's root."""
    return Identity(root_principal(account.id, account.canonical_id, ""), "", Texts())


async def _root(account: str, home: Account, server: Server) -> Caller:
    if account == home.id:
        return Caller(of_root(home))
    return await _foreign(root_principal(account, "", ""), None, server)


async def _session(account: str, role: str, name: str, home: Account, server: Server) -> Caller:
    found = await entities.find(server.catalog, account, "role", role)
    if account != home.id:
        return await _foreign(_session_principal(account, role, name, found, ""), found, server)
    if found is None:
        raise NoSuchPrincipal(f"there is no role `{role[:128]}`")
    return Caller(await of_role(found, home, server, name))


def _session_principal(
    account: str, role: str, session: str, found: Entity | None, canonical: str
) -> Principal:
    return Principal(
        "role",
        account,
        canonical,
        f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        unique_id=f"{found.id}:{session}" if found else f"{role}:{session}",
        name=session,
        owner_arn=found.arn if found else f"arn:aws:iam::{account}:role/{role}",
        owner_id=found.id if found else "",
        tags=found.tags if found else (),
    )


async def _foreign(principal: Principal, entity: Entity | None, server: Server) -> Caller:
    """Somebody of another account: by name and id as bucket policies know them, and no more."""
    account = await accounts.find(server.catalog, principal.account)
    told = Principal(
        principal.kind,
        principal.account,
        account.canonical_id if account else "",
        principal.arn,
        unique_id=principal.unique_id or (entity.id if entity else ""),
        name=principal.name,
        owner_arn=principal.owner_arn,
        owner_id=principal.owner_id,
    )
    return Caller(Identity(told, "", Texts((EVERYTHING,))), is_foreign=True)


async def _key(access_key_id: str, home: Account, server: Server) -> Caller | None:
    """Whoever an access key of this account acts for, its session policies included."""
    found = await identities.read_identity(server.catalog, server.keyring, access_key_id)
    if found is None or found.principal.account != home.id:
        return None
    return Caller(found, is_active=found.active)
