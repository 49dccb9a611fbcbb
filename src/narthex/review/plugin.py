"""The process of one plug-in: passages in, one finding out. It is not confined, only ended.

A plug-in is code that the operator installed: it may use the network and the disk, which is why it
gets the text and nothing else, neither the file nor who shares it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import entry_points

from narthex.pure.detectors.passages import Kind, Passage
from narthex.pure.review.findings import Finding
from narthex.review.plugins import GROUP


def main(arguments: Sequence[str]) -> int:
    """Load the entry point that is named, and ask it."""
    (fact,) = arguments
    order = json.loads(sys.stdin.buffer.readline())
    passages = tuple(Passage(text, place, Kind(kind)) for text, place, kind in order["passages"])
    (found,) = entry_points(group=GROUP, name=fact)
    said = found.load()(passages)
    finding = said if isinstance(said, Finding) else Finding(fact)
    sys.stdout.write(json.dumps(asdict(finding)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
