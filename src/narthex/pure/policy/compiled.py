"""Documents compiled for evaluation: what is the same for every request is done once.

This file never decides: it says which statements are about a request. Compiled values are
immutable but for a memo of which statements an action concerns. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from narthex.pure.policy.access import Actor, Naming
from narthex.pure.policy.conditions import Test, compile_condition
from narthex.pure.policy.context import Context
from narthex.pure.policy.document import Document, Effect, Principals, Statement
from narthex.pure.policy.matching import (
    Matcher,
    MatcherIn,
    any_of,
    arn_matcher,
    matcher,
    matcher_in,
)
from narthex.pure.policy.operators import Condition
from narthex.pure.policy.patterns import Wild, arn_tokens, is_fixed, plain, wildcards
from narthex.pure.policy.reads import variables_read

OnResource = Callable[[str, Context], bool]
Names = Callable[[Actor, bool], Naming]

# What makes two conditions the same test: the condition, the effect, whether there are variables.
Sort = tuple[Condition, Effect, bool]

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
    """One statement. A resource is reached if it is in `exact`, starts with one of `prefixes`,
    `fixed` matches it, or `other` says so in the context. names is None in documents without
    principals.
    """

    ref: StatementRef
    source: Statement
    covers: Callable[[str], bool]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    fixed: Matcher | None
    other: OnResource | None
    tests: tuple[Test, ...]
    sorts: tuple[Sort, ...]
    names: Names | None

    def reaches(self, resource: str, context: Context) -> bool:
        """The statement is about this resource."""
        return (
            resource in self.exact
            or resource.startswith(self.prefixes)
            or (self.fixed is not None and self.fixed(resource))
            or (self.other is not None and self.other(resource, context))
        )

    def holds(self, context: Context) -> bool:
        """Every condition is met."""
        return all(test(context) for test in self.tests)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One compiled document, and the name it is told by: a policy's name or ARN, or a bucket's."""

    name: str
    document: Document
    statements: tuple[CompiledStatement, ...]


# What `first_match` reads of a statement, taken out once: what reaches a resource, the conditions
# that other statements share, those of its own, the statement.
Row = tuple[
    frozenset[str],
    tuple[str, ...],
    Matcher | None,
    OnResource | None,
    tuple[Test, ...],
    tuple[Test, ...],
    CompiledStatement,
]
Rows = tuple[Row, ...]


class Bundle:
    """Policies that count together: a principal's identity policies, a boundary, a session's."""

    __slots__ = ("_memo", "policies")

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies = tuple(policies)
        self._memo: dict[str, tuple[Rows, Rows]] = {}

    def reads(self, action: str) -> dict[str, list[Condition] | None]:
        """What is said of an action depends on these keys (in lower case), by these conditions;
        None: by its very value, which stands somewhere as a variable.
        """
        found: dict[str, list[Condition] | None] = {}
        for policy in self.policies:
            for statement in policy.statements:
                if not statement.covers(action.lower()):
                    continue
                for condition in statement.source.conditions:
                    held = found.setdefault(condition.key.lower(), [])
                    if held is not None:
                        held.append(condition)
                if policy.document.has_variables:
                    found |= dict.fromkeys(variables_read(statement.source))
        return found

    def about(self, action: str) -> tuple[Rows, Rows]:
        """The statements that concern an action: those that deny, those that allow, in order."""
        found = self._memo.get(action)
        if found is None:
            found = self._about(action.lower())
            if len(self._memo) < MEMO_LIMIT:
                self._memo[action] = found
        return found

    def under(self, action: str, context: Context) -> Bundle | None:
        """What concerns the action and has its conditions met, with no conditions any more.

        None where the context is to be asked of resources as well, or what NotResource leaves out.
        """
        found = []
        for policy in self.policies:
            met = [s for s in policy.statements if s.covers(action.lower()) and s.holds(context)]
            if any(statement.other is not None for statement in met):
                return None
            bare = tuple(replace(statement, tests=(), sorts=()) for statement in met)
            found.append(Policy(policy.name, policy.document, bare))
        return Bundle(found)

    def _about(self, action: str) -> tuple[Rows, Rows]:
        statements = [s for p in self.policies for s in p.statements if s.covers(action)]
        uses = Counter(sort for statement in statements for sort in statement.sorts)
        tests = {
            sort: test
            for statement in reversed(statements)
            for sort, test in zip(statement.sorts, statement.tests, strict=True)
        }
        rows = [_row(statement, uses, tests) for statement in statements]
        denies = tuple(row for row in rows if row[-1].ref.effect == "Deny")
        return denies, tuple(row for row in rows if row[-1].ref.effect == "Allow")


