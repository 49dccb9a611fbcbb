"""Upload a file or a folder to a place in a store with a progress bar: the way of `share`.

A file is stored as an attachment under its own name, so that its link needs no further parameters
and stays short.
"""

from __future__ import annotations

import os
from dataclasses import replace

from narthex.cli.client import Client
from narthex.cli.configuration import Configuration
from narthex.cli.failure import GENERAL, Failure
from narthex.cli.filters import Filters
from narthex.cli.items import Item, Search, find_items
from narthex.cli.moving import move_all
from narthex.cli.results import Results
from narthex.cli.route import read_route
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Options, Transfers
from narthex.cli.workers import Workers
from narthex.pure.disposition import attachment


def store_file(path: str, at: Location, configuration: Configuration, client: Client) -> None:
    """Upload one file. Raises Failure when it did not arrive."""
    name = at.key.rpartition("/")[2]
    options = replace(
        _options(configuration), object_headers=(("content-disposition", attachment(name)),)
    )
    results = Results("upload", lines=False)
    transfers = Transfers(client, options, Workers(options.threads), results)
    move_all((Item(os.path.abspath(path), at, os.stat(path).st_size),), "upload", transfers)
    _check(results)


def store_folder(path: str, at: Location, configuration: Configuration) -> None:
    """Upload all files below a folder. Raises Failure when one did not arrive, or there is none."""
    options = _options(configuration)
    workers = Workers(options.threads)
    client = Client(configuration, connections=2 * options.threads, pause=workers.stopping.wait)
    results = Results("upload", lines=False)
    route = read_route("cp", (path, str(at)), recursive=True)
    search = Search(client, route, Filters(()), results.warn)
    move_all(find_items(search), "upload", Transfers(client, options, workers, results))
    _check(results)
    if not results.files:
        raise Failure(f"{path} holds no file. Nothing was shared.", GENERAL)


def _options(configuration: Configuration) -> Options:
    return Options(checksum="CRC64NVME" if configuration.checksums else "")


def _check(results: Results) -> None:
    if results.failed:
        raise Failure("Nothing was shared", GENERAL)
