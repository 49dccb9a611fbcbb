"""Run a `cp`, `mv` or `sync`: find the items, move them in parallel, tell what became of each."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterable, Iterator

from narthex.cli.client import Client
from narthex.cli.configuration import read_configuration
from narthex.cli.copying import copy
from narthex.cli.download import download
from narthex.cli.failure import Failure
from narthex.cli.filters import Filters
from narthex.cli.items import Item, Search, find_items
from narthex.cli.results import Results
from narthex.cli.route import STREAM, Route, read_route
from narthex.cli.s3_uri import Location
from narthex.cli.sizes import human_size
from narthex.cli.transfer import Transfers, read_options
from narthex.cli.upload import upload
from narthex.cli.workers import Stopped, Workers

MOVERS = {"upload": upload, "download": download, "copy": copy}
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")  # must be restored before they can be read
LARGEST_OBJECT = 50 * 1024**4  # bytes; AWS's limit since 2025-12


def transfer(command: str, flags: argparse.Namespace) -> int:
    """Do what the flags of `cp` or `mv` say; returns the exit code."""
    route = read_route(command, flags.paths, recursive=flags.recursive)
    transfers = open_transfers(flags, route, move=command == "mv")
    results = transfers.results
    if route.kind == "download" and route.recursive and isinstance(route.target, str):
        os.makedirs(route.target, exist_ok=True)
    items = passable(find_items(search_of(flags, route, transfers)), route, flags, results)
    if flags.dryrun:
        run_dry(items, results)
    else:
        move_all(items, route.kind, transfers)
    return results.exit_code


def open_transfers(flags: argparse.Namespace, route: Route, *, move: bool = False) -> Transfers:
    """The server, the options, the threads and who is told, for one run of a command."""
    configuration = read_configuration(flags)
    options = read_options(flags, configuration, move=move)
    results = new_results("move" if move else route.kind, flags, route)
    workers = Workers(options.threads)
    # Pauses between attempts end at once when everything is to end.
    client = Client(configuration, connections=2 * options.threads, pause=workers.stopping.wait)
    return Transfers(client, options, workers, results)


def search_of(flags: argparse.Namespace, route: Route, transfers: Transfers) -> Search:
    """How to look for what the flags mean."""
    return Search(
        transfers.client,
        route,
        Filters(tuple(flags.filters or ())),
        transfers.results.warn,
        flags.follow_symlinks,
        flags.page_size,
        transfers.options.payer_headers,
    )


def new_results(kind: str, flags: argparse.Namespace, route: Route) -> Results:
    """Who is told what, by --quiet, --only-show-errors, --no-progress and streams."""
    streamed = STREAM in (route.source, route.target)
    return Results(
        kind,
        lines=not (flags.quiet or flags.only_show_errors or streamed),
        errors=not flags.quiet,
        bar=getattr(flags, "progress", True) and not (flags.quiet or flags.only_show_errors),
    )


def run_dry(items: Iterable[Item], results: Results) -> None:
    """Tell what would be done."""
    try:
        for item in items:
            results.dry(item)
    except (Failure, OSError) as error:
        results.end(error)


def move_all(items: Iterable[Item], kind: str, transfers: Transfers) -> None:
    """Move every item. Raises KeyboardInterrupt on Ctrl-C, and on SIGTERM, after cleaning up."""
    mover = MOVERS[kind]
    each_item(items, lambda item: mover(item, transfers), transfers.results, transfers.workers)


def each_item(
    items: Iterable[Item], take: Callable[[Item], object], results: Results, workers: Workers
) -> None:
    """`take` every item, and tell what became of each; afterwards both are closed.

    Raises KeyboardInterrupt on Ctrl-C, and on SIGTERM, after cleaning up.
    """

    def one(item: Item) -> None:
        try:
            workers.check()
            take(item)
        except Stopped:
            return
        except (Failure, OSError, ValueError) as error:
            results.fail(item, error)
        else:
            results.done(item)

    def expected() -> Iterator[Item]:
        for item in items:
            results.expect(item)
            yield item

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        workers.each_file(one, expected(), results.tick)
    except (Failure, OSError) as error:
        workers.close()
        results.end(error)
    except KeyboardInterrupt:
        results.cancelled()
        raise
    finally:
        workers.close()
        results.close()
        signal.signal(signal.SIGTERM, before)


def passable(
    items: Iterable[Item], route: Route, flags: argparse.Namespace, results: Results
) -> Iterator[Item]:
    """The items without those that cannot or must not be moved, of which a warning tells."""
    for item in items:
        if route.kind == "upload" and (item.size or 0) > LARGEST_OBJECT:
            limit = human_size(LARGEST_OBJECT)
            results.warn(f"File {item.source} exceeds s3 upload limit of {limit}.")
        elif route.kind != "upload" and _is_archived(item, flags):
            if not flags.ignore_glacier_warnings:
                results.warn(
                    f"Skipping file {item.source}. Object is of storage class GLACIER. Unable to "
                    f"perform {route.kind} operations on GLACIER objects. You must restore the "
                    "object to be able to perform the operation."
                )
            continue
        elif route.kind == "download" and _leaves_folder(item, route):
            results.warn(f"Skipping file {_name(item, route)}. File references a parent directory.")
            continue
        yield item


def _is_archived(item: Item, flags: argparse.Namespace) -> bool:
    return item.storage_class in ARCHIVED and not flags.force_glacier_transfer


def _name(item: Item, route: Route) -> str:
    """The item's name below the source."""
    key = item.source.key if isinstance(item.source, Location) else item.source
    prefix = route.source.key if isinstance(route.source, Location) else route.source
    return key[len(prefix) :] if route.recursive else key.rpartition("/")[2]


def _leaves_folder(item: Item, route: Route) -> bool:
    """Whether a key such as `a/../../b` would be written outside of the target folder.

    INVARIANT: a bucket's owner cannot make a download write anywhere else.
    """
    name = os.path.normpath(_name(item, route).lstrip("/"))
    return item.target != STREAM and (name == ".." or name.startswith(".." + os.sep))
