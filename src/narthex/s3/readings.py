"""What policies read of a request, as values that can be compared with those of another request.

This file never decides. INVARIANT: where the readings of two requests are the same, every condition
that they were made for says the same of both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from narthex.pure.policy import typed
from narthex.pure.policy.context import HEADER_KEYS, LISTING_KEYS, QUERY_KEYS
from narthex.pure.policy.operators import Condition
from narthex.s3.asking import TAGGING_HEADER, Asking, signed

# Asking and the time, in microseconds.
Read = Callable[[Asking, int], Hashable]

# Keys whose value is the identity's or the bucket's: nothing of the request changes them.
FIXED = frozenset(
    "aws:username aws:userid aws:principalarn aws:principalaccount aws:principaltype "
    "aws:principalisawsservice aws:viaawsservice aws:tokenissuetime aws:multifactorauthpresent "
    "aws:sourceidentity aws:resourceaccount s3:resourceaccount".split()
)
FIXED_TAGS = "aws:principaltag/"
TIMES = frozenset(["aws:currenttime", "aws:epochtime"])
AGE = "s3:signatureage"
ASKED_TAGS = ("aws:requesttag/", "s3:requestobjecttag/", "aws:tagkeys", "s3:requestobjecttagkeys")
SECOND_US = 1_000_000


def reader(key: str, conditions: Sequence[Condition] | None) -> tuple[Read, ...] | None:
    """How a key (in lower case) is read for these conditions; none when it is always the same.

    conditions: None for a key whose very value counts. None: it cannot be compared.
    """
    if key in FIXED or key.startswith(FIXED_TAGS):
        return ()
    if key in TIMES:
        marks = _marks(conditions, "date")
        return (_seconds if marks is None else _when(marks),)
    if key == AGE:
        marks = _marks(conditions, "number")
        return None if marks is None else (_age(marks),)
    if key.startswith(ASKED_TAGS):
        return (_field(TAGGING_HEADER),)
    found = _PLAIN.get(key)
    return None if found is None else (found,)


def _marks(conditions: Sequence[Condition] | None, kind: typed.Kind) -> list[Any] | None:
    """The values that a key is held against, in order; None when its very value may count."""
    if conditions is None:
        return None
    marks: list[Any] = []
    for condition in conditions:
        if condition.operator.compare == "null":
            continue
        if condition.operator.kind != kind:
            return None
        marks += [typed.READERS[kind](value) for value in condition.values]
    return sorted(marks)


def _between(marks: Sequence[Any], value: Any) -> Hashable:
    """Between, or on, which of the marks a value lies."""
    return bisect_left(marks, value), bisect_right(marks, value)


def _seconds(_: Asking, now_us: int) -> Hashable:
    return now_us // SECOND_US  # policies see whole seconds


def _when(marks: Sequence[int]) -> Read:
    return lambda _, now_us: _between(marks, now_us // SECOND_US * SECOND_US)


def _age(marks: Sequence[Any]) -> Read:
    def read(asking: Asking, now_us: int) -> Hashable:
        age = None if asking.claim is None else signed(asking.claim).age_ms(now_us)
        return None if age is None else _between(marks, age)

    return read


def _header(name: str) -> Read:
    return lambda asking, _: asking.request.headers.get(name)


def _field(name: str) -> Read:
    return lambda asking, _: asking.field(name)


def _parameter(name: str) -> Read:
    return lambda asking, _: asking.parameter(name)


_PLAIN: Mapping[str, Read] = {
    "aws:sourceip": lambda asking, _: asking.request.client,
    "aws:securetransport": lambda asking, _: asking.request.scheme,
    "aws:useragent": _header("user-agent"),
    "aws:referer": _header("referer"),
    "aws:requestedregion": lambda asking, _: asking.claim and asking.claim.region,
    "s3:authtype": lambda asking, _: asking.claim and asking.claim.kind,
    "s3:signatureversion": lambda asking, _: asking.claim and asking.claim.version,
    **{key: _field(name) for key, name in HEADER_KEYS.items()},
    **{key: _parameter(name) for key, name in (LISTING_KEYS | QUERY_KEYS).items()},
}
