"""What the signer of a form allowed: conditions, and whether a form keeps to them. Pure.

This file never sees a policy whose signature was not verified. INVARIANT: every field that may have
an effect is covered by a condition, and every condition holds; what is not understood is refused.

Names of fields are the same in any case, values and the document's own keys are not; operators are,
as S3 takes them. Source: Amazon S3 developer guide, "POST policy"; recorded answers of S3.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from narthex.errors import S3Error
from narthex.http import Pairs

BUCKET = "bucket"  # a field that every form has: the bucket of the URL
RANGE = "content-length-range"
# Fields that need no condition. Source: the guide; the two of SigV2 are in its SigV2 edition.
EXEMPT = frozenset(["x-amz-signature", "signature", "awsaccesskeyid", "policy", "file"])
IGNORED = "x-ignore-"
LIST_FIELD = "content-type"  # whose commas separate values, each of which must begin as told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z"
)
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NOT_JSON = {"$": "$", "v": "\\u000b"}  # escapes that the guide has and JSON has not


@dataclass(frozen=True, slots=True)
class Condition:
    """operator: "eq", "starts-with", or "" for one that nothing can satisfy.

    field: in lower case. text: the condition as a refusal quotes it.
    """

    operator: str
    field: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class PostPolicy:
    """smallest, largest: bytes of the file, both included; None is no limit."""

    expires_us: int
    conditions: tuple[Condition, ...]
    smallest: int
    largest: int | None


def parse(policy: str) -> PostPolicy:
    """The policy in a form's field: JSON in UTF-8 in base64. Raises InvalidPolicyDocument."""
    document = _document(policy)
    unexpected = [name for name in document if name not in ("expiration", "conditions")]
    if unexpected:
        raise _invalid(f"Unexpected: '{unexpected[0].lower()[:256]}'")
    for name in ("expiration", "conditions"):
        if name not in document:
            raise _invalid(f"Policy missing {name}.")
    expires_us = _instant(document["expiration"])
    tests = document["conditions"]
    if not isinstance(tests, list):
        raise _invalid("Invalid 'conditions' value: must be a List.")
    conditions: list[Condition] = []
    ranges: list[tuple[int, int]] = []
    for test in tests:
        found = _test(test)
        if isinstance(found, Condition):
            conditions.append(found)
        else:
            ranges.append(found)
    return PostPolicy(
        expires_us,
        tuple(conditions),
        max((smallest for smallest, _ in ranges), default=0),
        min((largest for _, largest in ranges), default=None),
    )


def check(policy: PostPolicy, sent: Pairs, fields: Mapping[str, str], bucket: str) -> None:
    """Refuse a form that its policy does not allow. Raises AccessDenied.

    sent: its fields as sent. fields: the same by lower-case name, with variables replaced; they
    are what takes effect, so they are what is judged. bucket: the URL's.
    """
    for condition in policy.conditions:
        if not _holds(condition, fields, bucket):
            raise _refused(f"Policy Condition failed: {condition.text}")
    covered = {condition.field for condition in policy.conditions}
    for name in (*(name for name, _ in sent), BUCKET):
        lower = name.lower()
        if lower not in covered and lower not in EXEMPT and not lower.startswith(IGNORED):
            raise _refused(f"Extra input fields: {name[:256]}")


def check_time(policy: PostPolicy, now_us: int) -> None:
    """Refuse a policy whose time is over. Raises AccessDenied."""
    if now_us >= policy.expires_us:
        raise _refused("Policy expired.")


def _holds(condition: Condition, fields: Mapping[str, str], bucket: str) -> bool:
    """A condition on a field that was not sent does not hold, whatever it asks for."""
    values = [fields[condition.field]] if condition.field in fields else []
    if condition.field == BUCKET:
        values.append(bucket)  # a field of this name may repeat the URL's bucket, never replace it
    if not condition.operator or not values:
        return False
    if condition.operator == "eq":
        return all(value == condition.value for value in values)
    if condition.field == LIST_FIELD:
        values = [one.strip() for value in values for one in value.split(",")]
    return all(value.startswith(condition.value) for value in values)


def _document(policy: str) -> dict[str, Any]:
    try:
        data = b64decode("".join(policy.split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _invalid("invalid Base64 encoding.") from error
    if not data.strip():
        raise _invalid("Expecting '{' but found End-of-Input")
    try:
        text = _ESCAPE.sub(lambda found: _NOT_JSON.get(found[1], found[0]), data.decode())
        document = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, nesting without end
        raise _not_json() from error
    if not isinstance(document, dict):
        raise _not_json()
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that says a thing twice says nothing: which one counts must not be a guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _instant(value: Any) -> int:
    """Microseconds of an expiration, "2015-12-30T12:00:00.000Z" with or without its fraction."""
    if not isinstance(value, str):
        raise _not_json()
    found = _INSTANT.fullmatch(value)
    try:
        if found is None:
            raise ValueError(value)
        *parts, fraction = found.groups(default="")
        moment = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise _invalid(f"Invalid 'expiration' value: '{value[:64]}'") from error
    return (moment - _EPOCH) // timedelta(microseconds=1) + int(fraction.ljust(6, "0")[:6] or 0)


def _test(test: Any) -> Condition | tuple[int, int]:
    """One element of `conditions`: a condition on a field, or a range of sizes."""
    if isinstance(test, dict):
        return _simple(test)
    if not isinstance(test, list):
        raise _invalid("Invalid condition test: must be a List or Object.")
    if not test:
        raise _invalid("Invalid Condition: missing operation identifier.")
    operator = test[0]
    if not isinstance(operator, str):
        raise _not_json()
    known = operator.lower()
    if known not in ("eq", "starts-with", RANGE):
        raise _invalid(f"Invalid Condition: unknown operation '{operator[:64]}'.")
    if len(test) != 3:
        raise _invalid(f"Invalid {known}: wrong number of arguments.")
    if known == RANGE:
        return _range(test)
    if not isinstance(test[1], str) or not isinstance(test[2], str):
        raise _not_json()
    field = test[1].lower()
    if len(field) < 2 or field[0] != "$":
        return Condition("", "", "", _quoted(test))
    return Condition(known, field[1:], test[2], _quoted(test))


def _simple(test: dict[str, Any]) -> Condition:
    if len(test) != 1:
        raise _invalid(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        )
    ((field, value),) = test.items()
    if value is None:
        raise _not_json()
    if not isinstance(value, str):
        raise _invalid("Invalid Simple-Condition: value must be a string.")
    return Condition("eq", field.lower(), value, _quoted(["eq", f"${field}", value]))


def _range(test: list[Any]) -> Condition | tuple[int, int]:
    """The bounds of a size, as numbers or as texts of digits."""
    bounds: list[int] = []
    for bound in test[1:]:
        if isinstance(bound, bool) or not isinstance(bound, int | str):
            raise _not_json()
        if not _WHOLE.fullmatch(str(bound)):
            return Condition("", "", "", _quoted(test))
        bounds.append(int(bound))
    if min(bounds) < 0:
        raise _invalid(f"Invalid {RANGE}: a size is not negative.")
    return bounds[0], bounds[1]


def _quoted(test: list[Any]) -> str:
    return json.dumps(test, ensure_ascii=False)


def _not_json() -> S3Error:
    return _invalid("Invalid JSON.")


def _invalid(reason: str) -> S3Error:
    return S3Error("InvalidPolicyDocument", f"Invalid Policy: {reason}")


def _refused(reason: str) -> S3Error:
    return S3Error("AccessDenied", f"Invalid according to Policy: {reason}")
