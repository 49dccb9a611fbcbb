"""A verdict as lines for people. Pure; what comes from others is shown without control characters.

Verdicts come as the JSON object that `verdict_document` and the server tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from narthex.cli.share_lines import flat
from narthex.pure.durations import spoken

Document = Mapping[str, Any]
_WIDTH = 12


def verdict_lines(told: Document, title: str = "") -> Iterator[str]:
    """The whole verdict: what, why, and what would be better."""
    if title:
        yield flat(title)
    yield headline(told)
    yield _named("known", f"{round(told['coverage'] * 100)} % of what one wants to know")
    yield _named("door", told["door"])
    answers = spoken(told["sla"])
    deputies = f", or {', '.join(told['deputies'])}" if told["deputies"] else ""
    yield _named("owner", flat(f"{told['owner']}{deputies} (answers within {answers})"))
    if told["principles"]:
        yield _named("principles", ", ".join(told["principles"]))
    yield from reason_lines(told)
    yield from unknown_lines(told)
    yield from safer_lines(told)
    if told["enforced"] == "confirm":
        yield "To go on, say why."
    elif told["enforced"] == "refuse":
        yield _last_word(told)
    yield _named("model", told["model"])


def headline(told: Document) -> str:
    """The verdict in one line, with its risk and the two parts of it."""
    weights = told["weights"]
    text = (
        f"{told['decision'].upper()}: risk {told['risk']:g} of 100"
        f" (facts {told['data']:g} x {weights['data']:g},"
        f" rules of thumb {told['heuristics']:g} x {weights['heuristics']:g})"
    )
    if told["enforced"] != told["decision"]:
        text += f"; in mode {told['mode']} this means {told['enforced']}"
    return text


def reason_lines(told: Document) -> Iterator[str]:
    """At most three reasons, each with its evidence and a way out."""
    for number, reason in enumerate(told["reasons"], 1):
        worth = "" if reason["kind"] in ("gate", "coverage") else f" (+{reason['risk']:g})"
        evidence = f": {', '.join(reason['evidence'])}" if reason["evidence"] else ""
        yield flat(f"  {number}. {reason['text']}{worth}{evidence}")
        if reason["fix"]:
            yield flat(f"     -> {reason['fix']}")


def unknown_lines(told: Document) -> Iterator[str]:
    """What is not known, by the reason why."""
    by_reason: dict[str, list[str]] = {}
    for one in told["unknown"]:
        by_reason.setdefault(one["reason"], []).append(one["id"])
    for reason, ids in by_reason.items():
        why = f": {reason}" if reason else ""
        yield _named("unknown", flat(f"{', '.join(ids)}{why}"))


def safer_lines(told: Document) -> Iterator[str]:
    """The safer form and the score that it would get."""
    for one in told["safer"]:
        changed = ", ".join(f"{name} = {value}" for name, value in one["change"].items())
        text = one["text"] or changed
        yield _named("safer", flat(f"{text} -> {one['decision']}, risk {one['risk']:g}"))


def _last_word(told: Document) -> str:
    if told["overridable"]:
        return flat(f"Only {told['owner']} can say otherwise.")
    return "Nobody can say otherwise."


def _named(name: str, text: str) -> str:
    return f"  {name.ljust(_WIDTH)}{text}"
