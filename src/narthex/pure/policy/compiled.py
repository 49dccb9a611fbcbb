"""Documents compiled for evaluation: what is the same for every request is done once.

This file never decides: it says which statements are about a request. Compiled values are
immutable but for a memo of which statements an action concerns. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from narthex.pure.policy.access import Actor, Naming
from narthex.pure.policy.context import Context
from narthex.pure.policy.document import Document, Effect, Principals, Statement
from narthex.pure.policy.operators import Test, compile_condition
from narthex.pure.policy.patterns import (
    Matcher,
    Tokens,
    Wild,
    arn_matcher,
    arn_tokens,
    expand,
    is_fixed,
    matcher,
    plain,
    wildcards,
)

OnResource = Callable[[str, Context], bool]
Names = Callable[[Actor, bool], Naming]

MEMO_LIMIT = 512  # actions are ours and few; a simulation may ask for any text


@dataclass(frozen=True, slots=True)
class StatementRef:
    """Which statement of which policy. policy: as `compile_policy` was told; index from 0."""

    policy: str
    index: int
    sid: str
    effect: Effect


@dataclass(frozen=True, slots=True, eq=False)
class CompiledStatement:
    """One statement. A resource is reached if it is in `exact`, starts with one of `prefixes`, or
    `other` says so. names is None in documents without principals.
    """

    ref: StatementRef
    source: Statement
    covers: Callable[[str], bool]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    other: OnResource | None
    tests: tuple[Test, ...]
    names: Names | None

    def reaches(self, resource: str, context: Context) -> bool:
        """The statement is about this resource."""
        if resource in self.exact or resource.startswith(self.prefixes):
            return True
        return self.other is not None and self.other(resource, context)

    def holds(self, context: Context) -> bool:
        """Every condition is met."""
        return all(test(context) for test in self.tests)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One compiled document, and the name it is told by: a policy's name or ARN, or a bucket's."""

    name: str
    document: Document
    statements: tuple[CompiledStatement, ...]


Rows = tuple[CompiledStatement, ...]


class Bundle:
    """Policies that count together: a principal's identity policies, a boundary, a session's."""

    __slots__ = ("_memo", "policies")

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies = tuple(policies)
        self._memo: dict[str, tuple[Rows, Rows]] = {}

    def about(self, action: str) -> tuple[Rows, Rows]:
        """The statements that concern an action: those that deny, those that allow, in order."""
        found = self._memo.get(action)
        if found is None:
            lower = action.lower()
            rows = [s for p in self.policies for s in p.statements if s.covers(lower)]
            denies = tuple(row for row in rows if row.ref.effect == "Deny")
            found = denies, tuple(row for row in rows if row.ref.effect == "Allow")
            if len(self._memo) < MEMO_LIMIT:
                self._memo[action] = found
        return found


def first_match(rows: Rows, resource: str, context: Context) -> CompiledStatement | None:
    """The first statement that is about this resource and whose conditions are met."""
    for row in rows:
        if (
            resource in row.exact
            or resource.startswith(row.prefixes)
            or (row.other is not None and row.other(resource, context))
        ):
            for test in row.tests:
                if not test(context):
                    break
            else:
                return row
    return None


def compile_policy(
    document: Document, name: str = "", principal_ids: Mapping[str, str] | None = None
) -> Policy:
    """The document, ready to be evaluated.

    principal_ids: the unique id that each user or role ARN had when the document was put. Such a
    name then matches by id alone, so a deleted user's namesake inherits nothing.
    """
    ids = principal_ids or {}
    statements = (_statement(one, document, name, ids) for one in document.statements)
    return Policy(name, document, tuple(statements))


def _statement(
    source: Statement, document: Document, name: str, ids: Mapping[str, str]
) -> CompiledStatement:
    allow = source.effect == "Allow"
    variables = document.has_variables
    exact, prefixes, other = _resources(source, allow=allow, variables=variables)
    return CompiledStatement(
        StatementRef(name, source.index, source.sid, source.effect),
        source,
        _actions(source),
        exact,
        prefixes,
        other,
        tuple(
            compile_condition(condition, allow=allow, variables=variables)
            for condition in source.conditions
        ),
        None if source.principals is None else _names(source.principals, ids, allow=allow),
    )


def _actions(source: Statement) -> Callable[[str], bool]:
    """Says whether the statement concerns an action, given in lower case."""
    tests = tuple(matcher(wildcards(action.lower())) for action in source.actions)
    negated = source.not_actions
    return lambda action: any(test(action) for test in tests) is not negated


