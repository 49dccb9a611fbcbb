"""Every fuzzer of this folder, for a bounded number of runs, from the same seed each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris has no wheel for this platform")

HERE = Path(__file__).parent
RUNS = 20_000


@pytest.mark.fuzz
@pytest.mark.parametrize("fuzzer", sorted(HERE.glob("fuzz_*.py")), ids=lambda path: path.stem)
def test_no_input_of_a_bounded_run_makes_a_parser_fail(fuzzer: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(fuzzer), f"-runs={RUNS}", "-seed=1", "-max_len=2048", "-timeout=10"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {RUNS} runs" in done.stderr
