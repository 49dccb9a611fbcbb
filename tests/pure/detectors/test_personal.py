"""Personal data: what has the right check digit and the right word beside it, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from narthex.pure.detectors import checks
from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.passages import Document, Kind, Passage
from tests.pure.detectors.looking import count, look

# Published samples: of card schemes' test numbers, the IBAN registry, and python-stdnum's manual.
CARDS = ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011 1111 1111 1117"]
IBANS = [
    "DE89370400440532013000",
    "GB29 NWBK 6016 1331 9268 19",
    "FR14 2004 1010 0505 0001 3M02 606",
]
IDS = [
    "PESEL 44051401359", "SSN: 536-90-4399", "DNI 54362315K", "NIE X2482300W", "BSN 111222333",
    "CPF 390.533.447-05", "hetu 131052-308T", "2 95 10 99 126 111 93", "personnummer 880320-0016",
    "Steuer-ID 36 574 261 809", "SIN 123 456 782", "RUT 12.531.909-2", "AHV 756.9217.0769.85",
    "rodné číslo 710319/2745", "NHS 943 476 5870", "Aadhaar 2341 2341 2346", "PAN ACUPA7085R",
    "CURP BOXW310820HNERXN09", "EGN 8032056031", "OIB 33392005961", "isikukood 36805280109",
    "AMKA 01013099997",
    "CNP 1630615123457", "TFN 123 456 782", "CPR 211062-5629", "fødselsnummer 15108695088",
    "TCKN 17291716060",
    "ID number 7503305044089", "SVNR 1237 010180", "360426199101010071", "971013-9019902",
    "asmens kodas 33309240064",
    "NIF 501964843", "PPS 1234567FA", "NI number AB 12 34 56 C", "CUIT 20-05536168-2",
    "registre national 85.07.30-033.28", "codice fiscale RSSMRA85T10A562S",
]  # fmt: skip


@pytest.mark.parametrize("number", CARDS)
def test_a_card_is_found_and_with_one_digit_changed_it_is_not(number: str) -> None:
    found = look(f"card {number}")["pii.card"]
    assert found.count == 1
    assert number.replace(" ", "").replace("-", "") not in found.evidence[0]
    assert count(f"card {number[:-1]}{(int(number[-1]) + 1) % 10}", "pii.card") == 0


def test_the_code_on_the_back_may_stand_behind_a_card() -> None:
    assert count("4111 1111 1111 1111 123", "pii.card") == 1
    assert count("4111 1111 1111 1112 123", "pii.card") == 0


def test_evidence_is_of_the_first_in_the_text_whatever_was_searched_for_first() -> None:
    text = "tel 030 1234567\n+49 89 7654321\n(212) 555-0123\n+33 1 23456789"
    found = look(text, kind=Kind.TABLE)["pii.phone"]
    assert [one.rpartition("(")[2] for one in found.evidence] == ["line 1)", "line 2)", "line 3)"]


@pytest.mark.parametrize("number", IBANS)
def test_an_iban_is_found_and_with_one_digit_changed_it_is_not(number: str) -> None:
    assert count(f"pay to {number} now", "pii.iban") == 1
    changed = number[:3] + str((int(number[3]) + 1) % 10) + number[4:]
    assert count(f"pay to {changed} now", "pii.iban") == 0


@pytest.mark.parametrize("text", IDS)
def test_a_national_id_is_found(text: str) -> None:
    assert count(text, "pii.national_id") == 1, text


@pytest.mark.parametrize(
    "text", [one for one in IDS if not one.startswith(("SSN", "NI ", "PAN", "CPR"))]
)
def test_a_national_id_with_a_digit_changed_is_none(text: str) -> None:
    """Not those without a check digit."""
    at = max(index for index, letter in enumerate(text) if letter.isdigit())
    found = {count(text[:at] + digit + text[at + 1 :], "pii.national_id") for digit in "0123456789"}
    assert 0 in found


def test_ids_of_more_than_fifteen_countries_are_known() -> None:
    from narthex.pure.detectors.national_ids import NATIONAL_IDS

    assert len({row.country for row in NATIONAL_IDS}) >= 35


@pytest.mark.parametrize("text", ["44051401359", "order 536-90-4399", "54362315K", "ref 111222333"])
def test_a_number_that_others_use_too_needs_its_word(text: str) -> None:
    assert count(text, "pii.national_id") == 0


def test_the_name_of_a_column_is_a_word_beside_every_row() -> None:
    table = "Name\tPESEL\n" + "x" * 2000 + "\t44051401359\n"
    assert count(table, "pii.national_id", kind=Kind.TABLE) == 1
    assert count(table, "pii.national_id") == 0


def test_a_word_counts_in_its_own_passage_however_short_they_are() -> None:
    texts = ["order 44051401359", "tel 030 1234567", "ref 030 7654321", "PESEL 44051401359"]
    passages = tuple(Passage(text, f"slide {at}") for at, text in enumerate(texts, start=1))
    found = {one.id: one for one in find_all(Document("a.pptx", passages=passages), b"PK")}
    assert found["pii.national_id"].evidence == ("PL PESEL 44…59 (slide 4)",)
    assert found["pii.phone"].evidence == ("03…67 (slide 2)",)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "sha 4111111111111111abcdef",
        "x4111111111111111",
        "9f8b4111111111111111",
        "0.4111111111111111",
        "123e4567-e89b-12d3-a456-411111111111",
        "0000000000000000",
        "9781566199094",
    ],
)
def test_what_only_looks_like_a_card_is_none(text: str) -> None:
    assert count(text, "pii.card") == 0


def test_one_chance_hit_among_order_numbers_is_none() -> None:
    numbers = "\n".join(["4111111111111111"] + [f"41111111111111{n:02}" for n in range(20, 30)])
    assert count(numbers, "pii.card") == 0
    assert count(numbers.replace("4111111111111111", "card 4111111111111111"), "pii.card") >= 1


@pytest.mark.parametrize(
    ("text", "fact", "number"),
    [
        ("anna@example.org, ben@example.org, ANNA@example.org", "pii.email", 2),
        ("logo@2x.png noreply@example.org a@b @example.org git@example.org", "pii.email", 0),
        ("+49 30 1234567 and (212) 555-0123", "pii.phone", 2),
        ("tel 030 / 1234567", "pii.phone", 1),
        ("room 030 / 1234567", "pii.phone", 0),
        ("2024-01-02 10:11:12 +0200, 1+23456789, a+1234567890", "pii.phone", 0),
    ],
)
def test_mails_and_phones(text: str, fact: str, number: int) -> None:
    assert count(text, fact) == number


def test_evidence_names_the_place_and_shows_at_most_three() -> None:
    text = "\n".join(f"user{at}@example.org" for at in range(9))
    found = look(text, kind=Kind.TABLE)["pii.email"]
    assert found.count == 9
    assert found.evidence == ("u…@e….org (line 1)", "u…@e….org (line 2)", "u…@e….org (line 3)")


@given(some.text(alphabet="0123456789 -./+@ABCxyz\n", max_size=400))
def test_no_text_makes_a_detector_fail_or_shows_what_it_found(text: str) -> None:
    for finding in look(text).values():
        assert finding.count >= 0
        assert all(len(one) < 140 for one in finding.evidence)


@given(some.integers(0, 10**11), some.integers(0, 10), some.integers(1, 9))
def test_luhn_finds_every_single_digit_that_is_wrong(number: int, at: int, shift: int) -> None:
    digits = f"{number:011}"
    check = next(d for d in "0123456789" if checks.pass_luhn([(digits + d).encode()]) == b"\x01")
    good = digits + check
    bad = good[:at] + str((int(good[at]) + shift) % 10) + good[at + 1 :]
    assert checks.pass_luhn([bad.encode()]) == b"\x00"
