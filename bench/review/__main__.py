"""`python -m bench.review`: judge both parts, print the table, and 1 when a target is missed.

Mistakes are named only in the part that may be tuned on; --manifest writes the digests anew.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from bench.review.corpus import MANIFEST, PARTS, is_as_recorded, manifest, samples
from bench.review.evaluate import VERDICT, Score, default_model, judge

RECALL, PRECISION = 0.97, 0.95


def main(arguments: Sequence[str]) -> int:
    """Judge and print."""
    given = _parser().parse_args(arguments)
    if given.manifest:
        MANIFEST.write_text(json.dumps(manifest(), indent=1) + "\n", "utf-8")
        return 0
    reached = True
    for part in given.part or PARTS:
        if not is_as_recorded(part):
            print(f"{part}: not the files that are recorded in {MANIFEST.name}", file=sys.stderr)
            return 1
        scores = judge(samples(part), default_model())
        print(table(part, scores))
        verdict = scores[VERDICT]
        reached = reached and verdict.recall >= RECALL and verdict.precision >= PRECISION
        if part == "tuning":
            for name, score in scores.items():
                mistakes = [f"missed {name}: {one}" for one in score.missed]
                mistakes += [f"false {name}: {one}" for one in score.false]
                for mistake in mistakes:
                    print(mistake, file=sys.stderr)
    return 0 if reached else 1


def table(part: str, scores: dict[str, Score]) -> str:
    """Markdown."""
    lines = [f"| {part} | true | recall | precision |", "| --- | ---: | ---: | ---: |"]
    for name, score in scores.items():
        true = score.hits + len(score.missed)
        lines.append(f"| {name} | {true} | {score.recall:.3f} | {score.precision:.3f} |")
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench.review", description=__doc__)
    made.add_argument("--part", action="append", choices=list(PARTS))
    made.add_argument("--manifest", action="store_true", help="record the parts as they are now")
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
