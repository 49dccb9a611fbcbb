"""What a review costs whoever shares: of a 20 MB presentation, at first and again; of 1 MiB, again.

The whole request to a running server, beside one that does the same and reviews nothing: the
difference is the review's. Everything by the model that is shipped.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import boto3

from bench.plan import Bench, Plan
from bench.result import Chapter, Claim, Figure, Measure, interleaved
from bench.review.speed import PRESENTATION, presentation
from bench.review.texts import prose
from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.ledger import Ledger
from narthex.cli.serve import Endpoint, embedded
from narthex.pure.sigv4 import Credentials

BUCKET = "bucketofbigsecrets"
FIRST = 2000.0  # ms of the first review
AGAIN = 2.0  # ms of one that was made before
MIB = 1024 * 1024
REPEATED = 50  # requests of one round
ASKED = 400  # requests of each kind, one after the other in turns


def measure(bench: Bench) -> Chapter:
    """Milliseconds of all three."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        return chapter(bench.plan, Path(folder))


def chapter(plan: Plan, folder: Path) -> Chapter:
    """The same, on a server of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    size = PRESENTATION if plan.rounds > 1 else MIB
    with embedded(folder / "data", extra=["--workers", "1"], environment=environment) as endpoint:
        ledger = Ledger(_configuration(endpoint))
        keys = _store(endpoint, presentation(Random(3), size), plan.rounds)

        def first() -> float:
            return _milliseconds(lambda: ledger.review(_order(next(keys))), 1)

        def again() -> float:
            return _milliseconds(lambda: ledger.review(_order("0.pptx")), REPEATED)

        def nothing() -> float:
            return _milliseconds(ledger.is_there, REPEATED)

        ledger.review(_order("0.pptx"))  # the first of a process starts what reads
        figures, notes = interleaved(
            plan.rounds, {"the first": first, "again": again, "no review": nothing}
        )
    return _told(figures, notes)


def again(bench: Bench) -> Chapter:
    """Milliseconds of one request: reviewed before, and of the same kind without a review."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        return chapter_again(bench.plan, Path(folder))


def chapter_again(plan: Plan, folder: Path) -> Chapter:
    """The same, on a server of its own: every request beside one of each other kind."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    text = prose(Random(3), MIB).encode()
    with embedded(folder / "data", extra=["--workers", "1"], environment=environment) as endpoint:
        ledger = Ledger(_configuration(endpoint))
        _store(endpoint, text, 0, "txt")
        order, inbox = _order("0.txt"), {"bucket": BUCKET, "key": "in/", "expires_in": 3600}
        asked: dict[str, Measure] = {
            "a review again": lambda: _milliseconds(lambda: ledger.review(order), 1),
            "no review": lambda: _milliseconds(ledger.is_there, 1),
            "a share, reviewed again": lambda: _milliseconds(
                lambda: list(ledger.issue([order])), 1
            ),
            "a request for files": lambda: _milliseconds(lambda: ledger.ask_for_files(inbox), 1),
        }
        for one in asked.values():  # the first of each makes what all others use
            one()
        figures, notes = interleaved(ASKED if plan.rounds > 1 else 20, asked)
    values = {figure.label: figure.value for figure in figures}
    shared = values["a share, reviewed again"] - values["a request for files"]
    claims = (
        Claim(
            "adds to a request", values["a review again"] - values["no review"], AGAIN, "ms", False
        ),
        Claim("adds to sharing", shared, AGAIN, "ms", False),
    )
    title = "A review of 1 MiB of text that was made before"
    return Chapter("reviewing-again", title, "ms", figures, claims, notes, False)


def _told(figures: tuple[Figure, ...], notes: tuple[str, ...]) -> Chapter:
    title = "A review of a 20 MB presentation, as a request"
    values = {figure.label: figure.value for figure in figures}
    claims = (
        Claim("the first review", values["the first"], FIRST, "ms", False),
        Claim("what one again adds", values["again"] - values["no review"], AGAIN, "ms", False),
    )
    return Chapter("reviewing", title, "ms", figures, claims, notes, False)


def _configuration(endpoint: Endpoint) -> Configuration:
    credentials = Credentials(endpoint.access_key_id, endpoint.secret)
    return Configuration(
        profile=Found("default", "default", ""),
        region=None,
        endpoint=Found(endpoint.url, "", ""),
        key=Key(credentials, "", ""),
    )


def _store(endpoint: Endpoint, data: bytes, rounds: int, ending: str = "pptx") -> Iterator[str]:
    """A file for each round, whose names are told, and one that comes before."""
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=BUCKET)
    keys = [f"{number}.{ending}" for number in range(rounds + 1)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=data)
    return iter(keys[1:])


def _order(key: str) -> dict[str, object]:
    return {"bucket": BUCKET, "key": key, "expires_in": 3600, "recipient": "ana@example.org"}


def _milliseconds(ask: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        ask()
    return (time.perf_counter() - begun) * 1000 / times
