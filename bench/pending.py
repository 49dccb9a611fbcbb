"""How soon a large file has its link, while its review is to come; and how soon that one is open.

The whole request to a running server, beside a request for files, which reviews nothing. Everything
by the model that is shipped.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import boto3

from bench.plan import Bench, Plan
from bench.result import Chapter, Claim, interleaved
from narthex.cli.ledger import SHARES, Ledger
from narthex.cli.own_server import configuration_of
from narthex.cli.serve import Endpoint, embedded

BUCKET = "bucketofbigsecrets"
MIB = 1024 * 1024
LARGE = 40 * MIB
SHARED = 100.0  # ms of the answer
LINE = b"2026-11-24 12:00:00 Minutes of the meeting on the new scanners. Everybody agreed.\n"
LOOK = 0.05  # seconds between two looks


def measure(bench: Bench) -> Chapter:
    """Milliseconds of both."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        return chapter(bench.plan, Path(folder))


def chapter(plan: Plan, folder: Path) -> Chapter:
    """The same, on a server of its own; each round has a file that nobody has looked at."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    with embedded(folder / "data", extra=["--workers", "1"], environment=environment) as endpoint:
        ledger = Ledger(configuration_of(endpoint, endpoint.url))
        _store(endpoint, plan.rounds)
        keys = iter([f"{number}.log" for number in range(plan.rounds)])
        waits: list[str] = []

        def shared() -> float:
            begun = time.perf_counter()
            (made,) = ledger.issue([_order(next(keys))])
            taken = (time.perf_counter() - begun) * 1000
            waits.append(made["share"]["id"])
            return taken

        def opened() -> float:
            begun = time.perf_counter()
            while ledger.find(SHARES, waits[-1])["state"] == "pending":
                time.sleep(LOOK)
            return (time.perf_counter() - begun) * 1000

        def nothing() -> float:
            begun = time.perf_counter()
            ledger.ask_for_files({"bucket": BUCKET, "key": "in/", "expires_in": 3600})
            return (time.perf_counter() - begun) * 1000

        figures, notes = interleaved(
            plan.rounds, {"the link": shared, "open": opened, "no review": nothing}
        )
    values = {figure.label: figure.value for figure in figures}
    claims = (Claim("the link, pending", values["the link"], SHARED, "ms", False),)
    title = f"A share of {LARGE // MIB} MiB of text that nobody has looked at"
    return Chapter("reviewing-pending", title, "ms", figures, claims, notes, False)


def _store(endpoint: Endpoint, rounds: int) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=BUCKET)
    for number in range(rounds):
        s3.put_object(Bucket=BUCKET, Key=f"{number}.log", Body=LINE * (LARGE // len(LINE)))


def _order(key: str) -> dict[str, object]:
    return {"bucket": BUCKET, "key": key, "expires_in": 3600, "recipient": "ana@example.org"}
