"""What a bucket's own documents say: policy, blocks, ownership, list, notifications, lifecycle.

INVARIANT: what is remembered counts only while the bucket's revision stands, and every change of a
document moves it, so a change holds from the next request on, in every worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from narthex.catalog import Reader, buckets
from narthex.errors import Corrupt, S3Error
from narthex.model import Bucket
from narthex.pure import acl, automations, lifecycle, lifecycle_document, ownership, public_access
from narthex.pure.acl import Acl
from narthex.pure.events import configuration
from narthex.pure.events.configuration import Notification
from narthex.pure.policy import Bundle, Document, Malformed, compile_policy, named_principals, parse
from narthex.pure.public_access import Blocks

# The kinds of documents that are kept of a bucket.
POLICY = "policy"
PINS = "policy pins"  # the unique id of each user and role that the policy names
BLOCKS = "public access block"
OWNERSHIP = "ownership"
ACL = "acl"
NOTIFICATION = "notification"
LIFECYCLE = "lifecycle"
AUTOMATION = "Automation"  # the kind of an entry that makes an automation run
REMOVED = "removed"  # what is kept where a default was taken away: not the default, but nothing

REMEMBERED = 4096  # buckets


@dataclass(frozen=True, slots=True)
class Rules:
    """policy: None when there is none. is_public: the policy lets strangers in.

    blocks: the bucket's and its account's together. own_blocks: the bucket's alone, None when they
    were removed. ownership: one of ownership.KINDS, "" when the controls were removed.
    notifications: who wants to know of what happens in it; automations are among them.
    lifecycle: what ends by itself.
    """

    policy: Bundle | None
    policy_text: str | None
    is_public: bool
    blocks: Blocks
    own_blocks: Blocks | None
    ownership: str
    acl: Acl
    reads_object_tags: bool = False
    notifications: tuple[Notification, ...] = ()
    lifecycle: tuple[lifecycle.Rule, ...] = ()

    @property
    def uses_acls(self) -> bool:
        """Access control lists count in this bucket."""
        return self.ownership != ownership.ENFORCED


_remembered: dict[str, tuple[int, str, Rules]] = {}


async def rules_of(reader: Reader, bucket: Bucket) -> Rules:
    """The rules of a bucket as they are now. Raises Corrupt: never taken for absent."""
    found = _remembered.get(bucket.id)
    if found is not None and found[0] == bucket.revision and found[1] == bucket.account_blocks:
        return found[2]
    documents = await buckets.documents(reader, bucket.id) if bucket.revision else {}
    rules = _read(bucket, documents)
    if len(_remembered) >= REMEMBERED:
        del _remembered[next(iter(_remembered))]
    _remembered[bucket.id] = (bucket.revision, bucket.account_blocks, rules)
    return rules


def _read(bucket: Bucket, documents: dict[str, str]) -> Rules:
    text = documents.get(POLICY)
    policy, is_public = None, False
    if text is not None:
        document, pins = _read_policy(bucket, text, documents.get(PINS, ""))
        policy = Bundle([compile_policy(document, f"policy of bucket {bucket.name}", pins)])
        is_public = bool(public_access.public_statements(document))
    own = _blocks(documents.get(BLOCKS))
    return Rules(
        policy,
        text,
        is_public,
        (own or public_access.NONE) | account_blocks(bucket.account_blocks),
        own,
        _ownership(documents.get(OWNERSHIP)),
        acl.read(documents.get(ACL, ""), bucket.owner),
        _may_read_tags(text or ""),
        (
            *_notifications(bucket, documents.get(NOTIFICATION)),
            *_automations(bucket, documents.get(automations.DOCUMENT)),
        ),
        _lifecycle(bucket, documents.get(LIFECYCLE)),
    )


def _read_policy(bucket: Bucket, text: str, pins_text: str) -> tuple[Document, dict[str, str]]:
    """A bucket's policy, and the unique id of every user and role it names. Raises Corrupt."""
    try:
        document = parse(text, "bucket", bucket=bucket.name)
        pins = {str(name): str(id) for name, id in json.loads(pins_text)}
    except (Malformed, ValueError, TypeError) as error:
        raise Corrupt(f"the policy of bucket {bucket.id} cannot be read") from error
    if not pins.keys() >= set(entity_names(named_principals(document))):
        raise Corrupt(f"the policy of bucket {bucket.id} names somebody without an id")
    return document, pins


def entity_names(named: Iterable[str]) -> list[str]:
    """Those of a policy's principals that are pinned: users and roles, named by their ARNs.

    Sessions and unique ids are taken as they are: their names say whose they are for ever.
    """
    return [name for name in named if name.startswith("arn:aws:iam::")]


def _may_read_tags(policy: str) -> bool:
    """The policy speaks of an object's tags, or may, in letters that JSON escapes."""
    return "existingobjecttag" in policy.lower() or "\\u" in policy


def account_blocks(text: str) -> Blocks:
    """The account's own blocks; all are on until somebody takes them away."""
    return public_access.read(text) if text else public_access.ALL


def _blocks(text: str | None) -> Blocks | None:
    if text is None:
        return public_access.ALL
    return None if text == REMOVED else public_access.read(text)


def _notifications(bucket: Bucket, text: str | None) -> tuple[Notification, ...]:
    if text is None:
        return ()
    try:
        return configuration.read(text.encode(), lambda: "")
    except S3Error as error:
        raise Corrupt(f"the notifications of bucket {bucket.id} cannot be read") from error


def _lifecycle(bucket: Bucket, text: str | None) -> tuple[lifecycle.Rule, ...]:
    if text is None:
        return ()
    try:
        return lifecycle_document.read(text.encode(), lambda: "")
    except S3Error as error:
        raise Corrupt(f"the lifecycle rules of bucket {bucket.id} cannot be read") from error


def _automations(bucket: Bucket, text: str | None) -> tuple[Notification, ...]:
    """What is shared by itself, as entries beside those that notify."""
    if text is None:
        return ()
    try:
        rules = automations.read_rules(text)
    except ValueError as error:
        raise Corrupt(f"the automations of bucket {bucket.id} cannot be read") from error
    return tuple(
        Notification(
            one.id,
            AUTOMATION,
            f"{automations.PREFIX}{one.id}",
            (automations.EVENT,),
            one.prefix,
            one.suffix,
        )
        for one in rules
    )


def _ownership(text: str | None) -> str:
    if text is None:
        return ownership.ENFORCED
    if text == REMOVED:
        return ""
    if text not in ownership.KINDS:
        raise Corrupt("an ownership control cannot be read")
    return text
