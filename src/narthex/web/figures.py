"""Sizes, times and checksums as a page says them, in the reader's language. Pure.

This file never asks what time it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

from narthex.http import Headers, Pairs
from narthex.web.phrases import Phrases

SECOND_US = 1_000_000
_SECONDS = (86_400, 3_600, 60, 1)  # of the units of a language
_SIZES = ("kB", "MB", "GB", "TB", "PB", "EB")  # powers of 1000, as downloads are shown elsewhere
_MD5 = re.compile(r"[0-9a-f]{32}")
# Header -> name. Behind a good one comes MD5, which every system has a tool for, and then the rest.
_GOOD = (("x-amz-checksum-sha256", "SHA-256"), ("x-amz-checksum-sha1", "SHA-1"))
_OTHERS = (
    ("x-amz-checksum-crc64nvme", "CRC-64/NVME"),
    ("x-amz-checksum-crc32c", "CRC-32C"),
    ("x-amz-checksum-crc32", "CRC-32"),
)


def size(count: int, phrases: Phrases) -> str:
    """A number of bytes: "512 B", "20.6 MB"."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in _SIZES:
        value /= 1000
        if value < 999.95 or unit == _SIZES[-1]:
            break
    digits = f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
    return f"{digits.replace('.', phrases.point)} {unit}"


def exact(count: int) -> str:
    """The same to the byte, with narrow spaces between groups of three digits."""
    return f"{count:,} B".replace(",", "\u202f")


def duration(seconds: int, phrases: Phrases) -> str:
    """A duration in words, its two largest units at most: "2 days 3 hours"."""
    words: list[str] = []
    rest = max(seconds, 0)
    for (one, many), length in zip(phrases.units, _SECONDS, strict=True):
        count, rest = divmod(rest, length)
        if count:
            words.append(f"{count}{phrases.space}{one if count == 1 else many}")
        elif words:
            break
        if len(words) == 2:
            break
    return " ".join(words) or f"0{phrases.space}{phrases.units[-1][1]}"


def instant(us: int) -> str:
    """A time as a person reads it, in UTC: "2026-11-24 14:00 UTC"."""
    return datetime.fromtimestamp(us // SECOND_US, UTC).strftime("%Y-%m-%d %H:%M UTC")


def machine_instant(us: int) -> str:
    """The same for `<time datetime>`."""
    return datetime.fromtimestamp(us // SECOND_US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checksum(headers: Headers) -> tuple[str, str] | None:
    """What a receiver can compare: the name of an algorithm, and the digest as its tool prints it.

    headers: of an answer of S3. None when it says nothing of all of the content.
    """
    etag = (headers.get("etag") or "").strip('"')
    md5 = ("MD5", etag) if _MD5.fullmatch(etag) else None
    return _stored(headers, _GOOD) or md5 or _stored(headers, _OTHERS)


def _stored(headers: Headers, wanted: Pairs) -> tuple[str, str] | None:
    if headers.get("x-amz-checksum-type") == "COMPOSITE":
        return None
    for header, name in wanted:
        value = headers.get(header)
        if value is not None:
            try:
                return name, base64.b64decode(value, validate=True).hex()
            except binascii.Error:
                continue
    return None
