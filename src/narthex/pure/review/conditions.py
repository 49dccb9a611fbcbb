"""Conditions of rules, gates and doors: a closed set of operators over a situation's plain fields.

Nothing here is evaluated as code or matched by a pattern that could run long. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Plain = str | int | float | bool
Operand = Plain | tuple[Plain, ...]
Fields = Mapping[str, Plain]

# operator: what its operand is.
OPERATORS: dict[str, str] = {
    "is": "plain",
    "is_not": "plain",
    "in": "list",
    "not_in": "list",
    "above": "number",
    "at_least": "number",
    "below": "number",
    "at_most": "number",
    "words": "texts",
    "starts": "text",
    "ends": "text",
    "present": "flag",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one field. operator: a key of OPERATORS."""

    field: str
    operator: str
    operand: Operand

    def holds(self, fields: Fields) -> bool:
        """Whether it does. A field that is absent holds nothing but `present = false`."""
        value = fields.get(self.field)
        if self.operator == "present":
            return (value is not None) == self.operand
        return value is not None and _OPERATIONS[self.operator](value, self.operand)


@dataclass(frozen=True, slots=True)
class When:
    """All of `every`, and one of `some` if there are any. Without conditions it always holds."""

    every: tuple[Condition, ...] = ()
    some: tuple[Condition, ...] = ()

    def holds(self, fields: Fields) -> bool:
        """Whether it does, of these fields."""
        for one in self.every:  # a loop: this is what a review spends its time with
            if not one.holds(fields):
                return False
        if not self.some:
            return True
        return any(one.holds(fields) for one in self.some)


def same(one: object, other: object) -> bool:
    """Equality without Python's `True == 1`."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _one_of(value: Plain, operand: Operand) -> bool:
    return isinstance(operand, tuple) and any(same(value, one) for one in operand)


def _compared(value: Plain, operand: Operand, wanted: Sequence[int], *, equal: bool) -> bool:
    if not isinstance(value, int | float) or not isinstance(operand, int | float):
        return False
    if isinstance(value, bool) or isinstance(operand, bool):
        return False
    order = (value > operand) - (value < operand)
    return order in wanted or (equal and order == 0)


def _has_word(value: Plain, operand: Operand) -> bool:
    """Whether the text has one of the words: whole ones, in any case, split at what is no letter.

    A word with other characters in it, such as ".env", is looked for as it stands.
    """
    if not isinstance(value, str) or not isinstance(operand, tuple):
        return False
    text, found = _split(value)
    words = [str(word).casefold() for word in operand]
    return any(word in found if word.isalnum() else word in text for word in words)


@lru_cache(maxsize=256)
def _split(value: str) -> tuple[str, frozenset[str]]:
    """A text in small letters, and the words in it."""
    text = value.casefold()
    words = "".join(char if char.isalnum() else " " for char in text).split()
    return text, frozenset(words)


def _starts(value: Plain, operand: Operand) -> bool:
    return isinstance(value, str) and value.casefold().startswith(str(operand).casefold())


def _ends(value: Plain, operand: Operand) -> bool:
    return isinstance(value, str) and value.casefold().endswith(str(operand).casefold())


_OPERATIONS = {
    "is": same,
    "is_not": lambda value, operand: not same(value, operand),
    "in": _one_of,
    "not_in": lambda value, operand: not _one_of(value, operand),
    "above": lambda value, operand: _compared(value, operand, (1,), equal=False),
    "at_least": lambda value, operand: _compared(value, operand, (1,), equal=True),
    "below": lambda value, operand: _compared(value, operand, (-1,), equal=False),
    "at_most": lambda value, operand: _compared(value, operand, (-1,), equal=True),
    "words": _has_word,
    "starts": _starts,
    "ends": _ends,
}
