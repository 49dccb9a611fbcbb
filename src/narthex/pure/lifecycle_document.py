"""The lifecycle configuration of a bucket, read into rules and written again. Pure.

This file never decides what ends (lifecycle.py does). INVARIANT: a rule that would do what it does
not say is refused when it is written: an unknown element, two meanings, a storage class to go to.

Source: Amazon S3 API reference, PutBucketLifecycleConfiguration; recorded answers of S3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from narthex.errors import S3Error, invalid_argument
from narthex.pure import tags, times, xml
from narthex.pure.lifecycle import DAY_US, Filter, Rule

ROOT = "LifecycleConfiguration"
MOST_BYTES = 1024 * 1024
MOST_RULES = 1000
MOST_ELEMENTS = 1 + 50 * MOST_RULES  # a rule with ten tags and all that it may have has fewer
LONGEST_ID = 255
LONGEST_PREFIX = 1024  # bytes
MOST_NEWER = 100
LARGEST = (1 << 31) - 1  # S3's numbers of days are of 32 bits

EXPIRATION, ABORT = "Expiration", "AbortIncompleteMultipartUpload"
NONCURRENT = "NoncurrentVersionExpiration"
MARKER = "ExpiredObjectDeleteMarker"
ABOVE, BELOW = "ObjectSizeGreaterThan", "ObjectSizeLessThan"
# There is one kind of storage here: a rule that moves objects to another one cannot be kept.
ELSEWHERE = ("Transition", "NoncurrentVersionTransition")
IN_RULE = frozenset(["ID", "Status", "Prefix", "Filter", EXPIRATION, ABORT, NONCURRENT])
PREDICATES = frozenset(["Prefix", "Tag", ABOVE, BELOW])

# The header that goes with the document, and what it may say; without transitions it is inert.
MINIMUM = "x-amz-transition-default-minimum-object-size"
MINIMA = ("all_storage_classes_128K", "varies_by_storage_class")

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2}))?"
)


def read(data: bytes, new_id: Callable[[], str]) -> tuple[Rule, ...]:
    """The rules of a document, in its order; those without an id get one of `new_id`.

    Raises MalformedXML, InvalidArgument, InvalidRequest, InvalidTag, NotImplemented (transitions).
    """
    root = xml.read(data, ROOT, most=MOST_ELEMENTS)
    if not 1 <= len(root.children) <= MOST_RULES:
        raise S3Error("MalformedXML")
    rules = tuple(_rule(child, new_id) for child in root.children)
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise invalid_argument(
                "Rule ID must be unique. Found same ID for more than one rule", "ID", rule.id
            )
        seen.add(rule.id)
    return rules


def render(rules: Iterable[Rule]) -> bytes:
    """The document of these rules."""
    return xml.render(ROOT, [("Rule", _elements(rule)) for rule in rules])


def minimum(value: str | None) -> str:
    """What the header MINIMUM asks for; S3's default where it was not sent."""
    if value is None:
        return MINIMA[0]
    if value not in MINIMA:
        raise S3Error(
            "InvalidRequest", f"Invalid TransitionDefaultMinimumObjectSize found: {value[:64]}"
        )
    return value


def _rule(element: xml.Element, new_id: Callable[[], str]) -> Rule:
    if element.name != "Rule":
        raise S3Error("MalformedXML")
    for child in element.children:
        if child.name in ELSEWHERE:
            raise S3Error("NotImplemented", f"the element `{child.name}` is not implemented")
    found = _children(element, IN_RULE)
    if "Status" not in found or ("Prefix" in found) == ("Filter" in found):
        raise S3Error("MalformedXML")
    status = _text(found["Status"])
    if status not in ("Enabled", "Disabled"):
        raise S3Error("MalformedXML")
    if "Filter" in found:
        chosen = _filter(found["Filter"])
    else:
        chosen = Filter(_prefix(found["Prefix"]))
    if not found.keys() & {EXPIRATION, ABORT, NONCURRENT}:
        raise S3Error("InvalidRequest", "At least one action needs to be specified in a rule.")
    days, date_us, marker = _expiration(found.get(EXPIRATION))
    if marker is not None:
        _refuse_narrowed(MARKER, chosen)
    if ABORT in found:
        _refuse_narrowed(ABORT, chosen)
    noncurrent_days, newer = _noncurrent(found.get(NONCURRENT))
    return Rule(
        _id(found.get("ID")) or new_id(),
        status == "Enabled",
        chosen,
        "Prefix" in found,
        days,
        date_us,
        _abort_days(found.get(ABORT)),
        marker,
        noncurrent_days,
        newer,
    )


