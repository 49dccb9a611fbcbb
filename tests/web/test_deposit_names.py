"""Names of files that others bring: below the request's prefix, or refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.share_grants import covers
from narthex.pure.shares import Target
from narthex.web.deposit_names import NameRefused, key_of

INBOX = Target("bucket", "", "inbox/", is_prefix=True)
NAMES = st.lists(
    st.sampled_from([".", "..", "", "a", "%2e", "火", " ", "\\", "\u202e", "\0"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
).map("/".join)


@given(NAMES)
def test_a_key_is_below_the_prefix_and_a_browser_sends_it_as_it_is(name: str) -> None:
    try:
        key = key_of(INBOX, name)
    except NameRefused:
        return
    assert covers(INBOX, key)
    assert len(key.encode()) <= 1024
    assert not {"", ".", ".."} & set(key.split("/"))
    assert not any(char < " " or char in "\u202e\u2066\x7f" for char in key)


@given(NAMES)
def test_one_file_has_the_key_that_was_asked_for(name: str) -> None:
    assert key_of(Target("bucket", "", "inbox/plan.pdf"), name) == "inbox/plan.pdf"
