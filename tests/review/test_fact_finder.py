"""One pass over a file: hashed, read in a process that is locked in, scanned, shown to plug-ins."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from bench.review.draft import Draft
from bench.review.text_writers import WRITERS

from narthex.pure.detectors.facts import OF_TEXT
from narthex.review.child import Child, ChildFailed
from narthex.review.facts import WANTED, FactFinder, Facts, find_facts
from narthex.review.limits import MIB, Limits
from narthex.review.plugins import Plugin, installed
from tests.review.reading import opening
from tests.review.scanners import EICAR, scanner

LETTER = WRITERS["docx"](Draft("a", lines=("Account DE89370400440532013000",), author="A. Author"))


# On a machine that does much else nothing here ends by its time, but where that is the question.
ROOMY = Limits(whole=60, reading=30, plugin=60)


async def find(
    data: bytes,
    name: str,
    clamd: str = "",
    limits: Limits = ROOMY,
    plugins: Sequence[Plugin] | None = None,
) -> Facts:
    """The facts of `data`."""
    finder = FactFinder(clamd, limits, plugins)
    try:
        return await finder.find(name, "", len(data), opening(data))
    finally:
        await finder.close()


async def test_one_file_needs_no_finder() -> None:
    assert (await find_facts("a.docx", "", len(LETTER), opening(LETTER), limits=ROOMY)).size == len(
        LETTER
    )


async def test_each_wanted_fact_is_answered_once_with_the_digest_of_the_bytes() -> None:
    facts = await find(LETTER, "a.docx")
    assert sorted(one.id for one in facts.findings) == sorted(WANTED)
    assert facts.sha256 == hashlib.sha256(LETTER).hexdigest()
    assert facts.size == len(LETTER)
    counts = {one.id: one.count for one in facts.findings if one.count}
    assert counts == {"pii.iban": 1, "document.author": 1}
    assert [one.id for one in facts.findings if not one.known] == ["malware.result"]


async def test_the_scanner_sees_the_same_bytes() -> None:
    async with scanner() as address:
        facts = {one.id: one for one in (await find(EICAR, "a.com", address)).findings}
        assert facts["malware.result"].count == 1


async def test_a_process_waits_for_the_next_file_and_is_used_once() -> None:
    finder = FactFinder(limits=ROOMY)
    try:
        for data in (LETTER, b"card 4111111111111111", LETTER):
            facts = await finder.find("a", "", len(data), opening(data))
            assert sum(one.count for one in facts.findings if one.id.startswith("pii")) == 1
    finally:
        await finder.close()


async def test_a_file_that_takes_too_long_is_unknown_but_for_its_type_and_size() -> None:
    facts = {
        one.id: one
        for one in (await find(b"MZ" * 99, "a.pdf", limits=Limits(whole=0.001))).findings
    }
    assert facts["type.mismatch"].count == 1
    assert facts["size.large"].known
    assert not any(facts[fact].known for fact in OF_TEXT)
    assert "longer than" in facts["content.readable"].reason


async def test_a_file_that_takes_too_much_memory_is_unknown() -> None:
    facts = await find(b"x" * 8 * MIB, "a.txt", limits=replace(ROOMY, memory=48 * MIB))
    assert not {one.id: one for one in facts.findings}["content.readable"].known


async def test_of_a_file_beyond_the_limit_the_beginning_is_read() -> None:
    data = b"anna@example.org " + b"x" * 3 * MIB
    facts = {
        one.id: one for one in (await find(data, "a.txt", limits=replace(ROOMY, most=MIB))).findings
    }
    assert facts["pii.email"].count == 1
    assert not facts["pii.card"].known
    assert facts["content.readable"].reason == "only the first 1 MiB were looked at"


async def test_what_the_source_raises_is_raised_and_leaves_no_process() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise OSError("gone")

    finder = FactFinder()
    with pytest.raises(OSError, match="gone"):
        await finder.find("a", "", 9, broken)
    await finder.close()


def test_the_reader_is_locked_in() -> None:
    """No writing, no network, no process: each is tried after the door is locked."""
    program = (
        "import os, socket, subprocess, json\n"
        "from narthex.review.reading.confinement import confine\n"
        "confine(512 * 2**20, 5)\n"
        "def tried(call):\n"
        "    try:\n        call()\n    except (OSError, RuntimeError) as error:\n        return "
        "type(error).__name__\n"
        "    return 'done'\n"
        "print(json.dumps([tried(lambda: open('x', 'w')), tried(socket.socket), tried(os.fork),"
        " tried(lambda: subprocess.Popen(['true'])), tried(lambda: os.system('true'))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == ["PermissionError"] * 5, done.stderr


async def test_a_child_gets_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    child = await Child.start("narthex.review.reading")
    environment = Path(f"/proc/{child.pid}/environ")
    assert not environment.exists() or b"wJalr" not in environment.read_bytes()
    await child.end()


async def test_a_child_that_says_nothing_failed() -> None:
    child = await Child.start("narthex.no_such_module")
    with pytest.raises(ChildFailed):
        await child.answer(20)


PLUGIN = """
from narthex.pure.review.findings import Finding

def find(passages):
    names = [one.text.count("Anna") for one in passages]
    return Finding("pii.person", count=sum(names), evidence=("A…",) if names else ())

def card(passages):
    return Finding("pii.card", count=7)

def nothing(passages):
    return None

def slow(passages):
    while True:
        pass

def dead(passages):
    raise SystemExit(3)
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with detectors, as pip would install it."""
    (tmp_path / "bringing.py").write_text(PLUGIN)
    about = tmp_path / "bringing-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bringing\nVersion: 1\n")
    names = {"pii.person": "find", "pii.card": "card", "x.none": "nothing", "x.slow": "slow",
    "x.dead": "dead",
             "x.absent": "not_there"}  # fmt: skip
    lines = [f"{fact} = bringing:{function}" for fact, function in names.items()]
    (about / "entry_points.txt").write_text("[narthex.detectors]\n" + "\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("plugged")
async def test_plug_ins_add_facts_and_a_broken_one_only_its_own_unknown() -> None:
    assert Plugin("pii.person") in installed()
    data = b"Anna and Anna, card 4111111111111111"
    brought = [Plugin(one.fact) for one in installed() if one.fact != "x.slow"]
    facts = await find(data, "a.txt", plugins=brought)
    by_id = {one.id: one for one in facts.findings}
    assert by_id["pii.person"].count == 2
    assert by_id["pii.card"].count == 7
    assert by_id["x.none"].known
    assert by_id["x.none"].count == 0
    for fact in ("x.dead", "x.absent"):
        assert not by_id[fact].known
        assert by_id[fact].reason.startswith("its detector failed")
    assert by_id["content.readable"].known


@pytest.mark.usefixtures("plugged")
async def test_a_plug_in_that_never_ends_is_ended() -> None:
    facts = await find(b"x", "a.txt", limits=replace(ROOMY, plugin=0.5), plugins=[Plugin("x.slow")])
    (found,) = (one for one in facts.findings if one.id == "x.slow")
    assert not found.known
    assert "longer than 0.5 s" in found.reason
