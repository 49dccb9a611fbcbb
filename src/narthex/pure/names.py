"""Names: buckets, keys, account ids, and the source of a copy. Pure.

This file never normalises: a key is opaque, `a/../b`, `a//b` and `%2F` are keys like any other, and
the key that is checked is the key that is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from narthex.errors import S3Error, invalid_argument

LONGEST_KEY = 1024  # bytes of UTF-8
COPY_SOURCE = "x-amz-copy-source"
VERSION = "?versionId="

# Labels of letters, digits and inner hyphens, joined by single dots; not the shape of an address.
# No page of ours can clash with a bucket: `s` is too short and `-` does not begin a name.
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_BUCKET = re.compile(rf"(?=.{{3,63}}\Z)(?!(?:[0-9]+\.)+[0-9]+\Z){_LABEL}(?:\.{_LABEL})*")
# What AWS keeps for itself. Source: Amazon S3 user guide, "General purpose buckets naming rules".
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACCOUNT = re.compile("[0-9]{12}")


@dataclass(frozen=True, slots=True)
class CopySource:
    """What a copy reads. version is None when none was named."""

    bucket: str
    key: str
    version: str | None


def check_bucket_name(name: str) -> None:
    """Refuse what cannot be the name of a bucket. Raises InvalidBucketName."""
    if not _is_bucket_name(name):
        raise S3Error("InvalidBucketName", detail=(("BucketName", name[:256]),))


def check_key(key: str) -> None:
    """Refuse a key that is empty or longer than 1024 bytes. Raises KeyTooLongError, InvalidURI.

    Nothing else is refused: control characters, dots and slashes are characters of a key.
    """
    if not key:
        raise S3Error("InvalidURI")
    size = len(key) if key.isascii() else len(_utf8(key))
    if size > LONGEST_KEY:
        raise S3Error(
            "KeyTooLongError",
            detail=(("Size", str(size)), ("MaxSizeAllowed", str(LONGEST_KEY))),
        )


def is_account_id(text: str) -> bool:
    """Whether this is 12 digits."""
    return _ACCOUNT.fullmatch(text) is not None


def parse_copy_source(value: str) -> CopySource:
    """Bucket, key and version named by `x-amz-copy-source`: "[/]bucket/key[?versionId=v]".

    value: the header as received, percent-encoded; a plus is a space, as S3 reads it. It is decoded
    once, here, so that what is authorised is what is read. Raises InvalidArgument.
    """
    path, separator, version = value.rpartition(VERSION)
    if not separator:
        path, version = value, ""
    bucket, slash, key = _decode(path, value).removeprefix("/").partition("/")
    if not slash or not key:
        raise invalid_argument("Invalid copy source object key", COPY_SOURCE, value[:1024])
    if not _is_bucket_name(bucket):
        raise invalid_argument("Invalid copy source bucket name", COPY_SOURCE, value[:1024])
    check_key(key)
    if separator and not version:
        raise invalid_argument("Version id cannot be the empty string", "versionId", "")
    return CopySource(bucket, key, _decode(version, value) if separator else None)


@lru_cache(maxsize=1024)
def _is_bucket_name(name: str) -> bool:
    return (
        _BUCKET.fullmatch(name) is not None
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )


def _utf8(key: str) -> bytes:
    try:
        return key.encode()
    except UnicodeEncodeError as error:  # half a surrogate pair is no text
        raise S3Error("InvalidURI") from error


def _decode(text: str, whole: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode()
    except UnicodeError as error:
        raise invalid_argument("Invalid copy source encoding", COPY_SOURCE, whole[:1024]) from error
