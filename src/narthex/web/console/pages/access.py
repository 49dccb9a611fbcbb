"""Who can see this: everyone who may read or list something, and why.

This file never judges: the API does, with the engine that judges requests.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit

ON_BUCKET = ("s3:ListBucket", "s3:DeleteBucket", "s3:PutBucketPolicy")
ON_OBJECT = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")


async def show(visit: Visit) -> Response:
    """Those who may do one thing with a bucket, or with a file in it."""
    bucket, key = visit.query.get("bucket", ""), visit.query.get("key", "")
    if not bucket:
        raise Refused(404, "NoSuchPage", "")
    actions = ON_OBJECT if key else ON_BUCKET
    action = visit.query.get("action", "")
    action = action if action in actions else actions[0]
    after = visit.query.get("after", "")
    asked = {"action": action, "after": after, "bucket": bucket, "key": key}
    query = tuple((name, value) for name, value in asked.items() if value)
    answer = await visit.hand.api("GET", "policy/who-can", query)
    return visit.page(
        "access.html",
        here="files",
        bucket=bucket,
        key=key,
        name=visit.plain(key.rstrip("/").rpartition("/")[2] or key),
        action=action,
        actions=actions,
        principals=answer["principals"],
        shares=answer["shares"],
        next=answer["next"] or "",
    )
