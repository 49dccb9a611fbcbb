"""The log of shares as rows of a page: each entry in words, with its kind.

This file never leaves anything out: what has no words of ours is shown as the log says it.
"""

from __future__ import annotations

from typing import Any

from narthex.web.console.visit import Visit

NEWEST = (("limit", "50"),)  # of one share's log, for the API
GOOD = frozenset(["completed", "partial", "stored"])
LONGEST_AGENT = 60  # characters that are shown


def rows(entries: list[dict[str, Any]], visit: Visit) -> list[dict[str, Any]]:
    """The entries, the newest first as they are, for the template."""
    return [_row(entry, visit) for entry in entries]


def _row(entry: dict[str, Any], visit: Visit) -> dict[str, Any]:
    event, outcome = entry["event"], entry["outcome"]
    tone = "neutral"
    if event == "used":
        tone = "good" if outcome in GOOD else "fair"
    elif event in ("refused", "revoked") or outcome == "denied":
        tone = "bad"
    agent = entry["agent"]
    return {
        **entry,
        "tone": tone,
        "words": visit.words.of_event(event, outcome),
        "agent": agent if len(agent) <= LONGEST_AGENT else f"{agent[:LONGEST_AGENT]}\u2026",
        "key": visit.plain(entry["key"] or entry["resource"]),
        "size": visit.size(entry["bytes"]) if entry["bytes"] else "",
    }
