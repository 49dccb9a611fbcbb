"""The lifecycle rules of a bucket: kept, taken away, and what readers are told of them.

This file never ends anything: `s3/expiring.py` does. INVARIANT: rules and the walk that obeys them
are changed in one transaction, so no bucket has the one without the other.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets, lifecycle_walks
from narthex.catalog.lifecycle_walks import Walk
from narthex.http import Pairs
from narthex.model import Bucket, Object
from narthex.pure import lifecycle, times
from narthex.s3.rules import LIFECYCLE, rules_of
from narthex.server import Server

# The kind of document that keeps what MINIMUM said, which is given back and does nothing.
LEAST = "lifecycle minimum"
EXPIRATION = "x-amz-expiration"


async def keep_rules(tx: Transaction, bucket: str, text: str, least: str, now_us: int) -> None:
    """The bucket (its id) has these rules; where they are others than before, it is walked soon."""
    before = await buckets.attached(tx, bucket, LIFECYCLE)
    await buckets.attach(tx, bucket, LIFECYCLE, text)
    await buckets.attach(tx, bucket, LEAST, least)
    if before != text:
        await lifecycle_walks.put(tx, Walk(bucket, now_us))


async def drop_rules(tx: Transaction, bucket: str) -> None:
    """The bucket (its id) has no rules, whether it had any or not."""
    await buckets.detach(tx, bucket, LIFECYCLE)
    await buckets.detach(tx, bucket, LEAST)
    await lifecycle_walks.remove(tx, bucket)


async def expiration_of(bucket: Bucket, found: Object, server: Server) -> Pairs:
    """The header that tells when an object ends and why; none where no rule ends it."""
    rules = (await rules_of(server.catalog, bucket)).lifecycle
    if not rules:
        return ()
    end = lifecycle.expiry(rules, found.key, found.size, found.tags, found.modified_us)
    return () if end is None else ((EXPIRATION, lifecycle.expiration(end)),)


async def abortion_of(bucket: Bucket, key: str, begun_us: int, server: Server) -> Pairs:
    """The headers that tell when an upload ends that is not completed; none where no rule does."""
    rules = (await rules_of(server.catalog, bucket)).lifecycle
    end = lifecycle.abortion(rules, key, begun_us)
    if end is None:
        return ()
    return (
        ("x-amz-abort-date", times.http(end.at_us)),
        ("x-amz-abort-rule-id", lifecycle.rule_id(end)),
    )
