"""The nodes, the steward, clocks, deliveries and orphans: how the whole installation stands.

Only who belongs to the first account may: it is about the machines and not about one's files.
"""

from __future__ import annotations

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError
from narthex.catalog import accounts
from narthex.catalog.nodes import Node
from narthex.nodes import LATE_US, Cluster, find_cluster
from narthex.pure.times import iso_seconds
from narthex.server import Server

MILLISECOND = 1000  # microseconds


async def by_first_account(call: Call, server: Server) -> Resource:
    """On everything. Raises AccessDenied for the principals of other accounts."""
    first = await accounts.first(server.catalog)
    if first is None or call.asking.identity.principal.account != first.id:
        raise ApiError("AccessDenied", "the machines are the business of the first account")
    return Resource()


@endpoint("GET", "cluster", action="narthex:GetCluster", find=by_first_account)
async def get_cluster(call: Call, held: None, server: Server) -> Answer:
    return Answer({"cluster": _show(await find_cluster(server))})


def _show(cluster: Cluster) -> Json:
    swept, oldest_us = cluster.swept, cluster.deliveries.oldest_us
    return {
        "now": iso_seconds(cluster.now_us),
        "steward": cluster.steward,
        "nodes": [_show_node(node, cluster.now_us) for node in cluster.nodes],
        "orphans": swept[1] if swept else None,
        "swept_at": iso_seconds(swept[0]) if swept else None,
        "deliveries_waiting": cluster.deliveries.waiting,
        "deliveries_failed": cluster.deliveries.failed,
        "deliveries_oldest_at": None if oldest_us is None else iso_seconds(oldest_us),
    }


def _show_node(node: Node, now_us: int) -> Json:
    return {
        "id": node.id,
        "host": node.host,
        "listens": node.listens,
        "program": node.program,
        "alive": now_us - node.seen_us < LATE_US,
        "started_at": iso_seconds(node.started_us),
        "seen_at": iso_seconds(node.seen_us),
        "clock_ahead_ms": _milliseconds(node.ahead_us),
        "catalog_ms": _milliseconds(node.catalog_took_us),
        "blobs_ms": _milliseconds(node.blobs_took_us),
        "trouble": node.trouble or None,
    }


def _milliseconds(us: int | None) -> float | None:
    return None if us is None else round(us / MILLISECOND, 1)
