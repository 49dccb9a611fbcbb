"""What the ledger costs: a GET of 1 KiB by a share beside a plain link, and issuing many shares.

    python -m bench.sharing [--json]

The same object on the same server, by a pre-signed URL of the root, by a share, and by a share that
counts its downloads; in turns, so that a noisy minute hits all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import report
from bench.load import requests_per_second
from bench.plan import Bench, Plan
from bench.processes import OUT
from bench.result import Chapter, Claim, Failed, Figure, interleaved
from narthex.cli.serve import Endpoint, embedded

PLAIN = "pre-signed URL"
SHARE = "share"
COUNTED = "share with --max-downloads"
MOST = 1_000_000_000  # downloads: never used up
ALLOWED = 0.8  # of the plain rate
BUCKET = "bucketofbigsecrets"
ISSUED = 1000
SECONDS = 2.0  # for all of them
COMMAND_LIMIT = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, and the command that speaks to it."""

    endpoint: Endpoint
    folder: Path

    def run(self, *words: str, stdin: bytes = b"") -> str:
        """What `narthex` wrote to stdout. Raises Failed."""
        ended = subprocess.run(
            [sys.executable, "-m", "narthex", *words],
            env={
                "HOME": str(self.folder),
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": self.endpoint.url,
                "AWS_ACCESS_KEY_ID": self.endpoint.access_key_id,
                "AWS_SECRET_ACCESS_KEY": self.endpoint.secret,
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            input=stdin,
            capture_output=True,
            timeout=COMMAND_LIMIT,
            check=False,
        )
        if ended.returncode:
            raise Failed(f"narthex {words[0]}: {ended.stderr.decode()[-200:]}")
        return ended.stdout.decode()


@contextmanager
def place(folder: Path, workers: int) -> Iterator[Place]:
    """A server of its own, with an object of 1 KiB and names for many shares."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    extra = ["--workers", str(workers)]
    with embedded(folder / "data", extra=extra, environment=environment) as endpoint:
        made = Place(endpoint, folder)
        made.run("mb", f"s3://{BUCKET}")
        files = folder / "files"
        files.mkdir()
        for number in range(ISSUED):
            (files / f"{number:04}").write_text(f"page {number:04}\n" * 100)  # reviewed: clean
        made.run("cp", "--quiet", "--recursive", str(files), f"s3://{BUCKET}/")
        yield made


def measure(bench: Bench) -> Chapter:
    """Requests a second of all three."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        return chapter(bench.plan, Path(folder))


def chapter(plan: Plan, folder: Path) -> Chapter:
    """The same, on a server of its own."""
    with place(folder, plan.workers) as server:
        at = f"s3://{BUCKET}/0000"
        links = {
            PLAIN: server.run("presign", at).strip(),
            SHARE: server.run("share", at, "--raw").strip(),
            COUNTED: server.run("share", at, "--raw", "--max-downloads", str(MOST)).strip(),
        }

        def rate(url: str) -> float:
            return requests_per_second(
                [url], clients=plan.clients, threads=plan.workers, seconds=plan.seconds
            ).per_second

        figures, notes = interleaved(
            plan.rounds, {name: partial(rate, url) for name, url in links.items()}
        )
        seconds = Figure.of("", [_issue(server) for _ in range(plan.rounds)]).value
    values = {figure.label: figure.value for figure in figures}
    claims = [
        Claim(f"{name} / {PLAIN}", values[name] / values[PLAIN], ALLOWED)
        for name in (SHARE, COUNTED)
    ]
    text = f"{ISSUED} shares with --stdin0"
    claims.append(Claim(text, seconds, SECONDS, unit="s", at_least=False))
    title = f"GET of 1 KiB by a share, {plan.clients} clients, {plan.workers} workers"
    return Chapter("sharing", title, "requests/s", figures, tuple(claims), notes)


def _issue(server: Place) -> float:
    """Seconds for many shares, as a whole process."""
    names = b"\0".join(f"{number:04}".encode() for number in range(ISSUED))
    begun = time.perf_counter()
    told = server.run("share", f"s3://{BUCKET}/", "--stdin0", "--json", stdin=names)
    seconds = time.perf_counter() - begun
    if len({json.loads(line)["link"] for line in told.splitlines()}) != ISSUED:
        raise Failed("not every name has become a share")
    return seconds


def main(arguments: list[str]) -> int:
    """Measure and print the table, or with --json the same for programs."""
    parser = argparse.ArgumentParser(prog="python -m bench.sharing", description=__doc__)
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="enough to see that it runs")
    given = parser.parse_args(arguments)
    plan = Plan(workers=2)
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        chapters = [chapter(plan.quick() if given.quick else plan, Path(folder))]
    print((report.summary if given.json else report.markdown)(chapters, []), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
