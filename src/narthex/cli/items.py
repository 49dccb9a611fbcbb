"""What a transfer command is to move: from two paths to a stream of items, one for each file.

This file never transfers, and never holds the whole list: buckets have millions of objects.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from narthex.cli import calls
from narthex.cli.client import Client, Pairs
from narthex.cli.failure import ServiceError
from narthex.cli.filters import Filters
from narthex.cli.route import STREAM, End, Route
from narthex.cli.s3_uri import Location, shown_path

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Item:
    """One file or object to move. target: None to delete. size: None when not known yet."""

    source: End
    target: End | None
    size: int | None = None
    modified: datetime | None = None
    etag: str = ""
    storage_class: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for items. warn: told about each file that is left out, and why."""

    client: Client
    route: Route
    filters: Filters
    warn: Warn
    follow_links: bool = True
    page_size: int | None = None
    headers: Pairs = ()


def find_items(search: Search) -> Iterator[Item]:
    """The items of a route, in the order of their keys. Raises ServiceError, OSError."""
    if search.route.source == STREAM:
        return iter((Item(STREAM, search.route.target_of("")),))
    return (item for _, item in named_items(search))


def named_items(search: Search) -> Iterator[tuple[str, Item]]:
    """The same with the name of each, relative to the source, with `/` between its parts."""
    source = search.route.source
    found = _remote(search, source) if isinstance(source, Location) else _local(search, source)
    return ((name, item) for name, item in found if search.filters.admits(name))


def _remote(search: Search, source: Location) -> Iterator[tuple[str, Item]]:
    route = search.route
    if not route.recursive:
        if source.key:  # AWS's own: without a key and without --recursive there is nothing to do
            yield source.key.rpartition("/")[2], _one_remote(search, source)
        return
    pages = calls.list_pages(
        search.client,
        source.bucket,
        source.key,
        page_size=search.page_size,
        headers=search.headers,
    )
    for page in pages:
        for listed in page.objects:
            if listed.size == 0 and listed.key.endswith("/") and route.target is not None:
                continue  # a console's "folder": nothing to move
            name = listed.key[len(source.key) :]
            yield (
                name,
                Item(
                    Location(source.bucket, listed.key),
                    route.target_of(name),
                    listed.size,
                    listed.modified,
                    listed.etag,
                    listed.storage_class,
                ),
            )


def _one_remote(search: Search, source: Location) -> Item:
    target = search.route.target_of(source.key.rpartition("/")[2])
    if target is None or target == STREAM:
        return Item(source, target)
    try:
        facts = calls.head_object(search.client, source, headers=search.headers)
    except ServiceError as error:
        if error.status != 404:
            raise
        raise ServiceError(
            "HeadObject", 404, "404", f'Key "{source.key}" does not exist'
        ) from error
    storage_class = facts.headers.get("x-amz-storage-class", "STANDARD")
    return Item(source, target, facts.size, facts.modified, facts.etag, storage_class)


def _local(search: Search, source: str) -> Iterator[tuple[str, Item]]:
    for path in _files(search, source):
        if search.route.recursive:
            name = path[len(source) :].replace(os.sep, "/")
        else:
            name = path.rpartition(os.sep)[2]
        if not _is_text(name):
            search.warn(f"Skipping file {shown_path(path)!r}. Its name is not text in UTF-8.")
            continue
        try:
            facts = os.stat(path)
        except OSError:
            search.warn(f"Skipping file {path}. File does not exist.")
            continue
        modified = datetime.fromtimestamp(facts.st_mtime, UTC)
        yield name, Item(path, search.route.target_of(name), facts.st_size, modified)


def _files(search: Search, path: str) -> Iterator[str]:
    """The files at or below a path, in the order of their keys; warns of what cannot be read."""
    if _is_left_out(search, path):
        return
    if not search.route.recursive:
        yield path
        return
    names = [
        name + os.sep if os.path.isdir(os.path.join(path, name)) else name
        for name in os.listdir(path)
    ]
    for name in sorted(names, key=lambda name: name.replace(os.sep, "/")):
        inner = os.path.join(path, name)
        if name.endswith(os.sep):
            yield from _files(search, inner)
        elif not _is_left_out(search, inner):
            yield inner


def _is_left_out(search: Search, path: str) -> bool:
    if not search.follow_links and os.path.islink(path.rstrip(os.sep)):
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        search.warn(f"Skipping file {path}. File does not exist.")
        return True
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        search.warn(
            f"Skipping file {path}. File is character special device, block special device, "
            "FIFO, or socket."
        )
        return True
    wanted = os.R_OK | os.X_OK if stat.S_ISDIR(mode) else os.R_OK
    if not os.access(path, wanted):
        search.warn(f"Skipping file {path}. File/Directory is not readable.")
        return True
    return False


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8 stand there as lone surrogates
        return False
    return True
