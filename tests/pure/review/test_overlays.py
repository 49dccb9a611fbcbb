"""Overlays of a model: what they add, what they change by saying so, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.review.model import Model
from narthex.pure.review.model_changes import changes
from narthex.pure.review.model_text import ModelError, read_model
from narthex.pure.review.overlays import Written
from tests.pure.review.models import SHIPPED, SMALL


def laid(*texts: str, base: str = SMALL) -> Model:
    """The model with these overlays."""
    overlays = [Written(f"rules.d/{n}.toml", text) for n, text in enumerate(texts, 1)]
    return read_model(base, "model.toml", overlays)


RULE = '[[rules]]\nid = "late"\ntext = "late"\npoints = 5\nwhen = [{ field = "late", is = true }]\n'
OWNERS = '[groups]\nit = ["ana", "ben"]\n[[owners]]\nplace = "it/"\nowner = "@it"\n'


def test_without_overlays_a_model_is_what_it_was() -> None:
    assert laid() == read_model(SMALL)
    assert laid("", "# nothing") == read_model(SMALL)


def test_an_overlay_adds_entries_of_every_kind() -> None:
    text = (
        '[principles]\nmore = "More"\n[[facts]]\nid = "odd"\ntext = "odd"\nseverity = 5\n'
        'principles = ["more"]\n[[gates]]\nid = "gate.odd"\ntext = "odd"\nfact = "odd"\n'
        '[[mode.places]]\nplace = "finance"\nmode = "enforce"\n'
        '[[presigned.places]]\nplace = "finance"\nsetting = "review"\n'
        '[[justification.choices]]\nid = "fine"\ntext = "Fine"\n'
        '[denied]\nrecipients = ["@rival.example"]\n'
        '[[tests]]\nname = "t"\nsituation = { kind = "thing" }\nexpect = { risk = 0 }\n'
    )
    model = laid(text, RULE, OWNERS)
    told = changes(read_model(SMALL), model)
    assert {line for line in told if line.startswith("+")} == {
        "+ facts odd",
        "+ rules late",
        "+ gates gate.odd",
        "+ owners it",
        "+ modes finance",
        "+ presigned finance",
        "+ justifications fine",
    }
    assert model.denied.recipients == ("@rival.example",)
    assert [one.name for one in model.cases] == ["t"]
    assert [one.id for one in model.facts] == ["bad", "worse", "odd"]  # the model's first


def test_an_overlay_sets_what_a_copy_of_the_shipped_model_would_be_made_for() -> None:
    text = (
        'enough_information = 0.8\n[bands]\nconfirm = 20\n[mode]\ndefault = "enforce"\n'
        '[owner]\nowner = "ana"\ndeputies = ["ben"]\n[justification]\nshortest = 30\n'
    )
    model = laid(text, base=SHIPPED)
    assert (model.enough_information, model.confirm, model.refuse) == (0.8, 20, 60)
    assert (model.modes[0].name, model.modes[0].gates) == ("enforce", True)
    assert (model.owners[0].name, model.owners[0].four_eyes) == ("ana", False)
    assert model.shortest_justification == 30
    assert len(model.justifications) == 4


def test_what_is_there_is_changed_only_by_who_says_so() -> None:
    changed = laid('[[facts]]\nid = "bad"\nchange = true\nseverity = 60\n')
    assert changes(read_model(SMALL), changed) == ("facts bad: severity: 80 -> 60",)
    gone = laid('[[rules]]\nid = "habit"\nremove = true\n')
    assert changes(read_model(SMALL), gone) == ("- rules habit",)
    again = laid('[[rules]]\nid = "habit"\nremove = true\n', RULE.replace("late", "habit"))
    assert [one.points for one in again.rules] == [5]


def test_lists_of_denials_grow() -> None:
    one = f'[denied]\nobjects = ["sha256:{"a" * 64}"]\nrecipients = ["ana@example.org"]\n'
    two = f'[denied]\nobjects = ["sha256:{"a" * 64}", "sha256:{"b" * 64}"]\n'
    model = laid(one, two)
    assert [digest[-1] for digest in model.denied.objects] == ["a", "b"]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (['[[facts]]\nid = "bad"\ntext = "x"\nseverity = 1\n'], "1.toml:2: facts[1].id: `bad` is"),
        ([RULE, RULE], "2.toml:2: rules[1].id: `late` is there already: `change = true`"),
        (['[[facts]]\nid = "nope"\nchange = true\n'], "1.toml:2: facts[1].id: `nope` is not there"),
        (['[[gates]]\nid = "nope"\nremove = true\n'], "1.toml:2: gates[1].id: `nope` is not there"),
        (['[[rules]]\nid = "habit"\nremove = true\npoints = 1\n'], "1.toml:3: rules[1].remove"),
        (["[bands]\nrefuse = 61\n"] * 2, "2.toml:2: bands.refuse: another overlay sets this"),
        (
            ['[[facts]]\nid = "bad"\nchange = true\ncap = 9\n'] * 2,
            "2.toml:4: facts[1].cap: another overlay changes this",
        ),
        (['[principles]\ncare = "x"\n'], "1.toml:2: principles.care: `care` is there already"),
        (['kinds = ["more"]\n'], "1.toml:1: kinds: there is no such field"),
        (["a = \n"], "1.toml:1: "),
        (['[[owners]]\nplace = "a/"\nowner = "@it"\n'], "1.toml:3: owners[1].owner: `@it` is none"),
        (['[groups]\nit = ["@x"]\n'], "1.toml:2: groups.it: a group is a list of users"),
        (["[groups]\nit = []\n"], "1.toml:2: groups.it: a group is a list"),
        (['[groups]\n"i t" = ["a"]\n'], "1.toml:2: groups.i t: `i t` is no name"),
        (['[denied]\nobjects = ["sha256:00"]\n'], "1.toml:2: denied.objects: `sha256:00` is not"),
        (['[denied]\nobjects = "sha256"\n'], "1.toml:2: denied.objects: this is a list"),
        (["facts = 1\n"], "1.toml:1: facts: "),
        (["[[facts]]\nid = 1\n"], "1.toml:2: facts[1].id: this is a text"),
        (['[[facts]]\nid = "x"\nchange = 1\n'], "1.toml:3: facts[1].change: this is true or"),
        (["[bands]\nrefuse = 20\n"], "model.toml:1: bands.confirm: 25 is not below"),
    ],
)
def test_what_is_wrong_is_said_with_its_own_file_line_and_field(
    texts: list[str], told: str
) -> None:
    with pytest.raises(ModelError) as error:
        laid(*texts)
    shown = told if told.startswith("model") else f"rules.d/{told}"
    assert str(error.value).startswith(shown)


def test_what_an_overlay_breaks_is_said_of_the_overlay() -> None:
    with pytest.raises(ModelError, match=r"rules\.d/2\.toml:4: facts\[1\]\.severity: 800 is not"):
        laid(RULE, '[[facts]]\nid = "bad"\nchange = true\nseverity = 800\n')
    with pytest.raises(ModelError, match=r"rules\.d/1\.toml:4: rules\[1\]\.points: 26 is not"):
        laid(RULE.replace("points = 5", "points = 26"))
    removed = (
        '[[facts]]\nid = "bad"\nremove = true\n[[facts]]\nid = "odd"\ntext = "x"\nseverity = 96\n'
    )
    with pytest.raises(ModelError, match=r"rules\.d/1\.toml:7: facts\[2\]\.severity: 96 is not"):
        laid(removed)


def test_rules_of_thumb_still_never_refuse() -> None:
    with pytest.raises(ModelError, match="rules of thumb alone come to 30"):
        laid("[bands]\nrefuse = 30\n")


def test_the_digest_is_of_what_comes_of_it_and_not_of_how_it_is_written() -> None:
    whole = read_model(SMALL + OWNERS)
    assert laid(OWNERS).digest == whole.digest
    assert laid(OWNERS, "# more").digest == whole.digest
    assert laid(OWNERS.replace("ben", "eva")).digest != whole.digest


LINES = st.sampled_from(
    "[[facts]]|[groups]|[owner]|[mode]|[[mode.places]]|[denied]|id = 'bad'|change = true|cap = 2|"
    "remove = true|x = ['a']|default = 'enforce'|owner = 1|place = 'a/'|recipients = ['a']|"
    "[[owners.x]]|mode = 1|[justification]|choices = [1]|facts = [1]".split("|")
)


@given(st.lists(LINES, max_size=8))
def test_any_overlay_is_laid_on_or_refused_with_its_file(lines: list[str]) -> None:
    try:
        laid("\n".join(lines))
    except ModelError as error:
        assert str(error).startswith(("rules.d/1.toml:", "model.toml"))