def _resources(
    source: Statement, *, allow: bool, variables: bool
) -> tuple[frozenset[str], tuple[str, ...], OnResource | None]:
    """The resources of a statement: whole ARNs, their beginnings, and what is neither."""
    if not source.resources:
        return frozenset(), ("",), None
    exact: set[str] = set()
    prefixes: list[str] = []
    fixed: list[Matcher] = []
    dynamic: list[tuple[Tokens, ...]] = []
    for text in source.resources:
        parts = arn_tokens(text, variables=variables)
        if not all(is_fixed(part) for part in parts):
            dynamic.append(parts)
            continue
        known = plain(parts)
        wild = [token for part in known for token in part if isinstance(token, Wild)]
        joined = ":".join("".join(t for t in part if isinstance(t, str)) for part in known)
        if not wild:
            exact.add(joined)
        elif wild == [Wild.RUN] and known[-1][-1:] == (Wild.RUN,):
            prefixes.append(joined)
        else:
            fixed.append(arn_matcher(known))
    if source.not_resources:
        fixed += [exact.__contains__, partial(_starts, tuple(prefixes))]
        return frozenset(), (), _outside(tuple(fixed), tuple(dynamic), allow=allow)
    other = _inside(tuple(fixed), tuple(dynamic)) if fixed or dynamic else None
    return frozenset(exact), tuple(prefixes), other


def _starts(prefixes: tuple[str, ...], resource: str) -> bool:
    return resource.startswith(prefixes)


def _resolved(parts: tuple[Tokens, ...], context: Context) -> Matcher | None:
    """The matcher of an ARN with variables, for this request; None when one has no value."""
    known = [found for part in parts if (found := expand(part, context)) is not None]
    return arn_matcher(known) if len(known) == len(parts) else None


def _inside(fixed: tuple[Matcher, ...], dynamic: tuple[tuple[Tokens, ...], ...]) -> OnResource:
    """`Resource`: one of the patterns matches. One whose variable has no value matches nothing."""

    def reaches(resource: str, context: Context) -> bool:
        if any(match(resource) for match in fixed):
            return True
        found = (_resolved(parts, context) for parts in dynamic)
        return any(match is not None and match(resource) for match in found)

    return reaches


def _outside(
    fixed: tuple[Matcher, ...], dynamic: tuple[tuple[Tokens, ...], ...], *, allow: bool
) -> OnResource:
    """`NotResource`: none of the patterns matches.

    One whose variable has no value would exclude nothing: a statement that allows is then about no
    resource at all, for it must not allow what the variable was to keep out.
    """

    def reaches(resource: str, context: Context) -> bool:
        if any(match(resource) for match in fixed):
            return False
        found = [_resolved(parts, context) for parts in dynamic]
        if allow and None in found:
            return False
        return not any(match is not None and match(resource) for match in found)

    return reaches


def _names(principals: Principals, ids: Mapping[str, str], *, allow: bool) -> Names:
    """How a statement names a caller. The second argument: the caller has a permission boundary."""
    listed = frozenset(
        ids.get(name, name)
        for name in (*principals.aws, *principals.federated, *principals.service)
    )
    canonical, everyone = frozenset(principals.canonical), principals.everyone

    def named(actor: Actor, _: bool = False) -> Naming:
        # A share cannot be allowed by its own name: what it may do comes from its owner.
        if not actor.own.isdisjoint(listed) and not (allow and actor.confined):
            return Naming.CALLER
        if everyone:
            return Naming.EVERYONE
        if not actor.owners.isdisjoint(listed):
            return Naming.OWNER
        if actor.account in listed or actor.canonical_id in canonical:
            return Naming.ACCOUNT
        return Naming.NOBODY

    def allowed_unless_named(actor: Actor, _: bool) -> Naming:
        return Naming.NOBODY if named(actor) else Naming.EVERYONE

    def denied_unless_named(actor: Actor, bounded: bool) -> Naming:
        """A caller escapes only if all its forms are listed (itself, what it is a session of, its
        account), and never with a boundary. Source: AWS, "NotPrincipal".
        """
        forms = [form for form in (actor.own, actor.owners) if form]
        spared = all(not form.isdisjoint(listed) for form in forms) and (
            actor.kind == "service" or actor.account in listed or actor.canonical_id in canonical
        )
        escapes = everyone or (spared and not bounded and actor.kind != "anonymous")
        return Naming.NOBODY if escapes else Naming.EVERYONE

    if not principals.negated:
        return named
    return allowed_unless_named if allow else denied_unless_named
