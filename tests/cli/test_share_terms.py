"""The options of `share`, `shares`, `extend` and `revoke`: what they mean, and what is refused.

Nothing here reaches a server: what is refused is refused before.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from narthex.cli import extend, revoke, share, shares
from narthex.cli.failure import Failure
from narthex.cli.share_terms import Terms, ask_password, read_terms

NOW = datetime(2026, 11, 24, 12, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))


def terms_of(*words: str) -> Terms:
    """The terms of a command line."""
    return read_terms(share.parser().parse_args(["x", *words]), NOW, "1h")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ((), {"expires_in": 3600}),
        (("--expires-in", "2h30m"), {"expires_in": 9000}),
        (("--expires-in", "30"), {"expires_in": 30}),
        (("--expires-in", "8w"), {"expires_in": 8 * 7 * 86400}),
        (("--expires-in", "2026-11-24T13:00"), {"expires_at": "2026-11-24T11:00:00Z"}),
        (("--expires-at", "2026-11-24T13:00"), {"expires_at": "2026-11-24T11:00:00Z"}),
        (("--expires-at", "2026-11-24T13:00Z"), {"expires_at": "2026-11-24T13:00:00Z"}),
        (("--expires-at", "2026-12-24"), {"expires_at": "2026-12-23T22:00:00Z"}),
        (("--once",), {"expires_in": 3600, "max_downloads": 1}),
        (("--max-downloads", "5"), {"expires_in": 3600, "max_downloads": 5}),
        (("--max-bytes", "2GiB"), {"expires_in": 3600, "max_bytes": 2 << 30}),
        (("--filename", "Größe.pdf"), {"expires_in": 3600, "filename": "Größe.pdf"}),
        (("--note", "a\nb"), {"expires_in": 3600, "note": "a\nb"}),
        (("--raw",), {"expires_in": 3600, "raw": True}),
        (("--pin",), {"expires_in": 3600, "pin": True}),
        (("--version-id", "v"), {"expires_in": 3600, "version": "v"}),
        (
            ("--not-before", "30m"),
            {"expires_in": 3600, "not_before": "2026-11-24T10:30:00Z"},
        ),
        (
            ("--not-before", "2026-11-24T12:30"),
            {"expires_in": 3600, "not_before": "2026-11-24T10:30:00Z"},
        ),
        (
            ("--allow-ip", "192.0.2.0/24", "--allow-ip", "2001:db8::1"),
            {"expires_in": 3600, "allow_ips": ["192.0.2.0/24", "2001:db8::1/128"]},
        ),
    ],
)
def test_options_become_what_the_api_is_told(words: tuple[str, ...], fields: object) -> None:
    assert terms_of(*words).fields == fields


def test_each_recipient_is_named_and_without_one_it_is_for_whoever_has_it() -> None:
    assert terms_of("--to", "ana", "--to", "ben@example.org").recipients == (
        "ana",
        "ben@example.org",
    )
    assert terms_of().recipients == ("",)


def test_what_only_a_ledger_can_keep_is_known() -> None:
    assert terms_of("--raw", "--filename", "x", "--expires-in", "1d").needs == ()
    words = "--not-before 1m --once --max-bytes 1 --allow-ip ::1 --password --to a --note n"
    assert terms_of(*words.split()).needs == (
        "--not-before",
        "--once",
        "--max-bytes",
        "--allow-ip",
        "--password",
        "--to",
        "--note",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--expires-in", "soon"), "--expires-in: `soon` is not a duration"),
        (("--expires-in", "0"), "--expires-in: a link lives for at least 1 second"),
        (("--expires-in", "2020-01-01T00:00"), "--expires-in: `2020-01-01T00:00` has passed"),
        (("--expires-in", "200w", "--expires-at", "2030-01-01"), "take one"),
        (("--expires-at", "2h"), "--expires-at: `2h` is not a time"),
        (("--expires-at", "2026-13-01"), "not an ISO 8601 time"),
        (("--not-before", "soon"), "--not-before: `soon` is not a duration"),
        (("--not-before", ""), "--not-before: `` is not a duration"),
        (("--not-before", "1h"), "it would end before it begins"),
        (("--not-before", "2020-01-01T00:00"), "has passed"),
        (("--max-downloads", "0"), "--max-downloads: `0` is not a count of at least 1"),
        (("--max-downloads", "-1"), "`-1` is not a count"),
        (("--max-downloads", "1.5"), "`1.5` is not a count"),
        (("--max-downloads", "٣"), "is not a count"),
        (("--max-downloads", "9" * 16), "is not a count"),
        (("--once", "--max-downloads", "2"), "--once is --max-downloads 1"),
        (("--max-bytes", "0"), "--max-bytes: `0` is not from 1 byte"),
        (("--max-bytes", "9PB"), "is not a size"),
        (("--max-bytes", "9000000GiB"), "is not from 1 byte to 8 PiB"),
        (("--max-bytes", "much"), "--max-bytes: `much` is not a size"),
        (("--allow-ip", "192.0.2.1/24"), "--allow-ip: 192.0.2.1/24 has host bits set"),
        (("--allow-ip", "example.org"), "--allow-ip: "),
        (("--allow-ip", "192.0.2.256"), "--allow-ip: "),
        (("--allow-ip", "::1") * 65, "at most 64 networks"),
        (("--to", " "), "--to: whom? It is empty"),
        (("--to", "ana", "--to", "ana"), "--to: the same recipient twice"),
        (("--to", "a" * 257), "--to: at most 256 characters"),
        (("--to", "a\nb"), "--to: it has control characters"),
        (("--filename", "a" * 256), "--filename: at most 255 characters"),
        (("--filename", "a\r\nb"), "--filename: it has control characters"),
        (("--note", "\x1b[2J"), "--note: it has control characters"),
        (("--note", "a" * 1025), "--note: at most 1024 characters"),
        (("--password", "--raw"), "--raw: a pre-signed URL cannot ask for a password"),
        (("--password-stdin", "--raw"), "--raw: a pre-signed URL cannot ask for a password"),
        (("--password", "--password-stdin"), "take one"),
        (("--stdin0", "--password-stdin"), "both read standard input"),
    ],
)
def test_odd_terms_are_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure) as caught:
        terms_of(*words)
    assert said in str(caught.value)
    assert caught.value.exit_code == 252


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 252, "the following arguments are required: TARGET"),
        (("s3://",), 252, "`s3://` names no bucket"),
        (("nofile",), 255, "The user-provided path nofile does not exist."),
        (("folder", "--raw"), 252, "tar czf folder.tgz folder"),
        (("s3://b/p/", "--raw"), 252, "s3://b/p/ is a prefix"),
        (("s3://b", "--raw"), 252, "s3://b/ is a prefix"),
        (("x", "s3://b/k", "--filename", "f"), 252, "--filename is for one file"),
        (("folder", "--filename", "f"), 252, "--filename is for one file"),
        (("s3://b/p/", "--filename", "f"), 252, "--filename is for one file"),
        (("s3://b/\udcff",), 252, "is not text in UTF-8"),
        (("x", "--stdin0"), 252, "--stdin0 goes with one s3://BUCKET/PREFIX"),
        (("s3://b/", "s3://c/", "--stdin0"), 252, "--stdin0 goes with one s3://BUCKET/PREFIX"),
        (("s3://b/", "--stdin0"), 252, "--stdin0: no name was read"),
        (("x", "--public-url", "files.example.org"), 252, "not an http(s) URL"),
        (("x", "--password=open sesame"), 252, "--password takes no value"),
    ],
)
def test_what_cannot_be_shared_is_refused_before_anything_is_done(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    (tmp_path / "x").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Failure) as caught:
        share.run(words)
    assert said in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert caught.value.exit_code == code


def password_from(monkeypatch: pytest.MonkeyPatch, data: bytes) -> str:
    """What --password-stdin reads."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return ask_password(share.parser().parse_args(["x", "--password-stdin"]))


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"12345678", "12345678"),
        (b"12345678\n", "12345678"),
        (b"12345678\r\nmore\n", "12345678"),
        (b" 123456 \n", " 123456 "),
        ("ΠρομηθεύςΑ\n".encode(), "ΠρομηθεύςΑ"),
        (b"x" * 128, "x" * 128),
    ],
)
def test_a_password_is_the_first_line_as_it_is(
    monkeypatch: pytest.MonkeyPatch, data: bytes, password: str
) -> None:
    assert password_from(monkeypatch, data) == password


