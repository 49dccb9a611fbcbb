"""Everyone who may do something with a bucket or a key: always, or under which conditions.

This file never tells what another account's users may: of those whom the bucket's owner lets in it
says so, and that their own account must allow it too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from narthex.access import callers
from narthex.access.callers import Caller, NoSuchPrincipal, caller_named
from narthex.access.circumstances import is_known, supposed
from narthex.catalog import accounts, entities, objects, shares
from narthex.catalog.entities import Span
from narthex.catalog.shares import Counted, Wanted
from narthex.entities import Entity, EntityKind
from narthex.identity import NOBODY, Identity, Texts, read_identity
from narthex.model import Account, Bucket, Object, Principal
from narthex.principals import EVERYTHING
from narthex.pure import acl
from narthex.pure.policy import Bundle, Decision, Policies, evaluate
from narthex.pure.policy.compiled import CompiledStatement
from narthex.pure.policy.suppose import suppose, unknown_conditions
from narthex.pure.share_grants import action as action_of
from narthex.pure.share_grants import covers
from narthex.s3.question import Asked, Question, put_together
from narthex.s3.rules import rules_of
from narthex.server import Server

EVERYONE = "*"
SIGNERS = "AuthenticatedUsers"
NOWHERE = "000000000000"  # no account has this id: somebody who has a key, and no more
KINDS: tuple[EntityKind, ...] = ("user", "role")
SHARED = ("s3:GetObject", "s3:GetObjectVersion")
MOST_SHARES = 1000


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may. principal: an ARN, EVERYONE or SIGNERS.

    kind: "root", "user", "role", "session", "account", "everyone" or "signers".
    decision: what allows, at best. only_if, unless: the conditions that it then depends on, and
    those that may deny all the same; none of either means always.
    """

    principal: str
    kind: str
    decision: Decision
    only_if: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Search:
    """One question, asked about many: who may `action` on a bucket, or on a key of it."""

    __slots__ = ("_asked", "_found", "_home", "_now_us", "_server")

    def __init__(self, asked: Asked, home: Account, server: Server) -> None:
        self._asked = asked
        self._home = home
        self._server = server
        self._now_us = server.clock()

    async def of_owner_and_outside(self) -> AsyncIterator[Holder]:
        """Roots, other accounts, services and the public: whoever is no user or role of ours."""
        seen: set[str] = set()
        async for name, kind, caller in self._outside():
            if name == SIGNERS and EVERYONE in seen:
                continue
            holder = await self._judge(caller.identity, name, kind)
            if holder is not None and name not in seen:
                seen.add(name)
                yield holder

    async def of_entity(self, entity: Entity) -> Holder | None:
        """A user or a role of the account, if it may."""
        if entity.kind == "user":
            identity = await callers.of_user(entity, self._home, self._server)
        else:
            identity = await callers.of_role(entity, self._home, self._server)
        return await self._judge(identity, entity.arn, entity.kind)

    async def of_shares(self) -> AsyncIterator[Counted]:
        """Live shares of it whose owners still may, of whichever account."""
        if self._asked.action not in SHARED:
            return
        for account in await accounts.every(self._server.catalog):
            wanted = Wanted(
                account.id, None, bucket=self._asked.bucket.name, state="live", at_us=self._now_us
            )
            for one in await shares.page(self._server.catalog, wanted, None, MOST_SHARES):
                if await self._counts(one):
                    yield one

    async def _counts(self, one: Counted) -> bool:
        """It is about this, its key works, and its owner may."""
        share, key = one.share, self._asked.key
        if share.target.bucket_id != self._asked.bucket.id:
            return False
        if key and not covers(share.target, key):
            return False
        held = await read_identity(self._server.catalog, self._server.keyring, share.access_key_id)
        if held is None or not held.active:
            return False
        return not key or await self._judge(held, "", "share", action_of(share.target)) is not None

    async def _outside(self) -> AsyncIterator[tuple[str, str, Caller]]:
        """Every caller that could be let in by name, or as one of all; each with its kind."""
        root = Caller(callers.of_root(self._home))
        yield root.arn, "root", root
        yield EVERYONE, "everyone", Caller(NOBODY)
        stranger = Principal("root", NOWHERE, arn=SIGNERS, unique_id=NOWHERE)
        yield SIGNERS, "signers", Caller(Identity(stranger, "", Texts((EVERYTHING,))))
        for name in await self._named():
            try:
                caller = await caller_named(name, self._home, self._server)
            except NoSuchPrincipal:
                continue
            actor = caller.identity.caller.actor
            if actor.kind == "session" or actor.account != self._home.id:
                kind = {"root": "account", "session": "session"}.get(actor.kind, "user")
                yield caller.arn, kind, caller

    async def _named(self) -> list[str]:
        """Whom the bucket's policy and the lists name."""
        asked, catalog = self._asked, self._server.catalog
        names: list[str] = []
        canonical: list[str] = []
        for policy in asked.rules.policy.policies if asked.rules.policy is not None else ():
            for statement in policy.document.statements:
                if statement.effect == "Allow" and statement.principals is not None:
                    names += statement.principals.aws
                    canonical += statement.principals.canonical
        if asked.found is not None:
            canonical.append(asked.found.owner)
        if asked.rules.uses_acls:
            lists = [asked.rules.acl]
            if asked.found is not None:
                lists.append(acl.read(asked.found.acl, asked.found.owner))
            canonical += [grant.grantee for one in lists for grant in one.grants]
        owners = [await accounts.id_of(catalog, one) for one in canonical]
        return list(dict.fromkeys([*names, *filter(None, owners)]))

    async def _judge(
        self, identity: Identity, name: str, kind: str, action: str = ""
    ) -> Holder | None:
        asked = replace(self._asked, action=action) if action else self._asked
        context = supposed(identity, asked.bucket, {}, self._now_us)
        question = await put_together(identity, asked, context, self._server)
        access, policies = question.access, question.policies
        if not any(_reads_unknown(bundle, asked.action) for bundle in _bundles(policies)):
            decision = evaluate(access, policies)
            return Holder(name, kind, decision) if decision.allowed else None
        best = evaluate(access, _supposed(policies, best=True))
        if not best.allowed:
            return None
        if evaluate(access, _supposed(policies, best=False)).allowed:
            return Holder(name, kind, best)
        return Holder(name, kind, best, *_terms(question, best))


