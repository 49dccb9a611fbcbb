"""How open a place is already, as facts for a review: strangers, and who else may read it.

This file never judges: that many may read a file is a fact, not a fault.
"""

from __future__ import annotations

from narthex.access import holders
from narthex.access.holders import search
from narthex.access.open_buckets import openness_of
from narthex.catalog import accounts
from narthex.errors import Corrupt
from narthex.model import Bucket, Object
from narthex.pure import acl
from narthex.pure.review.findings import Finding
from narthex.s3.rules import rules_of
from narthex.server import Server

PUBLIC, OTHERS = "bucket.public", "access.others"
READ = "s3:GetObject"
MOST = 200  # users and roles that are asked about


async def public_fact(bucket: Bucket, found: Object | None, server: Server) -> Finding:
    """Whether strangers get in without a link: to the bucket, or to this object of it."""
    rules = await rules_of(server.catalog, bucket)
    if openness_of(rules) == "public":
        return Finding(PUBLIC, count=1)
    counts = rules.uses_acls and not rules.blocks.ignore_acls and found is not None
    if counts and found is not None and acl.is_public(acl.read(found.acl, found.owner)):
        return Finding(PUBLIC, count=1)
    return Finding(PUBLIC)


async def others_fact(bucket: Bucket, key: str, besides: str, server: Server) -> Finding:
    """How many may read the key besides an ARN and the account's root; of very many, so many.

    Who they are is not told: that takes another permission. Not asked again while nothing at all
    was committed.
    """
    recent = server.catalog.recent()
    noted = (others_fact, bucket.id, key, besides)
    if recent is not None and noted in recent:
        known: Finding = recent[noted]
        return known
    home = await accounts.find(server.catalog, bucket.account)
    if home is None:
        raise Corrupt(f"bucket {bucket.id} has no account")
    asked = await search(READ, bucket, key, home, server)
    found = [one.principal async for one in asked.of_owner_and_outside() if one.kind != "root"]
    for entity in await holders.page(server, home.id, "", MOST):
        holder = await asked.of_entity(entity)
        if holder is not None:
            found.append(holder.principal)
    fact = Finding(OTHERS, count=len({*found} - {besides}))
    if recent is not None:
        recent[noted] = fact
    return fact
