"""`narthex decisions` and `narthex model` with a server: as its API tells them."""

from __future__ import annotations

import csv
import io
import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narthex.api.endpoints.decisions import show_decision
from narthex.catalog.decisions import Decision
from narthex.cli.decisions import COLUMNS, cell, outcome
from narthex.cli.failure import USAGE, Failure, Stopped
from narthex.cli.main import dispatch
from narthex.pure.review.engine import decide
from narthex.pure.review.model_text import read_model
from narthex.pure.review.situation import finding_document, situation_document
from narthex.pure.review.verdict import verdict_document
from tests.cli.conftest import configuration_for
from tests.cli.scripted import Asked, Reply, Scripted, scripted
from tests.contract.test_decisions import decision_of
from tests.pure.review.models import MODEL, SHIPPED, known, share

OVERLAY = {
    "file": "rules.d/10-it.toml",
    "text": '[[owners]]\nplace = "it/"\nowner = "group/it"\n',
}
COUNTED = "fired confirm refuse justified overridden abandoned disputed agreed".split()
NEW = SHIPPED.replace("severity = 80", "severity = 10", 1)


def told(number: int, **counts: int) -> dict[str, Any]:
    """A decision, as the API tells it."""
    situation, found = share(audience="anyone", password=False), known(**counts)
    verdict = decide(MODEL, situation, found)
    document = situation_document(situation)
    del document["facts"]
    row: Decision = decision_of(
        id=f"{number:032x}",
        place="b/=1+1",
        decision=verdict.decision,
        enforced=verdict.enforced,
        risk=round(verdict.risk * 10),
        situation=json.dumps(document),
        findings=json.dumps([finding_document(one) for one in found]),
        verdict=json.dumps(verdict_document(verdict)),
    )
    at_us = 1_795_521_600_000_000
    return show_decision(replace(row, at_us=at_us), (), at_us)


DECISIONS = [told(2, pii_card=1), told(1)]
GIVEN = {"approver": "arn:aws:iam::123456789012:user/ana", "until": "2026-11-25T12:00:00Z"}
SAID = {
    "disputer": "arn:aws:iam::123456789012:user/eva",
    "reason_id": "pii.card",
    "note": "a part number",
    "at": "2026-11-24T12:00:00Z",
    "state": "agreed",
    "answered_by": "arn:aws:iam::123456789012:user/ana",
    "answer": "it is one",
    "answered_at": "2026-11-24T13:00:00Z",
}
APPROVED = {**told(3, secret_private_key=1), "approval": {**GIVEN, "reason": "replaced"}}
DISPUTED: dict[str, Any] = {**told(4, pii_card=1), "disputes": [SAID], "overdue": True}
ANSWERED: dict[str, dict[str, Any]] = {
    "abandonment": {},
    "dispute": {"dispute": {**SAID, "state": "open"}},
    "answer": {"disputes": [SAID]},
}


