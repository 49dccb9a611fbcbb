"""Past decisions judged again by another model, from what was known then.

Nothing is looked at anew: facts are as they were found, habits as they were. It never asks what
became of a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from narthex.cli.share_lines import flat
from narthex.pure.review.engine import decide
from narthex.pure.review.model import Model
from narthex.pure.review.situation import SituationError, read_situation

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision as it was and as it would be. problem: why it could not be judged again."""

    id: str
    place: str
    before: tuple[str, float]
    after: tuple[str, float]
    problem: str = ""

    @property
    def changes(self) -> bool:
        """Whether the verdict would be another."""
        return bool(self.problem) or self.before[0] != self.after[0]

    def document(self) -> dict[str, Any]:
        """The JSON object of it."""
        return {
            "id": self.id,
            "place": self.place,
            "before": {"decision": self.before[0], "risk": self.before[1]},
            "after": None if self.problem else {"decision": self.after[0], "risk": self.after[1]},
            "problem": self.problem or None,
        }


def judged_again(ledger: Ledger, model: Model, since: str) -> Iterator[Replayed]:
    """Every decision since then, judged by this model."""
    from narthex.cli.model import decisions

    for told in decisions(ledger, (("since", since),)):
        before = (told["decision"], told["risk"])
        try:
            situation, findings = read_situation({**told["situation"], "facts": told["facts"]})
            verdict = decide(model, situation, findings)
        except SituationError as error:
            yield Replayed(told["id"], told["place"], before, before, str(error))
            continue
        yield Replayed(told["id"], told["place"], before, (verdict.decision, verdict.risk))


def replay_line(one: Replayed) -> str:
    """A decision that would change, for people."""
    if one.problem:
        return flat(f"{one.id}  {one.place}  {one.problem}")
    (before, risk), (after, then) = one.before, one.after
    return flat(f"{one.id}  {one.place}  {before} {risk:g} -> {after} {then:g}")
