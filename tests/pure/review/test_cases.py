"""The tests in a model, and those in a file of their own."""

from __future__ import annotations

import pytest

from narthex.pure.review.model_cases import CaseError, cases_of, try_cases
from tests.pure.review.models import MODEL

CASE = """
[[tests]]
name = "one card, for anyone"
situation = { kind = "share", facts = [{ id = "pii.card", count = 1 }] }
expect = { decision = "refuse", held = true, facts = ["pii.card"], data = 40.5 }
"""


def test_the_tests_of_the_shipped_model_hold() -> None:
    tried = try_cases(MODEL, MODEL.cases)
    assert len(tried) >= 3
    assert [one for one in tried if one.wrong] == []


def test_a_case_that_holds_and_the_same_with_one_thing_changed() -> None:
    assert try_cases(MODEL, cases_of(CASE, "c"))[0].wrong == ()
    for before, after, told in (
        ("refuse", "confirm", "decision is refuse, not confirm"),
        ("40.5", "40.7", "data is 40.5, not 40.7"),
        ('["pii.card"]', '["pii.iban"]', "facts is ['pii.card'], not ['pii.iban']"),
        ('kind = "share"', 'kind = "loan"', "is for share, presigned, upload, not for `loan`"),
    ):
        (tried,) = try_cases(MODEL, cases_of(CASE.replace(before, after), "c"))
        assert told in tried.wrong[0], before


def test_what_is_no_file_of_cases_is_said_with_its_line() -> None:
    with pytest.raises(CaseError, match=r"^c:5: tests\[1\]\.expect\.rsk: there is no such field"):
        cases_of(CASE.replace("held", "rsk"), "c")
    with pytest.raises(CaseError, match=r"^c: "):
        cases_of("[[", "c")
