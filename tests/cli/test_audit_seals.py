"""`narthex audit --sealed` and `verify`: a log is held against its seals here, without a server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from narthex.cli import audit
from narthex.cli.audit_seals import hold, records
from narthex.cli.failure import Failure
from narthex.ledger import sealing
from tests.driving import Driver, open_driver
from tests.ledger.sharing import Sharer

Lines = list[dict[str, Any]]


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    async for driver in open_driver(tmp_path / "data"):
        yield driver


@pytest.fixture
async def lines(narthex: Driver) -> Lines:
    """An export: two seals, and an entry that waits."""
    ledger = narthex.server.ledger
    for bucket in ("one-a", "two-b"):
        await narthex.send("PUT", f"/{bucket}")
        await sealing.seal(ledger, narthex.clock())
    await narthex.send("PUT", "/three-c")
    pages: Lines = []
    after = 0
    while not pages or pages[-1]["seals"]:
        pages.append(await Sharer(narthex).ask("GET", "audit/seals", after=str(after)))
        after = pages[-1]["next"]
    return list(records(pages))


def written(tmp_path: Path, lines: Lines) -> str:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(path)


def verified(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = audit.run(["verify", *words, "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, told


def test_an_export_is_whole_without_a_server(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, lines)
    code, told = verified([path], capsys)
    assert (code, told["whole"], told["seals"], told["unsealed"]) == (0, True, 2, 1)
    known = ["--public-key", told["public_key"], "--expect", told["last"]]
    assert verified([path, *known], capsys)[0] == 0
    assert audit.run(["verify", path]) == 0
    out = capsys.readouterr().out
    assert out.startswith("whole: 3 entries in 2 seals of account")
    assert f"last seal: {told['last']}" in out


def test_another_key_or_another_past_is_found(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, lines)
    code, told = verified([path, "--public-key", "00" * 32], capsys)
    assert (code, told["whole"]) == (1, False)
    assert told["faults"][0] == "seal 1 is not signed with this server's key"
    code, told = verified([path, "--expect", f"2:{'0' * 64}"], capsys)
    assert (code, told["faults"][0][:35]) == (1, "seal 2 is another one than the one ")
    code, told = verified([path, "--expect", f"9:{'0' * 64}"], capsys)
    assert (code, told["faults"]) == (1, ["seal 9 is not there"])


def entries(lines: Lines) -> list[int]:
    return [place for place, line in enumerate(lines) if line.get("seal", 0) > 0]


@pytest.mark.parametrize("change", ["byte", "missing", "swapped", "seal", "end", "twice"])
def test_what_was_changed_in_an_export_is_found(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    first, second, third = entries(lines)
    seals = [place for place, line in enumerate(lines) if "sealed" in line]
    if change == "byte":
        lines[second]["address"] = "192.0.2.6"
    elif change == "missing":
        del lines[second]
    elif change == "swapped":
        lines[second], lines[third] = lines[third], lines[second]
    elif change == "seal":
        del lines[seals[0]]
    elif change == "twice":
        lines.insert(first, dict(lines[first]))
    else:
        del lines[-1]
    code, told = verified([written(tmp_path, lines)], capsys)
    assert (code, told["whole"]) == (1, False)
    assert told["faults"]


@pytest.mark.parametrize("text", ["{", "[]", '{"sealed": 1}', '{"log": {}}', '{}\n{"end": {}}'])
def test_what_is_no_export_is_told_as_such(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(Failure, match=r"no (export|line)"):
        audit.run(["verify", str(path)])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["verify", "--since", "1d"], "take no filter"),
        (["--sealed", "--action", "iam:*"], "take no filter"),
        (["verify", "--sealed"], "take no filter"),
        (["--public-key", "00"], "are for `narthex audit verify`"),
        (["--expect", "1:x"], "are for `narthex audit verify`"),
        (["verify", "log.jsonl", "--expect", "1:x"], "NUMBER:LINK"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], why: str) -> None:
    with pytest.raises(Failure, match=why):
        audit.run(words)


def test_an_empty_log_is_whole() -> None:
    account = {"account": "1" * 12, "public_key": "00" * 32}
    page: dict[str, Any] = {**account, "seals": [], "next": None, "unsealed": [], "beyond": 0}
    held = hold(records([page]), "", None)
    assert (held.faults, held.chain.last, held.waiting) == ([], None, 0)
