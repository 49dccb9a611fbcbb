"""Byte ranges: which bytes of an object a header asks for. Pure.

This file never reads bytes and never decides a status: a range is positions, `None` is "all of it".
"""

from __future__ import annotations

import re

from narthex.errors import S3Error, invalid_argument

COPY_RANGE = "x-amz-copy-source-range"
_COPY_FORM = (
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
    "are the zero-based offsets of the first and last bytes to copy"
)
_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_FIRST_LAST = re.compile(r"bytes=([0-9]+)-([0-9]+)")
_DIGITS = 20  # more than any size needs; what is longer is "beyond the end", and never parsed


def byte_range(header: str, size: int) -> range | None:
    """The bytes a `Range` header asks for, as positions in an object of `size` bytes.

    None when S3 ignores the header and answers with the whole object: several ranges, a reversed
    one, another unit, anything malformed. Raises InvalidRange when it is a range of nothing.
    Source: RFC 9110, section 14.1.2; recorded answers of S3.
    """
    found = _RANGE.fullmatch(header)
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        length = min(_position(found[2]), size)
        if length == 0:
            raise _unsatisfiable(header, size)
        return range(size - length, size)
    first = _position(found[1])
    last = _position(found[2]) if found[2] else max(first, size - 1)
    if first > last:
        return None
    if first >= size:
        raise _unsatisfiable(header, size)
    return range(first, min(last + 1, size))


def copy_range(header: str, size: int) -> range:
    """The bytes `x-amz-copy-source-range` asks for. Stricter than a read: both ends, both inside.

    Raises InvalidArgument for another form or a last byte beyond the object, InvalidRequest when
    it begins beyond the object. Source: Amazon S3 API reference, UploadPartCopy.
    """
    found = _FIRST_LAST.fullmatch(header)
    if found is None:
        raise invalid_argument(_COPY_FORM, COPY_RANGE, header[:256])
    first, last = _position(found[1]), _position(found[2])
    if first > last:
        raise invalid_argument(_COPY_FORM, COPY_RANGE, header[:256])
    if first >= size:
        raise S3Error(
            "InvalidRequest", "The specified copy range is invalid for the source object size"
        )
    if last >= size:
        raise invalid_argument(
            f"Range specified is not valid for source object of size: {size}",
            COPY_RANGE,
            header[:256],
        )
    return range(first, last + 1)


def _position(digits: str) -> int:
    """The number; a huge one stands for "beyond any object", so that its length costs nothing."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) < _DIGITS else 10**_DIGITS


def _unsatisfiable(header: str, size: int) -> S3Error:
    return S3Error(
        "InvalidRange",
        detail=(("RangeRequested", header[:256]), ("ActualObjectSize", str(size))),
        headers=(("content-range", f"bytes */{size}"),),
    )
