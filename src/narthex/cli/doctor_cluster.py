"""What `doctor --cluster` finds out: which nodes live, who is steward, clocks, lags, orphans.

This file never changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from narthex.cli.configuration import Configuration
from narthex.cli.failure import Failure
from narthex.cli.ledger import Ledger
from narthex.cli.link import Finding
from narthex.pure.durations import spoken

MOST_AHEAD = 5000  # milliseconds that two nodes' clocks may differ; signatures forgive 15 minutes
SLOW = 250  # milliseconds for one round trip
LATE = 300  # seconds that a delivery may wait


def examine_cluster(configuration: Configuration) -> Iterator[Finding]:
    """The findings, the nodes first."""
    try:
        told = Ledger(configuration).call("GetCluster", "GET", "/cluster")["cluster"]
    except Failure as failure:
        yield Finding(False, str(failure))
        return
    nodes = told["nodes"]
    if not nodes:
        yield Finding(False, "no node has told of itself: is its steward running?")
    for node in nodes:
        yield from _node(node, node["id"] == told["steward"], told["now"])
    yield from _clocks(nodes)
    yield from _steward(told)
    yield from _deliveries(told)
    yield _orphans(told)


def _node(node: dict[str, Any], leads: bool, now: str) -> Iterator[Finding]:
    name = f"{node['host']} ({node['listens']}, {node['program']})"
    if not node["alive"]:
        silent = spoken(_seconds_between(node["seen_at"], now))
        yield Finding(False, f"{name} was last heard of {silent} ago")
        return
    up = spoken(_seconds_between(node["started_at"], now))
    yield Finding(True, f"{name} is up since {up}{', and is the steward' if leads else ''}")
    if node["trouble"]:
        yield Finding(False, f"its blobs: {node['trouble']}")
    took = [("catalog", node["catalog_ms"]), ("blobs", node["blobs_ms"])]
    known = [f"{what} {ms:g} ms" for what, ms in took if ms is not None]
    slow = any(ms is not None and ms > SLOW for _, ms in took)
    if known:
        text = "a round trip: " + ", ".join(known)
        yield Finding(None if slow else True, text + (": this is slow" if slow else ""))


def _clocks(nodes: list[dict[str, Any]]) -> Iterator[Finding]:
    ahead = [node["clock_ahead_ms"] for node in nodes if node["alive"]]
    known = [ms for ms in ahead if ms is not None]
    if not known:
        return  # one machine has one clock
    apart = max([*known, 0]) - min([*known, 0])
    good = apart <= MOST_AHEAD
    text = f"clocks of nodes and catalog are at most {apart:g} ms apart"
    yield Finding(good, text if good else f"{text}: run a time service such as chrony on each")


def _steward(told: dict[str, Any]) -> Iterator[Finding]:
    alive = {node["id"] for node in told["nodes"] if node["alive"]}
    if told["steward"] is None:
        yield Finding(None, "no node holds the steward's lease; the next takes it within a minute")
    elif told["steward"] not in alive:
        yield Finding(None, "the steward is gone; its lease ends within a minute")


def _deliveries(told: dict[str, Any]) -> Iterator[Finding]:
    waiting, failed = told["deliveries_waiting"], told["deliveries_failed"]
    oldest = told["deliveries_oldest_at"]
    late = _seconds_between(oldest, told["now"]) if oldest else 0
    text = f"{waiting} deliveries wait" + (f", the oldest since {spoken(late)}" if oldest else "")
    yield Finding(late < LATE, text)
    if failed:
        yield Finding(None, f"{failed} deliveries failed: narthex deliveries --failed")


def _orphans(told: dict[str, Any]) -> Finding:
    if told["swept_at"] is None:
        return Finding(None, "orphans were not looked for yet")
    ago = spoken(_seconds_between(told["swept_at"], told["now"]))
    return Finding(True, f"{told['orphans']} orphans were swept {ago} ago")


def _seconds_between(earlier: str, later: str) -> int:
    apart = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0, int(apart.total_seconds()))
