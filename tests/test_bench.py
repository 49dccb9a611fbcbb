"""The bench runs, and reports what it measured as it was: its numbers are not judged here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench import load, plot, report
from bench.result import Chapter, Claim, Failed, Figure, interleaved, ratio_claims

ROOT = Path(__file__).parent.parent
SAID = (
    "Running 1s test\n"
    'RESULT {"requests": 3000, "bytes": 9, "microseconds": 1500000, "status": 0, "socket": 0,'
    ' "p50": 480, "p99": 2100}\n'
)
CHAPTER = Chapter(
    "get",
    "GET of 1 KiB & more",
    "requests/s",
    (Figure("narthex", 50.0, 40.0, 60.0), Figure("nginx", 100.0, 90.0, 110.0)),
    (
        Claim("of nginx", 0.5, 0.4),
        Claim("of rclone", 0.9, 1.0),
        Claim("growth", 9, 32, "MiB", False),
    ),
    ("rclone: <went away>",),
)


def test_a_rate_is_requests_over_the_time_they_took() -> None:
    assert load.read_result(SAID) == load.Rate(2000.0, 480, 2100)


@pytest.mark.parametrize(
    "said",
    [
        "unable to connect to 127.0.0.1:1 Connection refused\n",
        SAID.replace('"status": 0', '"status": 1'),
        SAID.replace('"socket": 0', '"socket": 31'),
        SAID.replace('"requests": 3000', '"requests": 0'),
    ],
)
def test_a_rate_of_refusals_is_no_rate(said: str) -> None:
    with pytest.raises(Failed):
        load.read_result(said)


@pytest.mark.parametrize("url", ["http://192.0.2.1:9000/b/k", "http://localhost.test:9000/b/k"])
def test_nothing_but_loopback_is_loaded(url: str) -> None:
    with pytest.raises(Failed, match="not on loopback"):
        load.requests_per_second([url], clients=1, threads=1, seconds=1)
    with pytest.raises(Failed, match="not on loopback"):
        load.download_rate(url, 1)


def test_a_figure_is_the_median_of_rounds_taken_in_turns() -> None:
    order: list[str] = []
    values = iter([3.0, 10.0, 1.0, 30.0, 2.0, 20.0])

    def take(name: str) -> float:
        order.append(name)
        return next(values)

    figures, notes = interleaved(3, {"a": lambda: take("a"), "b": lambda: take("b")})
    assert order == ["a", "b"] * 3
    assert figures == (Figure("a", 2.0, 1.0, 3.0), Figure("b", 20.0, 10.0, 30.0))
    assert notes == ()


def test_who_fails_once_is_left_out_and_named() -> None:
    def refuse() -> float:
        raise Failed("it went away")

    figures, notes = interleaved(2, {"a": lambda: 1.0, "b": refuse})
    assert [figure.label for figure in figures] == ["a"]
    assert notes == ("b: it went away",)


def test_a_ratio_is_claimed_only_of_what_was_measured() -> None:
    claims = ratio_claims(CHAPTER.figures, "narthex", [("nginx", 0.4), ("moto", 1.0)], text="of {}")
    assert claims == (Claim("of nginx", 0.5, 0.4),)
    assert ratio_claims(CHAPTER.figures, "moto", [("nginx", 1.0)], text="of {}") == ()


def test_a_claim_holds_at_its_target_and_not_beyond() -> None:
    assert Claim("", 0.4, 0.4).held
    assert not Claim("", 0.39, 0.4).held
    assert Claim("", 32, 32, at_least=False).held
    assert not Claim("", 32.1, 32, at_least=False).held


def test_the_report_says_also_where_it_falls_short() -> None:
    text = report.markdown([CHAPTER], ["2 cores"])
    assert "| GET of 1 KiB & more: of nginx | 0.50 | at least 0.40 | pass |" in text
    assert "of rclone | 0.90 | at least 1.00 | **falls short** |" in text
    assert "| growth | 9.00 MiB | at most 32.0 MiB | pass |".replace("| growth", "growth") in text
    assert "| nginx | 100 | 90.0 to 110 | 2.00 |" in text
    written = json.loads(report.summary([CHAPTER], ["2 cores"]))
    assert [claim["held"] for claim in written["chapters"][0]["claims"]] == [True, False, True]


def test_the_plot_is_an_svg_with_a_bar_for_each_figure() -> None:
    root = ElementTree.fromstring(plot.svg([CHAPTER, Chapter("none", "nothing", "s", ())]))
    bars = root.findall("{http://www.w3.org/2000/svg}rect")[1:]
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert len(widths) == 2
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)


@pytest.mark.clients
@pytest.mark.timeout(240)
def test_a_quick_run_writes_table_plot_and_summary(tmp_path: Path) -> None:
    chapters = ["list", "authorize", "put-large"] + (
        ["get-small", "memory"] if shutil.which("wrk") else []
    )
    only = [argument for name in chapters for argument in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--out", str(tmp_path), *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [chapter["name"] for chapter in summary["chapters"]] == chapters
    assert all(chapter["figures"] for chapter in summary["chapters"])
    assert (tmp_path / "report.md").read_text() == done.stdout.removesuffix("\n")
    ElementTree.fromstring((tmp_path / "plot.svg").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "plot.svg",
        "report.md",
        "summary.json",
    ]
