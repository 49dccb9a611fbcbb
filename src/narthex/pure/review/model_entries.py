"""The entries of a model: facts that are wanted, rules of thumb, gates, and their conditions.

This file never judges. Raises FieldError. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from narthex.pure.review.conditions import OPERATORS, Condition, Operand, When
from narthex.pure.review.model import Decision, FactWanted, Gate, Rule, Words
from narthex.pure.review.toml_fields import FieldError, Path, Table, checked_number

MOST_SEVERITY = (
    95  # facts combine towards 100; none is certain by itself, that is what gates are for
)
MOST_POINTS = 25  # of one rule of thumb
_ID = re.compile(r"[a-z0-9_]+([.-][a-z0-9_]+){0,5}")
_SHARED = ("id", "text", "one", "fix", "kinds", "principles")
E = TypeVar("E", FactWanted, Rule, Gate)
_SLOT = re.compile(r"\{[^{}]*\}|[{}]")


def read_facts(
    top: Table, kinds: Iterable[str], principles: Iterable[str]
) -> tuple[FactWanted, ...]:
    """What one wants to know."""
    found = tuple(
        FactWanted(
            read_id(one),
            float(one.number("severity", 0, MOST_SEVERITY)),
            _words(one),
            one.whole("cap", 1, 1_000_000_000, 1),
            float(one.number("weight", 0, 1000, 1)),
            one.texts("kinds", kinds),
            one.texts("principles", principles),
            _values(one),
        )
        for one in top.tables("facts", (*_SHARED, "severity", "cap", "weight", "values"))
    )
    return _each_once(top, "facts", found)


def read_rules(top: Table, kinds: Iterable[str], principles: Iterable[str]) -> tuple[Rule, ...]:
    """What one goes by."""
    found = tuple(
        Rule(
            read_id(one),
            float(one.number("points", 0, MOST_POINTS)),
            _words(one),
            _needed_when(one),
            one.texts("kinds", kinds),
            one.texts("principles", principles),
        )
        for one in top.tables("rules", (*_SHARED, "points", "when", "any"))
    )
    return _each_once(top, "rules", found)


_GATE = ("fact", "at_least", "values", "confidence", "decision", "overridable", "when", "any")


def read_gates(
    top: Table, kinds: Iterable[str], principles: Iterable[str], facts: set[str]
) -> tuple[Gate, ...]:
    """What decides by itself."""
    found = tuple(
        _gate(one, kinds, principles, facts) for one in top.tables("gates", (*_SHARED, *_GATE))
    )
    return _each_once(top, "gates", found)


def _gate(one: Table, kinds: Iterable[str], principles: Iterable[str], facts: set[str]) -> Gate:
    fact, when = one.text("fact", ""), read_when(one)
    if fact and fact not in facts:
        raise one.fail("fact", f"`{fact[:64]}` is none of the facts of this model")
    if not fact and not (when.every or when.some):
        raise one.fail("when", "a gate has a fact or conditions, else it is shut for ever")
    return Gate(
        read_id(one),
        _words(one),
        when,
        fact,
        one.whole("at_least", 1, 1_000_000_000, 1),
        tuple(word.casefold() for word in one.texts("values")),
        float(one.number("confidence", 0, 1, 0)),
        cast("Decision", one.word("decision", ("confirm", "refuse"), "refuse")),
        one.flag("overridable", default=True),
        one.texts("kinds", kinds),
        one.texts("principles", principles),
    )


def read_when(table: Table, every: str = "when", some: str = "any") -> When:
    """The conditions in two fields of a table: of which all, and of which one, must hold."""
    return When(_conditions(table, every), _conditions(table, some) if some else ())


def _needed_when(table: Table) -> When:
    when = read_when(table)
    if not (when.every or when.some):
        raise table.fail("when", "a rule of thumb has conditions")
    return when


def _conditions(table: Table, name: str) -> tuple[Condition, ...]:
    found = table.tables(name, ("field", *OPERATORS))
    return tuple(_condition(one) for one in found)


def _condition(table: Table) -> Condition:
    named = [operator for operator in OPERATORS if operator in table]
    if len(named) != 1:
        raise FieldError(table.path, f"a condition has one of {', '.join(OPERATORS)}")
    (operator,) = named
    operand = table.raw(operator)
    if not _fits(operand, OPERATORS[operator]):
        raise table.fail(operator, f"`{operator}` goes with a {OPERATORS[operator]}")
    value: Operand = tuple(operand) if isinstance(operand, list) else operand
    return Condition(table.text("field"), operator, value)


def _fits(operand: Any, kind: str) -> bool:
    is_list = isinstance(operand, list) and 0 < len(operand) <= 1000
    match kind:
        case "flag":
            return isinstance(operand, bool)
        case "number":
            return isinstance(operand, int | float) and not isinstance(operand, bool)
        case "text":
            return isinstance(operand, str) and operand != ""
        case "list":
            return is_list and all(isinstance(one, str | int | float) for one in operand)
        case "texts":
            return is_list and all(isinstance(one, str) and one for one in operand)
        case _:
            return isinstance(operand, str | int | float)


def _values(table: Table) -> tuple[tuple[str, float], ...]:
    said = table.raw("values")
    if said is None:
        return ()
    if not isinstance(said, dict) or len(said) > 100:
        raise table.fail("values", "this is a table of words and severities")
    path: Path = (*table.path, "values")
    return tuple(
        (word.casefold(), float(checked_number(value, 0, MOST_SEVERITY, (*path, word))))
        for word, value in sorted(said.items())
    )


def read_id(table: Table) -> str:
    """An id: small letters, digits and `_`, in parts between `.` and `-`."""
    id = table.text("id")
    if not _ID.fullmatch(id) or len(id) > 64:
        raise table.fail("id", f"`{id[:64]}` is not of small letters, such as pii.card")
    return id


def _words(table: Table) -> Words:
    words = Words(table.text("text"), table.text("fix", ""), table.text("one", ""))
    for name, text in (("text", words.text), ("one", words.one)):
        for slot in _SLOT.findall(text):
            if slot not in ("{count}", "{value}"):
                raise table.fail(name, f"`{slot[:32]}` is neither {{count}} nor {{value}}")
    return words


def _each_once(top: Table, name: str, found: tuple[E, ...]) -> tuple[E, ...]:
    seen: set[str] = set()
    for at, one in enumerate(found):
        if one.id in seen:
            raise FieldError((*top.path, name, at, "id"), f"`{one.id}` is there twice")
        seen.add(one.id)
    return found