def _row(statement: CompiledStatement, uses: Mapping[Sort, int], tests: Mapping[Sort, Test]) -> Row:
    return (
        statement.exact,
        statement.prefixes,
        statement.fixed,
        statement.other,
        tuple(tests[sort] for sort in statement.sorts if uses[sort] > 1),
        tuple(tests[sort] for sort in statement.sorts if uses[sort] == 1),
        statement,
    )


def first_match(rows: Rows, resource: str, context: Context) -> CompiledStatement | None:
    """The first statement that is about this resource and whose conditions are met."""
    for exact, prefixes, fixed, other, shared, tests, statement in rows:
        if (
            resource.startswith(prefixes)
            or resource in exact
            or (fixed is not None and fixed(resource))
            or (other is not None and other(resource, context))
        ):
            for test in shared:  # the context remembers what they said
                if not context[test]:
                    break
            else:
                for test in tests:
                    if not test(context):
                        break
                else:
                    return statement
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


def recompiled(policy: Policy, change: Callable[[Statement, bool], Statement | None]) -> Policy:
    """The policy with changed statements, which name the same principals; None leaves one out.

    change: given a statement, and whether the document has variables.
    """
    document, found = policy.document, []
    for row in policy.statements:
        changed = change(row.source, document.has_variables)
        if changed is row.source:
            found.append(row)
        elif changed is not None:
            made = _statement(changed, document, policy.name, {})
            found.append(replace(made, names=row.names))
    return Policy(policy.name, document, tuple(found))


def _statement(
    source: Statement, document: Document, name: str, ids: Mapping[str, str]
) -> CompiledStatement:
    allow = source.effect == "Allow"
    variables = document.has_variables
    exact, prefixes, fixed, other = _resources(source, allow=allow, variables=variables)
    return CompiledStatement(
        StatementRef(name, source.index, source.sid, source.effect),
        source,
        _actions(source),
        exact,
        prefixes,
        fixed,
        other,
        tuple(
            compile_condition(condition, allow=allow, variables=variables)
            for condition in source.conditions
        ),
        tuple((condition, source.effect, variables) for condition in source.conditions),
        None if source.principals is None else _names(source.principals, ids, allow=allow),
    )


def _actions(source: Statement) -> Callable[[str], bool]:
    """Says whether the statement concerns an action, given in lower case."""
    tests = tuple(matcher(wildcards(action.lower())) for action in source.actions)
    negated = source.not_actions
    return lambda action: any(test(action) for test in tests) is not negated


def _resources(
    source: Statement, *, allow: bool, variables: bool
) -> tuple[frozenset[str], tuple[str, ...], Matcher | None, OnResource | None]:
    """The resources of a statement, by what it costs to match them."""
    if not source.resources:
        return frozenset(), ("",), None, None
    exact: set[str] = set()
    prefixes: list[str] = []
    fixed: list[Matcher] = []
    dynamic: list[MatcherIn] = []
    for text in source.resources:
        parts = arn_tokens(text, variables=variables)
        if not is_fixed(parts):
            dynamic.append(matcher_in(parts, arn=True))
            continue
        known = plain(parts)
        joined = ":".join("".join(t for t in part if isinstance(t, str)) for part in known)
        wild = [token for part in known for token in part if isinstance(token, Wild)]
        if not wild:
            exact.add(joined)
        elif wild == [Wild.RUN] and known[-1][-1:] == (Wild.RUN,):
            prefixes.append(joined)
        else:
            fixed.append(arn_matcher(known))
    if source.not_resources:
        starts = [matcher([prefix, Wild.RUN]) for prefix in prefixes]
        match = any_of([exact.__contains__, *starts, *fixed])
        return frozenset(), (), None, _outside(match, tuple(dynamic), allow=allow)
    return (
        frozenset(exact),
        tuple(prefixes),
        any_of(fixed) if fixed else None,
        partial(_inside, tuple(dynamic)) if dynamic else None,
    )


def _inside(dynamic: tuple[MatcherIn, ...], resource: str, context: Context) -> bool:
    """`Resource` with variables. A pattern whose variable has no value matches nothing."""
    for match in dynamic:  # noqa: SIM110  any() would cost as much again as the matching
        if match(resource, context):
            return True
    return False


def _outside(match: Matcher, dynamic: tuple[MatcherIn, ...], *, allow: bool) -> OnResource:
    """`NotResource`: none of the patterns matches.

    One whose variable has no value would exclude nothing: a statement that allows is then about no
    resource at all, for it must not allow what the variable was to keep out.
    """

    def reaches(resource: str, context: Context) -> bool:
        if match(resource):
            return False
        answers = [one(resource, context) for one in dynamic]
        return True not in answers and not (allow and None in answers)

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
