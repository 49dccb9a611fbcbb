"""What a document shall say and be, before it has a format; and what is true of it.

Nothing here knows how a fact is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Draft:
    """One document. facts: the facts that are true of it, whatever a detector says.

    formats: the endings it may be written in. name: without its ending, or with it if `formats` is
    empty; then `raw` is the file. stop: whether a careful person would not let it leave unasked.
    """

    name: str
    formats: tuple[str, ...] = ()
    title: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    header: str = ""
    footer: str = ""
    notes: str = ""
    comments: tuple[str, ...] = ()
    author: str = ""
    label: str = ""
    inserted: str = ""
    hidden_sheet: bool = False
    macro: bool = False
    raw: bytes = b""
    facts: frozenset[str] = field(default_factory=frozenset)
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, and what is true of it. kind: the template that made it."""

    name: str
    data: bytes
    facts: frozenset[str]
    stop: bool
    kind: str
