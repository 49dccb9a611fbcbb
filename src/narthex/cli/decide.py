"""`narthex decide`: a model and a situation in, a verdict out, about anything at all."""

from __future__ import annotations

import json
from collections.abc import Sequence

from narthex.cli import arguments
from narthex.cli.failure import DONE, REFUSED, UNCONFIRMED, USAGE, Failure

CODES = {"proceed": DONE, "confirm": UNCONFIRMED, "refuse": REFUSED}


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "decide",
        "Judge a situation by a model: what is known and unknown, the rules of thumb that hold,\n"
        "who is accountable, the verdict and why. Nothing is sent anywhere.\n"
        "Exit code 0: proceed; 3: confirm, somebody says why; 4: refuse.",
        (
            "narthex decide --model supplier.toml acme.json",
            "narthex decide --model supplier.toml --json - < acme.json",
        ),
        usage="decide [--model <File>] <Situation> [options]",
    )
    add = made.add_argument
    add("situation", metavar="SITUATION", help="a JSON file; - for stdin (docs/review.md)")
    add("--model", default="", metavar="FILE", help="the model (default: the one for shares)")
    add("--json", action="store_true", help="the verdict as a JSON object")
    return made


def run(words: Sequence[str]) -> int:
    """Judge, and say so."""
    flags = parser().parse_args(words)
    from narthex.cli.model_files import document_in, model_in
    from narthex.cli.verdict_lines import verdict_lines
    from narthex.pure.review.engine import decide
    from narthex.pure.review.situation import SituationError, read_situation
    from narthex.pure.review.verdict import verdict_document

    model = model_in(flags.model)
    try:
        situation, findings = read_situation(document_in(flags.situation))
        verdict = decide(model, situation, findings)
    except SituationError as error:
        raise Failure(f"{flags.situation}: {error}", USAGE) from error
    told = verdict_document(verdict)
    if flags.json:
        print(json.dumps(told))
    else:
        print("\n".join(verdict_lines(told, situation.title)))
    return CODES[verdict.enforced]
