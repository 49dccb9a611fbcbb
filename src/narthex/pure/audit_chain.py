"""The audit log held against its seals: each covers its entries and, by a digest, all seals before.

So nothing that was sealed can be changed, removed, added to or reordered unnoticed, by whoever
holds the database but not the master key; and not even with it, for whoever kept the link of a
seal. This file never signs anything. Pure: no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FIRST: Final = "0" * 64  # what the first seal of an account follows
# What a seal covers of an entry, in this order. Names are those of the API and of exports.
COVERED: Final = (
    "id", "account", "owner", "share", "at_us", "event", "outcome", "actor", "access_key_id",
    "address", "agent", "resource", "key", "bytes", "times", "use", "request", "detail",
)  # fmt: skip
PRUNED: Final = "narthex:PruneAudit"  # the act that gives up what is older than is kept
Told = Mapping[str, Any]  # an entry, as the API tells it


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal of an account's log. number counts from 1.

    at_us: when it was made. newest_us: the time of its newest entry. entries: how many. digest: of
    all of them, in hex. previous: the link of the seal before, FIRST for none. is_pruned: up to
    itself all entries were given up, and all seals before it.
    """

    account: str
    number: int
    at_us: int
    newest_us: int
    entries: int
    digest: str
    previous: str
    signature: bytes = field(default=b"", repr=False)
    is_pruned: bool = False

    @property
    def link(self) -> str:
        """What it is known by, in hex; this is what is signed, and what the next one follows."""
        covered = (
            self.account,
            self.number,
            self.at_us,
            self.newest_us,
            self.entries,
            self.digest,
            self.previous,
        )
        return hashlib.sha256(_text(covered)).hexdigest()


def entries_digest(entries: Sequence[Told]) -> str:
    """The digest of entries, in the order of their ids: SHA-256 over that of each one's values."""
    whole = hashlib.sha256()
    for one in entries:
        whole.update(hashlib.sha256(_text([one.get(name, "") for name in COVERED])).digest())
    return whole.hexdigest()


def _text(values: Sequence[Any]) -> bytes:
    """One spelling for the same values: a JSON array in ASCII, without spaces."""
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()


def signed(seal: Seal) -> bytes:
    """What is signed of a seal."""
    return f"narthex audit seal\n{seal.link}".encode()


def pruned_until(number: int, link: str) -> str:
    """How the act that prunes tells which seal is the last one given up."""
    return f"seal={number} link={link}"


@dataclass(slots=True)
class Chain:
    """Seals and what they cover, taken one after the other from the oldest on.

    faults: what is not as it was sealed, in words. last: the newest seal taken.
    """

    faults: list[str] = field(default_factory=list)
    last: Seal | None = None
    seals: int = 0
    entries: int = 0
    _begins_with: Seal | None = None
    _prunings: set[str] = field(default_factory=set)

    def take(self, seal: Seal, entries: Sequence[Told], *, is_signed: bool) -> None:
        """The next seal, and all entries that say it covers them, in any order."""
        name = f"seal {seal.number}"
        if not is_signed:
            self.faults.append(f"{name} is not signed with this server's key")
        self._follow(seal, name)
        self.last = seal
        self.seals += 1
        self._note_prunings(entries)
        if seal.is_pruned and seal is self._begins_with:
            return  # its entries were given up
        self.entries += len(entries)
        entries = sorted(entries, key=lambda one: str(one.get("id", "")))
        if len(entries) != seal.entries:
            what = "missing" if len(entries) < seal.entries else "added"
            self.faults.append(
                f"{name}: {abs(seal.entries - len(entries))} of {seal.entries} entries"
                f" {what}{_span(entries)}"
            )
        elif entries_digest(entries) != seal.digest:
            self.faults.append(f"{name}: entries were changed{_span(entries)}")

    def _follow(self, seal: Seal, name: str) -> None:
        if self.last is None:
            self._begins_with = seal
            if seal.number == 1 and seal.previous != FIRST:
                self.faults.append(f"{name} is not the first one")
            if seal.number != 1 and not seal.is_pruned:
                self.faults.append(f"seals before {name} are missing")
            return
        if seal.number != self.last.number + 1:
            self.faults.append(f"seals between {self.last.number} and {seal.number} are missing")
        elif seal.previous != self.last.link:
            self.faults.append(f"{name} does not follow the one before it")

    def _note_prunings(self, entries: Sequence[Told]) -> None:
        for one in entries:
            if one.get("event") == PRUNED:
                self._prunings.add(str(one.get("detail", "")))

    def end(self, unsealed: Sequence[Told], beyond: int) -> None:
        """All seals were taken. unsealed: entries that wait for one. beyond: with one not there."""
        if beyond:
            self.faults.append(f"{beyond} entries say that a seal covers them which is not there")
        self._note_prunings(unsealed)
        first = self._begins_with
        if first is None or not first.is_pruned:
            return
        told = pruned_until(first.number, first.link)
        if not any(detail.startswith(told) for detail in self._prunings):
            self.faults.append(f"no entry tells that all up to seal {first.number} was pruned")


def _span(entries: Sequence[Told]) -> str:
    if not entries:
        return ""
    return f" ({entries[0].get('id', '')} to {entries[-1].get('id', '')})"
