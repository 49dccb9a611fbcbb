"""The notification configuration of a bucket: who wants to know of what, under which keys. Pure.

This file never asks whether a target exists. INVARIANT: no event of one key goes twice to what one
configuration names: entries that could both want it are refused when they are written.

Source: Amazon S3 API reference, PutBucketNotificationConfiguration; recorded answers of S3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from narthex.errors import S3Error, invalid_argument
from narthex.pure import xml
from narthex.pure.events import names

ROOT = "NotificationConfiguration"
MOST_BYTES = 512 * 1024
MOST = 100  # entries
MOST_ELEMENTS = 100 * 60
LONGEST_ID = 255
LONGEST_VALUE = 1024  # bytes of a prefix or suffix
# The entry's element, and inside it the element of the target. The service is in its ARN.
TARGETS = {
    "TopicConfiguration": ("Topic", "sns"),
    "QueueConfiguration": ("Queue", "sqs"),
    "CloudFunctionConfiguration": ("CloudFunction", "lambda"),
}
_ENTRIES = {target: entry for entry, (target, _) in TARGETS.items()}
_NAME = "[A-Za-z0-9_-]{1,256}"
_ARNS = {
    "sns": re.compile(rf"arn:aws:sns:[a-z0-9-]*:[0-9]{{12}}:{_NAME}(\.fifo)?"),
    "sqs": re.compile(rf"arn:aws:sqs:[a-z0-9-]*:[0-9]{{12}}:{_NAME}(\.fifo)?"),
    "lambda": re.compile(
        rf"arn:aws:lambda:[a-z0-9-]*:[0-9]{{12}}:function:{_NAME}(:[$A-Za-z0-9_-]{{1,128}})?"
    ),
}
_CONTROLS = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Notification:
    """One entry. target: "Topic", "Queue" or "CloudFunction". events: as configured, "s3:...".

    prefix and suffix: of the decoded key; "" is any.
    """

    id: str
    target: str
    arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def wants(self, name: str, key: str) -> bool:
        """Whether it is to be told of an event ("ObjectCreated:Put") of this key."""
        return (
            key.startswith(self.prefix)
            and key.endswith(self.suffix)
            and any(names.covers(event, name) for event in self.events)
        )


def read(data: bytes, new_id: Callable[[], str]) -> tuple[Notification, ...]:
    """The entries of a document, in its order; those without an id get one of `new_id`.

    Raises MalformedXML, InvalidArgument, NotImplemented (EventBridge).
    """
    root = xml.read(data, ROOT, most=MOST_ELEMENTS)
    if any(child.name == "EventBridgeConfiguration" for child in root.children):
        raise S3Error("NotImplemented", detail=(("Header", "EventBridgeConfiguration"),))
    if len(root.children) > MOST:
        raise S3Error("MalformedXML")
    found = tuple(_entry(child, new_id) for child in root.children)
    _refuse_same_ids(found)
    _refuse_overlap(found)
    return found


def render(notifications: Iterable[Notification]) -> bytes:
    """The document of these entries."""
    return xml.render(ROOT, [(_ENTRIES[one.target], _elements(one)) for one in notifications])


def _entry(element: xml.Element, new_id: Callable[[], str]) -> Notification:
    if element.name not in TARGETS:
        raise S3Error("MalformedXML")
    target, service = TARGETS[element.name]
    texts: dict[str, str] = {}
    events: list[str] = []
    rules: dict[str, str] = {}
    for child in element.children:
        if child.name == "Event":
            events.append(_event(_text(child)))
        elif child.name in ("Id", target, "Filter") and child.name not in texts:
            texts[child.name] = "" if child.name == "Filter" else _text(child)
            if child.name == "Filter":
                rules = _filter(child)
        else:
            raise S3Error("MalformedXML")
    if not events or target not in texts:
        raise S3Error("MalformedXML")
    id, arn = texts.get("Id", ""), texts[target]
    if len(id) > LONGEST_ID or _CONTROLS.search(id):
        raise S3Error("MalformedXML")
    if _ARNS[service].fullmatch(arn) is None:
        raise invalid_argument("The ARN could not be parsed", target, arn[:1024])
    return Notification(
        id or new_id(),
        target,
        arn,
        tuple(dict.fromkeys(events)),
        rules.get("Prefix", ""),
        rules.get("Suffix", ""),
    )


def _event(text: str) -> str:
    if text not in names.CONFIGURABLE:
        raise invalid_argument(
            "A specified event is not supported for notifications.", "Event", text[:256]
        )
    return text


def _filter(element: xml.Element) -> dict[str, str]:
    """Prefix and suffix, by these names."""
    if [child.name for child in element.children] != ["S3Key"]:
        raise S3Error("MalformedXML")
    found: dict[str, str] = {}
    for rule in element.children[0].children:
        if rule.name != "FilterRule" or [c.name for c in rule.children] not in (
            ["Name", "Value"],
            ["Value", "Name"],
        ):
            raise S3Error("MalformedXML")
        texts = {child.name: _text(child) for child in rule.children}
        name = texts["Name"].capitalize()
        if name not in ("Prefix", "Suffix"):
            raise invalid_argument(
                "filter rule name must be either prefix or suffix",
                "FilterRule.Name",
                texts["Name"][:256],
            )
        if name in found:
            raise invalid_argument(
                f"Cannot specify more than one {name.lower()} rule in a filter.",
                "FilterRule.Name",
                texts["Name"],
            )
        if len(texts["Value"].encode(errors="replace")) > LONGEST_VALUE:
            raise invalid_argument(
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                "FilterRule.Value",
                texts["Value"][:64],
            )
        found[name] = texts["Value"]
    return found


def _text(element: xml.Element) -> str:
    if element.children:
        raise S3Error("MalformedXML")
    return element.text


def _refuse_same_ids(found: tuple[Notification, ...]) -> None:
    ids = [one.id for one in found]
    for id in ids:
        if ids.count(id) > 1:
            raise invalid_argument(
                "Same ID used for multiple configurations. Must be unique.", "Id", id
            )


def _refuse_overlap(found: tuple[Notification, ...]) -> None:
    for left, right in combinations(found, 2):
        if _may_share_a_key(left, right) and _share_an_event(left, right):
            raise S3Error(
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot share a common "
                "event type.",
                detail=(("ArgumentName1", left.id), ("ArgumentValue1", right.id)),
            )


def _may_share_a_key(left: Notification, right: Notification) -> bool:
    prefixes = sorted((left.prefix, right.prefix), key=len)
    suffixes = sorted((left.suffix, right.suffix), key=len)
    return prefixes[1].startswith(prefixes[0]) and suffixes[1].endswith(suffixes[0])


def _share_an_event(left: Notification, right: Notification) -> bool:
    return any(names.share_one(one, other) for one in left.events for other in right.events)


def _elements(one: Notification) -> list[xml.Child]:
    children: list[xml.Child] = [("Id", one.id), (one.target, one.arn)]
    children += [("Event", event) for event in one.events]
    rules: list[xml.Child] = [
        ("FilterRule", [("Name", name), ("Value", value)])
        for name, value in (("Prefix", one.prefix), ("Suffix", one.suffix))
        if value
    ]
    if rules:
        children.append(("Filter", [("S3Key", rules)]))
    return children
