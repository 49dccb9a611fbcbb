"""Models as text: what reads; and for what does not, the file, the line and the field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.review.conditions import Condition
from narthex.pure.review.model import Mode, PresignedUse
from narthex.pure.review.model_changes import changes
from narthex.pure.review.model_text import LARGEST, ModelError, read_model
from narthex.pure.review.places import presigned_at
from narthex.pure.review.toml_lines import line_of
from tests.pure.review.models import MODEL, SHIPPED, SMALL

RULE = '[[rules]]\nid = "r"\ntext = "t"\npoints = 1\n'


def test_the_shipped_model_says_what_the_design_says() -> None:
    assert (MODEL.data_weight, MODEL.heuristics_weight) == (0.7, 0.3)
    assert (MODEL.confirm, MODEL.refuse, MODEL.enough_information) == (25, 60, 0.7)
    assert MODEL.modes == (Mode("", "warn", True),)
    assert MODEL.owners[0].name == "root"
    assert all(one.words.fix for one in MODEL.rules)
    assert all(one.words.fix for one in MODEL.facts if one.severity)


def test_what_is_left_out_has_its_default() -> None:
    model = read_model(SMALL)
    assert (model.confirm, model.refuse, model.data_weight) == (25, 60, 0.7)
    assert model.presigned == (PresignedUse("", "allow", None),)
    assert (model.owners[0].sla, model.owners[0].lasts) == (14400, 86400)
    assert model.two_way.every == (Condition("reversible", "is", True),)


def test_settings_of_places_are_read() -> None:
    text = SMALL + (
        '[mode]\ndefault = "observe"\ngates = false\n'
        '[[mode.places]]\nplace = "b"\nmode = "enforce"\n'
        '[[mode.places]]\nplace = "b/x/"\nmode = "warn"\ngates = true\n'
        '[presigned]\nmax_age = "7d"\n'
        '[[presigned.places]]\nplace = "b"\nsetting = "review"\nmax_age = 600\n'
    )
    model = read_model(text)
    assert model.modes[1:] == (Mode("b", "enforce", False), Mode("b/x/", "warn", True))
    assert presigned_at(model, "b/k") == PresignedUse("b", "review", 600)
    assert presigned_at(model, "c/k") == PresignedUse("", "allow", 604800)


WRONG = [
    ("format = 1", "format = 2", "2: format: this program reads models of format 1"),
    ("format = 1", "format = true", "2: format: this is a number"),
    ('name = "small"', "", "1: name: it is needed"),
    ('name = "small"', "name = 3", "3: name: this is a text"),
    ('name = "small"', 'name = " "', "3: name: it is empty"),
    ('name = "small"', 'name = "small"\nnmae = ""', "4: nmae: there is no such field"),
    ('kinds = ["thing", "other"]', "kinds = []", "4: kinds: a model names"),
    ('kinds = ["thing", "other"]', 'kinds = ["a", "a"]', "4: kinds: one of them is there twice"),
    ('care = "Care"', "care = 1", "6: principles.care: this is a text"),
    ("[{ field", "[{ fld", "8: door.two_way[1].fld: there is no such field"),
    ("two_way =", "three_way =", "8: door.three_way: there is no such field"),
    ("is = true }]\n[owner]", "was = true }]\n[owner]", "8: door.two_way[1].was: there is no"),
    ("is = true }]\n[owner]", "is = true, in = [1] }]\n[owner]", "8: door.two_way[1]: a condition"),
    ('[owner]\nowner = "ana"', "", "1: owner: somebody is accountable"),
    ('owner = "ana"', 'owner = "ana"\nsla = "soon"', "11: owner.sla: `soon` is not a duration"),
    ('owner = "ana"', 'owner = "ana"\nsla = 0', "11: owner.sla: this is a duration"),
    ('id = "bad"', 'id = "Bad"', "12: facts[1].id: `Bad` is not of small letters"),
    ('id = "worse"', 'id = "bad"', "19: facts[2].id: `bad` is there twice"),
    ("severity = 80", "severity = 96", "15: facts[1].severity: 96 is not between 0 and 95"),
    ("severity = 80", "severity = nan", "15: facts[1].severity: this is a number"),
    ("cap = 50", "cap = 0", "16: facts[1].cap: 0 is not between"),
    ("cap = 50", "cap = 1.5", "16: facts[1].cap: this is a whole number"),
    ('principles = ["care"]', 'principles = ["car"]', "17: facts[1].principles: `car` is none of"),
    ("cap = 50", 'cap = 50\nkinds = ["x"]', "17: facts[1].kinds: `x` is none of other, thing"),
    ("cap = 50", "cap = 50\nvalues = { A = 99 }", "17: facts[1].values.A: 99 is not between"),
    ('name = "small"', 'name = "small"\nweights = 1', "4: weights: this is a table"),
    ('owner = "ana"', 'owner = "ana"\nfour_eyes = 1', "11: owner.four_eyes: this is true or"),
    ('owner = "ana"', 'owner = "ana"\ndeputies = "b"', "11: owner.deputies: this is a list"),
    ('owner = "ana"', 'owner = "ana"\ndeputies = [1]', "11: owner.deputies: this is a list"),
    ('two_way = [{ field = "reversible", is = true }]', "two_way = []", "7: door: `two_way` says"),
    ('two_way = [{ field = "reversible", is = true }]', "two_way = 1", "8: door.two_way: this is"),
    ("cap = 50", "cap = 50\nvalues = 3", "17: facts[1].values: this is a table of words"),
    ("is = true }]\n[[gates]]", 'starts = "" }]\n[[gates]]', "26: rules[1].when[1].starts"),
    ("is = true }]\n[[gates]]", "is = [] }]\n[[gates]]", "26: rules[1].when[1].is: `is` goes"),
    ("{count} bad", "{amount} bad", "13: facts[1].text: `{amount}` is neither"),
    ("{count} bad", "{count.real} bad", "13: facts[1].text: `{count.real}` is neither"),
    ("points = 25", "points = 26", "25: rules[1].points: 26 is not between 0 and 25"),
    (
        "is = true }]\n[[gates]]",
        "above = true }]\n[[gates]]",
        "26: rules[1].when[1].above: `above`",
    ),
    ("is = true }]\n[[gates]]", "words = [] }]\n[[gates]]", "26: rules[1].when[1].words: `words`"),
    ("is = true }]\n[[gates]]", "present = 1 }]\n[[gates]]", "26: rules[1].when[1].present"),
    ('fact = "worse"', 'fact = "worst"', "30: gates[1].fact: `worst` is none of the facts"),
    ('fact = "worse"', "", "27: gates[1].when: a gate has a fact or conditions"),
    ('fact = "worse"', 'fact = "worse"\ndecision = "proceed"', "31: gates[1].decision: `proceed`"),
]


@pytest.mark.parametrize(("before", "after", "told"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_field(before: str, after: str, told: str) -> None:
    assert before in SMALL
    with pytest.raises(ModelError) as error:
        read_model(SMALL.replace(before, after, 1), "m.toml")
    assert str(error.value).startswith(f"m.toml:{told}")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[weights]\ndata = 0.7\nheuristics = 0.2", "weights.data: 0.7 and 0.2 do not make 1"),
        ("[bands]\nconfirm = 60", "bands.confirm: 60 is not below `refuse`, 60"),
        ("[bands]\nrefuse = 30", "bands.refuse: rules of thumb alone come to 30"),
        (RULE, "rules[2].when: a rule of thumb has conditions"),
        ("[presigned]\nmax_age = -1", "presigned.max_age: this is a duration"),
        ('[[owners]]\nplace = "/b"\nowner = "a"', "owners[1].place: this is BUCKET or"),
        (
            '[[owners]]\nplace = "b"\nowner = "a"\n[[owners]]\nplace = "b"\nowner = "c"',
            "owners[2].place: `b` has an entry already",
        ),
        (
            '[[owners]]\nplace = "b/"\nowner = "a"\n[[owners]]\nplace = "b"\nowner = "c"',
            "owners[2].place: `b` has an entry already",
        ),
        (
            '[[justification.choices]]\nid = "typed"\ntext = "t"',
            "justification.choices[1].id: `typed` is taken",
        ),
        ('[mode]\ndefault = "off"', "mode.default: `off` is none of observe, warn, enforce"),
        (
            '[[tests]]\nname = "t"\nsituation = { kind = "thing" }',
            "tests[1].expect: a test expects",
        ),
        (
            '[[tests]]\nname = "t"\nsituation = { king = 1 }\nexpect = { risk = 1 }',
            "tests[1].situation: the situation: unknown field `king`",
        ),
        (
            '[[tests]]\nname = "t"\nsituation = { kind = "thing" }\nexpect = { rsk = 1 }',
            "tests[1].expect.rsk: there is no such field",
        ),
    ],
)
def test_what_is_wrong_further_down_is_said_too(more: str, told: str) -> None:
    with pytest.raises(ModelError) as error:
        read_model(SMALL + more, "m.toml")
    assert str(error.value).partition(": ")[2].startswith(told)


def test_what_is_no_toml_is_said_with_its_line() -> None:
    with pytest.raises(ModelError, match=r"^m\.toml:3: "):
        read_model(SMALL.replace('name = "small"', "name = "), "m.toml")
    with pytest.raises(ModelError, match="larger than"):
        read_model("#" * (LARGEST + 1))
    with pytest.raises(ModelError):
        read_model("x = " + "[" * 5000)


@given(st.integers(0, SHIPPED.count("\n")), st.sampled_from(("", "= 3", "x = []", "[[facts]]")))
def test_a_model_with_any_line_changed_reads_or_is_refused(at: int, line: str) -> None:
    lines = SHIPPED.split("\n")
    lines[at] = line
    try:
        read_model("\n".join(lines), "m.toml")
    except ModelError as error:
        assert str(error).startswith("m.toml:")


def test_lines_are_found_past_texts_of_many_lines_and_tables_in_tables() -> None:
    text = (
        'a = """\n[[b]]\nx = 1\n"""\n[[b]]\nx = 1\n[[b.c]]\ny = 1\n[[b.c]]\ny = 2\n[b.d]\nz = 1\n'
    )
    assert line_of(text, ("b", 0, "x")) == 6
    assert line_of(text, ("b", 0, "c", 1, "y")) == 10
    assert line_of(text, ("b", 0, "d", "z")) == 12
    assert line_of(text, ("b", 0, "absent")) == 5
    assert line_of(text, ("absent",)) == 1


def test_the_digest_is_of_the_meaning() -> None:
    same = ["# a comment\n" + SHIPPED, SHIPPED.replace("severity = 80", "severity = 80.0")]
    same += [SHIPPED.replace("description =", "# description ="), SHIPPED.partition("[[tests]]")[0]]
    assert {read_model(text).digest for text in same} == {MODEL.digest}
    other = SHIPPED.replace("severity = 80", "severity = 81", 1)
    assert read_model(other).digest != MODEL.digest


def test_changes_are_told_by_entry() -> None:
    assert changes(MODEL, MODEL) == ()
    card = replace(MODEL.facts[0], severity=81.0)
    after = replace(
        MODEL,
        confirm=30.0,
        facts=(card, *MODEL.facts[1:-1]),
        rules=(*MODEL.rules, replace(MODEL.rules[0], id="habit.new")),
        principles=(*MODEL.principles, ("think-big", "Think Big")),
        gates=tuple(reversed(MODEL.gates)),
    )
    elsewhere = replace(MODEL.owners[0], place="b", deputies=("ben",))
    (line,) = changes(MODEL, replace(MODEL, owners=(*MODEL.owners, elsewhere)))
    assert line == "+ owners b"
    (line,) = changes(MODEL, replace(MODEL, owners=(replace(MODEL.owners[0], name="ana"),)))
    assert line == "owners (default): name: root -> ana"
    assert changes(MODEL, after) == (
        "confirm: 25 -> 30",
        "principles: think-big: nothing -> Think Big",
        "facts pii.card: severity: 80 -> 81",
        "- facts content.readable",
        "+ rules habit.new",
        "gates: in another order",
    )