def _id(element: xml.Element | None) -> str:
    text = "" if element is None else _text(element)
    if len(text) > LONGEST_ID:
        raise invalid_argument(
            f"ID length should not exceed allowed limit of {LONGEST_ID}", "ID", text
        )
    return text


def _filter(element: xml.Element) -> Filter:
    """One predicate at most, or several of them within And."""
    if not element.children:
        if element.text.strip():
            raise S3Error("MalformedXML")
        return Filter()
    if len(element.children) > 1:
        raise S3Error("MalformedXML")
    only = element.children[0]
    if only.name == "And" and len(only.children) < 2:
        raise S3Error("MalformedXML")
    return _predicates(only.children if only.name == "And" else (only,))


def _predicates(elements: tuple[xml.Element, ...]) -> Filter:
    pairs: list[tuple[str, str]] = []
    others: dict[str, xml.Element] = {}
    for child in elements:
        if child.name not in PREDICATES or child.name in others:
            raise S3Error("MalformedXML")
        if child.name == "Tag":
            pairs.append(_tag(child))
        else:
            others[child.name] = child
    if len({key for key, _ in pairs}) != len(pairs):
        raise S3Error("InvalidRequest", "Duplicate Tag Keys are not allowed.")
    tags.check_object_tags(tuple(pairs))
    above, below = _size(others.get(ABOVE)), _size(others.get(BELOW))
    if above is not None and below is not None and below <= above:
        raise S3Error("InvalidRequest", f"'{BELOW}' has to be a value greater than '{ABOVE}'.")
    prefix = others.get("Prefix")
    return Filter(None if prefix is None else _prefix(prefix), tuple(pairs), above, below)


def _tag(element: xml.Element) -> tuple[str, str]:
    found = _children(element, frozenset(["Key", "Value"]))
    if len(found) != 2:
        raise S3Error("MalformedXML")
    return _text(found["Key"]), _text(found["Value"])


def _prefix(element: xml.Element) -> str:
    text = _text(element)
    if len(text.encode()) > LONGEST_PREFIX:
        raise S3Error("InvalidRequest", f"The maximum size of a prefix is {LONGEST_PREFIX}.")
    return text


def _size(element: xml.Element | None) -> int | None:
    if element is None:
        return None
    size = _integer(element)
    if size < 0:
        raise S3Error("MalformedXML")
    return size


def _expiration(element: xml.Element | None) -> tuple[int | None, int | None, bool | None]:
    """Days, date and marker, of which one is told."""
    if element is None:
        return None, None, None
    found = _children(element, frozenset(["Days", "Date", MARKER]))
    if len(found) != 1:
        raise S3Error("MalformedXML")
    if "Days" in found:
        return _positive(found["Days"], EXPIRATION), None, None
    if "Date" in found:
        return None, _midnight(_text(found["Date"]).strip()), None
    return None, None, _boolean(_text(found[MARKER]))


def _abort_days(element: xml.Element | None) -> int | None:
    if element is None:
        return None
    found = _children(element, frozenset(["DaysAfterInitiation"]))
    if not found:
        raise S3Error("MalformedXML")
    return _positive(found["DaysAfterInitiation"], ABORT)


