"""Shares as lines: every state in words, columns that stay straight, nothing that rings a bell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from narthex.cli.share_lines import LOG_HEAD, facts, log_row, row, short, table, what

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
SHARE: dict[str, Any] = {
    "id": "0f3c9d2b71a84e56",
    "bucket": "bucketofbigsecrets",
    "key": "Prometheus.pptx",
    "prefix": False,
    "version": None,
    "etag": None,
    "owner": "arn:aws:iam::123456789012:root",
    "created_at": "2026-11-24T12:00:00Z",
    "not_before": None,
    "expires_at": "2026-11-24T14:00:00Z",
    "max_downloads": 5,
    "max_bytes": 2048,
    "allow_ips": ["192.0.2.0/24"],
    "password": False,
    "recipient": "ana@example.org",
    "filename": "",
    "note": "",
    "revoked_at": None,
    "state": "active",
    "downloads": 2,
    "downloads_left": 3,
    "bytes": 1024,
    "last_used_at": "2026-11-24T12:20:00Z",
}


def test_a_share_is_a_row() -> None:
    assert row(SHARE, NOW) == (
        "0f3c9d2b71a84e56",
        "s3://bucketofbigsecrets/Prometheus.pptx",
        "ana@example.org",
        "active",
        "3 of 5",
        "1h 30m",
        "10m ago",
    )


@pytest.mark.parametrize(
    ("change", "column", "shown"),
    [
        ({"recipient": None}, 2, "-"),
        ({"max_downloads": None, "downloads_left": None}, 4, "any"),
        ({"downloads_left": 0}, 4, "0 of 5"),
        ({"expires_at": None}, 5, "never"),
        ({"expires_at": "2026-11-24T12:29:00Z"}, 5, "1m ago"),
        ({"expires_at": "2026-11-24T12:30:00+00:00"}, 5, "0s ago"),
        ({"expires_at": "2026-12-02T13:30:00+01:00"}, 5, "8d"),
        ({"revoked_at": "2026-11-24T12:29:18Z"}, 5, "taken back 42s ago"),
        ({"last_used_at": None}, 6, "never"),
        ({"last_used_at": "2026-11-24T12:30:05Z"}, 6, "0s ago"),
    ],
)
def test_a_row_says_how_it_stands(change: dict[str, Any], column: int, shown: str) -> None:
    assert row({**SHARE, **change}, NOW)[column] == shown


def test_one_share_is_told_whole() -> None:
    told = dict(facts(SHARE, NOW))
    assert told["what"] == what(SHARE)
    assert told["downloads"] == "2 of 5"
    assert told["sent"] == "1.0 KiB of 2.0 KiB"
    assert told["only from"] == "192.0.2.0/24"
    assert told["ends in"] == "1h 30m"
    assert told["password"] == "no"
    assert "note" not in told
    bare = {**SHARE, "max_downloads": None, "max_bytes": None, "state": "expired", "note": "n"}
    told = dict(facts({**bare, "last_used_at": None, "allow_ips": []}, NOW))
    assert (told["downloads"], told["sent"], told["last used"]) == ("2", "1.0 KiB", "never")
    assert "ends in" not in told
    assert told["note"] == "n"


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (
            {"event": "used", "outcome": "completed", "address": "192.0.2.7", "agent": "curl/8",
             "key": "k", "bytes": 2048},
            ("used", "completed", "2.0 KiB", "192.0.2.7", "curl/8", "k"),
        ),
        (
            {"event": "revoked", "outcome": "", "actor": "arn:aws:iam::123456789012:root",
             "address": "", "agent": "", "key": "", "bytes": 0, "detail": ""},
            ("revoked", "-", "-", "arn:aws:iam::123456789012:root", "-", "-"),
        ),
    ],
)  # fmt: skip
def test_an_entry_of_the_log_is_a_row(entry: dict[str, Any], shown: tuple[str, ...]) -> None:
    found = log_row({"at": "2026-11-24T12:20:11Z", **entry})
    assert len(found) == len(LOG_HEAD)
    assert found[1:] == shown


def test_columns_stay_straight_whatever_stands_in_them() -> None:
    lines = list(table(("A", "B"), [("日本", "x"), ("e\u0301", "y"), ("abcdef", "z")]))
    assert lines == ["A       B", "日本    x", "e\u0301       y", "abcdef  z"]


def test_what_others_wrote_cannot_command_the_terminal() -> None:
    (_, line) = table(("A", "B"), [("a\x1b]0;owned\x07\nID", "\u202eb\r")])
    assert line == "a?]0;owned??ID  ?b?"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (45, "45s"),
        (60, "1m"),
        (61, "1m 1s"),
        (3600, "1h"),
        (3601, "1h"),
        (7199, "1h 59m"),
        (86400, "1d"),
        (8 * 86400 + 3600, "8d 1h"),
        (400 * 86400, "400d"),
    ],
)
def test_a_duration_is_short(seconds: int, shown: str) -> None:
    assert short(seconds) == shown
