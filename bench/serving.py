"""Pre-signed GET: how many small objects a second, and how fast a large one.

One link for all requests, as a shared file has; and a thousand links to a thousand objects, so
that no cache of verified links can flatter us.
"""

from __future__ import annotations

from bench.load import download_rate, requests_per_second
from bench.plan import LARGE, MIB, SEVERAL, SMALL, Bench
from bench.result import Chapter, Claim, Figure, Measure, interleaved, ratio_claims
from bench.store import Store

OF_NGINX_SMALL = 0.4
OF_NGINX_LARGE = 0.8
PARALLEL = 4
THOUSAND = ", 1000 links"
TOGETHER = f", {PARALLEL} at once"


def small(bench: Bench) -> Chapter:
    """Requests a second for objects of 1 KiB."""
    subjects: dict[str, Measure] = {}
    for name, store in bench.stores.items():
        subjects[name] = _rate(bench, [store.link(SMALL)])
    for name in ("narthex", "nginx"):
        if name in bench.stores:
            subjects[name + THOUSAND] = _rate(bench, bench.stores[name].links(SEVERAL))
    figures, notes = interleaved(bench.plan.rounds, subjects)
    claims = ratio_claims(figures, "narthex", [("nginx", OF_NGINX_SMALL)], text="of {}")
    claims += ratio_claims(
        figures, "narthex" + THOUSAND, [("nginx" + THOUSAND, OF_NGINX_SMALL)], text="of {}"
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
