"""What very many objects, requests and nodes come to, on paper: how many catalogs it takes.

    python -m bench.scale_model [--objects 1e10] [--requests 1e6] [--nodes 1000]

What one thing costs was measured on one machine of two cores; tests/test_scale_model.py measures it
again at the small end. This file never measures.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, replace

DAY = 86_400
GB = 1e9
PAGE_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of all catalogs together. writes: the share of requests that commit."""

    objects: float = 1e10
    requests: float = 1e6  # a second
    writes: float = 0.05
    inline: float = 0.5  # the share of objects whose bytes are in their row
    body_bytes: float = 4096  # of such a one
    nodes: float = 1000
    workers: float = 2  # of a node


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing costs, as measured. Bytes are of one small object's rows and index entries."""

    objects_bytes: float = 304
    objects_index_bytes: float = 69
    pieces_bytes: float = 200
    pieces_index_bytes: float = 88
    put_wal_bytes: float = 7000  # in a catalog whose pages are warm
    put_commits: float = 1
    put_reads: float = 4
    warm_get_questions: float = 3  # of the snapshot, shared by all who wait
    question_seconds: float = 0.0005  # until it is answered; a process asks one at a time
    cold_get_reads: float = 3  # beside them, after any commit
    pool: float = 11  # connections of a process: ten and the watch
    helpers: float = 8  # connections of a node's steward and host of functions
    node_commits: float = 0.15  # a second, of a node that does nothing: it tells that it lives


@dataclass(frozen=True, slots=True)
class Server:
    """What one PostgreSQL is trusted with. An assumption: a large machine, well kept."""

    commits: float = 10_000  # a second, synced and on a standby; each ends a transaction id
    reads: float = 200_000  # prepared point reads a second
    memory_bytes: float = 256 * GB
    disk_bytes: float = 4000 * GB
    wal_bytes: float = 200e6  # a second
    connections: float = 1000
    freeze_seconds: float = 2 * DAY  # in which all tables have to be frozen before ids run out


@dataclass(frozen=True, slots=True)
class Bend:
    """One limit. amount: of all catalogs together; catalogs: how many it takes for this alone."""

    what: str
    amount: float
    unit: str
    catalogs: float


def row_bytes(cost: Cost) -> float:
    """Of one small object: rows and indexes, without its own bytes."""
    return (
        cost.objects_bytes + cost.objects_index_bytes + cost.pieces_bytes + cost.pieces_index_bytes
    )


def catalog_bytes(load: Load, cost: Cost) -> float:
    """Of all of them on the disk."""
    return load.objects * (row_bytes(cost) + load.inline * load.body_bytes)


def remembered(reads: float, commits: float) -> float:
    """The share of reads of one value, `reads` a second, that a node still remembers.

    Any commit in its catalog, `commits` a second, makes it forget: of the reads between two commits
    the first is asked anew. Both come at random.
    """
    return reads / (reads + commits) if reads else 0.0


def connections(load: Load, cost: Cost) -> float:
    """At one catalog that every node speaks to, at most."""
    return load.nodes * (load.workers * cost.pool + cost.helpers)


def questions(load: Load, cost: Cost) -> float:
    """A second: as many as are asked, and no more than every process can, one at a time."""
    asked = load.requests * (1 - load.writes) * cost.warm_get_questions
    return min(asked, load.nodes * load.workers / cost.question_seconds)


def bends(load: Load, cost: Cost, server: Server) -> list[Bend]:
    """Every limit, the first to bend first."""
    puts = load.requests * load.writes
    gets = load.requests - puts
    commits = puts * cost.put_commits + load.nodes * cost.node_commits
    log, cold_pages = cost.put_wal_bytes, 2 * PAGE_BYTES  # a leaf of each primary key, whole
    indexes = load.objects * (cost.objects_index_bytes + cost.pieces_index_bytes)
    reads = gets * cost.cold_get_reads + puts * cost.put_reads + questions(load, cost)
    ids = 2**31 / server.freeze_seconds  # commits a second that they last for
    rows = (
        ("connections", connections(load, cost), "", server.connections),
        ("reads and questions, nothing remembered", reads, "a second", server.reads),
        ("rows and small bytes on the disk", catalog_bytes(load, cost), "B", server.disk_bytes),
        ("primary keys in memory", indexes, "B", server.memory_bytes),
        ("commits, synced", commits, "a second", server.commits),
        ("transaction ids until all is frozen", commits, "a second", ids),
        ("log, pages warm", puts * log, "B a second", server.wal_bytes),
        ("log, pages cold", puts * (log + cold_pages), "B a second", server.wal_bytes),
    )
    found = [Bend(what, amount, unit, amount / room) for what, amount, unit, room in rows]
    return sorted(found, key=lambda bend: -bend.catalogs)


def catalogs_needed(load: Load, cost: Cost, server: Server) -> int:
    """How many it takes, each with nodes and buckets of its own."""
    return math.ceil(bends(load, cost, server)[0].catalogs)


def of_each(load: Load, count: int) -> Load:
    """The part of one of `count` catalogs, with nodes of its own."""
    return replace(
        load,
        objects=load.objects / count,
        requests=load.requests / count,
        nodes=max(2, load.nodes / count),
    )


def table(load: Load, cost: Cost, server: Server) -> str:
    """For people: Markdown."""
    lines = ["| what bends | all together | catalogs it takes |", "| --- | ---: | ---: |"]
    for bend in bends(load, cost, server):
        amount = f"{bend.amount:.2g} {bend.unit}".strip()
        lines.append(f"| {bend.what} | {amount} | {bend.catalogs:.1f} |")
    count = catalogs_needed(load, cost, server)
    one = of_each(load, count)
    puts = one.requests * one.writes
    lines += [
        "",
        f"Catalogs: {count}. Each has {one.objects:.2g} objects"
        f" ({catalog_bytes(one, cost) / GB:,.0f} GB), {one.requests:,.0f} requests a second,"
        f" {puts:,.0f} of them writes, {one.nodes:.0f} nodes,"
        f" {connections(one, cost):,.0f} connections at most.",
        f"An object that one node is asked for {one.requests / one.nodes / 100:.1f} times a second"
        f" (a hundredth of what it serves) is remembered in"
        f" {remembered(one.requests / one.nodes / 100, puts):.1%} of them.",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale_model", description=__doc__)
    load = Load()
    parser.add_argument("--objects", type=float, default=load.objects)
    parser.add_argument("--requests", type=float, default=load.requests, help="a second")
    parser.add_argument("--writes", type=float, default=load.writes, help="share of requests")
    parser.add_argument("--nodes", type=float, default=load.nodes)
    given = vars(parser.parse_args(arguments))
    print(table(replace(load, **given), Cost(), Server()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
