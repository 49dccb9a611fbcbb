"""The audit log with its seals: exported, and held against them here, from the server or a file.

This file never takes a server's word that a log is whole: it counts, hashes and verifies itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from narthex.cli.failure import USAGE, Failure
from narthex.pure.audit_chain import Chain, Seal, signed

Record = dict[str, Any]
# What a line of an export is; a line without any of these words is an entry.
LOG, SEALED, END = "log", "sealed", "end"


def records(pages: Iterable[Record]) -> Iterator[Record]:
    """Pages of the API as the lines of an export: each seal behind what it covers."""
    last: Record = {}
    for number, page in enumerate(pages):
        if number == 0:
            yield {LOG: {"account": page["account"], "public_key": page["public_key"]}}
        for seal in page["seals"]:
            yield from seal["covers"]
            yield {SEALED: {name: value for name, value in seal.items() if name != "covers"}}
        last = page
    yield from last.get("unsealed", ())
    yield {END: {"beyond": last.get("beyond", 0)}}


def read_export(path: str) -> Iterator[Record]:
    """The lines of an export. Raises Failure for what is none."""
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Failure(_no_export(path, number)) from error
            if not isinstance(record, dict):
                raise Failure(_no_export(path, number))
            yield record


def _no_export(path: str, line: int) -> str:
    return f"{path}, line {line}: this is no line of `narthex audit --sealed`"


@dataclass(slots=True)
class Held:
    """What came of holding a log against its seals."""

    account: str = ""
    public_key: str = ""
    chain: Chain = field(default_factory=Chain)
    waiting: int = 0
    links: dict[int, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """What is wrong, in words; empty for a log that is whole."""
        return self.chain.faults


def hold(lines: Iterable[Record], public_key: str, expected: tuple[int, str] | None) -> Held:
    """A log held against its seals. public_key: the one to be signed with, "" for what it names.

    expected: a seal's number and the link it had when it was told before. Raises Failure where the
    lines are no log.
    """
    held = Held()
    waiting: list[Record] = []
    ended = False
    try:
        for line in lines:
            if LOG in line:
                held.account, told = str(line[LOG]["account"]), str(line[LOG]["public_key"])
                held.public_key = public_key or told
            elif SEALED in line:
                _take(held, line[SEALED], waiting)
                waiting = []
            elif END in line:
                held.waiting, ended = len(waiting), True
                held.chain.end(waiting, int(line[END]["beyond"]))
            else:
                waiting.append(line)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Failure("This is no export by `narthex audit --sealed`, or it was changed") from error
    if not ended:
        held.faults.append("the log was cut off: its last line is missing")
    _note_unexpected(held, expected)
    return held


def _take(held: Held, told: Record, entries: list[Record]) -> None:
    from narthex.keyring import is_signed

    seal = Seal(
        held.account,
        told["number"],
        told["at_us"],
        told["newest_us"],
        told["entries"],
        told["digest"],
        told["previous"],
        bytes.fromhex(told["signature"]),
        bool(told["pruned"]),
    )
    proven = is_signed(bytes.fromhex(held.public_key), signed(seal), seal.signature)
    held.links[seal.number] = seal.link
    held.chain.take(seal, entries, is_signed=proven)


def _note_unexpected(held: Held, expected: tuple[int, str] | None) -> None:
    if expected is None:
        return
    number, link = expected
    known = held.links.get(number)
    if known is None:
        held.faults.append(f"seal {number} is not there")
    elif known != link:
        held.faults.append(f"seal {number} is another one than the one expected: {known}")


def read_expected(text: str | None) -> tuple[int, str] | None:
    """`NUMBER:LINK`, as `verify` prints it. Raises Failure."""
    if text is None:
        return None
    number, _, link = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(link) == 64):
        raise Failure("--expect: NUMBER:LINK, as `narthex audit verify` prints it", USAGE)
    return int(number), link.lower()


def report(held: Held) -> list[str]:
    """What is told to people."""
    chain, last = held.chain, held.chain.last
    counted = f"{chain.entries} entries in {chain.seals} seals of account {held.account}"
    lines = [f"whole: {counted}" if not held.faults else f"NOT WHOLE: {counted}"]
    lines += [f"  {fault}" for fault in held.faults]
    if held.waiting:
        lines.append(f"not sealed yet: {held.waiting} entries")
    if last is not None:
        lines.append(f"last seal: {last.number}:{last.link} of {_time(last.at_us)}")
    lines.append(f"public key: {held.public_key}")
    return lines


def as_json(held: Held) -> Record:
    """What is told to programs."""
    last = held.chain.last
    return {
        "whole": not held.faults,
        "faults": held.faults,
        "account": held.account,
        "entries": held.chain.entries,
        "seals": held.chain.seals,
        "unsealed": held.waiting,
        "last": None if last is None else f"{last.number}:{last.link}",
        "public_key": held.public_key,
    }


def _time(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
