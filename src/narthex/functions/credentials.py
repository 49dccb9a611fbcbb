"""Roles of functions: who may be one, and temporary credentials to act as it.

This file never writes a credential anywhere but into the catalog, sealed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from narthex.catalog import Reader, Transaction, accounts, entities, sessions
from narthex.entities import Entity, Session
from narthex.fresh_keys import TEMPORARY, FreshKey, new_key, new_token
from narthex.functions.errors import LambdaError, invalid
from narthex.identity import compiled, token_hash
from narthex.pure.functions import Function, Settings
from narthex.pure.policy import Access, Actor, Bundle, Caller, Facts, Policies, evaluate
from narthex.server import Server

SERVICE = "lambda.amazonaws.com"
ASSUME = "sts:AssumeRole"
LIVES = 12 * 3600  # seconds that credentials are good for
REPLACED = LIVES // 2  # seconds after which an environment is not used again
SECOND_US = 1_000_000
_ROLE = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]+/)?([\w+=,.@-]{1,64})", re.ASCII)
_DISTRUSTS = "The role defined for the function cannot be assumed by Lambda."


@dataclass(frozen=True, slots=True)
class RoleKey:
    """Credentials as the environment of a function holds them."""

    key: FreshKey
    token: str = field(repr=False)
    issued_us: int


async def find_role(reader: Reader, account: str, arn: str) -> Entity:
    """The role of this ARN, of this account. Raises InvalidParameterValueException."""
    found = _ROLE.fullmatch(arn)
    role = None
    if found is not None and found[1] == account:
        role = await entities.find(reader, account, "role", found[2])
    if role is None or role.arn != arn:
        raise invalid(_DISTRUSTS)
    return role


def check_trust(role: Entity, now_us: int, function_arn: str) -> None:
    """Refuse a role that does not trust Lambda with itself.

    Raises InvalidParameterValueException.
    """
    actor = Actor("service", arn=SERVICE)
    source = (function_arn, role.account)
    facts = Facts(Caller(actor), now_us, owner=role.account, service_source=source)
    trust = Bundle([compiled(f"{role.arn}, trust policy", role.trust, "trust", role.pins)])
    access = Access(actor, ASSUME, role.arn, role.account, facts.context())
    if not evaluate(access, Policies(resource=trust)).allowed:
        raise invalid(_DISTRUSTS)


async def issue(server: Server, function: Function, settings: Settings) -> RoleKey:
    """Credentials of the function's role, named for the function.

    Its trust is asked again: who no longer trusts Lambda lends nothing any more. Raises
    AccessDeniedException, StoreError.
    """
    now_us = server.clock()
    role = await entities.get(server.catalog, settings.role_id)
    account = await accounts.find(server.catalog, function.account)
    denied = LambdaError("AccessDeniedException", _DISTRUSTS)
    if role is None or account is None or not account.enabled or role.account != account.id:
        raise denied
    try:
        check_trust(role, now_us, function.arn)
    except LambdaError as error:
        raise denied from error
    key, token = new_key(TEMPORARY), new_token()
    session = Session(
        key.id,
        function.account,
        "role",
        role.id,
        function.name,
        token_hash(token),
        key.sealed(server.keyring),
        "",  # no key of a person's: it stands on the role alone
        now_us,
        (now_us // SECOND_US + LIVES) * SECOND_US,
    )

    async def work(tx: Transaction) -> None:
        await sessions.add(tx, session)
        await entities.note_use(tx, role.id, now_us, function.region)

    await server.catalog.run(work)
    return RoleKey(key, token, now_us)
