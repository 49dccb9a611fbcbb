"""The tests in a model: situations and what they have to come to.

This file never changes a model. Pure: no I/O, no clock.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from narthex.pure.review.engine import decide
from narthex.pure.review.model import Case, Model
from narthex.pure.review.situation import SituationError, read_situation
from narthex.pure.review.toml_fields import FieldError, Table
from narthex.pure.review.toml_lines import line_of
from narthex.pure.review.verdict import verdict_document

# What a case may expect: a value, or for lists some of what is in it.
EXPECTED = (
    "decision enforced risk data heuristics coverage door owner held overridable gates facts rules"
    " principles justification_required"
).split()
_RISKS = frozenset(("risk", "data", "heuristics"))
CLOSE = 0.05 + 1e-9  # risks have one decimal


class CaseError(ValueError):
    """A text holds no cases. The text of the error names the file, the line and the field."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what was wrong; () when it came to what it should."""

    name: str
    wrong: tuple[str, ...]


def read_cases(top: Table) -> tuple[Case, ...]:
    """The cases of `[[tests]]`. Raises FieldError."""
    found: list[Case] = []
    for table in top.tables("tests", ("name", "situation", "expect")):
        expected = table.table("expect", EXPECTED)
        said = table.raw("expect")
        if not said:
            raise table.fail("expect", "a test expects something")
        try:
            read_situation(table.raw("situation"))
            situation = json.dumps(table.raw("situation"), ensure_ascii=False, sort_keys=True)
        except (SituationError, TypeError) as error:
            raise table.fail("situation", str(error)) from error
        wanted = tuple((name, expected.raw(name)) for name in sorted(said))
        found.append(Case(table.text("name"), situation, wanted))
    return tuple(found)


def cases_of(text: str, file: str) -> tuple[Case, ...]:
    """The cases of a file of nothing but `[[tests]]`. Raises CaseError."""
    try:
        return read_cases(Table(tomllib.loads(text), ("tests",)))
    except FieldError as error:
        raise CaseError(f"{file}:{line_of(text, error.path)}: {error}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CaseError(f"{file}: {error}") from error


def try_cases(model: Model, cases: Sequence[Case]) -> tuple[Tried, ...]:
    """Each case, tried."""
    return tuple(Tried(one.name, _wrong(model, one)) for one in cases)


def _wrong(model: Model, case: Case) -> tuple[str, ...]:
    try:
        situation, findings = read_situation(json.loads(case.situation))
        told = verdict_document(decide(model, situation, findings))
    except SituationError as error:
        return (str(error),)
    return tuple(
        f"{name} is {told[name]}, not {expected}"
        for name, expected in case.expected
        if not _as_expected(name, told[name], expected)
    )


def _as_expected(name: str, value: object, expected: object) -> bool:
    if isinstance(value, list):
        return isinstance(expected, list) and set(expected) <= set(value)
    if name in _RISKS and isinstance(value, float) and isinstance(expected, int | float):
        return abs(value - expected) <= CLOSE
    return value == expected
