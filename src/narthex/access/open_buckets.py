"""Which buckets strangers can get into, by policy or by list: for an owner to see at a glance.

This file never looks at objects: where lists count, any object may have a public one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from narthex.catalog import buckets
from narthex.model import Bucket
from narthex.pure import acl
from narthex.s3.rules import Rules, rules_of
from narthex.server import Server

# public: the bucket's own policy or list lets strangers in. objects: one of an object could.
Openness = Literal["public", "objects"]
PAGE = 1000


async def openly(account: str, server: Server) -> AsyncIterator[tuple[Bucket, Openness]]:
    """The buckets of an account that are not private, by name."""
    after = ""
    while True:
        found = await buckets.page(server.catalog, account, "", after, PAGE)
        for bucket in found:
            openness = openness_of(await rules_of(server.catalog, bucket))
            if openness is not None:
                yield bucket, openness
        if len(found) < PAGE:
            return
        after = found[-1].name


def openness_of(rules: Rules) -> Openness | None:
    """How open a bucket is; None when strangers need a link."""
    lists = rules.uses_acls and not rules.blocks.ignore_acls
    if (rules.is_public and not rules.blocks.restrict) or (lists and acl.is_public(rules.acl)):
        return "public"
    return "objects" if lists else None
