"""Listing: the pages of the seeking generator are those of an obvious listing over all keys."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narthex.pure.listing import DENSE, FEW, FIRST, GROWTH, Rolled, Span, roll_up, successor

Row = tuple[bytes]

# Few letters, so that prefixes, delimiters and keys meet; one of each length in UTF-8.
LETTERS = ["a", "b", "/", "-", "\0", "é", "☃", "\U0001f525", "\U0010ffff"]
text = st.lists(st.sampled_from(LETTERS), max_size=5).map("".join)
keys = st.sets(text.filter(bool), max_size=40)
delimiters = st.one_of(
    st.sampled_from(["", "/", "//", "/-", "é", "a/", "\U0010ffff"]),
    st.lists(st.sampled_from(LETTERS), max_size=3).map("".join),
)


class Store:
    """Keys in byte order that answer spans and count what was asked of them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.rows = sorted((key.encode(),) for key in keys)
        self.spans: list[Span[Row]] = []
        self.read = 0

    def fetch(self, span: Span[Row]) -> list[Row]:
        assert span.start < span.end
        assert span.most >= 1
        assert span.behind is None or span.behind[0] < span.start
        self.spans.append(span)
        first = bisect_left(self.rows, (span.start,))
        found = [row for row in self.rows[first : first + span.most] if row[0] < span.end]
        self.read += len(found)
        return found

    def page(
        self, limit: int, *, prefix: str = "", delimiter: str = "", after: str = ""
    ) -> Rolled[Row]:
        flow: Generator[Span[Row], Sequence[Row], Rolled[Row]] = roll_up(
            prefix=prefix, delimiter=delimiter, after=after, limit=limit
        )
        try:
            span = next(flow)
            while True:
                span = flow.send(self.fetch(span))
        except StopIteration as end:
            rolled: Rolled[Row] = end.value
            return rolled


def obvious(keys: Iterable[str], prefix: str, delimiter: str, after: str) -> list[str]:
    """Every entry behind `after`, by looking at every key."""
    entries: list[str] = []
    for key in sorted(keys):  # code point order is the order of UTF-8 bytes
        if not key.startswith(prefix) or key <= after:
            continue
        entry = key
        if delimiter and delimiter in key[len(prefix) :]:
            entry = key[: key.index(delimiter, len(prefix)) + len(delimiter)]
        if entry != after and entry not in entries:
            entries.append(entry)
    return entries


def names(rolled: Rolled[Row]) -> list[str]:
    return [entry if isinstance(entry, str) else entry[0].decode() for entry in rolled.entries]


@settings(deadline=None)
@given(keys, text, delimiters, text, st.integers(1, 12))
@example({"a/", "a/b", "a0"}, "", "/", "a/", 5)
@example({"a/b", "a/c"}, "", "/", "a/b", 5)
@example({"a//b", "a//c"}, "a/", "//", "", 1)
def test_a_page_is_the_page_of_an_obvious_listing(
    keys: set[str], prefix: str, delimiter: str, after: str, limit: int
) -> None:
    wanted = obvious(keys, prefix, delimiter, after)
    rolled = Store(keys).page(limit, prefix=prefix, delimiter=delimiter, after=after)
    assert names(rolled) == wanted[:limit]
    assert rolled.truncated == (len(wanted) > limit)


@settings(deadline=None)
@given(keys, text, delimiters, st.integers(1, 4))
def test_pages_put_together_are_the_whole_listing(
    keys: set[str], prefix: str, delimiter: str, limit: int
) -> None:
    store, seen, after, more = Store(keys), [], "", True
    while more:
        rolled = store.page(limit, prefix=prefix, delimiter=delimiter, after=after)
        seen += names(rolled)
        after, more = (seen[-1] if seen else ""), rolled.truncated
    assert seen == obvious(keys, prefix, delimiter, "")


@settings(deadline=None)
@given(keys, text, delimiters, st.integers(1, 12))
def test_a_common_prefix_is_text_and_a_row_is_a_row(
    keys: set[str], prefix: str, delimiter: str, limit: int
) -> None:
    for entry in Store(keys).page(limit, prefix=prefix, delimiter=delimiter).entries:
        if isinstance(entry, str):
            assert entry.endswith(delimiter)
        else:
            assert not delimiter or delimiter.encode() not in entry[0][len(prefix.encode()) :]


def test_a_marker_inside_a_common_prefix_leaves_the_rest_of_it_listed() -> None:
    store = Store(["a/1", "a/2", "b"])
    assert names(store.page(9, delimiter="/", after="a/1")) == ["a/", "b"]
    assert names(store.page(9, delimiter="/", after="a/2")) == ["b"]
    assert names(store.page(9, delimiter="/", after="a/")) == ["b"]


def test_without_a_delimiter_a_page_is_one_fetch() -> None:
    store = Store(f"{number:06}" for number in range(5000))
    rolled = store.page(1000, after="001999")
    assert names(rolled)[0] == "002000"
    assert rolled.truncated
    assert [span.most for span in store.spans] == [1001]


def test_large_common_prefixes_are_skipped_and_not_scanned() -> None:
    store = Store(f"{folder}/{number:05}" for folder in "abcdefghij" for number in range(10_000))
    rolled = store.page(1000, delimiter="/")
    assert names(rolled) == [f"{folder}/" for folder in "abcdefghij"]
    assert not rolled.truncated
    assert len(store.spans) <= 12
    assert store.read <= FIRST + 10 * FEW


def test_small_common_prefixes_are_scanned_and_not_sought_one_by_one() -> None:
    store = Store(f"{folder:05}/{name}" for folder in range(3000) for name in "xy")
    rolled = store.page(1000, delimiter="/")
    assert len(rolled.entries) == 1000
    assert rolled.truncated
    assert len(store.spans) <= 5


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.integers(1, 40))
def test_the_rows_read_are_bounded_by_the_entries_asked_for(sizes: list[int], limit: int) -> None:
    store = Store(
        f"{place:03}/{name:03}" for place, size in enumerate(sizes) for name in range(size)
    )
    store.page(limit, delimiter="/")
    assert store.read <= (limit + 1) * (DENSE * GROWTH + FEW) + FIRST
    assert len(store.spans) <= limit + 3


@pytest.mark.parametrize(
    ("key", "behind"),
    [
        (b"a", b"b"),
        (b"a/", b"a0"),
        ("é".encode(), b"\xc3\xaa"),
        (b"\xf4\x8f\xbf\xbf", b"\xf4\x8f\xbf\xc0"),
    ],
)
def test_the_successor_is_behind_every_key_that_begins_so(key: bytes, behind: bytes) -> None:
    assert successor(key) == behind
    assert key < key + b"\xf4" * 9 < behind
