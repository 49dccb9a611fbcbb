"""The options of `request` and `requests`: what they mean, and what is refused unsent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from narthex.cli import extend, request, requests
from narthex.cli.failure import Failure
from narthex.cli.request_lines import allowed, facts, form_page, row
from narthex.cli.request_terms import Asked, read_asked
from narthex.cli.share_terms import warn_of_clear_text

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=timezone(timedelta(hours=2)))
REQUEST = {
    "id": "0f3c9d2b71a84e56", "kind": "upload", "bucket": "b", "key": "inbox/", "prefix": True,
    "owner": "arn:aws:iam::123456789012:root", "created_at": "2026-11-24T10:00:00Z",
    "not_before": None, "expires_at": "2026-11-24T12:00:00Z", "max_files": 5, "files": 2,
    "files_left": 3, "max_bytes": 1 << 30, "bytes": 2048, "max_size": 1 << 20,
    "types": [".pdf", "image/*"], "overwrite": "never", "allow_ips": ["192.0.2.0/24"],
    "password": True, "recipient": "ana", "note": "", "revoked_at": None, "state": "active",
    "last_used_at": None,
}  # fmt: skip


def asked_of(*words: str) -> Asked:
    return read_asked(request.parser().parse_args(["s3://b/", *words]), NOW, "1d")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ((), {}),
        (("--max-size", "2GiB"), {"max_size": 2 << 30}),
        (("--max-files", "3"), {"max_files": 3}),
        (("--max-bytes", "1MB"), {"max_bytes": 1 << 20}),
        (("--types", ".PDF,image/*", "--types", ".tar.gz"),
         {"types": [".pdf", "image/*", ".tar.gz"]}),
        (("--overwrite", "always"), {"overwrite": "always"}),
        (("--note", "a"), {"note": "a"}),
        (("--allow-ip", "192.0.2.7"), {"allow_ips": ["192.0.2.7/32"]}),
        (("--not-before", "2h"), {"not_before": "2026-11-24T12:00:00Z"}),
    ],
)  # fmt: skip
def test_options_become_what_the_api_is_told(words: tuple[str, ...], fields: object) -> None:
    assert asked_of(*words).fields == {"expires_in": 86400, **fields}  # type: ignore[dict-item]


def test_each_recipient_is_one_link() -> None:
    assert asked_of("--to", "ana", "--to", "ben").recipients == ("ana", "ben")
    assert asked_of().recipients == ("",)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--max-size", "0"), "--max-size: `0` is not from 1 byte"),
        (("--max-size", "many"), "--max-size: `many` is not a size"),
        (("--max-files", "0"), "--max-files: `0` is not a count"),
        (("--max-bytes", "-1"), "--max-bytes: `-1` is not from 1 byte"),
        (("--types", "pdf"), "--types: `pdf` is neither an ending"),
        (("--types", ""), "--types: `` is neither"),
        (("--types", ",".join([".a"] * 65)), "--types: at most 64"),
        (("--overwrite", "sometimes"), "--overwrite"),
        (("--expires-in", "0"), "at least 1 second"),
        (("--expires-in", "1h", "--expires-at", "2099-01-01"), "take one"),
        (("--not-before", "2d"), "end before it begins"),
        (("--allow-ip", "192.0.2.7/24"), "--allow-ip"),
        (("--note", "x" * 1025), "--note"),
        (("--to", " "), "--to: whom"),
        (("--to", "a", "--to", "a"), "twice"),
        (("--password", "--password-stdin"), "take one"),
        (("--password=hunter2",), "takes no value"),
        (("--password", "--form", "html"), "cannot ask for a password"),
        (("--password-stdin", "--presign", "a"), "cannot ask for a password"),
        (("--form", "html", "--presign", "a"), "take one"),
        (("--presign", ""), "the name of the file is empty"),
        (("--form", "xml"), "--form"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failure) as refused:
        request.run(["s3://b/inbox/", *words])
    assert why in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("s3://",), "names no bucket"),
        (("s3:///k",), "names no bucket"),
        (("s3://b/one.pdf", "--presign", "a"), "a prefix"),
        (("", "--endpoint-url", "http://127.0.0.1:1"), "Where to?"),
    ],
)
def test_a_place_must_be_one(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failure, match=why.replace("?", r"\?")):
        request.run([*words])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show",), "which request"),
        (("list", "0f"), "takes no id"),
        (("log", "0f", "--all"), "go without an ID"),
        (("--form", "html"), "requests sign ID"),
        (("show", "0f", "--presign", "a"), "requests sign ID"),
        (("--limit", "0"), "at least 1"),
        (("--key", "b"), "is not s3://"),
    ],
)
def test_requests_refuses_what_does_not_go_together(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failure, match=why):
        requests.run(words)


@pytest.mark.parametrize("more", [("--raw",), ("--max-downloads", "3")])
def test_extend_does_not_mix_shares_and_requests(more: tuple[str, ...]) -> None:
    with pytest.raises(Failure, match="--max-files is of requests"):
        extend.run(["0f", "--max-files", "3", *more])


def test_a_password_in_clear_is_warned_of() -> None:
    told: list[str] = []
    for url in ("https://files.example.org", "http://127.0.0.1:9000", "http://localhost", ""):
        warn_of_clear_text(url, told.append)
    assert told == []
    warn_of_clear_text("http://192.0.2.7:9000", told.append)
    assert "without encryption" in told[0]
    assert "192.0.2.7:9000" in told[0]


def test_a_request_is_told_in_words() -> None:
    now = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    assert row(REQUEST, now)[1:6] == ("s3://b/inbox/", "ana", "active", "3 of 5", "1h")
    assert row({**REQUEST, "files_left": None}, now)[4] == "any"
    told = dict(facts(REQUEST, now))
    assert told["files"] == "2 of 5"
    assert told["received"] == "2.0 KiB of 1.0 GiB"
    assert (told["largest file"], told["overwrite"]) == ("1.0 MiB", "never")
    assert allowed(REQUEST) == (
        "at most 5 files, 1.0 MiB each, 1.0 GiB in all, only .pdf, image/*, "
        "from 192.0.2.0/24 only, with its password"
    )
    free = dict.fromkeys(REQUEST) | {"prefix": True}
    assert allowed(free) == ""
    assert allowed({**free, "prefix": False, "overwrite": "always"}).startswith("one file, a file")


def test_a_page_of_a_form_escapes_what_it_shows() -> None:
    field = {"name": "key", "value": '"><script>alert(1)</script>'}
    page = form_page({"url": 'https://files.example.org/b"', "fields": [field]})
    assert "<script" not in page
    assert "&quot;&gt;&lt;script&gt;" in page
    assert page.index('name="key"') < page.index('type="file"')
