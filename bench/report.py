"""What was measured, as Markdown for people and JSON for programs.

This file never measures; it is given chapters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from bench.result import Chapter, Claim

OURS = "narthex"


def markdown(chapters: Sequence[Chapter], about: Sequence[str]) -> str:
    """The verdicts first, then every figure. about: facts of the run."""
    lines = ["# narthex and its peers, measured side by side", ""]
    lines += [f"- {fact}" for fact in about]
    lines += ["", "## Targets", "", "| what | measured | target | |", "|---|---:|---:|---|"]
    for chapter in chapters:
        for claim in chapter.claims:
            wanted = "at least" if claim.at_least else "at most"
            mark = claim.verdict if claim.held else f"**{claim.verdict}**"
            lines.append(
                f"| {chapter.title}: {claim.text} | {_amount(claim, claim.measured)}"
                f" | {wanted} {_amount(claim, claim.target)} | {mark} |"
            )
    for chapter in chapters:
        lines += ["", f"## {chapter.title}", "", *_table(chapter)]
        lines += ["", *(f"- {note}" for note in chapter.notes)] if chapter.notes else []
    return "\n".join(lines) + "\n"


def summary(chapters: Sequence[Chapter], about: Sequence[str]) -> str:
    """The same as JSON."""
    written = []
    for chapter in chapters:
        fields = asdict(chapter)
        for claim, told in zip(chapter.claims, fields["claims"], strict=True):
            told["held"] = claim.held
        written.append(fields)
    return json.dumps({"about": list(about), "chapters": written}, indent=2) + "\n"


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _amount(claim: Claim, value: float) -> str:
    return f"{number(value)} {claim.unit}".strip()


def _table(chapter: Chapter) -> list[str]:
    """Each figure, its rounds, and how it compares with the first of ours."""
    reference = next((f for f in chapter.figures if f.label.startswith(OURS)), None)
    name = reference.label if reference else "-"
    lines = [
        f"| | {chapter.unit} | lowest to highest round | of {name} |",
        "|---|---:|---:|---:|",
    ]
    for figure in chapter.figures:
        ratio = f"{figure.value / reference.value:.2f}" if reference and reference.value else "-"
        lines.append(
            f"| {figure.label} | {number(figure.value)}"
            f" | {number(figure.low)} to {number(figure.high)} | {ratio} |"
        )
    return lines
