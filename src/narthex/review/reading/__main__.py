"""The process that reads one file: a line of JSON and the file's bytes in, a line of JSON out.

In: {"name", "content_type", "size", "text", "seconds", "most", "cpu", "memory", "large",
"passages"} and, after the line, the file. Out: {"findings": [...], "passages": [...]}; passages
only if asked for, as plug-ins need them. Else nothing of the file is written but what is masked.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.signatures import HEAD
from narthex.review.reading import portable  # noqa: F401  (imported before the door is locked)
from narthex.review.reading.budget import Budget
from narthex.review.reading.confinement import confine
from narthex.review.reading.reader import read_document

LONGEST_ORDER = 64 * 1024


def main() -> int:
    """Read the order, lock the door, read the file, answer."""
    source = sys.stdin.buffer
    line = source.readline(LONGEST_ORDER)
    if not line:
        return 0  # not needed after all
    order: dict[str, Any] = json.loads(line)
    confine(order["memory"], order["cpu"])
    data = source.read(order["most"])
    budget = Budget(text=order["text"], seconds=order["seconds"])
    document = read_document(
        order["name"],
        order["content_type"],
        order["size"],
        data,
        budget,
        cut=len(data) < order["size"],
    )
    answer: dict[str, Any] = {
        "findings": [asdict(one) for one in find_all(document, data[:HEAD], order["large"])]
    }
    if order["passages"]:
        answer["passages"] = [[one.text, one.place, one.kind.value] for one in document.passages]
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
