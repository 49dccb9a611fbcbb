"""Times: what S3 writes is what it reads back, and nothing but a date is read as one."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure import times

DAY = 1_369_353_600  # 2013-05-24, a Friday
instants = st.integers(min_value=0, max_value=253_402_300_799_999_999)  # up to the year 9999


def test_the_three_spellings_of_one_instant() -> None:
    us = DAY * times.SECOND_US
    assert times.iso(us) == "2013-05-24T00:00:00.000Z"
    assert times.iso_seconds(us) == "2013-05-24T00:00:00Z"
    assert times.http(us) == "Fri, 24 May 2013 00:00:00 GMT"


def test_a_fraction_of_a_second_is_cut_off_alike_in_documents_and_headers() -> None:
    us = DAY * times.SECOND_US + 999_999
    assert times.iso(us) == "2013-05-24T00:00:00.000Z"
    assert times.http(us) == "Fri, 24 May 2013 00:00:00 GMT"


def test_times_before_the_epoch_are_written_too() -> None:
    assert times.iso(-1) == "1969-12-31T23:59:59.000Z"


@given(instants)
def test_a_header_is_written_as_the_standard_library_writes_it(us: int) -> None:
    moment = datetime.fromtimestamp(us // times.SECOND_US, UTC)
    assert times.http(us) == format_datetime(moment, usegmt=True)


@given(instants)
def test_a_header_is_read_back_to_the_second(us: int) -> None:
    assert times.parse_http(times.http(us)) == us - us % times.SECOND_US


@given(instants)
def test_documents_are_read_back_to_the_second(us: int) -> None:
    moment = datetime.strptime(times.iso(us), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert round(moment.timestamp()) == us // times.SECOND_US


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 24 May 2013 00:00:00 GMT",
        "Friday, 24-May-13 00:00:00 GMT",
        "Fri May 24 00:00:00 2013",
    ],
)
def test_the_obsolete_forms_are_read_too(text: str) -> None:
    assert times.parse_http(text) == DAY * times.SECOND_US


def test_a_single_digit_day_of_asctime_is_read() -> None:
    assert times.parse_http("Sun Nov  6 08:49:37 1994") == 784_111_777 * times.SECOND_US


def test_years_of_two_digits_turn_over_at_seventy() -> None:
    assert times.parse_http("Thursday, 01-Jan-70 00:00:00 GMT") == 0
    late = times.parse_http("Tuesday, 31-Dec-69 00:00:00 GMT")
    assert late is not None
    assert times.http(late) == "Tue, 31 Dec 2069 00:00:00 GMT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24 May 2013 00:00:00 GMT",
        "Fri, 24 May 2013 00:00:00",
        "Fri, 24 May 2013 00:00:00 UTC",
        "Fri, 24 May 2013 00:00:00 +0000",
        "fri, 24 may 2013 00:00:00 gmt",
        "Fri, 24 Mai 2013 00:00:00 GMT",
        "Fri, 32 May 2013 00:00:00 GMT",
        "Fri, 29 Feb 2013 00:00:00 GMT",
        "Fri, 24 May 2013 24:00:00 GMT",
        "Fri, 24 May 0000 00:00:00 GMT",
        "Fri, 24 May 2013 00:00:00 GMT ",
        "Fri, 24 May 2013 00:00:00 GMT\n",
        "Fri, ٢٤ May 2013 00:00:00 GMT",
        "2013-05-24T00:00:00Z",
        "1369353600",
    ],
)
def test_what_is_not_an_http_date_is_none(text: str) -> None:
    assert times.parse_http(text) is None


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert times.parse_http(text) is None
