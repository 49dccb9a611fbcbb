"""A log held against its seals: whole, or what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.audit_chain import (
    COVERED,
    FIRST,
    PRUNED,
    Chain,
    Seal,
    entries_digest,
    pruned_until,
    signed,
)

NUMBERS = frozenset(("at_us", "bytes", "times"))


def entry(number: int, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {name: 0 if name in NUMBERS else "" for name in COVERED}
    return told | {"id": f"{number:032x}", "event": "used"} | more


def seal(entries: list[dict[str, Any]], before: Seal | None = None) -> Seal:
    number, link = (1, FIRST) if before is None else (before.number + 1, before.link)
    return Seal("1" * 12, number, 7, 5, len(entries), entries_digest(entries), link)


def held(*pairs: tuple[Seal, list[dict[str, Any]]], unsealed: Any = (), beyond: int = 0) -> Chain:
    chain = Chain()
    for one, entries in pairs:
        chain.take(one, entries, is_signed=True)
    chain.end(unsealed, beyond)
    return chain


def test_a_whole_log_is_whole_in_any_order_of_the_rows() -> None:
    entries = [entry(1), entry(2)]
    first = seal(entries)
    second = seal([entry(3)], first)
    chain = held((first, entries[::-1]), (second, [entry(3)]))
    assert (chain.faults, chain.entries, chain.seals, chain.last) == ([], 3, 2, second)


@pytest.mark.parametrize("name", COVERED)
def test_each_value_that_is_covered_counts(name: str) -> None:
    changed = entry(1) | {name: 9 if name in NUMBERS else "x"}
    assert held((seal([entry(1)]), [changed])).faults != []


@given(st.binary(min_size=1, max_size=30), st.data())
def test_one_changed_byte_is_another_digest(text: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = bytearray(text)
    other[place] ^= 1
    one = entry(1, detail=text.decode("latin-1"))
    two = entry(1, detail=bytes(other).decode("latin-1"))
    assert entries_digest([one]) != entries_digest([two])


def test_values_cannot_flow_into_each_other() -> None:
    assert entries_digest([entry(1, agent="a", resource="")]) != entries_digest(
        [entry(1, agent="", resource="a")]
    )
    assert entries_digest([entry(1), entry(2)]) != entries_digest([entry(2), entry(1)])


@pytest.mark.parametrize(
    "change",
    [{"account": "2" * 12}, {"at_us": 8}, {"newest_us": 6}, {"entries": 2}, {"digest": "0" * 64},
     {"previous": "1" * 64}, {"number": 2}],
)  # fmt: skip
def test_what_a_seal_says_is_in_its_link(change: dict[str, Any]) -> None:
    first = seal([entry(1)])
    assert replace(first, **change).link != first.link
    assert signed(replace(first, **change)) != signed(first)


def test_what_is_missing_or_added_is_told() -> None:
    first = seal([entry(1), entry(2)])
    second = seal([entry(3)], first)
    third = seal([entry(4)], second)
    for pairs, why in (
        (((first, [entry(1)]),), "1 of 2 entries missing"),
        (((first, [entry(1), entry(2), entry(3)]),), "1 of 2 entries added"),
        (((first, []), (third, [entry(4)])), "between 1 and 3 are missing"),
        (((second, [entry(3)]),), "before seal 2 are missing"),
        (((first, []), (replace(second, previous="2" * 64), [entry(3)])), "does not follow"),
        (((replace(first, previous="2" * 64), []),), "is not the first one"),
    ):
        assert any(why in fault for fault in held(*pairs).faults), why
    assert held(beyond=3).faults == ["3 entries say that a seal covers them which is not there"]
    chain = Chain()
    chain.take(first, [entry(1), entry(2)], is_signed=False)
    assert chain.faults == ["seal 1 is not signed with this server's key"]


def test_what_was_pruned_is_known_by_an_act_that_is_there() -> None:
    first = replace(seal([entry(1)]), is_pruned=True)
    act = entry(2, event=PRUNED, detail=pruned_until(1, first.link))
    second = seal([act], first)
    assert held((first, []), (second, [act])).faults == []
    assert held((first, []), unsealed=[act]).faults == []
    assert held((first, [])).faults == ["no entry tells that all up to seal 1 was pruned"]
    other = act | {"detail": pruned_until(1, "0" * 64)}
    assert held((first, []), unsealed=[other]).faults != []
