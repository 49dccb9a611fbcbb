"""What owners are told, when, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.pure import notices
from narthex.pure.notices import EACH, EXPIRING, FIRST, USED_UP, Use
from narthex.pure.shares import Counts, Limits, Notices, Owner, Share, Target

SECOND = 1_000_000
NOON = 1_795_521_600 * SECOND
HOUR = 3600 * SECOND
ALL = Notices((FIRST, EACH, USED_UP, EXPIRING), ("ops",))
OWNER = Owner("root", "123456789012", "", "arn:aws:iam::123456789012:root")


def share(**more: Any) -> Share:
    """A share of two hours."""
    said: dict[str, Any] = {
        "id": "0f3c9d2b71a84e56",
        "kind": "download",
        "owner": OWNER,
        "origin": "",
        "access_key_id": "NSHRIOSFODNN7EXAMPLE",
        "target": Target("b", "id", "dir/plan.pdf"),
        "limits": Limits(expires_us=NOON + 2 * HOUR),
        "created_us": NOON,
        "notices": ALL,
    }
    return Share(**(said | more))


DUE = [
    (share(), 600, NOON + 2 * HOUR - 600 * SECOND),
    (share(), 7200, NOON + 2 * HOUR - 720 * SECOND),  # a tenth of its life
    (share(), 0, NOON + 2 * HOUR),
    (share(limits=Limits()), 600, None),
    (share(notices=Notices((FIRST,), ("ops",))), 600, None),
    (share(notices=Notices()), 600, None),
    (  # its life begins when it works
        share(limits=Limits(expires_us=NOON + 2 * HOUR, not_before_us=NOON + HOUR)),
        7200,
        NOON + 2 * HOUR - 360 * SECOND,
    ),
    (
        share(limits=Limits(expires_us=NOON + 2 * HOUR, not_before_us=NOON + 3 * HOUR)),
        600,
        NOON + 2 * HOUR,
    ),
]


@pytest.mark.parametrize(("one", "before", "due_us"), DUE)
def test_when_an_end_is_told(one: Share, before: int, due_us: int | None) -> None:
    assert notices.due_us(one, before) == due_us


def said(one: Share, occasions: list[str], use: Use | None = None, uses: int = 0) -> Any:
    """A notice, read."""
    text = notices.written(one, Counts(uses), occasions, use, NOON + HOUR)
    assert text.isascii()
    return json.loads(text)


def test_words_of_a_request() -> None:
    inbox = share(kind="upload", target=Target("b", "id", "in/", True), limits=Limits(max_uses=3))
    told = said(inbox, [EACH, USED_UP], Use("1", "in/a b.txt", 7), 3)
    assert told["type"] == "narthex.request"
    assert told["subject"] == "narthex: a b.txt was uploaded, and its link is used up"
    assert told["text"].splitlines() == [
        "s3://b/in/a b.txt (7 bytes) was uploaded.",
        "The link is used up: 3 of 3 files.",
        "",
        "Request 0f3c9d2b71a84e56 of s3://b/in/*.",
        "narthex requests log 0f3c9d2b71a84e56",
    ]


SUBJECTS = [
    (share(), [USED_UP], "narthex: the link to plan.pdf is used up"),
    (share(), [EXPIRING], "narthex: the link to plan.pdf ends soon"),
    (
        share(target=Target("b", "id", "", True)),
        [EXPIRING],
        "narthex: the link to bucket b ends soon",
    ),
    (
        share(target=Target("b", "id", "a\nb/", True)),
        [EXPIRING],
        "narthex: the link to a?b ends soon",
    ),
    (share(kind="upload"), [EXPIRING], "narthex: the link for plan.pdf ends soon"),
]


@pytest.mark.parametrize(("one", "occasions", "subject"), SUBJECTS)
def test_subjects_without_a_use(one: Share, occasions: list[str], subject: str) -> None:
    assert said(one, occasions)["subject"] == subject


SPANS = [
    (1, "1 second"),
    (59, "59 seconds"),
    (60, "1 minute"),
    (7199, "1 hour"),
    (172800, "2 days"),
]


@pytest.mark.parametrize(("seconds", "words"), SPANS)
def test_the_time_that_is_left(seconds: int, words: str) -> None:
    one = share(limits=Limits(expires_us=NOON + HOUR + seconds * SECOND))
    assert f", in {words}.\n" in said(one, [EXPIRING])["text"]


def test_the_usual_occasions_and_their_order() -> None:
    assert notices.checked_occasions((), "download") == (FIRST, USED_UP, EXPIRING)
    assert notices.checked_occasions((), "upload") == (EACH, USED_UP, EXPIRING)
    assert notices.checked_occasions((EXPIRING, FIRST, FIRST), "upload") == (FIRST, EXPIRING)
    with pytest.raises(ValueError, match="`last` is none of"):
        notices.checked_occasions(("last",), "download")


def test_what_a_use_brings_about() -> None:
    assert notices.of_use(ALL, is_complete=True, is_used_up=False) == (FIRST, EACH)
    assert notices.of_use(ALL, is_complete=True, is_used_up=True) == (FIRST, EACH, USED_UP)
    assert notices.of_use(ALL, is_complete=False, is_used_up=True) == (USED_UP,)
    assert notices.of_use(Notices((EXPIRING,)), is_complete=True, is_used_up=True) == ()


def test_what_makes_an_occasion_another_one() -> None:
    use = Use("7", "k", 1)
    told = {one: notices.about(one, share(), use) for one in notices.OCCASIONS}
    assert told == {FIRST: "", EACH: "7", USED_UP: "", EXPIRING: str(NOON + 2 * HOUR)}
