"""`narthex rm`: delete an object, or everything below a prefix, a thousand to a request."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.cp import add_choice_arguments

if TYPE_CHECKING:
    from narthex.cli.client import Client
    from narthex.cli.items import Item
    from narthex.cli.results import Results


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "rm",
        "Delete an object; with --recursive everything below a prefix.",
        (
            "narthex rm s3://bucket/report.pdf",
            "narthex rm s3://bucket/2025/ --recursive --dryrun",
        ),
        usage="rm <S3Uri> [options]",
    )
    made.add_argument("paths", nargs=1, metavar="S3URI", help="an object, or a prefix")
    made.add_argument("--recursive", action="store_true", help="everything below the prefix")
    add_choice_arguments(made)
    return made


def run(words: Sequence[str]) -> int:
    """Delete. Exit code 1 when something was not deleted."""
    return remove(parser().parse_args(words))


def remove(flags: argparse.Namespace) -> int:
    """Do what the flags say."""
    from narthex.cli.client import Client
    from narthex.cli.configuration import read_configuration
    from narthex.cli.filters import Filters
    from narthex.cli.items import Search, find_items
    from narthex.cli.moving import new_results, run_dry
    from narthex.cli.route import read_route

    client = Client(read_configuration(flags))
    route = read_route("rm", flags.paths, recursive=flags.recursive)
    results = new_results("delete", flags, route)
    payer = tuple(arguments.payer_headers(flags))
    filters = Filters(tuple(flags.filters or ()))
    items = find_items(
        Search(client, route, filters, results.warn, page_size=flags.page_size, headers=payer)
    )
    if flags.dryrun:
        run_dry(items, results)
    elif flags.recursive:
        _delete_many(client, items, results, payer)
    else:
        _delete_each(client, items, results, payer)
    return results.exit_code


Payer = tuple[tuple[str, str], ...]


def _delete_each(client: Client, items: Iterable[Item], results: Results, payer: Payer) -> None:
    from narthex.cli import calls
    from narthex.cli.failure import Failure
    from narthex.cli.s3_uri import Location

    for item in items:
        if not isinstance(item.source, Location):
            raise TypeError("only objects are deleted")
        try:
            calls.delete_object(client, item.source, payer)
        except Failure as error:
            results.fail(item, error)
        else:
            results.done(item)


def _delete_many(client: Client, items: Iterable[Item], results: Results, payer: Payer) -> None:
    from narthex.cli.failure import Failure

    try:
        for batch in _batches(items):
            _delete_batch(client, batch, results, payer)
    except Failure as error:
        results.end(error)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    from narthex.cli.calls import MOST_DELETED

    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == MOST_DELETED:
            yield batch
            batch = []
    if batch:
        yield batch


def _delete_batch(client: Client, batch: list[Item], results: Results, payer: Payer) -> None:
    from narthex.cli import calls
    from narthex.cli.failure import Failure
    from narthex.cli.s3_uri import Location

    keys = {item.source.key: item for item in batch if isinstance(item.source, Location)}
    bucket = next(item.source.bucket for item in batch if isinstance(item.source, Location))
    odd = [item for key, item in keys.items() if not calls.fits_xml(key)]
    _delete_each(client, odd, results, payer)
    plain = {key: item for key, item in keys.items() if calls.fits_xml(key)}
    if not plain:
        return
    try:
        kept = calls.delete_objects(client, bucket, plain, payer)
    except Failure as error:
        for item in plain.values():
            results.fail(item, error)
        return
    for key, item in plain.items():
        if key in kept:
            results.fail(item, kept[key])
        else:
            results.done(item)
