"""Upload given files to given objects with a progress bar: the way of `share`.

Every object is stored as an attachment under the file's own name, so that its link needs no
further parameters and stays short.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from narthex.cli.client import Client
from narthex.cli.configuration import Configuration
from narthex.cli.disposition import attachment
from narthex.cli.failure import GENERAL, Failure
from narthex.cli.items import Item
from narthex.cli.moving import move_all
from narthex.cli.results import Results
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Options, Transfers
from narthex.cli.workers import Workers


def store(
    pairs: Sequence[tuple[str, Location]], configuration: Configuration, client: Client
) -> None:
    """Upload each file to its place. Raises Failure when one did not arrive."""
    options = Options(checksum="CRC64NVME" if configuration.checksums else "")
    for path, location in pairs:
        results = Results("upload", lines=False)
        name = location.key.rpartition("/")[2]
        named = replace(options, object_headers=(("content-disposition", attachment(name)),))
        transfers = Transfers(client, named, Workers(options.threads), results)
        item = Item(os.path.abspath(path), location, os.stat(path).st_size)
        move_all((item,), "upload", transfers)
        if results.failed:
            raise Failure("Nothing was shared", GENERAL)
