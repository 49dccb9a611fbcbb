"""Every condition operator: its name, and the values it takes.

This file never compares (see conditions.py). What it lets through can be evaluated, whatever the
request: a value that is not of the operator's type is refused here. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from narthex.pure.policy import typed
from narthex.pure.policy.patterns import (
    ARN_SEGMENTS,
    BadPattern,
    Tokens,
    Variable,
    Wild,
    arn_tokens,
    tokens,
)
from narthex.pure.policy.typed import Kind

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
    if len(parts) == 1 and parts[0] and isinstance(parts[0][0], Variable):
        return None
    return None if parts[0] == ("arn",) and last == (Wild.RUN,) else "is not an ARN"
