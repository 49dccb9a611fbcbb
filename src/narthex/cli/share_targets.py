"""What is to be shared: objects and prefixes that are in a store, files and folders that go there.

Local files are uploaded below a random folder of the share bucket. This file shares nothing.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narthex.cli.failure import GENERAL, USAGE, Failure
from narthex.cli.s3_uri import Location, is_remote, split_uri

if TYPE_CHECKING:
    from narthex.cli.client import Client
    from narthex.cli.configuration import Configuration

DEFAULT_BUCKET = "narthex-share"


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to. is_prefix: all keys that begin with the key. path: where it is here,
    "" for what is in a store already.
    """

    at: Location
    is_prefix: bool = False
    path: str = ""


def read_targets(flags: argparse.Namespace) -> tuple[Location | str, ...]:
    """The targets of a command line: places in a store, and paths here.

    With --stdin0 each name read is one, behind the one that may be given. Raises Failure for what
    is neither.
    """
    words = list(flags.paths)
    if flags.stdin0:
        if len(words) > 1 or (words and not is_remote(words[0])):
            raise Failure("--stdin0 goes with one s3://BUCKET/PREFIX, or with no TARGET", USAGE)
        before = words[0] if words else ""
        words = [before + name for name in _names()]
        if not words:
            raise Failure("--stdin0: no name was read", USAGE)
    elif not words:
        raise Failure("narthex share: error: the following arguments are required: TARGET", USAGE)
    return tuple(_target(word) for word in words)


def _names() -> Iterator[str]:
    for name in sys.stdin.buffer.read().split(b"\0"):
        if name:
            yield os.fsdecode(name).removeprefix("./")


def _target(word: str) -> Location | str:
    if is_remote(word):
        at = split_uri(word)
        if not _is_text(word):
            raise Failure(f"{word!r} is not text in UTF-8, as keys are", USAGE)
        if not at.bucket:
            raise Failure(f"`{word}` names no bucket: s3://BUCKET/KEY", USAGE)
        return at
    if not os.path.exists(word):
        raise Failure(f"The user-provided path {word} does not exist.", GENERAL)
    if not (os.path.isfile(word) or os.path.isdir(word)) or not os.access(word, os.R_OK):
        raise Failure(f"{word} is not a file that can be read", GENERAL)
    return word


def refuse_folders(targets: Sequence[Location | str]) -> None:
    """Raises Failure for what a pre-signed URL cannot lead to: a folder, a prefix."""
    for target in targets:
        if isinstance(target, str) and os.path.isdir(target):
            raise Failure(
                f"{target} is a folder, and this link leads to one file: pack it first, for "
                f"example with\n  tar czf {_name(target)}.tgz {target}",
                USAGE,
            )
        if isinstance(target, Location) and _is_prefix(target):
            raise Failure(f"{target} is a prefix, and this link leads to one object", USAGE)


def is_many(target: Location | str) -> bool:
    """Whether it is a folder or a prefix, which is many files."""
    return os.path.isdir(target) if isinstance(target, str) else _is_prefix(target)


def store(
    targets: Sequence[Location | str],
    configuration: Configuration,
    bucket: str,
    *,
    given: bool = False,
) -> tuple[Target, ...]:
    """All of it in a store: what is here is uploaded, with a progress bar.

    The bucket is made when it is not there; given: it was named, so it may be one that we cannot
    make. Raises Failure.
    """
    if all(isinstance(target, Location) for target in targets):
        return tuple(_stored(target, bucket) for target in targets)
    from narthex.cli.client import Client
    from narthex.cli.storing import store_file, store_folder

    client = Client(configuration)
    _ensure_bucket(client, bucket, configuration.signing_region, given=given)
    stored = tuple(_stored(target, bucket) for target in targets)
    for target in stored:
        if target.path and target.is_prefix:
            store_folder(target.path, target.at, configuration)
        elif target.path:
            store_file(target.path, target.at, configuration, client)
    return stored


def remove(stored: Sequence[Target], configuration: Configuration) -> None:
    """Take out of the store again what `store` has put there: nobody was given it."""
    from narthex.cli import calls
    from narthex.cli.client import Client

    client = Client(configuration)
    for target in stored:
        if not target.path:
            continue
        if not target.is_prefix:
            calls.delete_object(client, target.at)
            continue
        for page in calls.list_pages(client, target.at.bucket, target.at.key):
            for one in page.objects:
                calls.delete_object(client, Location(target.at.bucket, one.key))


def _stored(target: Location | str, bucket: str) -> Target:
    if isinstance(target, Location):
        return Target(target, _is_prefix(target))
    folder = os.path.isdir(target)
    key = f"{_random()}/{_name(target)}{'/' if folder else ''}"
    return Target(Location(bucket, key), folder, target)


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8 stand there as lone surrogates
        return False
    return True


def _is_prefix(at: Location) -> bool:
    return not at.key or at.key.endswith("/")


def _ensure_bucket(client: Client, bucket: str, region: str, *, given: bool) -> None:
    """Made before it is used: a bucket of our usual name could belong to somebody else."""
    from narthex.cli import calls
    from narthex.cli.failure import ServiceError

    try:
        calls.create_bucket(client, bucket, region)
    except ServiceError as error:
        ours = error.code == "BucketAlreadyOwnedByYou"
        if not ours and not (given and error.code in ("AccessDenied", "BucketAlreadyExists")):
            raise


def _random() -> str:
    """Eight letters: the same name shared again is another object."""
    return secrets.token_hex(4)


def _name(path: str) -> str:
    name = os.path.basename(os.path.abspath(path))
    return os.fsencode(name).decode(errors="replace")
