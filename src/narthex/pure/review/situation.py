"""A situation as a value, and as the JSON object that people write it as.

This file knows nothing of files and never judges. What it reads is bounded. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from narthex.pure.review.conditions import Fields, Plain
from narthex.pure.review.findings import Finding

MOST_FIELDS = 100
MOST_FACTS = 1000
MOST_CANDIDATES = 64
MOST_RECIPIENTS = 1000
LONGEST = 4096  # characters of a text
LARGEST = 2**53  # beyond it JSON's numbers are not exact


class SituationError(ValueError):
    """What was given is no situation. The text names the field."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A safer form that could be taken instead: changes of the situation's fields."""

    change: tuple[tuple[str, Plain], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is to be decided. place: what owners are found by, such as "bucket/key".

    whole: the place stands for all that begins with it. object: a digest of what it is about, such
    as "sha256:...". asker: who asks. recipients: whom it is for, () for nobody named.
    """

    kind: str
    place: str = ""
    title: str = ""
    object: str = ""
    asker: str = ""
    recipients: tuple[str, ...] = ()
    whole: bool = False
    fields: Fields = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()


def read_situation(document: object) -> tuple[Situation, tuple[Finding, ...]]:
    """A situation and its facts, from JSON. Raises SituationError."""
    told = _object(document, "the situation", _SITUATION)
    situation = Situation(
        kind=_text(told, "kind", needed=True),
        place=_text(told, "place"),
        title=_text(told, "title"),
        object=_text(told, "object"),
        asker=_text(told, "asker"),
        recipients=_texts(told, "recipients", MOST_RECIPIENTS),
        whole=_flag(told, "whole"),
        fields=dict(_fields(told.get("fields", {}), "fields")),
        candidates=tuple(
            _candidate(one, f"candidates[{at}]")
            for at, one in enumerate(_list(told, "candidates", MOST_CANDIDATES))
        ),
    )
    facts = _list(told, "facts", MOST_FACTS)
    return situation, tuple(read_finding(one, f"facts[{at}]") for at, one in enumerate(facts))


def read_finding(document: object, place: str = "a fact") -> Finding:
    """One fact, from JSON. Raises SituationError."""
    told = _object(document, place, _FINDING)
    count, confidence = told.get("count", 0), told.get("confidence", 1.0)
    if not isinstance(count, int) or isinstance(count, bool) or count > LARGEST:
        raise SituationError(f"{place}: `count` is a whole number")
    if not isinstance(confidence, int | float) or isinstance(confidence, bool):
        raise SituationError(f"{place}: `confidence` is a number")
    try:
        return Finding(
            id=_text(told, "id", place, needed=True),
            known=_flag(told, "known", place, default=True),
            count=count,
            confidence=float(confidence),
            evidence=_texts(told, "evidence", 3, place),
            value=_text(told, "value", place),
            reason=_text(told, "reason", place),
        )
    except SituationError:
        raise
    except (ValueError, OverflowError) as error:
        raise SituationError(f"{place}: {error}") from error


def situation_document(situation: Situation, findings: Iterable[Finding] = ()) -> dict[str, Any]:
    """The JSON object that `read_situation` reads."""
    return {
        "kind": situation.kind,
        "place": situation.place,
        "title": situation.title,
        "object": situation.object,
        "asker": situation.asker,
        "recipients": list(situation.recipients),
        "whole": situation.whole,
        "fields": dict(situation.fields),
        "facts": [finding_document(one) for one in findings],
        "candidates": [
            {"change": dict(one.change), "text": one.text} for one in situation.candidates
        ],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """The JSON object of one fact."""
    return {
        "id": finding.id,
        "known": finding.known,
        "count": finding.count,
        "confidence": finding.confidence,
        "evidence": list(finding.evidence),
        "value": finding.value,
        "reason": finding.reason,
    }


_SITUATION = frozenset(
    "kind place title object asker recipients whole fields facts candidates".split()
)
_FINDING = frozenset("id known count confidence evidence value reason".split())


def _object(value: object, place: str, known: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SituationError(f"{place} is no object")
    for name in value:
        if name not in known:
            raise SituationError(f"{place}: unknown field `{str(name)[:64]}`")
    return value


def _text(told: Mapping[str, Any], name: str, place: str = "", *, needed: bool = False) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise SituationError(f"{_at(place)}`{name}` is a text of at most {LONGEST} characters")
    if needed and not value:
        raise SituationError(f"{_at(place)}`{name}` is needed")
    return value


def _flag(told: Mapping[str, Any], name: str, place: str = "", *, default: bool = False) -> bool:
    value = told.get(name, default)
    if not isinstance(value, bool):
        raise SituationError(f"{_at(place)}`{name}` is true or false")
    return value


def _list(told: Mapping[str, Any], name: str, most: int, place: str = "") -> list[Any]:
    value = told.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise SituationError(f"{_at(place)}`{name}` is a list of at most {most}")
    return value


def _texts(told: Mapping[str, Any], name: str, most: int, place: str = "") -> tuple[str, ...]:
    found = _list(told, name, most, place)
    return tuple(_text({name: one}, name, place, needed=True) for one in found)


def _fields(value: object, place: str) -> tuple[tuple[str, Plain], ...]:
    if not isinstance(value, dict) or len(value) > MOST_FIELDS:
        raise SituationError(f"`{place}` is an object with at most {MOST_FIELDS} members")
    return tuple((str(name), _plain(one, f"{place}.{name}")) for name, one in value.items())


def _plain(value: object, place: str) -> Plain:
    if isinstance(value, str) and len(value) <= LONGEST:
        return value
    is_number = isinstance(value, int | float) and abs(value) <= LARGEST
    if is_number and math.isfinite(value):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    raise SituationError(f"`{place[:128]}` is a text, a number, true or false")


def _candidate(value: object, place: str) -> Candidate:
    told = _object(value, place, frozenset(("change", "text")))
    change = _fields(told.get("change"), f"{place}.change")
    if not change:
        raise SituationError(f"{place}: `change` changes nothing")
    return Candidate(change, _text(told, "text", place))


def _at(place: str) -> str:
    return f"{place}: " if place else ""
