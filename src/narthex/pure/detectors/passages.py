"""What was read of a file: its passages of text, and the traits that are no text. Pure.

This file never judges: detectors do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """Where in its document a passage stands, as far as a detector cares."""

    BODY = "body"
    MARGIN = "margin"  # a header or footer, of a page or a slide
    TABLE = "table"  # its first line names the columns
    NOTE = "note"  # speaker notes, comments
    SOURCE = "source"  # markup or program text, where a word alone in a line marks nothing


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text and where it stands, in the document's own words ("p. 3"); may be empty."""

    text: str
    place: str = ""
    kind: Kind = Kind.BODY


@dataclass(frozen=True, slots=True)
class Traits:
    """What a file is besides its text. Counts are of what was seen before a limit was met.

    media: what the signature says, "" when it says nothing. labels: office sensitivity labels.
    hidden: what a reader does not see at once, such as "sheet `Raw`". unread: why some of the text
    is not in the passages; empty when all is. blind: why the file could not be looked into at all.
    """

    media: str = ""
    authors: tuple[str, ...] = ()
    comments: int = 0
    tracked_changes: int = 0
    hidden: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the files inside
    unread: tuple[str, ...] = ()
    blind: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """All that was read of one file. name: its key or path as told, never trusted."""

    name: str
    content_type: str = ""
    size: int = 0
    passages: tuple[Passage, ...] = ()
    traits: Traits = field(default_factory=Traits)
