"""`--exclude` and `--include`: which names take part. The last match decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

EXCLUDE = "exclude"
INCLUDE = "include"


@dataclass(frozen=True, slots=True)
class Filters:
    """patterns: (EXCLUDE or INCLUDE, shell pattern) in the order given; `*` also matches `/`."""

    patterns: Sequence[tuple[str, str]] = ()

    def admits(self, name: str) -> bool:
        """Whether a name takes part. name: relative to the source, with `/` between its parts."""
        admitted = True
        for kind, pattern in self.patterns:
            if fnmatchcase(name, pattern):
                admitted = kind == INCLUDE
        return admitted
