"""The traits of a file while it is read. Only grows; what comes out is a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from narthex.pure.detectors.passages import Traits

MOST = 1000  # of each kind: what is counted beyond it changes no verdict


@dataclass(slots=True)
class Notes:
    """What readers note down; see Traits for what each means."""

    media: str = ""
    authors: list[str] = field(default_factory=list)
    comments: int = 0
    tracked_changes: int = 0
    hidden: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    macros: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    blind: str = ""

    def traits(self) -> Traits:
        """As a value, each list bounded."""
        return Traits(
            media=self.media,
            authors=tuple(self.authors[:MOST]),
            comments=self.comments,
            tracked_changes=self.tracked_changes,
            hidden=tuple(self.hidden[:MOST]),
            labels=tuple(self.labels[:MOST]),
            macros=tuple(self.macros[:MOST]),
            encrypted=tuple(self.encrypted[:MOST]),
            archives=tuple(self.archives[:MOST]),
            names=tuple(self.names[:MOST]),
            unread=tuple(dict.fromkeys(self.unread))[:MOST],
            blind=self.blind,
        )


class Unreadable(Exception):
    """What was read is not what it claims to be. The text says why, for people."""
