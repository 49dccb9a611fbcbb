"""`python -m bench`: measure, then write the table, the plot and the summary to bench/out.

Exit code 0 also when a target is missed: the report says so. 1 when something was not measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    authorize,
    automations,
    cluster,
    events,
    functions,
    hot,
    listing,
    memory,
    moving,
    pending,
    plot,
    presign,
    report,
    reviewing,
    scale,
    serving,
    sharing,
    startup,
    storing,
)
from bench.plan import Bench, Plan
from bench.processes import OUT
from bench.result import Chapter, Failed
from bench.review import speed

MOST_WORKERS = 4
CHAPTERS: dict[str, Callable[[Bench], Chapter]] = {
    "startup": startup.measure,
    "presign": presign.measure,
    "list": listing.measure,
    "authorize": authorize.measure,
    "memory": memory.measure,
    "sharing": sharing.measure,
    "get-small": serving.small,
    "get-large": serving.large,
    "put-small": storing.small,
    "put-large": storing.large,
    "review-text": speed.measure,
    "review-files": speed.files,
    "reviewing": reviewing.measure,
    "reviewing-again": reviewing.again,
    "reviewing-pending": pending.measure,
    "events": events.latency,
    "events-cost": events.cost,
    "events-queue": events.queue,
    "functions": functions.measure,
    "automations": automations.measure,
    "scale": scale.measure,
    "move": moving.measure,
    "move-frozen": moving.frozen,
    "move-writes": moving.writes,
    "cluster-small": cluster.small,
    "cluster-large": cluster.large,
    "cluster-put": cluster.put,
    "cluster-hot": hot.measure,
    "cluster-start": hot.start,
}


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for and say where the report is."""
    given = _parser().parse_args(arguments)
    plan = Plan(workers=given.workers or min(os.cpu_count() or 1, MOST_WORKERS))
    if given.quick:
        plan = plan.quick()
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    # On the disk under test, which a folder for temporary files need not be.
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=out))
    begun = time.monotonic()
    chapters: list[Chapter] = []
    failed: list[str] = []
    try:
        with Bench(plan, folder, _say) as bench:
            for name in given.only or CHAPTERS:
                _say(f"measuring {name}")
                try:
                    chapters.append(CHAPTERS[name](bench))
                except Failed as error:
                    failed.append(f"{name} could not be measured: {error}")
                    _say(failed[-1])
            about = [*_about(plan, given.quick, time.monotonic() - begun), *bench.missing, *failed]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table = report.markdown(chapters, about)
    (out / "report.md").write_text(table, "utf-8")
    (out / "plot.svg").write_text(plot.svg(chapters), "utf-8")
    (out / "summary.json").write_text(report.summary(chapters, about), "utf-8")
    print(table)
    _say(f"written: {out / 'report.md'}, plot.svg, summary.json")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument("--only", action="append", choices=list(CHAPTERS), help="one chapter")
    made.add_argument("--quick", action="store_true", help="does it run? the numbers mean nothing")
    made.add_argument("--workers", type=int, default=0, help="of narthex and of nginx")
    made.add_argument("--out", default=str(OUT), help="folder of the report and of all data")
    return made


def _about(plan: Plan, quick: bool, seconds: float) -> list[str]:
    facts = [
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({_processor()}),"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()};"
        f" load and servers share these cores",
        f"{plan.workers} workers, median of {plan.rounds} rounds, peers in turns,"
        f" {seconds / 60:.0f} minutes in all",
    ]
    return ["A quick run: its numbers mean nothing.", *facts] if quick else facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
