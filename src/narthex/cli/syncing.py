"""Compare two places and move what differs: both are walked side by side, in the order of keys.

Neither listing is ever held whole. INVARIANT: nothing is deleted at the target unless all of the
source could be listed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from narthex.cli import calls
from narthex.cli.failure import GENERAL, USAGE, Failure
from narthex.cli.items import Item, Search, named_items
from narthex.cli.moving import (
    MOVERS,
    each_item,
    open_transfers,
    passable,
    run_dry,
    search_of,
)
from narthex.cli.route import Route, read_route
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Transfers


def synchronise(flags: argparse.Namespace) -> int:
    """Do what the flags of `sync` say; returns the exit code."""
    route = read_route("sync", flags.paths, recursive=True)
    if isinstance(route.source, str) and not os.path.isdir(route.source):
        raise Failure(f"The user-provided path {flags.paths[0]} is not a folder.", GENERAL)
    if _overlap(route):
        raise Failure("Cannot sync a prefix with one that is inside of it", USAGE)
    if isinstance(route.target, str) and not flags.dryrun:
        os.makedirs(route.target, exist_ok=True)
    transfers = open_transfers(flags, route)
    plan = Plan(flags, route, transfers)
    if flags.dryrun:
        run_dry(plan.items(), transfers.results)
    else:
        take = MOVERS[route.kind]

        def one(item: Item) -> None:
            delete(item, transfers) if item.target is None else take(item, transfers)

        each_item(plan.items(), one, transfers.results, transfers.workers)
    return transfers.results.exit_code


class Plan:
    """What a synchronisation has to do."""

    def __init__(self, flags: argparse.Namespace, route: Route, transfers: Transfers) -> None:
        self._flags, self._route, self._results = flags, route, transfers.results
        self._left_out = 0  # at the source
        self._from = replace(search_of(flags, route, transfers), warn=self._warn)
        there = Route(route.target or "", None, recursive=True, takes_name=False)
        # What is wrong at the target is no reason to warn: it is only compared.
        self._to = replace(self._from, route=there, warn=lambda text: None)

    def items(self) -> Iterator[Item]:
        """What is to be moved, then what is to be deleted (its target is None)."""
        surplus: list[Item] = []
        yield from passable(self._changed(surplus), self._route, self._flags, self._results)
        if surplus and self._left_out:
            self._results.warn("Nothing was deleted, since not all of the source could be read.")
        else:
            yield from surplus

    def _changed(self, surplus: list[Item]) -> Iterator[Item]:
        """What is new or changed; what the target has beyond it is added to `surplus`."""
        there = _files_at(self._to)
        target = next(there, None)
        for name, item in _files_at(self._from):
            while target is not None and _order(target[0]) < _order(name):
                self._note(target[1], surplus)
                target = next(there, None)
            if target is None or target[0] != name:
                yield item
                continue
            if not self._same(item, target[1]):
                yield item
            target = next(there, None)
        while target is not None:
            self._note(target[1], surplus)
            target = next(there, None)

    def _warn(self, text: str) -> None:
        self._left_out += 1
        self._results.warn(text)

    def _note(self, item: Item, surplus: list[Item]) -> None:
        if self._flags.delete:
            surplus.append(item)

    def _same(self, item: Item, other: Item) -> bool:
        """Whether the target is up to date."""
        if item.size != other.size:
            return False
        if self._flags.size_only or item.modified is None or other.modified is None:
            return True
        if self._route.kind != "download":
            return _second(other.modified) >= _second(item.modified)
        if self._flags.exact_timestamps:
            return _second(other.modified) == _second(item.modified)
        return _second(other.modified) <= _second(item.modified)


def delete(item: Item, transfers: Transfers) -> None:
    """Delete at the target. Raises Failure, OSError."""
    if isinstance(item.source, Location):
        calls.delete_object(transfers.client, item.source, transfers.options.payer_headers)
    else:
        os.unlink(item.source)


def _overlap(route: Route) -> bool:
    """Whether one end is inside of the other: a listing would find what was just written."""
    ends = route.source, route.target
    keys = [end.key for end in ends if isinstance(end, Location)]
    if len({end.bucket for end in ends if isinstance(end, Location)}) > 1 or len(keys) < 2:
        return False
    one, other = keys
    return one != other and (one.startswith(other) or other.startswith(one))


def _files_at(search: Search) -> Iterator[tuple[str, Item]]:
    """Names and items in the order of their keys; nothing where there is nothing yet."""
    source = search.route.source
    if isinstance(source, str) and not os.path.isdir(source):
        return iter(())
    return (found for found in named_items(search) if not found[0].endswith("/") and found[0])


def _order(name: str) -> bytes:
    """As S3 lists: by the bytes of UTF-8."""
    return name.encode()


def _second(moment: datetime) -> int:
    """S3 tells whole seconds in some answers and milliseconds in others."""
    return int(moment.astimezone(UTC).timestamp())
