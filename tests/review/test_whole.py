"""A large object from its first byte to its last: text in windows, everything else once."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from narthex.pure.detectors.facts import BUILT_IN, OF_TEXT, READABLE
from narthex.pure.review.findings import Finding
from narthex.review import whole
from narthex.review.limits import MIB
from narthex.review.whole import OVERLAP, WINDOW, find_whole
from tests.review.scanners import EICAR, scanner

LINE = b"Minutes of the meeting on the new scanners. Everybody agreed.\n"
CARD = b"card 4111111111111111 expires 12/29\n"


def text_of(size: int) -> bytes:
    """Lines without anything in them, of about this size."""
    return LINE * (size // len(LINE))


async def found_in(data: bytes, name: str = "notes.txt", clamd: str = "") -> list[Finding]:
    """What is found, once the digest is that of all bytes."""

    async def open_bytes(end: int) -> AsyncIterator[bytes]:
        for start in range(0, end, MIB):
            yield data[start : min(end, start + MIB)]

    seen = await find_whole(name, "text/plain", len(data), open_bytes, clamd, ())
    assert seen.sha256 == hashlib.sha256(data).hexdigest()
    return list(seen.findings)


def hits(findings: list[Finding], fact: str) -> int:
    """How often a fact was found."""
    return sum(one.count for one in findings if one.id == fact)


def unknown(findings: list[Finding]) -> set[str]:
    """The facts that are not known of some part."""
    return {one.id for one in findings if not one.known}


async def test_what_is_behind_the_first_window_is_found_and_all_of_it_is_known() -> None:
    clean = text_of(2 * WINDOW)
    findings = await found_in(clean)
    assert {one.id for one in findings} >= set(BUILT_IN)
    assert unknown(findings) == {"malware.result"}  # there is no scanner
    assert all(one.count == 0 for one in findings)
    findings = await found_in(clean + CARD)
    assert hits(findings, "pii.card") == 1


async def test_what_two_windows_share_is_found() -> None:
    begin = text_of(WINDOW - len(CARD) // 2)
    findings = await found_in(begin + CARD + text_of(MIB))
    assert hits(findings, "pii.card") in (1, 2)
    cut = begin.replace(b"\n", b" ") + CARD.replace(b"\n", b" ") + text_of(OVERLAP)
    assert hits(await found_in(cut), "pii.card") in (1, 2)


async def test_letters_of_several_bytes_are_not_cut() -> None:
    data = "é".encode() * (WINDOW // 2) + b" " + CARD + "é".encode() * MIB
    findings = await found_in(data)
    assert hits(findings, "pii.card") >= 1
    assert READABLE not in unknown(findings)


async def test_what_turns_out_to_be_no_text_is_not_known() -> None:
    findings = await found_in(text_of(WINDOW) + bytes(range(256)) * 40_000)
    assert unknown(findings) >= set(OF_TEXT)


async def test_what_is_beyond_all_windows_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "WINDOWS", 1)
    findings = await found_in(CARD + text_of(2 * WINDOW))
    assert hits(findings, "pii.card") == 1
    assert unknown(findings) >= {*OF_TEXT, READABLE}


async def test_the_scanner_is_shown_every_byte() -> None:
    async with scanner(limit=4 * WINDOW) as address:
        findings = await found_in(text_of(WINDOW + MIB) + EICAR, clamd=address)
    assert hits(findings, "malware.result") == 1


async def test_what_is_no_text_is_read_once_and_digested_whole() -> None:
    findings = await found_in(bytes(range(256)) * 8192, "blob.bin")
    assert unknown(findings) >= set(OF_TEXT)


async def test_beyond_the_most_that_is_read_there_is_no_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole, "LARGEST", 1000)
    data = text_of(2000)

    async def open_bytes(end: int) -> AsyncIterator[bytes]:
        assert end <= 1000
        yield data[:end]

    seen = await find_whole("a.txt", "", len(data), open_bytes, "", ())
    assert seen.sha256 == ""
    assert unknown(list(seen.findings)) >= {*OF_TEXT, READABLE}
