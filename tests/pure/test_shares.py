"""The judgement of a use: every limit to its edge, and what it must never depend on."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.shares import (
    Counts,
    Limits,
    Owner,
    Share,
    Target,
    Token,
    Verdict,
    is_within,
    judge,
    read_network,
    state,
    uses_left,
)

NOW = 1_795_521_600_000_000
SHARE = Share(
    id="0f3c9d2b71a84e56",
    kind="download",
    owner=Owner("root", "123456789012", "", "arn:aws:iam::123456789012:root"),
    origin="AKIAIOSFODNN7EXAMPLE",
    access_key_id="NSHRIOSFODNN7EXAMPLE",
    target=Target("bucketofbigsecrets", "b" * 32, "k"),
    limits=Limits(expires_us=NOW + 1),
    created_us=NOW,
)
LIMITED = Limits(NOW + 10, NOW - 10, 3, 1000, ("192.0.2.0/24",))


def verdict(share: Share = SHARE, **more: Any) -> Verdict:
    """The judgement of a use that nothing stands in the way of, but for what is given."""
    said: dict[str, Any] = {
        "now_us": NOW,
        "client": "192.0.2.7",
        "password_ok": True,
        "uses": 0,
        "bytes": 0,
    }
    return judge(share, **(said | more))


def limited(**more: Any) -> Share:
    """A share with these limits beside those of LIMITED."""
    return replace(SHARE, limits=replace(LIMITED, **more))


CASES: list[tuple[Share, dict[str, Any], Verdict]] = [
    (SHARE, {}, Verdict.ADMITTED),
    (SHARE, {"now_us": NOW + 1}, Verdict.EXPIRED),
    (limited(), {}, Verdict.ADMITTED),
    (limited(), {"now_us": NOW + 9}, Verdict.ADMITTED),
    (limited(), {"now_us": NOW + 10}, Verdict.EXPIRED),
    (limited(), {"now_us": NOW - 10}, Verdict.ADMITTED),
    (limited(), {"now_us": NOW - 11}, Verdict.NOT_YET),
    (limited(), {"uses": 2}, Verdict.ADMITTED),
    (limited(), {"uses": 3}, Verdict.USED_UP),
    (limited(), {"uses": 4}, Verdict.USED_UP),
    (limited(), {"bytes": 1000}, Verdict.ADMITTED),
    (limited(), {"bytes": 1001}, Verdict.USED_UP),
    (limited(), {"client": "192.0.3.1"}, Verdict.WRONG_ADDRESS),
    (limited(), {"client": ""}, Verdict.WRONG_ADDRESS),
    (limited(), {"client": None}, Verdict.ADMITTED),
    (limited(networks=()), {"client": ""}, Verdict.ADMITTED),
    (limited(expires_us=None, max_uses=None), {"uses": 9, "now_us": NOW * 9}, Verdict.ADMITTED),
    (replace(SHARE, has_password=True), {"password_ok": False}, Verdict.PASSWORD_NEEDED),
    (replace(SHARE, has_password=True), {}, Verdict.ADMITTED),
    (SHARE, {"password_ok": False}, Verdict.ADMITTED),
    (replace(SHARE, revoked_us=NOW), {}, Verdict.REVOKED),
    (replace(SHARE, revoked_us=NOW + 1), {}, Verdict.ADMITTED),
    (replace(limited(), revoked_us=NOW), {"now_us": NOW + 99, "uses": 9}, Verdict.REVOKED),
    (limited(), {"now_us": NOW + 99, "uses": 9, "client": ""}, Verdict.EXPIRED),
    (limited(), {"now_us": NOW - 99, "uses": 9, "client": ""}, Verdict.USED_UP),
    (limited(), {"now_us": NOW - 99, "client": ""}, Verdict.NOT_YET),
]


@pytest.mark.parametrize(("share", "more", "expected"), CASES)
def test_a_use_is_judged(share: Share, more: dict[str, Any], expected: Verdict) -> None:
    assert verdict(share, **more) is expected


def test_every_refusal_has_words_that_name_nothing() -> None:
    for one in Verdict:
        assert bool(one.words) is (one is not Verdict.ADMITTED)
        assert SHARE.target.bucket not in one.words


maybe = st.none() | st.integers(-5, 5)
limits = st.builds(
    Limits,
    maybe.map(lambda at: None if at is None else NOW + at),
    maybe.map(lambda at: None if at is None else NOW + at),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(1, 5),
    st.sampled_from([(), ("192.0.2.0/24",), ("2001:db8::/32",)]),
)
uses = st.integers(0, 6)


@given(limits, limits, uses, uses, st.booleans())
def test_a_limit_more_never_admits_more(
    loose: Limits, more: Limits, used: int, sent: int, password_ok: bool
) -> None:
    tight = Limits(
        _least(loose.expires_us, more.expires_us),
        _most(loose.not_before_us, more.not_before_us),
        _least(loose.max_uses, more.max_uses),
        _least(loose.max_bytes, more.max_bytes),
        loose.networks,
    )
    facts = {"uses": used, "bytes": sent, "password_ok": password_ok}
    before = verdict(replace(SHARE, limits=loose), **facts)
    after = verdict(replace(SHARE, limits=tight), **facts)
    assert before is Verdict.ADMITTED or after is not Verdict.ADMITTED


def _least(one: int | None, other: int | None) -> int | None:
    given = [value for value in (one, other) if value is not None]
    return min(given, default=None)


def _most(one: int | None, other: int | None) -> int | None:
    given = [value for value in (one, other) if value is not None]
    return max(given, default=None)


@given(limits, uses, uses, st.integers(-6, 6))
def test_what_is_used_up_stays_so_and_what_is_over_stays_over(
    given_limits: Limits, used: int, sent: int, later: int
) -> None:
    share = replace(SHARE, limits=given_limits)
    before = verdict(share, uses=used, bytes=sent)
    if before in (Verdict.EXPIRED, Verdict.USED_UP):
        after = verdict(share, uses=used + 1, bytes=sent + 1, now_us=NOW + abs(later))
        assert after in (Verdict.EXPIRED, Verdict.USED_UP)


def test_the_owner_sees_how_it_stands() -> None:
    early = limited(not_before_us=NOW + 1)
    table = [
        (SHARE, Counts(), "active", None),
        (limited(), Counts(), "active", 3),
        (limited(), Counts(2, 999), "active", 1),
        (limited(), Counts(3, 0), "used-up", 0),
        (limited(), Counts(4, 0), "used-up", 0),
        (limited(), Counts(0, 1000), "used-up", 3),
        (early, Counts(), "not-yet", 3),
        (limited(expires_us=NOW), Counts(), "expired", 3),
        (replace(SHARE, revoked_us=NOW - 1), Counts(), "revoked", None),
        (replace(SHARE, has_password=True), Counts(), "active", None),
    ]
    for share, counts, expected, left in table:
        assert state(share, counts, NOW) == expected
        assert uses_left(share, counts) == left


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::/0", "::/0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_networks_are_kept_in_one_spelling(text: str, kept: str) -> None:
    assert read_network(text) == kept


@pytest.mark.parametrize(
    "text", ["", "192.0.2.1/24", "192.0.2", "192.0.2.0/33", "example.org", "::1/0", "1.2.3.04"]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_network(text)


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 32))
def test_networks_hold_what_ipaddress_says(client: Any, base: Any, bits: int) -> None:
    network = ip_network((base, bits), strict=False)
    mapped = getattr(client, "ipv4_mapped", None) or client
    expected = network.version == mapped.version and mapped in network
    assert is_within(str(client), (str(network),)) is expected


@given(st.ip_addresses(v=4))
def test_an_address_is_the_same_in_both_spellings(client: Any) -> None:
    networks = (f"{client}/32",)
    assert is_within(f"::ffff:{client}", networks)
    assert is_within(str(client), networks)
    other = ip_address((int(client) + 1) % (1 << 32))
    assert not is_within(f"::ffff:{other}", networks)


def test_an_interface_behind_an_address_does_not_count() -> None:
    assert is_within("fe80::1%eth0", ("fe80::/10",))
    assert not is_within("unix:", ("0.0.0.0/0", "::/0"))


def test_a_token_shows_nothing_and_is_known_by_its_hash() -> None:
    token = Token("pYdH3C0sZtW1oYlJ8mSg7w2Q")
    assert token.text not in repr(token)
    assert token.hash == Token("pYdH3C0sZtW1oYlJ8mSg7w2Q").hash
    assert token.hash != Token("pYdH3C0sZtW1oYlJ8mSg7w2q").hash
    assert Token("\ud800").hash