async def search(action: str, bucket: Bucket, key: str, home: Account, server: Server) -> Search:
    """The search for who may. Raises Corrupt when a document of the bucket cannot be read."""
    rules = await rules_of(server.catalog, bucket)
    found: Object | None = None
    if key:
        found = await objects.find(server.catalog, bucket.id, key)
    return Search(Asked(action, bucket, key, rules, found), home, server)


async def page(server: Server, account: str, after: str, limit: int) -> list[Entity]:
    """Users, then roles, by name, behind `after` (a kind, a slash and a name), at most `limit`."""
    kind, _, name = after.partition("/")
    found: list[Entity] = []
    for one in KINDS[KINDS.index(kind) if kind in KINDS else 0 :]:
        behind = name.lower() if one == kind else ""
        span = Span(after=behind, limit=limit - len(found))
        if span.limit > 0:
            found += await entities.page(server.catalog, account, one, span)
    return found


def _bundles(policies: Policies) -> list[Bundle]:
    every = (policies.identity, policies.boundary, *policies.sessions, policies.resource)
    return [bundle for bundle in every if bundle is not None]


def _reads_unknown(bundle: Bundle, action: str) -> bool:
    return any(not is_known(key) for key in bundle.reads(action))


def _supposed(policies: Policies, *, best: bool) -> Policies:
    def one(bundle: Bundle) -> Bundle:
        return suppose(bundle, is_known, best=best)

    return Policies(
        one(policies.identity),
        None if policies.boundary is None else one(policies.boundary),
        tuple(map(one, policies.sessions)),
        None if policies.resource is None else one(policies.resource),
    )


def _terms(question: Question, best: Decision) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions of what allows, and those of what may deny; in words."""
    only_if: dict[str, None] = {}
    unless: dict[str, None] = {}
    for bundle in _bundles(question.policies):
        for policy in bundle.policies:
            variables = policy.document.has_variables
            for row in policy.statements:
                words = _words(row, question, variables=variables)
                if row.ref.effect == "Deny":
                    unless |= dict.fromkeys(words)
                elif row.ref == best.statement:
                    only_if |= dict.fromkeys(words)
    return tuple(only_if), tuple(unless)


def _words(row: CompiledStatement, question: Question, *, variables: bool) -> list[str]:
    """The unknown conditions of a statement that is about this access but for them."""
    access = question.access
    if not row.covers(access.action.lower()) or not row.reaches(access.resource, access.context):
        return []
    bounded = question.policies.boundary is not None
    if row.names is not None and not row.names(access.actor, bounded):
        return []
    return [
        f"{one.name} {one.key} {', '.join(one.values)}"
        for one in unknown_conditions(row.source, is_known, variables=variables)
    ]
