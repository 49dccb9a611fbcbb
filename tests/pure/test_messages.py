"""What deliveries say to people."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.messages import MAX_SUBJECT, message_of


def record(name: str, key: str, size: int | None = None) -> dict[str, object]:
    """A record of S3's, as far as it is told."""
    item: dict[str, object] = {"key": key}
    if size is not None:
        item["size"] = size
    return {"eventName": name, "s3": {"bucket": {"name": "b"}, "object": item}}


EVENTS = {
    "ObjectCreated:Put": "a report.pdf in b was uploaded (5 bytes)",
    "ObjectRemoved:Delete": "a report.pdf in b was deleted (5 bytes)",
    "ObjectTagging:Put": "a report.pdf in b has other tags (5 bytes)",
    "Strange:Thing": "a report.pdf in b Strange:Thing (5 bytes)",
}


@pytest.mark.parametrize("name", EVENTS)
def test_one_event(name: str) -> None:
    message = message_of("s3", json.dumps({"Records": [record(name, "a+report.pdf", 5)]}))
    assert message.subject == f"narthex: {EVENTS[name]}"
    assert message.text == f"{EVENTS[name]}\n"


def test_many_events_are_counted_and_the_first_are_shown() -> None:
    records = [record("ObjectCreated:Put", str(number)) for number in range(30)]
    message = message_of("s3", json.dumps({"Records": records}))
    assert message.subject == "narthex: 30 things happened"
    assert message.text.splitlines()[-1] == "and 10 more"
    assert len(message.text.splitlines()) == 21


def test_a_payload_can_say_it_itself() -> None:
    payload = json.dumps({"subject": "a\r\nBcc: x", "text": "one\ntwo\x1b[2J\n"})
    message = message_of("notice", payload)
    assert message.subject == "a??Bcc: x"
    assert message.text == "one\ntwo?[2J\n"


def test_a_test_event() -> None:
    message = message_of("s3", '{"Event": "s3:TestEvent", "Bucket": "b"}')
    assert message.subject == "narthex: events of bucket b"


@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_it_is_a_subject_is_one_printable_line(kind: str, payload: str) -> None:
    for text in (payload, json.dumps({"subject": payload, "text": kind})):
        message = message_of(kind, text)
        assert message.subject.isprintable()
        assert len(message.subject) <= MAX_SUBJECT
        assert all(line.isprintable() for line in message.text.split("\n"))


@given(
    st.recursive(
        st.none() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["Records", "s3", "object", "key", "eventName", "bucket", "name", "size"]
                ),
                inner,
            )
        ),
    )
)
def test_no_document_is_too_strange(said: object) -> None:
    message_of("s3", json.dumps(said))
    message_of("s3", json.dumps({"Records": [said]}))
