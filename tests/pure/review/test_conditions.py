"""Each operator, on what it is for and on what it is not."""

from __future__ import annotations

import pytest

from narthex.pure.review.conditions import OPERATORS, Condition, Fields, Operand, When

CASES: list[tuple[str, Operand, object, bool]] = [
    ("is", "anyone", "anyone", True),
    ("is", "anyone", "Anyone", False),
    ("is", True, True, True),
    ("is", True, 1, False),
    ("is", 1, True, False),
    ("is", 1, 1.0, True),
    ("is_not", "anyone", "named", True),
    ("is_not", "anyone", "anyone", False),
    ("in", ("a", 2), "a", True),
    ("in", ("a", 2), 2, True),
    ("in", ("a", 1), True, False),
    ("in", ("a", 2), "b", False),
    ("not_in", ("a", 2), "b", True),
    ("not_in", ("a", 2), 2, False),
    ("above", 3, 4, True),
    ("above", 3, 3, False),
    ("above", 3, "4", False),
    ("above", 0, True, False),
    ("at_least", 3, 3, True),
    ("at_least", 3, 2.9, False),
    ("below", 3, 2, True),
    ("below", 3, 3, False),
    ("below", 3, False, False),
    ("at_most", 3, 3, True),
    ("at_most", 3, 4, False),
    ("words", ("salary",), "Ana Salary 2026.xlsx", True),
    ("words", ("salary",), "salary_2026.xlsx", True),
    ("words", ("salary",), "salaryman.xlsx", False),
    ("words", (".env",), "prod/.env", True),
    ("words", (".env",), "environment", False),
    ("words", ("1",), 1, False),
    ("starts", "Prod/", "prod/a", True),
    ("starts", "prod/", "a/prod/", False),
    ("ends", ".PEM", "key.pem", True),
    ("ends", ".pem", "key.pem.txt", False),
    ("ends", "1", 1, False),
    ("present", True, "", True),
    ("present", False, "", False),
]


@pytest.mark.parametrize(("operator", "operand", "value", "holds"), CASES)
def test_an_operator(operator: str, operand: Operand, value: object, holds: bool) -> None:
    fields: Fields = {"x": value}  # type: ignore[dict-item]
    assert Condition("x", operator, operand).holds(fields) is holds


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_absent_field_holds_nothing_but_that_it_is_absent(operator: str) -> None:
    operand: Operand = False if operator == "present" else ("a",)
    assert Condition("x", operator, operand).holds({"y": 1}) is (operator == "present")


def test_every_operator_is_in_the_table_above() -> None:
    assert {case[0] for case in CASES} == set(OPERATORS)


def test_all_of_every_and_one_of_some_must_hold() -> None:
    one, other = Condition("a", "is", 1), Condition("b", "is", 1)
    assert When().holds({})
    assert When((one, other)).holds({"a": 1, "b": 1})
    assert not When((one, other)).holds({"a": 1, "b": 2})
    assert When((), (one, other)).holds({"a": 2, "b": 1})
    assert not When((), (one, other)).holds({"a": 2, "b": 2})
    assert not When((one,), (other,)).holds({"a": 1, "b": 2})
