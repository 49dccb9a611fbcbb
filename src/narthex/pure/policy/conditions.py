"""Conditions compiled to tests of a request's context.

This file never fails: a value of the policy was checked when it was put, and a value of the request
that is not of the operator's type matches nothing. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from narthex.pure.policy import typed
from narthex.pure.policy.context import Context
from narthex.pure.policy.matching import MatcherIn, any_of, arn_matcher, matcher, matcher_in
from narthex.pure.policy.operators import Condition
from narthex.pure.policy.patterns import Tokens, Values, arn_tokens, expand, is_fixed, plain, tokens

Test = Callable[[Context], bool]
# Says of one value of the request, read as the operator's type, whether one of the policy's values
# accepts it. Negation comes after: `Not` means that none accepts it.
Accepts = Callable[[Any], bool]


def compile_condition(condition: Condition, *, allow: bool, variables: bool) -> Test:
    """The condition as a test of a request's context.

    allow: the statement allows. A negated operator whose variable has no value is then false, for
    what matches nothing must not let more through; in a statement that denies it stays true.
    """
    operator = condition.operator
    if operator.compare == "null":
        key = condition.key.lower()
        wanted = frozenset(typed.boolean(value) for value in condition.values)
        return lambda context: (context[key] is None) in wanted
    if operator.kind != "string":
        return _test(condition, _accepts_typed(condition))
    fixed, dynamic = _split(condition, variables=variables)
    accepts = _accepts_text(condition, fixed)
    if not dynamic:
        return _test(condition, accepts)
    return _test_in(condition, partial(_accepts_in, accepts, dynamic), allow=allow)


def _test(condition: Condition, accepts: Accepts) -> Test:
    """The test of a condition whose values are the same for every request."""
    key, operator = condition.key.lower(), condition.operator
    read: Any = key if operator.kind == "string" else (operator.kind, key)
    if condition.over:
        return _over_values(
            condition, read, lambda value, _: accepts(value) is not operator.negated
        )
    if operator.negated:  # an absent value, and one that is not of the type, equal nothing

        def differs(context: Context) -> bool:
            value = context[read]
            return value is None or (value.__class__ is not tuple and not accepts(value))

        return differs
    if condition.if_exists:

        def matches_if_there(context: Context) -> bool:
            value = context[read]
            if value is None:
                return context[key] is None
            return value.__class__ is not tuple and accepts(value)

        return matches_if_there

    def matches(context: Context) -> bool:
        value = context[read]
        return value is not None and value.__class__ is not tuple and accepts(value)

    return matches


def _test_in(condition: Condition, accepts_in: MatcherIn, *, allow: bool) -> Test:
    """The test of a condition with variables among its values."""
    key, negated = condition.key.lower(), condition.operator.negated

    def passes(value: str, context: Context) -> bool:
        accepted = accepts_in(value, context)
        if accepted is None:
            return negated and not allow
        return accepted is not negated

    if condition.over:
        return _over_values(condition, key, passes)
    absent = negated or condition.if_exists

    def test(context: Context) -> bool:
        value = context[key]
        if value is None:
            return absent
        return value.__class__ is not tuple and passes(value, context)

    return test


def _over_values(condition: Condition, read: Any, passes: Callable[[Any, Context], bool]) -> Test:
    """ForAllValues: every value of the request passes, true when there is none. ForAnyValue: at
    least one passes, false when there is none. IfExists changes neither.
    """
    key, negated = condition.key.lower(), condition.operator.negated
    quantify, without = (all, True) if condition.over == "ForAllValues" else (any, False)

    def test(context: Context) -> bool:
        if context[key] is None:
            return without
        value = context[read]
        items = value if value.__class__ is tuple else (value,)
        return quantify(negated if one is None else passes(one, context) for one in items)

    return test


def _accepts_typed(condition: Condition) -> Accepts:
    """Comparison with numbers, dates, booleans, bytes or blocks."""
    operator, values = condition.operator, condition.values
    if operator.compare == "within":
        return _within([cidr for one in values if (cidr := typed.block(one)) is not None])
    read = typed.READERS[operator.kind]
    known: list[Any] = [found for value in values if (found := read(value)) is not None]
    low, high = min(known), max(known)  # values are alternatives: the widest one decides
    accepts: dict[str, Accepts] = {
        "equal": frozenset(known).__contains__,
        "less": high.__gt__,
        "less or equal": high.__ge__,
        "greater": low.__lt__,
        "greater or equal": low.__le__,
    }
    return accepts[operator.compare]


def _within(blocks: list[typed.Block]) -> Accepts:
    """Membership of an address in one of some CIDR blocks."""
    if len(blocks) == 1:
        mask, network = blocks[0]
        return lambda address: bool(address & mask == network)
    found = tuple(blocks)

    def accepts(address: int) -> bool:
        for mask, network in found:  # noqa: SIM110  any() would cost as much again as the test
            if address & mask == network:
                return True
        return False

    return accepts


Parts = tuple[Tokens, ...]


def _split(condition: Condition, *, variables: bool) -> tuple[list[Parts], list[MatcherIn]]:
    """The values as patterns: those without variables, and matchers of those with."""
    compare = condition.operator.compare
    fixed: list[Parts] = []
    dynamic: list[MatcherIn] = []
    for value in condition.values:
        if compare == "arn":
            parts = arn_tokens(value, variables=variables)
        else:
            parts = (tokens(value, variables=variables, wildcards=compare == "like"),)
        if is_fixed(parts):
            fixed.append(parts)
        elif compare == "equal any case":
            dynamic.append(partial(_any_case_in, parts[0]))
        else:
            dynamic.append(matcher_in(parts, arn=compare == "arn"))
    return fixed, dynamic


def _any_case_in(pattern: Tokens, text: str, values: Values) -> bool | None:
    known = expand(pattern, values)
    return None if known is None else "".join(map(str, known)).lower() == text.lower()


def _accepts_text(condition: Condition, fixed: list[Parts]) -> Accepts:
    """Comparison with texts and ARNs that have no variables."""
    compare = condition.operator.compare
    if compare in ("equal", "equal any case"):
        texts = ["".join(str(token) for token in parts[0]) for parts in fixed]
        if compare == "equal":
            return frozenset(texts).__contains__
        lower = frozenset(text.lower() for text in texts)
        return lambda text: text.lower() in lower
    if compare == "arn":
        return any_of([arn_matcher(plain(parts)) for parts in fixed])
    return any_of([matcher(plain(parts)[0]) for parts in fixed])


def _accepts_in(
    accepts: Accepts, dynamic: list[MatcherIn], value: str, values: Values
) -> bool | None:
    """Comparison with texts of both sorts. None: no value accepts it, and one is unknown."""
    if accepts(value):
        return True
    answers = [match(value, values) for match in dynamic]
    return True if True in answers else None if None in answers else False
