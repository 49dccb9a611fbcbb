"""What one review may cost, in one value. Only numbers; whoever runs out of them says so."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes, times seconds.

    most: of a file that are looked into; text: that come out of it. reading: how long a file is
    opened, softly; whole: when the process that does it is ended; scanner, plugin: how long is
    waited for them. memory: of that process. large: from when on a size is worth telling. at_once:
    files that are looked at together; others wait.
    """

    most: int = 64 * MIB
    text: int = 10 * MIB
    reading: float = 1.5
    whole: float = 5.0
    scanner: float = 30.0
    plugin: float = 3.0
    memory: int = 768 * MIB
    large: int = 100 * MIB
    at_once: int = 2
