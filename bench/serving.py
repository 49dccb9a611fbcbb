"""Pre-signed GET: how many small objects a second, and how fast a large one.

One link for all requests, as a shared file has; and a new link for each request, to a thousand
objects, so that nothing remembered of a link can flatter us.
"""

from __future__ import annotations

from bench.load import download_rate, requests_per_second
from bench.plan import LARGE, MIB, SEVERAL, SMALL, Bench
from bench.result import Chapter, Claim, Figure, Measure, interleaved, ratio_claims
from bench.store import LIFETIME, Store

OF_NGINX_SMALL = 0.4
OF_NGINX_LARGE = 0.8
PARALLEL = 4
NEW_LINKS = ", each link used once"
LIFETIMES = 60  # links of so many lifetimes to each object: more than one round uses up
TOGETHER = f", {PARALLEL} at once"


def small(bench: Bench) -> Chapter:
    """Requests a second for objects of 1 KiB."""
    subjects: dict[str, Measure] = {}
    for name, store in bench.stores.items():
        subjects[name] = _rate(bench, [store.link(SMALL)])
    for name in ("narthex", "nginx"):
        if name in bench.stores:
            subjects[name + NEW_LINKS] = _rate(bench, _new_links(bench.stores[name]))
    figures, notes = interleaved(bench.plan.rounds, subjects)
    claims = ratio_claims(figures, "narthex", [("nginx", OF_NGINX_SMALL)], text="of {}")
    claims += ratio_claims(
        figures, "narthex" + NEW_LINKS, [("nginx" + NEW_LINKS, OF_NGINX_SMALL)], text="of {}"
    )
    rivals = [(name, 1.0) for name in bench.stores if name not in ("narthex", "nginx")]
    claims += ratio_claims(figures, "narthex", rivals, text="of {}")
    return Chapter(
        "get-small",
        f"Pre-signed GET of 1 KiB, {bench.plan.clients} clients, {bench.plan.workers} workers",
        "requests/s",
        figures,
        claims,
        (*notes, *_notes(bench.stores)),
    )


def large(bench: Bench) -> Chapter:
    """Bytes a second for one large object."""
    size = bench.plan.large_bytes
    subjects: dict[str, Measure] = {}
    for label, clients in (("", 1), (TOGETHER, PARALLEL)):
        for name, store in bench.stores.items():
            subjects[name + label] = _download(bench, store.link(LARGE), size, clients)
    figures, notes = interleaved(bench.plan.rounds, subjects)
    wanted: list[Claim] = []
    for label in ("", TOGETHER):
        wanted += ratio_claims(
            figures, "narthex" + label, [("nginx" + label, OF_NGINX_LARGE)], text="of {}"
        )
    return Chapter(
        "get-large",
        f"Pre-signed GET of {size // MIB} MiB",
        "MiB/s",
        figures,
        tuple(wanted),
        notes,
    )


def _new_links(store: Store) -> list[str]:
    """In an order that comes to each object again only after all others."""
    lifetimes = range(LIFETIME, LIFETIME + LIFETIMES) if store.key else [LIFETIME]
    return [link for lifetime in lifetimes for link in store.links(SEVERAL, lifetime=lifetime)]


def _rate(bench: Bench, urls: list[str]) -> Measure:
    plan = bench.plan
    return lambda: (
        requests_per_second(
            urls, clients=plan.clients, threads=plan.workers, seconds=plan.seconds
        ).per_second
    )


def _download(bench: Bench, url: str, size: int, clients: int) -> Measure:
    def best() -> float:
        times = bench.plan.transfers
        rates = [download_rate(url, size, clients=clients) / MIB for _ in range(times)]
        return Figure.of("", rates).value

    return best


def _notes(stores: dict[str, Store]) -> list[str]:
    return [f"{store.name}: {store.note}" for store in stores.values() if store.note]
