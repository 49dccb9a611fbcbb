"""Short ways to ask the detectors about a text."""

from __future__ import annotations

from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.passages import Document, Kind, Passage, Traits
from narthex.pure.detectors.signatures import HEAD
from narthex.pure.review.findings import Finding


def look(
    text: str, name: str = "note.txt", kind: Kind = Kind.BODY, traits: Traits | None = None
) -> dict[str, Finding]:
    """Every built-in fact of one passage, by id."""
    data = text.encode(errors="replace")
    document = Document(name, "", len(data), (Passage(text, "", kind),), traits or Traits())
    return {one.id: one for one in find_all(document, data[:HEAD] or b"x")}


def count(text: str, fact: str, name: str = "note.txt", kind: Kind = Kind.BODY) -> int:
    """How often one fact is found."""
    return look(text, name, kind)[fact].count
