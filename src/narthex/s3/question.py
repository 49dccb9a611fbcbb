"""What the policy engine is asked, with what bears on the answer: policies, lists, tags, blocks.

This file never decides: `authorize` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from narthex.catalog import accounts, objects
from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.identity import Identity
from narthex.model import Bucket, Object
from narthex.pure import acl
from narthex.pure.policy import Access, Context, Naming, Policies
from narthex.s3.asking import Asking
from narthex.s3.rules import Rules, rules_of
from narthex.server import Server

ARN = "arn:aws:s3:::"
WRITE = "s3:PutObject"
# What a write may set of the object that it makes: that has no list of its own yet.
OF_WRITE = frozenset(["s3:PutObjectAcl"])


@dataclass(frozen=True, slots=True)
class Question:
    """An access, and what decides. absent: no object is there whose list could count."""

    access: Access
    policies: Policies
    rules: Rules
    absent: bool = False


async def question(
    asking: Asking,
    action: str,
    bucket: Bucket,
    key: str,
    server: Server,
    now_us: int,
    *,
    request_tags: Pairs | None = None,
    writes: bool = False,
) -> Question | None:
    """What is to be decided about a request; None when its caller is a root that may at once.

    request_tags: those of the body, when it was read. writes: the object is about to be made, and
    `action` is on what it will be.
    """
    rules = await rules_of(server.catalog, bucket)
    identity = asking.identity
    actor = identity.caller.actor
    if (
        actor.kind == "root"
        and actor.account == bucket.account
        and rules.policy is None
        and not rules.uses_acls
        and not actor.confined
        and identity.session is None
    ):
        return None
    found = None
    if key and (rules.uses_acls or rules.reads_object_tags or identity.reads_object_tags):
        found = await objects.find(server.catalog, bucket.id, key)
        asking.judged.setdefault((bucket.id, key), found.content if found else "")

    def context(tags: Pairs) -> Context:
        facts = asking.facts(action, bucket, now_us, object_tags=tags, request_tags=request_tags)
        return facts.context()

    asked = Asked(action, bucket, key, rules, found, writes)
    return await put_together(identity, asked, context, server)


def resource_of(bucket: Bucket, key: str) -> str:
    """The ARN of a key, or of the bucket itself."""
    return f"{ARN}{bucket.name}/{key}" if key else f"{ARN}{bucket.name}"


def check_judged(asking: Asking, bucket: Bucket, found: Object) -> None:
    """Refuse to show an object that came after the one whose tags or list were judged.

    Another worker may have replaced it between the two looks. Raises SlowDown: clients try again.
    """
    judged = asking.judged.get((bucket.id, found.key))
    if judged is not None and judged != found.content:
        raise S3Error("SlowDown")


@dataclass(frozen=True, slots=True)
class Asked:
    """An action on a bucket, or on a key of it; with what there is. found: the object, if read."""

    action: str
    bucket: Bucket
    key: str
    rules: Rules
    found: Object | None
    writes: bool = False


async def put_together(
    identity: Identity, asked: Asked, context: Callable[[Pairs], Context], server: Server
) -> Question:
    """The question. context: the circumstances, given the tags of the object as it is."""
    bucket, rules, found = asked.bucket, asked.rules, asked.found
    actor = identity.caller.actor
    owner, policy_counts, granted, absent = bucket.account, True, Naming.NOBODY, False
    if rules.uses_acls:
        action, on = asked.action, acl.consulted(asked.action)
        if asked.writes and action in OF_WRITE:
            action, on = WRITE, "bucket"
        absent = on == "object" and found is None
        listed = rules.acl if on == "bucket" else None
        if on == "object" and found is not None:
            listed = acl.read(found.acl, found.owner)
            if found.owner != bucket.owner:  # the bucket's policy may deny it, and not allow
                owner, policy_counts = await accounts.id_of(server.catalog, found.owner), False
        if listed is not None and on is not None:
            ignore = rules.blocks.ignore_acls
            granted = acl.naming(listed, actor, action, on, ignore_public=ignore)
    access = Access(
        actor,
        asked.action,
        resource_of(bucket, asked.key),
        owner,
        context(found.tags if found else ()),
        granted,
        policy_counts,
        rules.is_public and rules.blocks.restrict,
    )
    own = identity.policies
    policies = Policies(own.identity, own.boundary, own.sessions, rules.policy)
    return Question(access, policies, rules, absent)
