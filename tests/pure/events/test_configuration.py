"""Notification configurations: read and refused as S3 does it, and never ambiguous."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from narthex.errors import S3Error
from narthex.pure.events import configuration, names
from narthex.pure.events.configuration import Notification, read, render

SQS = "arn:aws:sqs:us-east-1:123456789012:queue"
SNS = "arn:aws:sns::123456789012:topic"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:share:$LATEST"
AFFIX = some.text("ab/&<", max_size=3)
EVENTS = some.lists(some.sampled_from(sorted(names.CONFIGURABLE)), min_size=1, max_size=3)


def document(*entries: Notification) -> bytes:
    """As a client writes it."""
    return render(entries)


def entry(prefix: str = "", suffix: str = "", events: list[str] | None = None) -> Notification:
    """A queue's entry."""
    wanted = tuple(dict.fromkeys(events or ["s3:ObjectCreated:*"]))
    return Notification("", "Queue", SQS, wanted, prefix, suffix)


def ids() -> itertools.count[int]:
    """Numbers to make ids of."""
    return itertools.count()


@given(AFFIX, AFFIX, EVENTS)
def test_what_is_written_reads_back(prefix: str, suffix: str, events: list[str]) -> None:
    wanted = Notification("one", "Topic", SNS, tuple(dict.fromkeys(events)), prefix, suffix)
    assert read(document(wanted), str) == (wanted,)


@given(AFFIX, AFFIX, AFFIX, AFFIX, EVENTS, EVENTS, some.text("ab/", max_size=6))
def test_no_event_of_a_key_is_wanted_twice(
    prefix: str, suffix: str, other: str, ending: str, one: list[str], two: list[str], key: str
) -> None:
    numbers = ids()
    try:
        found = read(
            document(entry(prefix, suffix, one), entry(other, ending, two)),
            lambda: str(next(numbers)),
        )
    except S3Error as error:
        assert error.code == "InvalidArgument"
        return
    for family, kinds in names.FAMILIES.items():
        for kind in kinds:
            assert sum(each.wants(f"{family}:{kind}", key) for each in found) <= 1


def test_ids_are_kept_or_made() -> None:
    made = read(
        document(entry("a"), Notification("mine", "Queue", SQS, ("s3:ObjectAcl:Put",))),
        lambda: "new",
    )
    assert [one.id for one in made] == ["new", "mine"]


def test_an_event_named_twice_is_one() -> None:
    text = document(entry()).replace(b"</Event>", b"</Event><Event>s3:ObjectCreated:*</Event>")
    assert read(text, lambda: "id")[0].events == ("s3:ObjectCreated:*",)


@pytest.mark.parametrize(
    ("target", "arn", "good"),
    [
        ("Queue", SQS, True),
        ("Queue", f"{SQS}.fifo", True),
        ("Queue", SNS, False),
        ("Topic", SNS, True),
        ("Topic", SQS, False),
        ("CloudFunction", LAMBDA, True),
        ("CloudFunction", SQS, False),
        ("Queue", SQS.replace("123456789012", "12345678901"), False),
        ("Queue", f"{SQS}:more", False),
        ("Queue", SQS.replace("queue", ""), False),
        ("Queue", SQS.replace("queue", "qu eue"), False),
        ("Queue", f"{SQS}\n", False),
        ("Queue", SQS.replace("aws", "gcp"), False),
        ("Queue", "", False),
    ],
)
def test_an_arn_is_of_the_kind_that_its_entry_is(target: str, arn: str, good: bool) -> None:
    text = document(Notification("id", target, arn, ("s3:ObjectAcl:Put",)))
    if good:
        assert read(text, str)[0].arn == arn
        return
    with pytest.raises(S3Error) as caught:
        read(text, str)
    assert caught.value.message == "The ARN could not be parsed"
    assert ("ArgumentName", target) in caught.value.detail


@pytest.mark.parametrize(
    "change",
    [
        (b"<Id>id</Id>", b"<Id>id</Id><Id>other</Id>"),
        (b"<Id>id</Id>", b"<Id>" + b"x" * 256 + b"</Id>"),
        (b"<Id>id</Id>", b"<Id>a&#10;b</Id>"),
        (b"<Id>id</Id>", b"<Id><b/></Id>"),
        (b"<Id>id</Id>", b"<InvocationRole/>"),
        (b"<Event>s3:ObjectCreated:*</Event>", b""),
        (b"<S3Key>", b"<Tag>"),
        (b"<Name>Prefix</Name>", b""),
        (b"<Name>Prefix</Name>", b"<Name>Prefix</Name><Name>Prefix</Name>"),
        (b"</Filter>", b"</Filter><Filter><S3Key/></Filter>"),
    ],
)
def test_what_is_not_in_the_schema_is_malformed(change: tuple[bytes, bytes]) -> None:
    wanted = Notification("id", "Queue", SQS, ("s3:ObjectCreated:*",), "a")
    text = document(wanted)
    assert change[0] in text
    changed = text.replace(*change)
    if change[0] == b"<S3Key>":
        changed = changed.replace(b"</S3Key>", b"</Tag>")
    with pytest.raises(S3Error) as caught:
        read(changed, lambda: "id")
    assert caught.value.code == "MalformedXML"


def test_ids_are_not_shared_and_values_are_not_endless() -> None:
    twice = Notification("id", "Queue", SQS, ("s3:ObjectAcl:Put",))
    with pytest.raises(S3Error, match="Same ID"):
        read(document(twice, Notification("id", "Topic", SNS, ("s3:ObjectCreated:*",))), str)
    with pytest.raises(S3Error, match="1024 bytes"):
        read(document(entry("ü" * 513)), lambda: "id")
    assert read(document(entry("ü" * 512)), lambda: "id")
    many = [
        Notification(f"{n}", "Queue", SQS, ("s3:ObjectAcl:Put",), f"{n:03}") for n in range(101)
    ]
    assert len(read(document(*many[:100]), str)) == configuration.MOST
    with pytest.raises(S3Error, match="MalformedXML"):
        read(document(*many), str)


@pytest.mark.parametrize(
    ("configured", "name", "covered"),
    [
        ("s3:ObjectCreated:*", "ObjectCreated:Put", True),
        ("s3:ObjectCreated:Put", "ObjectCreated:Put", True),
        ("s3:ObjectCreated:Put", "ObjectCreated:Post", False),
        ("s3:ObjectRemoved:*", "ObjectCreated:Put", False),
        ("s3:ObjectAcl:Put", "ObjectAcl:Put", True),
    ],
)
def test_an_event_stands_for_itself_or_for_its_family(
    configured: str, name: str, covered: bool
) -> None:
    assert names.covers(configured, name) is covered