def answer(asked: Asked) -> Reply:
    """What a server says that has two decisions, one a page."""
    path, query = asked.path.removeprefix("/-/api/v1/"), asked.query
    body: dict[str, Any] = {"error": {"code": "NoSuchPath", "message": path, "field": None}}
    if path == "decisions":
        at = 1 if query.get("after") else 0
        more = None if at else DECISIONS[0]["id"]
        body = {"decisions": DECISIONS[at : at + 1], "next": more}
    elif path == f"decisions/{DECISIONS[0]['id']}":
        body = {"decision": DECISIONS[0]}
    elif path == f"decisions/{APPROVED['id']}":
        body = {"decision": APPROVED}
    elif path == f"decisions/{DISPUTED['id']}":
        body = {"decision": DISPUTED | {"approval": None}}
    elif asked.method == "POST" and path.startswith(f"decisions/{DISPUTED['id']}/"):
        body = ANSWERED[path.rpartition("/")[2]]
    elif path == "statistics/decisions":
        one = dict.fromkeys(COUNTED, 1)
        body = {
            "decisions": {"proceed": 1, "confirm": 1, "refuse": 0},
            "outcomes": {"open": 1, "proceeded": 1, "abandoned": 0},
            "fired": [{"kind": "fact", "name": "pii.card"} | one],
        }
    elif path == "model":
        model = {"text": SHIPPED, "problem": "model.toml:1: odd", "digest": MODEL.digest}
        body = {"model": model | {"name": "share", "overlays": [OVERLAY]}}
    status = 404 if "error" in body else 200
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json"})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A server with two decisions, and a key for it in variables."""
    with scripted(answer) as script:
        monkeypatch.setenv("AWS_ENDPOINT_URL", script.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        yield script


def test_decisions_are_listed_page_by_page_with_the_filters(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--waiting", "--decision", "confirm", "--place", "b/", "--fired", "pii.card"]
    assert dispatch(["decisions", *words, "--since", "2026-11-01T00:00:00Z"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "WHEN", "DECISION", "RISK", "WHAT", "OWNER", "OUTCOME"]
    assert [row.split()[0] for row in rows] == [one["id"] for one in DECISIONS]
    assert "confirm" in rows[0]
    assert server.asked[0].query == {
        "decision": "confirm",
        "place": "b/",
        "fired": "pii.card",
        "since": "2026-11-01T00:00:00Z",
        "waiting": "true",
        "limit": "200",
    }


def test_one_is_shown_with_its_verdict(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["decisions", "show", DECISIONS[0]["id"]]) == 0
    out = capsys.readouterr().out
    assert "CONFIRM: risk 40.3 of 100" in out
    assert "  1. a payment card number (+28.3)" in out
    assert "  outcome     open" in out


def test_an_override_is_shown_with_who_gave_it(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["decisions", "show", APPROVED["id"]]) == 0
    out = capsys.readouterr().out
    assert "REFUSE: risk" in out
    assert "Only root can say otherwise." in out
    assert out.endswith(
        "  approved by arn:aws:iam::123456789012:user/ana until 2026-11-25T12:00:00Z: replaced\n"
    )
    assert dispatch(["decisions", "show", APPROVED["id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == APPROVED


def test_they_are_exported_as_lines_and_as_a_table(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["decisions", "export"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == DECISIONS
    assert dispatch(["decisions", "export", "--format", "csv", "--limit", "1"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert list(row) == COLUMNS
    assert (row["decision"], row["data"], row["door"]) == ("confirm", "40.5", "one-way")
    assert row["facts"] == "pii.card"
    assert row["rules"] == "habit.anyone habit.unprotected"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(f"x{text}") == f"x{text}"


def test_a_dispute_is_shown_with_its_answer(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["decisions", "show", DISPUTED["id"]]) == 0
    *_, said, answered = capsys.readouterr().out.splitlines()
    assert said.endswith("user/eva, pii.card: a part number")
    assert answered.strip() == "agreed, by arn:aws:iam::123456789012:user/ana: it is one"
    assert outcome(DISPUTED) == "open, overdue, disputed (agreed)"


@pytest.mark.parametrize(
    ("words", "path", "body", "told"),
    [
        (["abandon"], "abandonment", {}, "Given up"),
        (["dispute"], "dispute", {}, "Reported as wrong: pii.card"),
        (
            ["dispute", "--reason-id", "pii.card", "--note", "a part number"],
            "dispute",
            {"reason_id": "pii.card", "note": "a part number"},
            "its owner says otherwise",
        ),
        (["agree"], "dispute/answer", {"agrees": True}, "it was wrong"),
        (
            ["disagree", "--reason", "it is one"],
            "dispute/answer",
            {"agrees": False, "reason": "it is one"},
            "it was right",
        ),
    ],
)
def test_what_is_said_to_a_decision(
    server: Scripted,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    path: str,
    body: dict[str, Any],
    told: str,
) -> None:
    action, *more = words
    assert dispatch(["review", action, DISPUTED["id"], *more]) == 0
    shown = capsys.readouterr()
    assert told in shown.out + shown.err
    (asked,) = server.asked
    assert asked.path == f"/-/api/v1/decisions/{DISPUTED['id']}/{path}"
    assert json.loads(asked.body or b"{}") == body


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["dispute"], "needs the ID"),
        (["dispute", "../shares"], "no id of a decision"),
        (["agree", "ab", "--note", "x"], "for narthex review dispute"),
        (["dispute", "ab", "--reason", "x"], "for narthex review approve, agree, disagree"),
        (["agree", "ab", "--for", "4h"], "for narthex review approve"),
        (["approve", "ab"], "--reason says why"),
    ],
)
def test_what_cannot_be_meant_is_not_sent(server: Scripted, words: list[str], told: str) -> None:
    with pytest.raises(Failure, match=told) as error:
        dispatch(["review", *words])
    assert error.value.exit_code == USAGE
    assert server.asked == []


def test_it_is_counted_what_fired(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["decisions", "stats"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 proceed, 1 confirm, 0 refuse\n")
    assert out.splitlines()[1] == "1 open, 1 proceeded, 0 abandoned"
    assert out.splitlines()[-1].split() == ["fact", "pii.card", *"11111111"]
    assert dispatch(["decisions", "stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decisions"]["proceed"] == 1


def test_a_new_model_is_tried_on_the_past(
    server: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.toml"
    path.write_text(NEW)
    assert dispatch(["model", "replay", "--since", "30d", "--model", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{DECISIONS[0]['id']}  b/=1+1  confirm 40.3 -> proceed 15.5\n"
    assert "1 of 2 decisions would change" in err
    path.write_text(SHIPPED)
    assert dispatch(["model", "replay", "--model", str(path)]) == 0
    assert capsys.readouterr().out == ""


def test_what_a_new_model_does_not_know_is_said(
    server: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.toml"
    path.write_text(
        SHIPPED.replace('kinds = ["share", ', 'kinds = ["loan", ').partition("[[tests]]")[0]
    )
    assert dispatch(["model", "replay", "--model", str(path), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["after"] for one in lines] == [None, None]
    assert "not for `share`" in lines[0]["problem"]


def test_the_model_in_force_is_shown_and_compared(
    server: Scripted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["model", "show", "--toml"]) == 0
    out, err = capsys.readouterr()
    assert read_model(out).digest == MODEL.digest
    assert "not in force: model.toml:1: odd" in err
    assert "--overlay rules.d/10-it.toml" in err
    assert dispatch(["model", "show", "--toml", "--overlay", OVERLAY["file"]]) == 0
    assert capsys.readouterr().out == OVERLAY["text"]
    with pytest.raises(Failure, match=r"there are rules\.d/10-it\.toml"):
        dispatch(["model", "show", "--toml", "--overlay", "10-it.toml"])
    assert dispatch(["model", "show"]) == 0
    assert "owner group/it, four eyes: it" in capsys.readouterr().out
    path = tmp_path / "new.toml"
    path.write_text(NEW)
    assert dispatch(["model", "diff", str(path)]) == 1
    assert capsys.readouterr().out == "facts pii.card: severity: 80 -> 10\n- owners it\n"


def test_doctor_tells_a_model_file_that_is_not_in_force(server: Scripted) -> None:
    from narthex.cli.doctor_model import examine_model

    (found,) = examine_model(configuration_for(server.url))
    assert found.good is False
    assert "model.toml:1: odd" in found.text
    assert list(examine_model(configuration_for(None))) == []


class Leaving:
    """A terminal at which somebody presses Ctrl-C, or ends what is typed."""

    def __init__(self, *, interrupts: bool) -> None:
        self._interrupts = interrupts

    def readline(self, most: int) -> str:
        """Nothing comes."""
        assert most
        if self._interrupts:
            raise KeyboardInterrupt
        return ""


@pytest.mark.parametrize(
    ("interrupts", "ends"), [(True, KeyboardInterrupt), (False, Failure)], ids=["ctrl-c", "end"]
)
def test_who_leaves_the_question_gives_up_what_it_is_about(
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    interrupts: bool,
    ends: type[BaseException],
) -> None:
    from narthex.cli.justify import Reviewer
    from narthex.cli.ledger import open_ledger

    flags = Namespace(justify="", approve="")
    reviewer = Reviewer(flags, open_ledger(configuration_for(server.url)), asks=True)
    about = {"id": DISPUTED["id"], "bucket": "b", "key": "k", "verdict": DISPUTED["verdict"]}
    told = {"reviews": [about], "justifications": [{"id": "a", "text": "A", "typed": False}]}
    monkeypatch.setattr("sys.stdin", Leaving(interrupts=interrupts))
    with pytest.raises(ends):
        reviewer.answer(Stopped("CreateShare", 409, "ConfirmationNeeded", "say why", told))
    assert server.asked[-1].path.endswith(f"{DISPUTED['id']}/abandonment")
