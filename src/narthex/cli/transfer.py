"""Everything the transfers of one command share: client, options, threads, results.

Sizes are bytes. This file only holds values and derives them from flags; it transfers nothing.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import Any

from narthex.cli.client import Client
from narthex.cli.configuration import Configuration
from narthex.cli.failure import USAGE, Failure
from narthex.cli.results import Results
from narthex.cli.sizes import read_size
from narthex.cli.workers import Workers

MIB = 1024 * 1024
MOST_PARTS = 10_000
LARGEST_COPY = 5 * 1024 * MIB  # what one CopyObject may copy
SMALLEST_PART = 5 * MIB

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Options:
    """object_headers: what the new object is to carry. checksum: an algorithm, "" for none.

    replace: copies take these headers instead of the source's.
    """

    object_headers: Headers = ()
    payer_headers: Headers = ()
    guess_type: bool = True
    checksum: str = "CRC64NVME"
    replace: bool = False
    move: bool = False
    part_size: int = 8 * MIB
    threshold: int = 8 * MIB
    threads: int = 8
    expected_size: int = 0

    def part_size_for(self, size: int) -> int:
        """The part size for an object of `size`: at most 10,000 parts, in whole MiB."""
        least = -(-size // MOST_PARTS)
        return max(self.part_size, -(-least // MIB) * MIB)


@dataclass(frozen=True, slots=True)
class Transfers:
    """What a transfer needs at hand."""

    client: Client
    options: Options
    workers: Workers
    results: Results

    def moved(self, count: int) -> None:
        """Count bytes on their way. Raises Stopped when everything is to end."""
        self.workers.check()
        self.results.moved(count)


def read_options(flags: argparse.Namespace, configuration: Configuration, *, move: bool) -> Options:
    """The options of a command line and of the profile's `s3 =` settings. Raises Failure."""
    given = vars(flags)
    checksum = given.get("checksum_algorithm") or ("CRC64NVME" if configuration.checksums else "")
    metadata = read_metadata(given.get("metadata") or "")
    directive = given.get("metadata_directive") or ("REPLACE" if metadata else "COPY")
    payer = given.get("request_payer")
    return Options(
        object_headers=(*_object_headers(given), *metadata),
        payer_headers=(("x-amz-request-payer", payer),) if payer else (),
        guess_type=given.get("guess_mime_type", True) and not given.get("content_type"),
        checksum=checksum,
        replace=directive == "REPLACE",
        move=move,
        part_size=max(_setting(configuration, "multipart_chunksize", 8 * MIB), SMALLEST_PART),
        threshold=max(_setting(configuration, "multipart_threshold", 8 * MIB), 1),
        threads=max(_setting(configuration, "max_concurrent_requests", 8), 1),
        expected_size=given.get("expected_size") or 0,
    )


_HEADERS = {
    "acl": "x-amz-acl",
    "cache_control": "cache-control",
    "content_disposition": "content-disposition",
    "content_encoding": "content-encoding",
    "content_language": "content-language",
    "content_type": "content-type",
    "sse": "x-amz-server-side-encryption",
    "sse_kms_key_id": "x-amz-server-side-encryption-aws-kms-key-id",
    "storage_class": "x-amz-storage-class",
    "website_redirect": "x-amz-website-redirect-location",
}


def _object_headers(given: dict[str, Any]) -> Headers:
    found = [(header, given[name]) for name, header in _HEADERS.items() if given.get(name)]
    if given.get("expires"):
        found.append(("expires", _http_date(given["expires"])))
    for name, value in found:
        if "\n" in value or "\r" in value:
            raise Failure(f"{name}: a header cannot contain a line break", USAGE)
    return tuple(found)


def _http_date(text: str) -> str:
    """An ISO 8601 moment as an HTTP date; any other text as it is."""
    from datetime import UTC, datetime
    from email.utils import format_datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return format_datetime(moment.astimezone(UTC), usegmt=True)


_PAIR = re.compile(r'\s*([^=,]+?)\s*=\s*(?:"([^"]*)"|\'([^\']*)\'|([^,]*?))\s*(?:,|$)')


def read_metadata(text: str) -> Headers:
    """`--metadata`: `a=b,c="d,e"` or a JSON object, as x-amz-meta-* headers. Raises Failure."""
    if not text.strip():
        return ()
    pairs = _of_json(text) if text.lstrip().startswith("{") else _of_shorthand(text)
    for name, value in pairs:
        if not (name + value).isascii() or not (name + value).isprintable():
            raise Failure(
                f"Parameter validation failed:\nNon ascii characters found in S3 metadata for key "
                f'"{name}", value: "{value}"',
                USAGE,
            )
    return tuple((f"x-amz-meta-{name.lower()}", value) for name, value in pairs)


def _of_json(text: str) -> list[tuple[str, str]]:
    import json

    try:
        found = json.loads(text)
    except ValueError as error:
        raise Failure(
            f"Error parsing parameter '--metadata': Invalid JSON: {error}", USAGE
        ) from error
    return [(str(name), str(value)) for name, value in found.items()]


def _of_shorthand(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is None:
            raise Failure(
                f"Error parsing parameter '--metadata': `{text[at:]}` is not key=value", USAGE
            )
        found.append(
            (match[1], next((part for part in match.groups()[1:] if part is not None), ""))
        )
        at = match.end()
    return found


def _setting(configuration: Configuration, name: str, default: int) -> int:
    text = configuration.s3.get(name)
    if text is None:
        return default
    try:
        return read_size(text)
    except ValueError as error:
        raise Failure(f"Invalid value for `{name}` in the config file: {text}") from error
