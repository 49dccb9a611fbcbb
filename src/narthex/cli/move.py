"""`narthex move`: a running installation onto other stores, and back.

Like `serve`, and for the same reason, it works on the stores themselves: what is moved is more than
any wire shows.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from narthex.cli.arguments import Parser, harmless, tell
from narthex.cli.failure import DONE, FAILED, SERVICE, USAGE, Failure

if TYPE_CHECKING:
    from narthex.cli.bar import Bar
    from narthex.move.course import Course
    from narthex.move.progress import Progress, Report

TICK = 0.2  # seconds between two looks at how far it is
MOST_SHOWN = 20  # damaged objects that are named on a terminal; --json names all
EPILOG = """examples:
  narthex move --from ~/.local/share/narthex \\
      --to postgresql://narthex@db/narthex --to-blobs 's3://bucket/prefix?endpoint=https://ceph'
  narthex move --from postgresql://narthex@db/narthex --from-blobs 's3://bucket/prefix' \\
      --master-key /etc/narthex/master.key --to /srv/narthex
  narthex move --check --from ... --to ...      # compare, and read every blob of the target
  narthex move --abandon --from ...             # a move that was killed is not to go on
  narthex move --reopen --from ...              # serve the old one again after all

Keys of an object store: NARTHEX_BLOBS_ACCESS_KEY_ID and NARTHEX_BLOBS_SECRET_ACCESS_KEY; where both
ends are one, NARTHEX_FROM_BLOBS_... and NARTHEX_TO_BLOBS_... tell them apart."""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = Parser(
        prog="narthex move",
        usage="narthex move --from STORES [--from-blobs B] --to STORES [--to-blobs B] [options]",
        description="Move everything, while it is served, to another catalog and other blobs: "
        "buckets,\nobjects, keys, policies, shares, links, the log. The source is read-only for "
        "seconds at the\nend, and then says where it moved. Run it again when it was "
        "interrupted: it goes on.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    stores = "a data folder, a catalog's .sqlite file, or postgresql://..."
    blobs = "a folder, or s3://bucket/prefix?endpoint=..., gs://, az:// (default: in the folder)"
    add("--from", dest="source", metavar="STORES", required=True, help=stores)
    add("--from-blobs", default="", metavar="BLOBS", help=blobs)
    add("--to", dest="target", default="", metavar="STORES", help=stores)
    add("--to-blobs", default="", metavar="BLOBS", help=blobs)
    add("--master-key", default="", metavar="FILE", help="the source's (default: in its folder)")
    add("--to-master-key", default="", metavar="FILE", help="where to put it (default: likewise)")
    add("--check", action="store_true", help="only compare both ends, down to every byte")
    add("--abandon", action="store_true", help="undo at --from what a killed move left there")
    add("--reopen", action="store_true", help="let --from, which moved, be served again")
    add("--with-damaged", action="store_true", help="move although bytes fail their checksum")
    add("--overwrite", action="store_true", help="make a target that was used what the source is")
    add("--json", action="store_true", help="the report as one JSON object")
    add("--no-progress", dest="progress", action="store_false", help="draw no progress bar")
    return made


def run(words: Sequence[str]) -> int:
    """Move. Exit codes: 1 when something is damaged or differs, 254 when a store refuses."""
    from narthex.errors import StoreError

    flags = parser().parse_args(words)
    alone = flags.reopen or flags.abandon
    if alone is bool(flags.target) or (flags.reopen and flags.abandon):
        text = "narthex move: --to says where to; --reopen and --abandon go without it"
        raise Failure(text, USAGE)
    try:
        return asyncio.run(_give_up(flags) if alone else _move(flags))
    except StoreError as error:
        raise Failure(f"narthex move: {error}", SERVICE) from error


async def _give_up(flags: argparse.Namespace) -> int:
    from narthex.move.place import open_end, read_place
    from narthex.move.run import give_up

    blobs = flags.from_blobs or "memory:///"  # not asked for anything
    place = read_place(flags.source, blobs, flags.master_key, "--from")
    end = await open_end(place, os.environ, "FROM", there=True)
    try:
        said = await give_up(end, moved=flags.reopen)
    finally:
        await end.close()
    print(f"{place.shown} may be written and served again")
    if said is not None:
        tell(f"It had moved to {said.where}: what was done there since is not here.")
    return DONE


async def _move(flags: argparse.Namespace) -> int:
    from narthex.move.course import Choices, Course
    from narthex.move.place import check_key, hand_over_key, open_end, read_place
    from narthex.move.progress import Progress

    source = read_place(flags.source, flags.from_blobs, flags.master_key, "--from")
    target = read_place(flags.target, flags.to_blobs, flags.to_master_key, "--to")
    if source.catalog == target.catalog or source.blobs == target.blobs:
        raise Failure("narthex move: --from and --to are the same", USAGE)
    async with contextlib.AsyncExitStack() as ends:
        theirs = await open_end(source, os.environ, "FROM", there=True)
        ends.push_async_callback(theirs.close)
        await check_key(source, theirs.catalog)
        ours = await open_end(target, os.environ, "TO", there=flags.check)
        ends.push_async_callback(ours.close)
        kept = None if flags.check else hand_over_key(source, target)
        choices = Choices(damaged=flags.with_damaged, again=flags.overwrite)
        course = Course(theirs, ours, Progress(), choices)
        async with _shown(course.progress, flags):
            report = await _report(course, flags)
    report = replace(report, master_key=str(kept or source.key or ""))
    return _tell(report, target.engine, flags)


async def _report(course: Course, flags: argparse.Namespace) -> Report:
    return await (course.check() if flags.check else course.run())


@contextlib.asynccontextmanager
async def _shown(progress: Progress, flags: argparse.Namespace) -> AsyncIterator[None]:
    """A progress bar on a terminal, for as long as the block runs."""
    if flags.json or not flags.progress or not sys.stderr.isatty():
        yield
        return
    from narthex.cli.bar import Bar

    bar = Bar("move")
    drawing = asyncio.create_task(_draw(bar, progress))
    try:
        yield
    finally:
        drawing.cancel()
        bar.close()


async def _draw(bar: Bar, progress: Progress) -> None:
    stage = ""
    while True:
        if progress.stage != stage:
            stage = progress.stage
            bar.tell(stage)
        left = max(progress.all_blobs - progress.blobs, 0)
        bar.draw(progress.bytes, progress.all_bytes, left)
        await asyncio.sleep(TICK)


def _tell(report: Report, engine: str, flags: argparse.Namespace) -> int:
    wrong = report.differing or report.missing or (report.damaged and not report.taken)
    if flags.json:
        print(json.dumps(report.document()))
        return FAILED if wrong else DONE
    for found in report.damaged[:MOST_SHOWN]:
        name = found.object or f"part {found.number} of an upload"
        tell(harmless(f"damaged: {name}: {found.reason}"))
    if len(report.damaged) > MOST_SHOWN:
        tell(f"damaged: {len(report.damaged) - MOST_SHOWN} more; --json names them")
    rows = sum(tally.rows for tally in report.tables)
    if flags.check:
        return _tell_check(report, rows)
    if not report.switched:
        tell(
            "Not switched: the source serves on. What is damaged was not copied; bring it back from"
            " a backup, delete it,\nor move with --with-damaged: it is refused there as it is here."
        )
        return FAILED
    print(f"moved {report.source} to {report.target}: {rows} rows, equal at both ends")
    tell(f"The source took no writes for {report.frozen_seconds:.2f} s, and now refuses to serve.")
    if Path(report.master_key).name and engine == "postgresql":
        tell(f"Nodes of the new one need this master key: --master-key {report.master_key}")
    return DONE


def _tell_check(report: Report, rows: int) -> int:
    for blob in report.missing[:MOST_SHOWN]:
        tell(f"blob {blob} is not whole at the target")
    for table in report.differing:
        tell(f"table `{table}` differs")
    if report.differing or report.missing:
        return FAILED
    print(f"{report.source} and {report.target} are equal: {rows} rows, every blob is whole")
    return DONE