@pytest.mark.parametrize("data", [b"", b"\n", b"1234567\n", b"x" * 129, b"\xff" * 9])
def test_a_password_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    with pytest.raises(Failure) as caught:
        password_from(monkeypatch, data)
    assert caught.value.exit_code == 252
    assert data.strip().decode("latin-1") not in str(caught.value) or not data.strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show",), "which share? Name its ID"),
        (("log",), "which share? Name its ID"),
        (("forget", "0f3c"), "invalid choice: 'forget'"),
        (("list", "0f3c"), "did you mean show 0f3c"),
        (("show", "0f3c", "--all"), "they go without an ID"),
        (("log", "0f3c", "--to", "ana"), "they go without an ID"),
        (("--limit", "0"), "--limit: at least 1"),
        (("--key", "bucket/key"), "--key: `bucket/key` is not s3://BUCKET"),
        (("--key", "s3:///key"), "--key: `s3:///key` is not s3://BUCKET"),
    ],
)
def test_an_odd_listing_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure) as caught:
        shares.run(words)
    assert said in str(caught.value)
    assert caught.value.exit_code == 252


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "by one of"),
        (("0f3c", "--all"), "by one of"),
        (("--to", "ana", "--key", "s3://b/k"), "by one of"),
        (("--to", ""), "--to: whose? It is empty"),
        (("--access-key", ""), "--access-key: whose? It is empty"),
        (("--key", "b/k"), "--key: `b/k` is not s3://BUCKET"),
        (("--key", "s3://"), "--key: `s3://` is not s3://BUCKET"),
    ],
)
def test_what_is_to_be_revoked_is_said_by_one_thing(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure) as caught:
        revoke.run(words)
    assert said in str(caught.value)
    assert caught.value.exit_code == 252


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--expires-in", "1h"), "the following arguments are required: ID"),
        (("0f3c",), "Say what to change"),
        (("0f3c", "--expires-in", "soon"), "not a duration"),
        (("0f3c", "--expires-in", "1h", "--expires-at", "2099-01-01"), "take one"),
        (("0f3c", "--max-downloads", "0"), "not a count of at least 1"),
    ],
)
def test_an_odd_extension_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure) as caught:
        extend.run(words)
    assert said in str(caught.value)
    assert caught.value.exit_code == 252


def test_a_moment_has_its_zone() -> None:
    end = datetime.fromisoformat(terms_of("--expires-at", "2026-12-24T18:00").fields["expires_at"])
    assert end == datetime(2026, 12, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("s3://b/p/", "--pin"), "--pin is for objects"),
        (("s3://b/k", "/dev/null", "--pin"), "not a file"),
        ((__file__, "--pin"), "--pin is for objects"),
        ((__file__, "--version-id", "v"), "--version-id belongs to one object"),
        (("s3://b/p/", "--version-id", "v"), "--version-id belongs to one object"),
        (("s3://b/k", "s3://b/l", "--version-id", "v"), "--version-id belongs to one object"),
    ],
)
def test_only_an_object_can_be_pinned(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failure, match=why):
        share.run(words)
