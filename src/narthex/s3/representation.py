"""An object as response headers and as list entries: what S3 says about it, in S3's words.

This file never reads anything: it is given the object.
"""

from __future__ import annotations

from narthex.http import Pairs
from narthex.model import Object
from narthex.pure import checksums, metadata, times

# Types a browser shows without running anything of theirs; all others are sandboxed, so that an
# uploaded page cannot act as our origin (traps: previews of HTML and SVG).
HARMLESS = (
    "application/pdf",
    "application/json",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
    "text/csv",
    "audio/",
    "video/",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
)
SANDBOX = ("content-security-policy", "sandbox")
NOSNIFF = ("x-content-type-options", "nosniff")


def version_headers(found: Object) -> Pairs:
    """The headers that name exactly this state of the object."""
    return (
        ("etag", f'"{found.etag}"'),
        ("last-modified", times.http(found.modified_us)),
    )


def object_headers(found: Object, overrides: Pairs = ()) -> Pairs:
    """Every header of GET and HEAD but the length. overrides: response-* of the query."""
    replaced = {name for name, _ in overrides}
    stored = [pair for pair in found.headers if pair[0] not in replaced]
    content_type = next(
        (value for name, value in (*overrides, *stored) if name == "content-type"), ""
    )
    headers = [
        *version_headers(found),
        ("accept-ranges", "bytes"),
        *metadata.on_the_wire(tuple(stored)),
        *overrides,
        NOSNIFF,
    ]
    if not content_type.lower().startswith(HARMLESS):
        headers.append(SANDBOX)
    if found.storage_class != "STANDARD":
        headers.append(("x-amz-storage-class", found.storage_class))
    if found.tags:
        headers.append(("x-amz-tagging-count", str(len(found.tags))))
    return tuple(headers)


def checksum_headers(found: Object) -> Pairs:
    """The stored checksum, as PUT answers it and as GET does when asked for it."""
    if found.checksum is None:
        return ()
    return (
        (checksums.header(found.checksum.algorithm), found.checksum.value),
        ("x-amz-checksum-type", found.checksum.type),
    )
