"""Forms and documents as values: any text is understood or refused; what is written reads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from narthex.iam.service import IAM
from narthex.query_api.document import Value, render_answer, render_refusal
from narthex.query_api.errors import QueryError
from narthex.query_api.parameters import MAX_MEMBERS, Arguments, Rule, read_arguments, read_form

RULES: dict[str, Rule] = {
    "Name": Rule(1, 8, "[a-z]*"),
    "Count": Rule(1, 10, number=True),
    "Words": Rule(0, 4, members=True),
    "Tags": Rule(
        members=True, fields={"Key": Rule(1, 4), "Values": Rule(members=True, needed=False)}
    ),
}
_parts = st.sampled_from(
    [
        "Name",
        "Count",
        "Words",
        "Tags",
        "member",
        "1",
        "2",
        "0",
        "01",
        "-1",
        "Key",
        "Values",
        "",
        "é",
    ]
)
_names = st.lists(_parts, min_size=1, max_size=6).map(".".join)


def refusal(call: Callable[[], object]) -> QueryError | None:
    """How a call is refused, if it is."""
    try:
        call()
    except QueryError as error:
        return error
    return None


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_text_is_a_form_or_refused(text: str) -> None:
    error = refusal(lambda: read_form(text))
    assert error is None or error.code == "MalformedQueryString"


@given(st.dictionaries(_names, st.text(max_size=10), max_size=8))
def test_any_form_is_understood_whole_or_refused(form: dict[str, str]) -> None:
    error = refusal(lambda: read_arguments(form, RULES, ()))
    if error is not None:
        assert error.code == "ValidationError"
        return
    empty_lists = {name for name, value in form.items() if name in ("Words", "Tags") and not value}
    meant = {name: value for name, value in form.items() if name not in empty_lists}
    assert flattened(read_arguments(form, RULES, ())) == meant


def flattened(arguments: Arguments) -> dict[str, str]:
    """The form that these arguments came from."""
    form = {name: arguments[name] for name in ("Name", "Count") if name in arguments}
    for place, word in enumerate(arguments.texts("Words"), 1):
        form[f"Words.member.{place}"] = word
    for place, tag in enumerate(arguments.structures("Tags"), 1):
        for name, value in tag.items():
            form[f"Tags.member.{place}.{name}"] = value
    return form


def test_a_list_has_a_length() -> None:
    most = {f"Words.member.{place}": "" for place in range(1, MAX_MEMBERS + 1)}
    assert len(read_arguments(most, RULES, ()).texts("Words")) == MAX_MEMBERS
    error = refusal(
        lambda: read_arguments(most | {f"Words.member.{MAX_MEMBERS + 1}": ""}, RULES, ())
    )
    assert error is not None
    assert error.code == "ValidationError"


def test_no_repr_shows_a_value() -> None:
    arguments = read_arguments({"Name": "secret"}, RULES, ())
    assert "secret" not in repr(arguments)
    assert "Name" in repr(arguments)


def test_every_fault_is_told_at_once() -> None:
    error = refusal(lambda: read_arguments({"Name": "A", "Count": "11"}, RULES, ("Name", "Words")))
    assert error is not None
    assert error.message == (
        "3 validation errors detected: "
        "Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: [a-z]*; "
        "Value '11' at 'count' failed to satisfy constraint: Member must have value less than "
        "or equal to 10; "
        "Value null at 'words' failed to satisfy constraint: Member must not be null"
    )


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_values: st.SearchStrategy[Any] = st.recursive(
    _texts | st.booleans() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, min_size=1, max_size=3).map(
            lambda items: tuple((f"F{place}", item) for place, item in enumerate(items))
        )
    ),
    max_leaves=8,
)


@given(_values)
def test_what_is_written_reads_back(value: Value) -> None:
    body = render_answer("Do", IAM.namespace, (("It", value), ("None", None)), "id")
    root = ElementTree.fromstring(body)
    space = "{" + IAM.namespace + "}"
    result = root.find(f"{space}DoResult")
    assert result is not None
    assert [child.tag for child in result] == [f"{space}It"]
    assert back(result[0], value, space) == expected(value)
    assert root.findtext(f"{space}ResponseMetadata/{space}RequestId") == "id"


def back(element: ElementTree.Element, like: Value, space: str) -> object:
    """What an element says, read as the value that it was written from."""
    if isinstance(like, list):
        assert {child.tag for child in element} <= {f"{space}member"}
        return [back(child, item, space) for child, item in zip(element, like, strict=True)]
    if isinstance(like, tuple):
        return [back(child, item[1], space) for child, item in zip(element, like, strict=True)]
    return element.text or ""


def expected(value: Value) -> object:
    """The texts of a value; what XML cannot hold is replaced."""
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, tuple):
        return [expected(item[1]) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return "".join(
        c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text
    )


@given(_texts)
def test_any_message_stands_in_a_refusal(message: str) -> None:
    body = render_refusal(IAM.namespace, "ValidationError", message, ours=False, request_id="id")
    space = "{" + IAM.namespace + "}"
    root = ElementTree.fromstring(body)
    assert (root.findtext(f"{space}Error/{space}Message") or "") == expected(message)
    assert root.findtext(f"{space}Error/{space}Type") == "Sender"
