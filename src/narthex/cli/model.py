"""`narthex model`: show the decision model, check, compare and test files, replay the past."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.failure import DONE, FAILED, USAGE, Failure
from narthex.cli.moments import read_moment

if TYPE_CHECKING:
    from narthex.pure.review.model import Model

# action: how many files it takes, at least and at most.
ACTIONS = {"show": (0, 1), "check": (1, 1), "diff": (1, 2), "test": (0, 1), "replay": (0, 0)}


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "model",
        "show: the model in force on the server, or one in a file. check: is it one?\n"
        "diff: what differs in meaning, from the server's when one file is named.\n"
        "test: run the tests in it. replay: which past decisions would change.\n"
        "Exit code 1: they differ, or a test fails.",
        (
            "narthex model show",
            "narthex model show --toml > model.toml",
            "narthex model check model.toml",
            "narthex model diff old.toml new.toml",
            "narthex model test model.toml --cases more.toml",
            "narthex model replay --since 30d --model new.toml",
        ),
        usage="model {show | check | diff | test | replay} [<File>...] [options]",
    )
    add = made.add_argument
    add("action", choices=tuple(ACTIONS), metavar="ACTION", help="what to do")
    add("files", nargs="*", metavar="FILE", help="models; each with the rules.d beside it")
    add("--toml", action="store_true", help="show: the text as it was written")
    add("--overlay", metavar="FILE", help="show --toml: of an overlay, such as rules.d/10-it.toml")
    add("--json", action="store_true", help="as JSON; replay: one object a line")
    add("--cases", metavar="FILE", help="test: more tests, in a file of [[tests]]")
    add("--since", default="30d", metavar="TIME", help="replay: how far back (default: 30d)")
    add("--model", metavar="FILE", help="replay: the model to judge by")
    return made


def run(words: Sequence[str]) -> int:
    """Do one of them."""
    flags = parser().parse_args(words)
    _refuse_nonsense(flags)
    run_one = {"show": _show, "check": _check, "diff": _diff, "test": _test, "replay": _replay}
    return run_one[flags.action](flags)


def _refuse_nonsense(flags: argparse.Namespace) -> None:
    least, most = ACTIONS[flags.action]
    if not least <= len(flags.files) <= most:
        told = f"{least}" if least == most else f"{least} or {most}"
        raise Failure(f"narthex model {flags.action} takes {told} files", USAGE)
    if flags.toml and flags.action != "show":
        raise Failure("--toml is for narthex model show", USAGE)
    if flags.overlay and (not flags.toml or flags.files):
        raise Failure("--overlay is for narthex model show --toml, of the server's model", USAGE)
    if flags.cases and flags.action != "test":
        raise Failure("--cases is for narthex model test", USAGE)
    if (flags.action == "replay") != bool(flags.model):
        raise Failure("narthex model replay needs --model FILE, and only replay takes it", USAGE)


def _show(flags: argparse.Namespace) -> int:
    from narthex.cli.model_files import model_in, text_in
    from narthex.cli.model_lines import model_lines
    from narthex.pure.review.digest import canonical

    if flags.toml:
        print(text_in(flags.files[0]) if flags.files else _text_in_force(flags), end="")
        return DONE
    model = model_in(flags.files[0]) if flags.files else _in_force(flags)
    if flags.json:
        print(json.dumps({**canonical(model), "digest": model.digest}))
    else:
        print("\n".join(model_lines(model)))
    return DONE


def _told(flags: argparse.Namespace) -> dict[str, Any]:
    """What the server tells of its model."""
    from narthex.cli.configuration import read_configuration
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    found: dict[str, Any] = ledger.call("GetModel", "GET", "/model")["model"]
    return found


def _in_force(flags: argparse.Namespace) -> Model:
    """The server's model, with its overlays."""
    from narthex.cli.model_files import model_told

    return model_told(_told(flags))


def _text_in_force(flags: argparse.Namespace) -> str:
    """The text of the server's model, or of one of its overlays. Raises Failure."""
    from narthex.cli.model_files import tell_problem

    told = _told(flags)
    tell_problem(told)
    overlays: dict[str, str] = {one["file"]: one["text"] for one in told["overlays"]}
    if flags.overlay is None:
        for file in overlays:
            tell(f"With an overlay: narthex model show --toml --overlay {file}")
        text: str = told["text"]
        return text
    if flags.overlay not in overlays:
        known = ", ".join(overlays) or "none"
        raise Failure(f"There is no overlay `{flags.overlay}`; there are {known}", USAGE)
    return overlays[flags.overlay]


def _check(flags: argparse.Namespace) -> int:
    from narthex.cli.model_files import model_in

    model = model_in(flags.files[0])
    counts = (
        f"{len(model.facts)} facts, {len(model.rules)} rules of thumb, {len(model.gates)} gates"
    )
    if flags.json:
        print(json.dumps({"name": model.name, "digest": model.digest}))
    else:
        print(f"{model.name}: {counts}, {len(model.cases)} tests\n{model.digest}")
    return DONE


def _diff(flags: argparse.Namespace) -> int:
    from narthex.cli.model_files import model_in
    from narthex.cli.share_lines import flat
    from narthex.pure.review.model_changes import changes

    before = model_in(flags.files[0]) if len(flags.files) == 2 else _in_force(flags)
    found = changes(before, model_in(flags.files[-1]))
    if flags.json:
        print(json.dumps(found))
    elif found:
        print("\n".join(map(flat, found)))
    else:
        tell("They mean the same.")
    return FAILED if found else DONE


def _test(flags: argparse.Namespace) -> int:
    from narthex.cli.model_files import cases_in, model_in
    from narthex.cli.share_lines import flat
    from narthex.pure.review.model_cases import try_cases

    model = model_in(flags.files[0]) if flags.files else _in_force(flags)
    cases = (*model.cases, *(cases_in(flags.cases) if flags.cases else ()))
    if not cases:
        raise Failure("There are no tests: write [[tests]] into the model, or name --cases", USAGE)
    tried = try_cases(model, cases)
    wrong = [one for one in tried if one.wrong]
    if flags.json:
        print(json.dumps([{"name": one.name, "wrong": list(one.wrong)} for one in tried]))
    else:
        for one in wrong:
            print(flat(f"WRONG  {one.name}: {'; '.join(one.wrong)}"))
        print(f"{len(tried) - len(wrong)} of {len(tried)} tests hold")
    return FAILED if wrong else DONE


def _replay(flags: argparse.Namespace) -> int:
    from narthex.cli.configuration import read_configuration
    from narthex.cli.ledger import open_ledger
    from narthex.cli.model_files import model_in
    from narthex.cli.replay import judged_again, replay_line

    model = model_in(flags.model)
    ledger = open_ledger(read_configuration(flags))
    count = changed = 0
    for one in judged_again(
        ledger, model, read_moment("--since", flags.since, datetime.now().astimezone())
    ):
        count += 1
        if not one.changes:
            continue
        changed += 1
        print(json.dumps(one.document()) if flags.json else replay_line(one))
    tell(f"{changed} of {count} decisions would change")
    return DONE


def decisions(ledger: Any, query: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Every decision that a query admits, the newest first."""
    after: tuple[tuple[str, str], ...] = ()
    while True:
        page = ledger.call(
            "ListDecisions", "GET", "/decisions", query=(*query, ("limit", "200"), *after)
        )
        yield from page["decisions"]
        if not page["next"]:
            return
        after = (("after", page["next"]),)
