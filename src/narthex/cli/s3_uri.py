"""`s3://bucket/key` taken apart, and local names as the aws CLI shows them.

Pure, but for the current folder in `shown_path`. It never changes a key: `a//b` stays `a//b`.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from narthex.cli.failure import USAGE, Failure

SCHEME = "s3://"


class Location(NamedTuple):
    """An object, or with an empty key a bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def is_remote(path: str) -> bool:
    """Whether this names something in a store."""
    return path.startswith(SCHEME)


def split_uri(uri: str) -> Location:
    """The parts of `s3://bucket/key` or `bucket/key`; the key may be empty."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return Location(bucket, key)


def split_object(uri: str) -> Location:
    """As `split_uri`, with both parts. Raises Failure with the aws CLI's words without one."""
    found = split_uri(uri)
    for name, value in (("Bucket", found.bucket), ("Key", found.key)):
        if not value:
            raise Failure(
                "Parameter validation failed:\n"
                f"Invalid length for parameter {name}, value: 0, valid min length: 1",
                USAGE,
            )
    return found


def split_bucket(uri: str) -> str:
    """The bucket of `s3://bucket`. Raises Failure when it is not a bucket's URI."""
    bucket, key = split_uri(uri)
    if not is_remote(uri) or not bucket:
        raise Failure(f"<S3Uri>\nError: Invalid argument type: `{uri}` is not s3://BUCKET", USAGE)
    if key:
        raise Failure(f"Please specify a valid bucket name only. E.g. s3://{bucket}", USAGE)
    return bucket


def shown_path(path: str) -> str:
    """A local path relative to the current folder, as result lines show it: `./a.txt`, `../b`."""
    folder, name = os.path.split(path)
    try:
        return os.path.join(os.path.relpath(folder or os.curdir), name)
    except ValueError:  # another drive
        return os.path.abspath(path)
