"""Automations as values: rules that come back as they were, and what is told in which words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.automations import (
    Rule,
    Shared,
    read_rules,
    tell_refused,
    tell_shared,
    tell_stopped,
    write_rules,
)
from narthex.pure.messages import message_of

NOW = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z in microseconds
LINK = "https://files.example.org/s/token"
SHARED = Shared("a1", "s1", "bucketofbigsecrets", "out/plan.pdf", LINK, NOW, 3, "mind\nthe gap")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.builds(Rule, TEXT, TEXT, TEXT), max_size=5))
def test_rules_come_back_as_they_were(rules: list[Rule]) -> None:
    assert list(read_rules(write_rules(rules))) == rules
    assert write_rules(rules).isascii()


@pytest.mark.parametrize(
    "text", ["", "{}", "1", "[1]", '[["id"]]', '[["id", "", "", ""]]', "[null]"]
)
def test_what_are_no_rules_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_rules(text)


def test_a_link_is_told_with_all_that_its_receiver_needs() -> None:
    told = json.loads(tell_shared(SHARED, NOW))
    assert told["data"]["link"] == LINK
    assert told["text"] == (
        f"plan.pdf is here for you:\n\n{LINK}\n\nThe link ends at 2026-11-24T12:00:00Z.\n"
        "It works 3 times.\n\nmind\nthe gap\n"
    )
    assert message_of("notice", json.dumps(told)).subject == "plan.pdf: a link for you"


@pytest.mark.parametrize("key", ["a\r\nBcc: x", "\x1b[2J", "a/\x00", "é/", "/"])
def test_a_key_is_somebodys_words(key: str) -> None:
    shared = Shared("a1", "s1", "b", key, LINK, NOW, None)
    message = message_of("notice", tell_shared(shared, NOW))
    assert message.subject.isprintable()
    assert LINK in message.text.splitlines()
    assert message.text.count("\n") == 5
    assert json.loads(tell_shared(shared, NOW))["data"]["key"] == key


def test_a_refusal_names_no_key_and_no_reason() -> None:
    told = json.loads(tell_refused("a1", "b", "out/", "Refused", NOW))
    assert told["data"] == {
        "automation": "a1",
        "bucket": "b",
        "prefix": "out/",
        "refused": "Refused",
    }
    assert told["text"] == (
        "A file below s3://b/out/ was not shared: Refused.\n\n"
        "Its owner sees why: narthex automations log a1\n"
    )


def test_its_end_says_how_to_start_it_again() -> None:
    told = json.loads(tell_stopped("a1", "b", "", "the key is gone", NOW))
    assert told["type"] == "narthex.automation"
    assert "has stopped: the key is gone" in told["text"]
    assert "narthex automations resume a1" in told["text"]
