"""Ranges: the recorded answers of S3, and an obvious model of everything between them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure.ranges import byte_range, copy_range
from tests.pure.refusing import outcome, refusal

SIZE = 10


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-8", range(0, 9)),
        ("bytes=1-1", range(1, 2)),
        ("bytes=1-", range(1, 10)),
        ("bytes=-2", range(8, 10)),
        ("bytes=-15", range(0, 10)),
        ("bytes=0-100", range(0, 10)),
        ("bytes=9-9", range(9, 10)),
        ("bytes=0-" + "9" * 5000, range(0, 10)),
        ("bytes=-" + "9" * 5000, range(0, 10)),
        ("bytes=" + "0" * 5000 + "-" + "0" * 5000 + "3", range(0, 4)),
        ("Bytes=0-8", range(0, 9)),  # units are case-insensitive, RFC 9110 14.1
        ("bytes= 0-8", range(0, 9)),
    ],
)
def test_ranges_that_s3_serves(header: str, expected: range) -> None:
    assert byte_range(header, SIZE) == expected


@pytest.mark.parametrize("header", ["bytes=-0", "bytes=100-200", "bytes=10-", "bytes=10-10"])
def test_ranges_of_nothing_are_refused(header: str) -> None:
    error = refusal(byte_range, header, SIZE)
    assert (error.code, error.status) == ("InvalidRange", 416)
    assert error.message == "The requested range is not satisfiable"
    assert error.detail == (("RangeRequested", header), ("ActualObjectSize", "10"))
    assert error.headers == (("content-range", "bytes */10"),)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=1-0",
        "bytes=--1",
        "bytes=0--1",
        "bytes=-",
        "bytes=",
        "bytes=0-1,3-4",
        "bytes=0-1,",
        "bytes=a-b",
        "bytes=0x0-1",
        "bytes=+0-1",
        "bytes=0_0-1",
        "bytes=٠-١",
        "bytes:0-1",
        "bytes 0-1",
        "0-1",
        "chars=0-1",
        "bytes=0-1\n",
        "",
    ],
)
def test_headers_that_s3_ignores(header: str) -> None:
    assert byte_range(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=5-9"])
def test_an_empty_object_has_no_range(header: str) -> None:
    assert refusal(byte_range, header, 0).code == "InvalidRange"


def test_a_reversed_range_is_ignored_even_beyond_the_end() -> None:
    assert byte_range("bytes=100-50", SIZE) is None


def test_the_refusal_of_a_long_header_is_short() -> None:
    error = refusal(byte_range, "bytes=" + "9" * 5000 + "-", SIZE)
    assert len(dict(error.detail)["RangeRequested"]) == 256


positions = st.integers(min_value=0, max_value=30)


@given(positions, positions, positions)
def test_first_last_is_the_slice_of_those_bytes(first: int, last: int, size: int) -> None:
    data = bytes(range(size))
    wanted = data[first : last + 1]
    found = outcome(byte_range, f"bytes={first}-{last}", size)
    if isinstance(found, S3Error):
        assert not wanted
        assert last >= first
    else:
        assert (found is None) == (last < first)
        if found is not None:
            assert data[found.start : found.stop] == wanted != b""


@given(positions, positions)
@example(0, 0)
def test_a_suffix_is_the_end_of_the_object(length: int, size: int) -> None:
    data = bytes(range(size))
    wanted = data[-length:] if length else b""
    found = outcome(byte_range, f"bytes=-{length}", size)
    if isinstance(found, S3Error):
        assert not wanted
    else:
        assert found is not None
        assert data[found.start : found.stop] == wanted != b""


@given(st.text(alphabet="bytes=0123456789-, ", max_size=20), st.integers(0, 1 << 45))
def test_every_range_lies_inside_the_object(header: str, size: int) -> None:
    found = outcome(byte_range, header, size)
    if isinstance(found, S3Error):
        assert found.code == "InvalidRange"
    else:
        assert found is None or 0 <= found.start < found.stop <= size


@pytest.mark.parametrize(
    ("header", "expected"),
    [("bytes=0-9", range(0, 10)), ("bytes=0-0", range(0, 1)), ("bytes=9-9", range(9, 10))],
)
def test_copy_ranges_inside_the_source(header: str, expected: range) -> None:
    assert copy_range(header, SIZE) == expected


@pytest.mark.parametrize(
    "header",
    [
        "0-9",
        "bytes=0-",
        "bytes=-9",
        "bytes=9-0",
        "bytes=0-1,3-4",
        "bytes= 0-9",
        "bytes=a-9",
        "chars=0-9",
        "",
    ],
)
def test_copy_ranges_of_another_form_are_refused(header: str) -> None:
    error = refusal(copy_range, header, SIZE)
    assert error.code == "InvalidArgument"
    assert error.message.startswith("The x-amz-copy-source-range value must be of the form")
    assert error.detail == (
        ("ArgumentName", "x-amz-copy-source-range"),
        ("ArgumentValue", header),
    )


def test_a_copy_range_that_ends_beyond_the_source_is_refused() -> None:
    error = refusal(copy_range, "bytes=0-10", SIZE)
    assert error.code == "InvalidArgument"
    assert error.message == "Range specified is not valid for source object of size: 10"


def test_a_copy_range_that_begins_beyond_the_source_is_refused() -> None:
    error = refusal(copy_range, "bytes=10-11", SIZE)
    assert error.code == "InvalidRequest"
    assert error.message == "The specified copy range is invalid for the source object size"


def test_a_copy_range_of_an_empty_source_is_refused() -> None:
    assert refusal(copy_range, "bytes=0-0", 0).code == "InvalidRequest"
