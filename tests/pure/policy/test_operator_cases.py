"""The file of operator cases is what its maker makes, covers every pair, and follows the rules."""

from __future__ import annotations

import itertools
import json

from narthex.pure.policy.operators import OPERATORS
from tests.pure.policy.operator_cases import DIMENSIONS, FILE, pairwise, text


def test_the_file_is_what_its_maker_makes() -> None:
    assert FILE.read_text("utf-8") == text()


def test_every_pair_of_values_meets_in_some_case() -> None:
    rows = pairwise()
    for a, b in itertools.combinations(DIMENSIONS, 2):
        met = {(row[a], row[b]) for row in rows}
        assert met == set(itertools.product(DIMENSIONS[a], DIMENSIONS[b]))


def test_every_operator_is_among_them() -> None:
    names = {operator.name for operator in OPERATORS.values()}
    assert set(DIMENSIONS["operator"]) == names - {"Null"}  # Null takes no qualifier


def test_a_case_is_allowed_exactly_when_the_rules_say_so() -> None:
    for case in json.loads(FILE.read_text("utf-8"))["cases"]:
        denies = len(case["identity"]["p"]["Statement"]) == 2
        assert case["expect"]["allowed"] is (case["holds"] is not denies), case["name"]
