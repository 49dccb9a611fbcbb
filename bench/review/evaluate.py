"""Precision and recall of every fact, and of the verdict "not proceed". Never changes a detector.

The situation is the same for every file: a link for a named recipient, without a password, for
seven days, which is how long a signature of S3's may be good for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.review.draft import Sample
from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.signatures import HEAD
from narthex.pure.review.engine import decide
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Model
from narthex.pure.review.model_text import read_model
from narthex.pure.review.situation import Situation
from narthex.review.reading.budget import Budget
from narthex.review.reading.reader import read_document

VERDICT = "not proceed"
MODEL = Path(__file__).parents[2] / "src" / "narthex" / "review" / "models" / "share.toml"
# What an integration knows besides the file; the same for all, and harmless.
_ELSEWHERE = "bucket.public access.others malware.result object.blocked object.hold"
_KNOWN = tuple(Finding(fact) for fact in _ELSEWHERE.split())
_FIELDS: dict[str, str | int | float | bool] = {
    "channel": "link",
    "audience": "named",
    "fetched": False,
    "password": False,
    "expires_in": 7 * 86400,
    "first_time": False,
    "prefix": False,
    "own": True,
}


@dataclass(slots=True)
class Score:
    """Right and wrong answers to one question. missed and false name the templates."""

    hits: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of what is true, what was found; 1.0 of nothing."""
        true = self.hits + len(self.missed)
        return self.hits / true if true else 1.0

    @property
    def precision(self) -> float:
        """Of what was found, what is true; 1.0 of nothing."""
        found = self.hits + len(self.false)
        return self.hits / found if found else 1.0


def find(sample: Sample) -> tuple[Finding, ...]:
    """The facts of one file, read in this process."""
    document = read_document(sample.name, "", len(sample.data), sample.data, Budget(seconds=30))
    return find_all(document, sample.data[:HEAD])


def default_model() -> Model:
    """The one that narthex ships."""
    return read_model(MODEL.read_text("utf-8"))


def stops(model: Model, findings: Iterable[Finding]) -> bool:
    """Whether the verdict is not to proceed."""
    situation = Situation("share", place="shared/file", fields=_FIELDS)
    return decide(model, situation, (*findings, *_KNOWN)).decision != "proceed"


def judge(samples: Iterable[Sample], model: Model) -> dict[str, Score]:
    """The score of each fact that occurs or is found, and of VERDICT."""
    scores: dict[str, Score] = defaultdict(Score)
    for sample in samples:
        findings = find(sample)
        found = {one.id for one in findings if one.count}
        for fact in found | sample.facts:
            _note(scores[fact], fact in sample.facts, fact in found, sample)
        _note(scores[VERDICT], sample.stop, stops(model, findings), sample)
    return dict(sorted(scores.items()))


def _note(score: Score, true: bool, found: bool, sample: Sample) -> None:
    where = f"{sample.kind}: {sample.name}"
    if true and found:
        score.hits += 1
    elif true:
        score.missed.append(where)
    elif found:
        score.false.append(where)
