"""The malware scanner's word is taken as a word, and without it the fact is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from narthex.pure.review.findings import Finding
from narthex.review.clamd import Scanner
from tests.review.scanners import EICAR, scanner


async def scan(address: str, data: bytes, seconds: float = 5) -> Finding:
    """What is found in `data`, sent in pieces."""
    sent = Scanner(address, seconds)
    await sent.start()
    for at in range(0, len(data), 50):
        await sent.feed(data[at : at + 50])
    return await sent.finding()


async def test_a_clean_file_is_clean_and_one_byte_makes_the_sample_another() -> None:
    async with scanner() as address:
        found = await scan(address, b"before" + EICAR + b"after")
        assert (found.count, found.value) == (1, "Eicar-Test-Signature")
        assert await scan(address, EICAR.replace(b"!$H", b"?$H")) == Finding("malware.result")
        assert await scan(address, b"") == Finding("malware.result")


async def test_a_socket_of_the_machine_will_do(tmp_path: Path) -> None:
    async with scanner(unix=tmp_path / "clamd") as address:
        assert (await scan(address, EICAR)).count == 1


async def test_without_a_scanner_it_is_unknown() -> None:
    assert await scan("", EICAR) == Finding(
        "malware.result", known=False, reason="no malware scanner is configured"
    )


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "nonsense", "/nowhere/clamd", "127.0.0.1:99999"]
)
async def test_a_scanner_that_cannot_be_reached_makes_it_unknown(address: str) -> None:
    found = await scan(address, EICAR)
    assert not found.known
    assert found.reason == "the malware scanner cannot be reached"


async def test_a_file_beyond_its_limit_is_unknown() -> None:
    async with scanner(limit=100) as address:
        found = await scan(address, b"x" * 5000)
        assert not found.known
        assert found.count == 0


@pytest.mark.parametrize(
    "says",
    [b"stream: OK", b"stream: OK\n\0", b"OK\0", b"stream: FOUND\0", b"x" * 9000 + b"\0", b"\0"],
)
async def test_any_other_word_is_unknown(says: bytes) -> None:
    async with scanner(says=says) as address:
        assert not (await scan(address, b"x")).known


async def test_a_scanner_that_is_silent_makes_it_unknown() -> None:
    async with scanner() as address:
        sent = Scanner(address, 0.2)
        await sent.start()
        sent.end()
        assert not (await sent.finding()).known
