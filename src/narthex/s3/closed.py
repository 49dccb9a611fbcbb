"""Whether a bucket's owner closed it to the public, by Block Public Access.

This file never judges a policy or a list: what was said counts, whether anything is open or not.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.model import Bucket
from narthex.pure import public_access
from narthex.s3.rules import BLOCKS, REMOVED
from narthex.server import Server


async def is_closed(bucket: Bucket, server: Server) -> bool:
    """Whether its owner said that it is closed to the public: new buckets are without a word."""
    documents = await buckets.documents(server.catalog, bucket.id) if bucket.revision else {}
    own = documents.get(BLOCKS, "")
    said = [text for text in (own, bucket.account_blocks) if text and text != REMOVED]
    return any(public_access.read(text).restrict for text in said)
