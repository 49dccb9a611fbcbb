"""Figures of a page: sizes, durations, times and checksums as people read them."""

from __future__ import annotations

import base64

import pytest

from narthex.http import Headers
from narthex.web import figures
from narthex.web.phrases import ENGLISH, GERMAN, JAPANESE, SPANISH, Phrases


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_949, "1000 kB"),
        (999_950, "1.0 MB"),
        (20_622_958, "20.6 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**21, "1000 EB"),
    ],
)
def test_a_size_has_three_digits_at_most_and_a_unit(count: int, text: str) -> None:
    assert figures.size(count, ENGLISH) == text


def test_a_size_is_written_as_the_language_does() -> None:
    assert figures.size(20_622_958, GERMAN) == "20,6 MB"
    assert figures.exact(20_622_958) == "20\u202f622\u202f958 B"


@pytest.mark.parametrize(
    ("seconds", "phrases", "text"),
    [
        (-1, ENGLISH, "0 seconds"),
        (0, JAPANESE, "0秒"),
        (1, ENGLISH, "1 second"),
        (61, GERMAN, "1 Minute 1 Sekunde"),
        (3600, SPANISH, "1 hora"),
        (90_061, ENGLISH, "1 day 1 hour"),
        (86_400 + 59, ENGLISH, "1 day"),  # hours that are none end it: minutes would say too much
        (2 * 86_400 + 3 * 3600, JAPANESE, "2日 3時間"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: int, phrases: Phrases, text: str) -> None:
    assert figures.duration(seconds, phrases) == text


def test_a_time_says_its_zone() -> None:
    assert figures.instant(1_795_521_600_999_999) == "2026-11-24 12:00 UTC"
    assert figures.machine_instant(1_795_521_600_999_999) == "2026-11-24T12:00:00Z"


SHA = base64.b64encode(bytes(range(32))).decode()
SHA_HEX = bytes(range(32)).hex()


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([("x-amz-checksum-sha256", SHA)], ("SHA-256", SHA_HEX)),
        ([("x-amz-checksum-crc32", "AAAAAQ=="), ("etag", f'"{"a" * 32}"')], ("MD5", "a" * 32)),
        ([("x-amz-checksum-crc32", "AAAAAQ=="), ("etag", '"a-2"')], ("CRC-32", "00000001")),
        ([("x-amz-checksum-sha256", SHA), ("etag", f'"{"a" * 32}"')], ("SHA-256", SHA_HEX)),
        ([("x-amz-checksum-crc32", "AAAAAQ==-2"), ("x-amz-checksum-type", "COMPOSITE")], None),
        ([("x-amz-checksum-sha256", "?")], None),
        ([("etag", f'"{"a" * 32}"')], ("MD5", "a" * 32)),
        ([("etag", f'"{"a" * 32}-2"')], None),  # of parts: no tool prints it
        ([], None),
    ],
)
def test_a_checksum_is_told_as_its_tool_prints_it(
    headers: list[tuple[str, str]], told: tuple[str, str] | None
) -> None:
    assert figures.checksum(Headers(headers)) == told
