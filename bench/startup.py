"""`narthex presign` and `aws s3 presign` as whole processes: what a person waits for.

Both sign offline: no server runs, and nothing is sent.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.plan import Bench
from bench.processes import ROOT, answer_of, found
from bench.result import Chapter, Claim, Figure, interleaved
from bench.store import KEY, REGION, SECRET

TARGET = 0.15
RUNS = 5  # of each in a round
URI = "s3://bench/Prometheus.pptx"


def measure(bench: Bench) -> Chapter:
    """Seconds from start to exit."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(bench.folder),  # nobody's configuration
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    runs = RUNS if bench.plan.rounds > 1 else 1

    def timed(command: Sequence[str]) -> float:
        times = []
        for _ in range(runs):
            begun = time.perf_counter()
            answer_of(command, within=60, environment=environment)
            times.append(1000 * (time.perf_counter() - begun))
        return Figure.of("", times).value

    aws = aws_v1()
    script = Path(sys.executable).with_name("narthex")
    ours = [str(script)] if script.exists() else [sys.executable, "-m", "narthex"]
    figures, notes = interleaved(
        bench.plan.rounds,
        {
            "narthex presign": lambda: timed([*ours, "presign", URI]),
            "aws s3 presign (v1)": lambda: timed([aws, "s3", "presign", URI]),
            "bare Python": lambda: timed([sys.executable, "-c", "pass"]),
        },
    )
    chapter = Chapter(
        "startup", "Sign one link, as a whole process", "ms", figures, (), notes, False
    )
    ratio = chapter.value("narthex presign") / chapter.value("aws s3 presign (v1)")
    claim = Claim("`narthex presign` / `aws s3 presign`, time", ratio, TARGET, at_least=False)
    return Chapter("startup", chapter.title, "ms", figures, (claim,), notes, False)


def aws_v1() -> str:
    """The aws CLI v1 itself: the tests' own if they made it, else the first one on the PATH."""
    own = ROOT / ".venv" / "aws-v1" / "bin" / "aws"
    return str(own) if own.exists() else found("aws")