def _noncurrent(element: xml.Element | None) -> tuple[int | None, int | None]:
    if element is None:
        return None, None
    found = _children(element, frozenset(["NoncurrentDays", "NewerNoncurrentVersions"]))
    if "NoncurrentDays" not in found:
        raise S3Error("MalformedXML")
    newer = found.get("NewerNoncurrentVersions")
    if newer is not None and not 1 <= _integer(newer) <= MOST_NEWER:
        raise invalid_argument(
            f"'NewerNoncurrentVersions' for {NONCURRENT} action must be between 1 and {MOST_NEWER}",
            "NewerNoncurrentVersions",
            _text(newer).strip(),
        )
    days = _positive(found["NoncurrentDays"], NONCURRENT)
    return days, None if newer is None else _integer(newer)


def _refuse_narrowed(action: str, chosen: Filter) -> None:
    """Some actions are about more than objects, which alone have tags and a size."""
    if chosen.tags:
        raise S3Error("InvalidRequest", f"{action} cannot be specified with Tags.")
    if chosen.above is not None or chosen.below is not None:
        raise S3Error("InvalidRequest", f"{action} cannot be specified with Object Size.")


def _positive(element: xml.Element, action: str) -> int:
    days = _integer(element)
    if days < 1:
        raise invalid_argument(
            f"'{element.name}' for {action} action must be a positive integer",
            element.name,
            str(days),
        )
    if days > LARGEST:
        raise S3Error("MalformedXML")
    return days


def _integer(element: xml.Element) -> int:
    text = _text(element).strip()
    if _NUMBER.fullmatch(text) is None:
        raise S3Error("MalformedXML")
    return int(text)


def _midnight(text: str) -> int:
    """Microseconds of a date, which must be a midnight of UTC."""
    if _DATE.fullmatch(text) is None:
        raise S3Error("MalformedXML")
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        at_us = (aware - times.EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise S3Error("MalformedXML") from error
    if at_us % DAY_US:
        raise invalid_argument("'Date' must be at midnight GMT", "Date", text)
    return at_us


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise S3Error("MalformedXML")
    return word == "true"


def _children(element: xml.Element, known: frozenset[str]) -> dict[str, xml.Element]:
    """The children of an element by name, each at most once, and no text beside them."""
    found: dict[str, xml.Element] = {}
    for child in element.children:
        if child.name not in known or child.name in found:
            raise S3Error("MalformedXML")
        found[child.name] = child
    if element.text.strip():
        raise S3Error("MalformedXML")
    return found


def _text(element: xml.Element) -> str:
    if element.children:
        raise S3Error("MalformedXML")
    return element.text


def _elements(rule: Rule) -> list[xml.Child]:
    children: list[xml.Child] = [("ID", rule.id)]
    if rule.is_legacy:
        children.append(("Prefix", rule.filter.prefix or ""))
    else:
        children.append(("Filter", _of_filter(rule.filter)))
    children.append(("Status", "Enabled" if rule.enabled else "Disabled"))
    if rule.days is not None:
        children.append((EXPIRATION, [("Days", str(rule.days))]))
    if rule.date_us is not None:
        children.append((EXPIRATION, [("Date", times.iso(rule.date_us))]))
    if rule.marker is not None:
        children.append((EXPIRATION, [(MARKER, "true" if rule.marker else "false")]))
    if rule.noncurrent_days is not None:
        inner: list[xml.Child] = [("NoncurrentDays", str(rule.noncurrent_days))]
        if rule.newer_noncurrent is not None:
            inner.append(("NewerNoncurrentVersions", str(rule.newer_noncurrent)))
        children.append((NONCURRENT, inner))
    if rule.abort_days is not None:
        children.append((ABORT, [("DaysAfterInitiation", str(rule.abort_days))]))
    return children


def _of_filter(chosen: Filter) -> list[xml.Child]:
    inner: list[xml.Child] = [] if chosen.prefix is None else [("Prefix", chosen.prefix)]
    inner += [("Tag", [("Key", key), ("Value", value)]) for key, value in chosen.tags]
    for name, size in ((ABOVE, chosen.above), (BELOW, chosen.below)):
        if size is not None:
            inner.append((name, str(size)))
    return [("And", inner)] if len(inner) > 1 else inner
