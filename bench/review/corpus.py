"""Both parts of the corpus, made from their seeds: the same bytes on every machine.

The manifest beside this file holds the digest of each part; a part that is not what it was when its
figures were taken is not judged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from bench.review import held_out, tuning
from bench.review.draft import Draft, Sample
from bench.review.text_writers import WRITERS

PARTS: dict[str, tuple[tuple[Callable[[Random], Draft], ...], int]] = {
    "tuning": (tuning.TEMPLATES, 20241),
    "held-out": (held_out.TEMPLATES, 70307),
}
OF_EACH = 12
MANIFEST = Path(__file__).with_name("manifest.json")


def samples(part: str, of_each: int = OF_EACH) -> Iterator[Sample]:
    """The files of a part. of_each: how many of each template, at most OF_EACH."""
    templates, seed = PARTS[part]
    for template in templates:
        for number in range(of_each):
            chance = Random(f"{seed} {template.__name__} {number}")
            draft = template(chance)
            yield _written(draft, template.__name__, number)


def _written(draft: Draft, kind: str, number: int) -> Sample:
    if not draft.formats:
        return Sample(draft.name, draft.raw, draft.facts, draft.stop, kind)
    ending = draft.formats[number % len(draft.formats)]
    # A mail names who wrote it and to whom.
    facts = draft.facts | {"pii.email"} if ending == "eml" else draft.facts
    return Sample(f"{draft.name}.{ending}", WRITERS[ending](draft), facts, draft.stop, kind)


def digest(part: str) -> str:
    """Over every file of a part, names and bytes."""
    made = hashlib.sha256()
    for sample in samples(part):
        made.update(f"{sample.name} {len(sample.data)}\n".encode())
        made.update(sample.data)
    return made.hexdigest()


def manifest() -> dict[str, dict[str, object]]:
    """What each part is, for the file beside this."""
    return {
        part: {
            "files": len(PARTS[part][0]) * OF_EACH,
            "seed": PARTS[part][1],
            "sha256": digest(part),
        }
        for part in PARTS
    }


def is_as_recorded(part: str) -> bool:
    """Whether the part is the one whose figures were taken."""
    recorded = json.loads(MANIFEST.read_text("utf-8"))
    return bool(recorded[part]["sha256"] == digest(part))
