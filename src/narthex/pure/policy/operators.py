"""Every condition operator: its name, the values it takes, and the test it becomes.

This file never fails at evaluation: a value that is not of the operator's type is refused when the
document is put; a request's value that is not of the type matches nothing. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from narthex.pure.policy import typed
from narthex.pure.policy.context import Context
from narthex.pure.policy.patterns import (
    ARN_SEGMENTS,
    BadPattern,
    Expanded,
    Matcher,
    Tokens,
    Wild,
    arn_matcher,
    arn_tokens,
    expand,
    is_fixed,
    matcher,
    plain,
    tokens,
)
from narthex.pure.policy.typed import Kind

Test = Callable[[Context], bool]
Holds = Callable[[Any, Context], bool]  # one value of the request, read as the operator's type

_NAME = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?", re.IGNORECASE)
_SET_NAMES = {"": "", "forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. compare: how a value of the policy is held against one of the request."""

    name: str
    kind: Kind
    compare: str
    negated: bool = False

    @property
    def takes_variables(self) -> bool:
        """Variables stand in texts and ARNs only."""
        return self.kind == "string" and self.compare != "null"


OPERATORS: dict[str, Operator] = {
    operator.name.lower(): operator
    for operator in (
        Operator("StringEquals", "string", "equal"),
        Operator("StringNotEquals", "string", "equal", negated=True),
        Operator("StringEqualsIgnoreCase", "string", "equal any case"),
        Operator("StringNotEqualsIgnoreCase", "string", "equal any case", negated=True),
        Operator("StringLike", "string", "like"),
        Operator("StringNotLike", "string", "like", negated=True),
        Operator("NumericEquals", "number", "equal"),
        Operator("NumericNotEquals", "number", "equal", negated=True),
        Operator("NumericLessThan", "number", "less"),
        Operator("NumericLessThanEquals", "number", "less or equal"),
        Operator("NumericGreaterThan", "number", "greater"),
        Operator("NumericGreaterThanEquals", "number", "greater or equal"),
        Operator("DateEquals", "date", "equal"),
        Operator("DateNotEquals", "date", "equal", negated=True),
        Operator("DateLessThan", "date", "less"),
        Operator("DateLessThanEquals", "date", "less or equal"),
        Operator("DateGreaterThan", "date", "greater"),
        Operator("DateGreaterThanEquals", "date", "greater or equal"),
        Operator("Bool", "bool", "equal"),
        Operator("BinaryEquals", "binary", "equal"),
        Operator("IpAddress", "address", "within"),
        Operator("NotIpAddress", "address", "within", negated=True),
        Operator("ArnEquals", "string", "arn"),
        Operator("ArnLike", "string", "arn"),
        Operator("ArnNotEquals", "string", "arn", negated=True),
        Operator("ArnNotLike", "string", "arn", negated=True),
        Operator("Null", "string", "null"),
    )
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, one key, its values. over: "" or "ForAllValues" or "ForAnyValue".

    key is as written; its case does not matter. values are texts, checked for the operator.
    """

    operator: Operator
    over: str
    if_exists: bool
    key: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """The operator as a policy spells it."""
        over = f"{self.over}:" if self.over else ""
        return f"{over}{self.operator.name}{'IfExists' if self.if_exists else ''}"


def find(name: str) -> tuple[str, Operator, bool] | None:
    """What an operator's name says: set qualifier, operator, IfExists; None when unknown."""
    found = _NAME.fullmatch(name)
    operator = OPERATORS.get(found[2].lower()) if found is not None else None
    if found is None or operator is None:
        return None
    if operator.compare == "null" and (found[1] or found[3]):
        return None
    return _SET_NAMES[(found[1] or "").lower()], operator, found[3] is not None


def fault(operator: Operator, value: str, *, variables: bool) -> str | None:
    """Why the operator cannot take this value; None when it can.

    variables: the document is of a version that has them.
    """
    if operator.compare == "null":
        return None if typed.boolean(value) is not None else "is not true or false"
    if operator.compare == "within":
        return None if typed.block(value) is not None else "is not an IP address or CIDR block"
    if operator.kind != "string":
        read = typed.READERS[operator.kind](value)
        return None if read is not None else f"is not a {_NOUNS[operator.kind]}"
    try:
        if operator.compare == "arn":
            return _arn_fault(arn_tokens(value, variables=variables))
        tokens(value, variables=variables, wildcards=operator.compare == "like")
    except BadPattern as error:
        return f"is not usable: {error}"
    return None


_NOUNS = {
    "number": "number",
    "date": "date",
    "bool": "boolean",
    "binary": "base64 text",
}


def _arn_fault(parts: tuple[Tokens, ...]) -> str | None:
    """An ARN has six segments, or ends early in a `*`; one variable may stand for all of it."""
    last = parts[-1][-1:] if parts[-1] else ()
    if len(parts) == ARN_SEGMENTS and parts[0] in (("arn",), (Wild.RUN,)):
        return None
    if len(parts) == 1 and parts[0] and not isinstance(parts[0][0], str):
        return None
    return None if parts[0] == ("arn",) and last == (Wild.RUN,) else "is not an ARN"


def compile_condition(condition: Condition, *, allow: bool, variables: bool) -> Test:
    """The condition as a test of a request's context.

    allow: the statement allows. A negated operator whose variable has no value is then false, for
    what matches nothing must not let more through; in a statement that denies it stays true.
    """
    operator, key = condition.operator, condition.key.lower()
    if operator.compare == "null":
        wanted = frozenset(typed.boolean(value) for value in condition.values)
        return lambda context: (context[key] is None) in wanted
    if operator.kind == "string":
        holds = _text_holds(condition, allow=allow, variables=variables)
    else:
        holds = _typed_holds(condition)
    read: Any = key if operator.kind == "string" else (operator.kind, key)
    if condition.over:
        return _over_values(condition, read, holds)
    absent = operator.negated or condition.if_exists
    negated = operator.negated

    def test(context: Context) -> bool:
        value = context[read]
        if value is None:  # absent, or not of the operator's type
            return absent if context[key] is None else negated
        return value.__class__ is not tuple and holds(value, context)

    return test


def _over_values(condition: Condition, read: Any, holds: Holds) -> Test:
    """ForAllValues: every value of the request passes, true when there is none (IfExists changes
    nothing). ForAnyValue: at least one passes, false when there is none, also with IfExists.
    """
    key, negated = condition.key.lower(), condition.operator.negated
    quantify, without = (all, True) if condition.over == "ForAllValues" else (any, False)

    def test(context: Context) -> bool:
        if context[key] is None:
            return without
        value = context[read]
        items = value if value.__class__ is tuple else (value,)
        return quantify(negated if item is None else holds(item, context) for item in items)

    return test


def _typed_holds(condition: Condition) -> Holds:
    """Comparison with numbers, dates, booleans, bytes or blocks. Values are alternatives."""
    operator, values = condition.operator, condition.values
    if operator.compare == "within":
        blocks = tuple(cidr for value in values if (cidr := typed.block(value)) is not None)
        negated = operator.negated
        return lambda one, _: any(one & mask == net for mask, net in blocks) is not negated
    read = typed.READERS[operator.kind]
    known: list[Any] = [found for value in values if (found := read(value)) is not None]
    low, high = min(known), max(known)
    accepted = frozenset(known)
    holds: dict[str, Holds] = {
        "equal": lambda one, _: (one in accepted) is not operator.negated,
        "less": lambda one, _: bool(one < high),
        "less or equal": lambda one, _: bool(one <= high),
        "greater": lambda one, _: bool(one > low),
        "greater or equal": lambda one, _: bool(one >= low),
    }
    return holds[operator.compare]


def _text_holds(condition: Condition, *, allow: bool, variables: bool) -> Holds:
    """Comparison with texts and ARNs, split into what is fixed and what has variables."""
    compare, negated = condition.operator.compare, condition.operator.negated
    fixed: list[Matcher] = []
    dynamic: list[Callable[[Context], Matcher | None]] = []
    accepted: set[str] = set()
    for value in condition.values:
        parts = _parts(value, compare, variables)
        if not all(is_fixed(part) for part in parts):
            dynamic.append(partial(_resolve, parts, compare))
        elif compare in ("equal", "equal any case"):
            text = "".join(str(token) for token in parts[0])
            accepted.add(text.lower() if compare == "equal any case" else text)
        else:
            fixed.append(_matcher(plain(parts), compare))
    folds = compare == "equal any case"

    def holds(one: str, context: Context) -> bool:
        if (one.lower() if folds else one) in accepted or any(match(one) for match in fixed):
            return not negated
        for resolve in dynamic:
            match = resolve(context)
            if match is None:
                if negated and allow:
                    return False
            elif match(one):
                return not negated
        return negated

    return holds


def _parts(value: str, compare: str, variables: bool) -> tuple[Tokens, ...]:
    """The pieces of one value of the policy: an ARN's segments, else the one text."""
    if compare == "arn":
        return arn_tokens(value, variables=variables)
    return (tokens(value, variables=variables, wildcards=compare == "like"),)


def _resolve(parts: tuple[Tokens, ...], compare: str, context: Context) -> Matcher | None:
    """The matcher of a value with variables, for this request; None when one has no value."""
    known = [expanded for part in parts if (expanded := expand(part, context)) is not None]
    return _matcher(known, compare) if len(known) == len(parts) else None


def _matcher(parts: Sequence[Expanded], compare: str) -> Matcher:
    """The matcher of one value whose variables have been replaced."""
    if compare == "arn":
        return arn_matcher(parts)
    if compare == "equal any case":
        wanted = "".join(str(token) for token in parts[0]).lower()
        return lambda text: text.lower() == wanted
    return matcher(parts[0])
