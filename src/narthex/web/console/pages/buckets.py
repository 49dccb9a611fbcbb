"""The first page: the buckets of the account, which of them are open, and a new one.

This file never asks the catalog: ListBuckets, CreateBucket and the API do.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console.hand import path_of
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit

MOST_ELEMENTS = 100_000  # of the list of all buckets


async def show(visit: Visit) -> Response:
    """All buckets that the key may list; a key that may not is asked for a name."""
    return await _page(visit)


async def create(visit: Visit) -> Response:
    """A new bucket, private as all are."""
    name = visit.form.get("bucket", "").strip()
    if "/" in name or not name:
        return await _page(visit, Refused(400, "InvalidBucketName", "", "bucket"), name)
    if visit.form.get("do") == "open":
        return visit.go("files", bucket=name)
    try:
        await visit.hand.s3("PUT", path_of(name))
    except Refused as error:
        return await _page(visit, error, name)
    return visit.go("files", bucket=name)


async def _page(visit: Visit, error: Refused | None = None, name: str = "") -> Response:
    buckets: list[dict[str, str]] = []
    refused = None
    try:
        document = await visit.hand.document("ListAllMyBucketsResult", "/", most=MOST_ELEMENTS)
        listed = next((one for one in document.children if one.name == "Buckets"), None)
        for one in listed.children if listed else ():
            told = {child.name: child.text for child in one.children}
            buckets.append({"name": told["Name"], "created": told["CreationDate"]})
    except Refused as denied:
        refused = denied
    return visit.page(
        "buckets.html",
        status=error.status if error else 200,
        here="files",
        buckets=buckets,
        open=await _open(visit),
        refused=refused and (*visit.words.of_code(refused.code), refused.message),
        error=error and (visit.words.of_code(error.code)[1], error.message),
        name=name,
    )


async def _open(visit: Visit) -> dict[str, str]:
    """Buckets that are not private, as far as this key may know."""
    try:
        found: dict[str, str] = (await visit.hand.api("GET", "policy/public"))["buckets"]
    except Refused:
        return {}
    return found
