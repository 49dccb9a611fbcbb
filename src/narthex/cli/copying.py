"""Have the server copy an object: in one request up to 5 GiB, in parts beyond.

No byte of it passes through here. Copying in parts makes a new object, so what one request would
have copied along (headers, metadata, tags) is read from the source and sent.
"""

from __future__ import annotations

from mimetypes import guess_type
from urllib.parse import urlencode

from narthex.cli import calls
from narthex.cli.calls import Part
from narthex.cli.items import Item
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import LARGEST_COPY, MIB, Headers, Transfers
from narthex.cli.upload import begun_upload

COPIED = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
PART = 512 * MIB  # large: the server copies a part faster than it answers


def copy(item: Item, transfers: Transfers) -> None:
    """Copy the item, and delete the source when it is moved. Raises Failure, Stopped."""
    source, target = item.source, item.target
    if not isinstance(source, Location) or not isinstance(target, Location):
        raise TypeError("a copy goes from an object to an object")
    options = transfers.options
    if (item.size or 0) <= LARGEST_COPY:
        headers = _headers(source, transfers)
        calls.copy_object(transfers.client, source, target, headers)
        transfers.results.moved(item.size or 0)
    else:
        _copy_parts(item.size or 0, source, target, transfers)
    if options.move:
        calls.delete_object(transfers.client, source, options.payer_headers)


def _headers(source: Location, transfers: Transfers) -> Headers:
    options = transfers.options
    headers = (*options.object_headers, *options.payer_headers)
    if not options.replace:
        return headers
    guessed = guess_type(source.key)[0] if options.guess_type else None
    more = (("content-type", guessed),) if guessed else ()
    return (("x-amz-metadata-directive", "REPLACE"), *more, *headers)


def _copy_parts(size: int, source: Location, target: Location, transfers: Transfers) -> None:
    step = max(PART, transfers.options.part_size_for(size))
    headers = _kept_headers(source, transfers)
    with begun_upload(target, headers, transfers, checked=False) as begun:

        def send(numbered: tuple[int, int]) -> Part:
            number, start = numbered
            last = min(start + step, size) - 1
            span = ("x-amz-copy-source-range", f"bytes={start}-{last}")
            sent = (span, *transfers.options.payer_headers)
            etag = calls.copy_part(transfers.client, source, begun, number, sent)
            transfers.moved(last + 1 - start)
            return Part(etag)

        parts = transfers.workers.each_part(send, list(enumerate(range(0, size, step), 1)))
        calls.complete_upload(transfers.client, begun, parts, transfers.options.payer_headers)


def _kept_headers(source: Location, transfers: Transfers) -> Headers:
    options = transfers.options
    mine = (*options.object_headers, *options.payer_headers)
    if options.replace:
        return _headers(source, transfers)[1:]
    facts = calls.head_object(transfers.client, source, headers=options.payer_headers)
    named = {name for name, _ in mine}
    kept = [
        (name, value)
        for name, value in facts.headers.items()
        if (name in COPIED or name.startswith("x-amz-meta-")) and name not in named
    ]
    if facts.headers.get("x-amz-tagging-count", "0") != "0":
        kept.append(("x-amz-tagging", urlencode(calls.get_tagging(transfers.client, source))))
    return (*kept, *mine)
