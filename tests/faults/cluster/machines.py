"""What runs in the networks: three nodes, a primary and its standby, a store of blobs.

Each can be killed as a power cut would, and started again where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from narthex.app import open_server
from narthex.blobs.remote_url import KEY_ID, SECRET
from narthex.catalog import accounts, leases, nodes
from narthex.cli.serve import Endpoint, embedded
from narthex.config import Settings
from narthex.events import targets
from narthex.nodes import STEWARD
from tests.contract.postgresql_pair import Pair
from tests.contract.postgresql_server import children
from tests.driving import OBSERVING
from tests.faults.cluster.networks import Host, Network
from tests.faults.mixed import BUCKET, Nodes
from tests.faults.telling import tell_uploads

PORT = 9000
STORE = "store"  # the bucket that holds the blobs
NETWORKS = "198.18.0.0/15"


@dataclass
class Machine:
    """One server of ours at an address of its own."""

    host: Host
    folder: Path
    extra: list[str]
    environment: dict[str, str]
    endpoint: Endpoint | None = None
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> Endpoint:
        """Running when this returns."""

        def begin() -> Endpoint:
            listen = f"{self.host.address}:{PORT}"
            log = self.stack.enter_context(self.folder.with_suffix(".log").open("ab"))
            words = ["--workers", "1", *self.extra]
            return self.stack.enter_context(
                embedded(self.folder, listen, extra=words, environment=self.environment, log=log)
            )

        self.endpoint = self.host.run(begin)
        return self.endpoint

    def kill(self) -> None:
        """All its processes at once."""
        assert self.endpoint is not None
        for pid in tree(self.endpoint.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.stack.close()


def tree(pid: int) -> list[int]:
    """A process and all that came of it."""
    return [pid, *(deeper for child in children(pid) for deeper in tree(child))]


@dataclass(frozen=True)
class Store:
    """What holds the blobs, in the bucket STORE. kill: as by a power cut; start: where it was."""

    host: Host
    url: str
    key: str
    secret: str
    kill: Callable[[], object]
    start: Callable[[], object]


Opening = Callable[[Host], AbstractContextManager[Store]]


@dataclass
class Cluster:
    """All of it, up."""

    network: Network
    nodes: list[Machine]
    store: Store
    pair: Pair
    database: tuple[Host, Host]
    settings: Settings  # of a node, for a look into the catalog

    def asked(self) -> Nodes:
        """The nodes as clients see them."""
        root = self.nodes[0].endpoint
        assert root is not None
        addresses = tuple((node.host.address, PORT) for node in self.nodes)
        return Nodes(addresses, root.access_key_id, root.secret)

    def steward(self) -> int | None:
        """Which node keeps house now."""
        return asyncio.run(self._steward())

    async def _steward(self) -> int | None:
        server = await open_server(self.settings)
        try:
            holder = await leases.holder(server.catalog, STEWARD, server.clock())
            told = {one.id: one.listens for one in await nodes.find_all(server.catalog)}
        finally:
            await server.catalog.close()
        places = [f"{node.host.address}:{PORT}" for node in self.nodes]
        address = told.get(holder or "")
        return places.index(address) if address in places else None

    def tell(self, url: str) -> None:
        """Every object that is created is told to a webhook from now on."""
        arn = asyncio.run(self._name_target(url))
        root = self.nodes[0].endpoint
        assert root is not None
        tell_uploads(root, BUCKET, arn)

    async def _name_target(self, url: str) -> str:
        server = await open_server(self.settings)
        try:
            account = await accounts.first(server.catalog)
            assert account is not None
            await targets.create(server, account.id, "hook", url)
            return f"arn:aws:sqs:us-east-1:{account.id}:hook"
        finally:
            await server.ledger.close()
            await server.catalog.close()


def plain() -> dict[str, str]:
    """This process's environment without what speaks of AWS or narthex."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}


@contextlib.contextmanager
def running(folder: Path, network: Network, opening: Opening) -> Iterator[Cluster]:
    """Three nodes and what they stand on. Raises NotPermitted, and what `opening` raises."""
    with contextlib.ExitStack() as stack:
        first, second = network.add(), network.add()
        pair = Pair((first.address, second.address), (first.start, second.start))
        stack.callback(pair.remove)
        pair.start()
        pair.primary.execute("CREATE DATABASE narthex")
        store = stack.enter_context(opening(network.add()))
        catalog, blobs = pair.url("narthex"), f"s3://{STORE}/nodes?endpoint={store.url}"
        environment = {**plain(), KEY_ID: store.key, SECRET: store.secret}
        environment["NARTHEX_NOTIFY_ALLOW"] = NETWORKS
        extra = ["--catalog", catalog, "--blobs", blobs, "--review-model", str(OBSERVING)]
        made: list[Machine] = []
        for number in range(3):
            node = Machine(network.add(), folder / f"node-{number}", extra, environment)
            if made:
                node.folder.mkdir(mode=0o700)
                for name in ("master.key", "credentials"):
                    shutil.copy(made[0].folder / name, node.folder / name)
            made.append(node)
            stack.callback(node.stack.close)
            node.start()
        data = str(made[0].folder)
        settings = Settings(data=data, catalog=catalog, notify_allow=(NETWORKS,))
        yield Cluster(network, made, store, pair, (first, second), settings)
