"""`narthex decide`, and `narthex model` on files: no server, and nothing of files in the engine."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from narthex.cli.failure import Failure
from narthex.cli.main import dispatch
from tests.pure.review.models import SHIPPED, SMALL

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "decide"
SUPPLIER, ACME = str(EXAMPLES / "supplier.toml"), str(EXAMPLES / "acme.json")


@pytest.fixture
def small(tmp_path: Path) -> str:
    """The least model, in a file."""
    (tmp_path / "small.toml").write_text(SMALL)
    return str(tmp_path / "small.toml")


def situation(tmp_path: Path, **more: Any) -> str:
    """A situation in a file."""
    path = tmp_path / "situation.json"
    path.write_text(json.dumps({"kind": "thing", "fields": {"reversible": True}} | more))
    return str(path)


CLEAN = [{"id": "bad"}, {"id": "worse"}]


def test_the_worked_example_is_judged_as_its_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["decide", "--model", SUPPLIER, ACME]) == 3
    out = capsys.readouterr().out
    first, second, *rest = out.splitlines()
    assert first == "Sign with ACME for the new scanners?"
    assert second == "CONFIRM: risk 52.4 of 100 (facts 62.8 x 0.7, rules of thumb 28 x 0.3)"
    for told in (
        "  known       84 % of what one wants to know",
        "  door        one-way",
        "  owner       head-of-it (answers within 4 hours)",
        "  1. losses in 1 of the last three years (+29.4): annual report 2025, page 14",
        "     -> ask for a guarantee of the parent company",
        "  unknown     reference.bad: nobody called back yet",
        "  safer       sign for a year, with 90 days' notice -> confirm, risk 47",
        "To go on, say why.",
    ):
        assert told in rest
    page = (EXAMPLES.parents[1] / "review.md").read_text("utf-8")
    assert all(f"    {line}".rstrip() in page for line in out.splitlines()[:-1])


def test_json_is_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["decide", "--model", SUPPLIER, "--json", ACME]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["decision"], told["coverage"], told["owner"]) == ("confirm", 0.84, "head-of-it")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (CLEAN, 0),
        (CLEAN[:1], 3),
        ([{"id": "bad"}, {"id": "worse", "count": 1}], 4),
    ],
)
def test_the_exit_code_is_the_verdict(
    facts: list[Any], code: int, small: str, tmp_path: Path
) -> None:
    assert dispatch(["decide", "--model", small, situation(tmp_path, facts=facts)]) == code


def test_a_situation_comes_from_stdin_too(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"kind": "thing", "facts": CLEAN}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert dispatch(["decide", "--model", small, "-"]) == 0


def test_control_characters_of_others_are_not_shown(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = [{"id": "bad", "count": 1, "evidence": ["\x1b[2J"]}, {"id": "worse"}]
    dispatch(["decide", "--model", small, situation(tmp_path, facts=facts, title="\x1b[2J")])
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["decide", "absent.json"], "No such file"),
        (["decide", "--model", "absent.toml", ACME], "No such file"),
        (["decide", ACME], "is for share, presigned, upload, not for `supplier`"),
        (["decide", "--model", SUPPLIER, SUPPLIER], "this is no JSON"),
        (["decide", "--model", ACME, ACME], "acme.json:1: "),
        (["model", "test", SUPPLIER, "--cases", SUPPLIER], "supplier.toml:5: format: there is no"),
        (["model", "check"], "takes 1 files"),
        (["model", "diff", "a", "b", "c"], "takes 1 or 2 files"),
        (["model", "replay"], "needs --model"),
        (["model", "show", "--model", SUPPLIER], "only replay takes it"),
        (["model", "check", SUPPLIER, "--toml"], "--toml is for narthex model show"),
        (["model", "check", SUPPLIER, "--cases", SUPPLIER], "--cases is for narthex model test"),
        (["model", "replay", "--model", SUPPLIER, "--since", "soon"], "--since: `soon`"),
        (["decisions", "show"], "needs an ID"),
        (["decisions", "list", "0f3c"], "only show takes one"),
        (["decisions", "show", "../x"], "is no id of a decision"),
        (["decisions", "--limit", "0"], "--limit: at least 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], told: str) -> None:
    endpoint = ["--endpoint-url", "http://127.0.0.1:1"] if words[0] != "decide" else []
    with pytest.raises(Failure) as error:
        dispatch([*words, *endpoint])
    assert told in str(error.value)
    assert error.value.exit_code in (252, 253)


def test_a_model_is_checked_and_what_is_wrong_has_its_place(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["model", "check", small]) == 0
    assert capsys.readouterr().out.startswith("small: 2 facts, 1 rules of thumb, 1 gates, 0 tests")
    (tmp_path / "small.toml").write_text(SMALL.replace("cap = 50", "cap = 0"))
    with pytest.raises(Failure, match=r"small\.toml:16: facts\[1\]\.cap: 0 is not between"):
        dispatch(["model", "check", small])


def test_two_models_are_compared_in_meaning(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("# the same\n" + SMALL)
    assert dispatch(["model", "diff", small, str(other)]) == 0
    other.write_text(SMALL.replace("points = 25", "points = 5"))
    assert dispatch(["model", "diff", small, str(other)]) == 1
    assert capsys.readouterr().out == "rules habit: points: 25 -> 5\n"


def test_a_model_is_tested_by_its_own_cases_and_by_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, more = tmp_path / "m.toml", tmp_path / "more.toml"
    model.write_text(SHIPPED)
    more.write_text(
        '[[tests]]\nname = "odd"\nsituation = { kind = "share" }\nexpect = { held = false }\n'
    )
    assert dispatch(["model", "test", str(model)]) == 0
    assert dispatch(["model", "test", str(model), "--cases", str(more)]) == 1
    out = capsys.readouterr().out
    assert "WRONG  odd: held is True, not False\n3 of 4 tests hold\n" in out


def test_what_is_no_text_or_too_large_is_refused(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff")
    with pytest.raises(Failure, match="this is not in UTF-8"):
        dispatch(["decide", "--model", small, str(tmp_path / "x.json")])
    monkeypatch.setattr("narthex.cli.model_files.MOST", 10)
    with pytest.raises(Failure, match="larger than"):
        dispatch(["model", "check", small])


def test_a_model_without_tests_has_none_to_run(small: str) -> None:
    with pytest.raises(Failure, match="There are no tests"):
        dispatch(["model", "test", small])


def test_model_answers_in_json_too(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> Any:
        dispatch(["model", *words, "--json"])
        return json.loads(capsys.readouterr().out)

    shipped = tmp_path / "m.toml"
    shipped.write_text(SHIPPED)
    assert told("check", small)["name"] == "small"
    assert told("diff", small, small) == []
    assert {tuple(one["wrong"]) for one in told("test", str(shipped))} == {()}


def test_nobody_says_otherwise_of_a_final_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.json"
    facts = [{"id": "law.sanctioned", "count": 1}]
    path.write_text(json.dumps({"kind": "supplier", "facts": facts}))
    assert dispatch(["decide", "--model", SUPPLIER, str(path)]) == 4
    assert "Nobody can say otherwise." in capsys.readouterr().out


def test_a_model_is_shown_for_people_as_text_and_as_json(
    small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dispatch(["model", "show", small]) == 0
    out = capsys.readouterr().out
    assert "risk = 0.7 x facts + 0.3 x rules of thumb; confirm from 25, refuse from 60" in out
    assert "two-way door: reversible is true" in out
    assert "owner ana, four eyes: everything else" in out
    assert dispatch(["model", "show", small, "--toml"]) == 0
    assert capsys.readouterr().out == SMALL
    assert dispatch(["model", "show", small, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"].startswith("sha256:")


def test_a_model_is_read_with_the_overlays_beside_it(
    tmp_path: Path, small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    (before / "small.toml").write_text(SMALL)
    folder = tmp_path / "rules.d"
    folder.mkdir()
    (folder / "it.toml").write_text('[[owners]]\nplace = "it/"\nowner = "ben"\n')
    assert dispatch(["model", "diff", str(before / "small.toml"), small]) == 1
    assert capsys.readouterr().out == "+ owners it\n"
    assert dispatch(["model", "show", str(folder)]) == 0  # on the model that is shipped
    assert "owner ben, four eyes: it" in capsys.readouterr().out
    assert (
        dispatch(["decide", "--model", small, situation(tmp_path, place="it/x", facts=CLEAN)]) == 0
    )
    assert "owner       ben" in capsys.readouterr().out
    (folder / "it.toml").write_text("[[owners]]\n")
    with pytest.raises(Failure, match=r"rules\.d/it\.toml:1: owners\[1\]\.place: it is needed"):
        dispatch(["model", "check", small])
    (folder / "it.toml").unlink()
    (folder / "it.toml").symlink_to("../small.toml")
    with pytest.raises(Failure, match="it leads out of the folder"):
        dispatch(["model", "check", small])
