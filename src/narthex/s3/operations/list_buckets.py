"""ListBuckets: the buckets of the caller's account, by name.

Source: Amazon S3 API reference, ListBuckets.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.errors import invalid_argument
from narthex.http import Response
from narthex.pure import times, xml
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server

MOST = 10_000


@operation("ListBuckets", "GET", "service", action="s3:ListAllMyBuckets")
async def list_buckets(call: Call, server: Server) -> Response:
    most = _most(call.parameter("max-buckets"))
    prefix = call.parameter("prefix") or ""
    region = call.parameter("bucket-region")
    after = call.parameter("continuation-token") or ""
    found = await buckets.page(server.catalog, call.caller.account, prefix, after, most + 1)
    shown = [bucket for bucket in found[:most] if region in (None, bucket.region)]
    detailed = bool(call.query and any(name != "x-id" for name, _ in call.query))
    entries: list[xml.Child] = []
    for bucket in shown:
        facts: list[xml.Child] = [
            ("Name", bucket.name),
            ("CreationDate", times.iso(bucket.created_us)),
        ]
        if detailed:
            facts.append(("BucketRegion", bucket.region or server.settings.home_region))
        entries.append(("Bucket", facts))
    children: list[xml.Child] = [
        ("Owner", [("ID", call.caller.canonical_id)]),
        ("Buckets", entries),
    ]
    if prefix:
        children.append(("Prefix", prefix))
    if len(found) > most:
        children.append(("ContinuationToken", found[most - 1].name))
    return xml_response("ListAllMyBucketsResult", children)


def _most(value: str | None) -> int:
    if value is None:
        return MOST
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= MOST):
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {MOST}", "max-buckets", value
        )
    return int(value)
