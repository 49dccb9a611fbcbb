"""Two nodes on one PostgreSQL and one Ceph, against the gateway of that same Ceph alone.

Small objects come from the catalog, large ones from Ceph through us.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.contract.postgresql_server import PostgreSQLServer

from bench import ceph, servers
from bench.load import download_rate, requests_per_second
from bench.plan import LARGE, MIB, SMALL, Bench
from bench.result import Chapter, Failed, Figure, Measure, interleaved, ratio_claims
from bench.store import Store
from bench.storing import uploading

NODES = 2
GATEWAY = "radosgw alone"
CLUSTER = f"narthex, {NODES} nodes on PostgreSQL and Ceph"
HANDED_OVER = "the same, handed over by redirect_size"
OF_GATEWAY_SMALL = 5.0
OF_GATEWAY_LARGE = 0.9
BLOBS = "blobs"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The gateway, and the nodes that keep their blobs behind it."""

    gateway: Store
    nodes: tuple[Store, ...]


def small(bench: Bench) -> Chapter:
    """Requests a second for a pre-signed link to 1 KiB, each node with its own half of the load."""
    with _cluster(bench, "small") as cluster:
        subjects = {
            GATEWAY: _rate(bench, [cluster.gateway]),
            CLUSTER: _rate(bench, cluster.nodes),
        }
        figures, notes = interleaved(bench.plan.rounds, subjects)
    return Chapter(
        "cluster-small",
        f"Pre-signed GET of 1 KiB, {bench.plan.clients} clients",
        "requests/s",
        figures,
        ratio_claims(figures, CLUSTER, [(GATEWAY, OF_GATEWAY_SMALL)], text="of {}"),
        (*notes, *_about()),
    )


def large(bench: Bench) -> Chapter:
    """Bytes a second of one large object, through one of the nodes."""
    size = bench.plan.large_bytes
    with _cluster(bench, "large") as cluster:
        subjects: dict[str, Measure] = {
            GATEWAY: _download(bench, cluster.gateway.link(LARGE), size),
            CLUSTER: _download(bench, cluster.nodes[0].link(LARGE), size),
            HANDED_OVER: _download(bench, cluster.nodes[1].link(LARGE), size, follow=True),
        }
        figures, notes = interleaved(bench.plan.rounds, subjects)
    return Chapter(
        "cluster-large",
        f"Pre-signed GET of {size // MIB} MiB",
        "MiB/s",
        figures,
        tuple(
            claim
            for name, text in (
                (CLUSTER, "through a node, of {}"),
                (HANDED_OVER, "handed over, of {}"),
            )
            for claim in ratio_claims(figures, name, [(GATEWAY, OF_GATEWAY_LARGE)], text=text)
        ),
        (*notes, *_about()),
    )


def put(bench: Bench) -> Chapter:
    """Bytes a second of one large upload, through one of the nodes; the key is new each time."""
    upload = uploading(bench)
    with _cluster(bench, "put") as cluster:
        subjects = {GATEWAY: upload(cluster.gateway), CLUSTER: upload(cluster.nodes[0])}
        figures, notes = interleaved(bench.plan.rounds, subjects)
    about = (
        "a node takes MD5 and CRC, and signs what it sends with its SHA-256; the gateway alone is"
        " sent what is unsigned"
    )
    title = f"Pre-signed PUT of {bench.plan.large_bytes // MIB} MiB"
    return Chapter("cluster-put", title, "MiB/s", figures, (), (*notes, about, *_about()))


@contextlib.contextmanager
def _cluster(bench: Bench, name: str) -> Iterator[Cluster]:
    folder = bench.folder / f"cluster-{name}"
    bench.say("starting Ceph, PostgreSQL and the nodes")
    with contextlib.ExitStack() as stack:
        gateway = stack.enter_context(ceph.radosgw(folder / "ceph"))
        gateway.fill(bench.files)
        gateway.client().create_bucket(Bucket=BLOBS)
        catalog = stack.enter_context(postgresql())
        nodes: list[Store] = []
        for number in range(NODES):
            data = folder / f"node-{number}"
            data.mkdir(mode=0o700)
            if nodes:
                shutil.copy(folder / "node-0" / "master.key", data)
            node = servers.narthex(
                data,
                1,
                catalog=catalog,
                blobs=f"s3://{BLOBS}?endpoint={gateway.url}",
                blobs_access_key_id=gateway.key,
                blobs_secret_access_key=gateway.secret,
                redirect_size=str(MIB if nodes else 0),
            )
            nodes.append(stack.enter_context(node))
        nodes[0].fill(bench.files)
        yield Cluster(gateway, tuple(nodes))


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a catalog on a server that syncs every commit. Raises Failed."""
    try:
        running = PostgreSQLServer()
        try:
            running.start(durable=True)
            yield running.url(running.new_database())
        finally:
            running.remove()
    except (OSError, RuntimeError, AssertionError) as error:
        raise Failed(f"PostgreSQL does not come up: {error}") from error


def _rate(bench: Bench, stores: tuple[Store, ...] | list[Store]) -> Measure:
    plan = bench.plan
    links = [store.link(SMALL) for store in stores]

    def of(link: str) -> float:
        return requests_per_second(
            [link], clients=plan.clients // len(links), threads=1, seconds=plan.seconds
        ).per_second

    def together() -> float:
        with ThreadPoolExecutor(len(links)) as pool:
            return sum(pool.map(of, links))

    return together


def _download(bench: Bench, link: str, size: int, *, follow: bool = False) -> Measure:
    def best() -> float:
        times = range(bench.plan.transfers)
        rates = [download_rate(link, size, follow=follow) / MIB for _ in times]
        return Figure.of("", rates).value

    return best


def _about() -> tuple[str, ...]:
    return (
        f"{NODES} nodes of one worker each, PostgreSQL with every commit synced, one OSD with one"
        " copy: clients, nodes, database and Ceph share the cores of one machine",
    )
