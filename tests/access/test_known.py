"""What was allowed is repeated only where nothing that policies read has changed."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from narthex.entities import NamedDocument
from narthex.http import Headers, Pairs, Request
from narthex.identity import Identity, Texts
from narthex.model import Bucket, Principal
from narthex.principals import caller_of
from narthex.pure import acl, ownership, public_access
from narthex.pure.claim import HEADER, QUERY, SIGV2, SIGV4, Claim, Scope
from narthex.pure.policy import Bundle, Context, compile_policy, evaluate, parse
from narthex.s3 import known
from narthex.s3.asking import Asking
from narthex.s3.question import Asked, put_together
from narthex.s3.rules import Rules
from tests.access.conftest import BUCKET, arn, set_policy
from tests.asking import Api, allow, deny
from tests.driving import NOON, SECOND
from tests.operations.access import open_up
from tests.pure.policy.strategies import ANA, HOME, Choices, document

PATH = f"/{BUCKET}/inbox/report.pdf"
HELD = Bucket("id", "data", HOME, "a" * 64, "", NOON, 1)
PRINCIPAL = Principal("user", HOME, "a" * 64, ANA, "AKIA", "AIDAEXAMPLEEXAMPLEANA", "ana")
NOWS = [NOON, NOON + 1, NOON + SECOND, NOON + 600 * SECOND, NOON + 601 * SECOND, NOON * 2]
REQUESTS = [
    Request("GET", "/", "", Headers([("user-agent", agent), *more]), scheme, client)
    for agent in ("ana", "bo")
    for more in ((), (("x-amz-acl", "ana"), ("x-amz-tagging", "ana=1&bo=2")))
    for scheme, client in (("http", "203.0.113.9"), ("https", "198.51.100.1"))
]
QUERIES: list[Pairs] = [(), (("prefix", "ana"),), (("prefix", "bo"), ("max-keys", "10"))]
CLAIMS = [
    None,
    Claim(QUERY, SIGV4, Scope("AKIA", "", "r", "s3", ""), "", NOON, 1, (), "", ""),
    Claim(QUERY, SIGV4, Scope("AKIA", "", "ana", "s3", ""), "", NOON - 600 * SECOND, 1, (), "", ""),
    Claim(HEADER, SIGV4, Scope("AKIA", "", "r", "s3", ""), "", NOON, 1, (), "", ""),
    Claim(QUERY, SIGV2, Scope("AKIA", "", "", "s3", ""), "1", None, 1, (), "", ""),
]


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


def decided(asking: Asking, action: str, key: str, now_us: int, rules: Rules) -> bool:
    """The decision, made from the beginning."""

    def context(tags: Pairs) -> Context:
        return asking.facts(action, HELD, now_us, object_tags=tags).context()

    asked = Asked(action, HELD, key, rules, None)
    question = finished(put_together(asking.identity, asked, context, None))  # type: ignore[arg-type]
    return evaluate(question.access, question.policies).allowed


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.binary(min_size=120, max_size=250))
def test_the_same_readings_mean_the_same_decision(entropy: bytes) -> None:
    choose = Choices(entropy)
    texts = [NamedDocument(f"p{at}", json.dumps(document(choose))) for at in range(2)]
    identity = Identity(PRINCIPAL, "", Texts(tuple(texts)))
    policy = json.dumps(document(choose, principal=True))
    action = choose.of(["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
    key = "" if action == "s3:ListBucket" else choose.of(["ana/a.txt", "bo/b:c"])
    rules = Rules(
        choose.of([None, Bundle([compile_policy(parse(policy, "function"), "bucket")])]),
        policy, False, public_access.NONE, None, ownership.ENFORCED, acl.private("a" * 64),
    )  # fmt: skip
    note("\n".join([*[text.document for text in texts], policy]))
    way = known._way(identity, action, rules)
    if way is None:
        return
    seen: dict[Any, bool] = {}
    for _ in range(12):
        asking = Asking(identity, choose.of(CLAIMS), choose.of(REQUESTS), choose.of(QUERIES))
        now_us = choose.of(NOWS)
        readings = tuple(read(asking, now_us) for read in way.reads)
        note(f"{asking.claim} {asking.request} {asking.query} {now_us} {readings}")
        answer = decided(asking, action, key, now_us, rules)
        assert seen.setdefault(readings, answer) == answer


def test_readings_do_compare_most_policies() -> None:
    """The property above is not empty: these are read by value, and kept."""
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                allow("s3:GetObject"),
                deny("s3:*", Condition={"NumericGreaterThan": {"s3:signatureAge": 600000}}),
                deny("s3:*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2027-01-01"}}),
                deny("s3:*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
                allow("s3:*", "arn:aws:s3:::data/${aws:username}/*"),
            ],
        }
    )
    identity = Identity(PRINCIPAL, "", Texts((NamedDocument("p", text),)))
    rules = Rules(
        None, None, False, public_access.NONE, None, ownership.ENFORCED, acl.private("a" * 64)
    )
    way = known._way(identity, "s3:GetObject", rules)
    assert way is not None
    asking = Asking(identity, CLAIMS[1], REQUESTS[0], ())
    readings = [tuple(read(asking, now) for read in way.reads) for now in NOWS]
    assert len(set(readings)) == 4  # young, just old enough, old; past the date
    assert caller_of(PRINCIPAL).username == "ana"
    lists = replace(rules, ownership=ownership.WRITER)
    assert known._way(identity, "s3:GetObject", lists) is None
    tags = replace(rules, reads_object_tags=True)
    assert known._way(identity, "s3:GetObject", tags) is None


async def test_a_permission_is_not_repeated_for_another_key_action_or_address(root: Api) -> None:
    office = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    ana = await root.user("ana", allow("s3:GetObject", arn("inbox/*"), Condition=office))
    for _ in range(3):
        assert (await ana.s3.send("GET", PATH)).status == 200
        assert (await ana.s3.send("GET", f"/{BUCKET}/outbox/k")).code == "AccessDenied"
        assert (await ana.s3.send("PUT", PATH, body=b"x")).code == "AccessDenied"
        ana.s3.client = "198.51.100.1"
        assert (await ana.s3.send("GET", PATH)).code == "AccessDenied"
        ana.s3.client = "192.0.2.7"


async def test_what_was_found_to_stand_allows_no_key_that_a_statement_denies(root: Api) -> None:
    office = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    secret, other = f"/{BUCKET}/inbox/secret", f"/{BUCKET}/inbox/other"
    for path in (secret, other):
        assert (await root.s3.send("PUT", path, body=b"x")).status == 200
    allowed = allow("s3:GetObject", arn("inbox/*"), Condition=office)
    denied = deny("s3:*", arn("inbox/secret"), Condition=office)
    ana = await root.user("ana", allowed, denied)
    for path in (PATH, other):
        assert (await ana.s3.send("GET", path)).status == 200
    held = [way.standing for way in known._ways.values() if way is not None]
    assert any(
        {"inbox/report.pdf", "inbox/other"} <= one.keys and one.policies is not None
        for standing in held
        for one in standing.values()
    )
    assert (await ana.s3.send("GET", secret)).code == "AccessDenied"


async def test_a_permission_ends_with_the_documents_it_came_from(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    nobody = root.s3.as_nobody()
    for _ in range(3):
        await set_policy(root, allow("s3:GetObject", arn()))
        for _ in range(3):
            assert (await nobody.send("GET", PATH)).status == 200
        await set_policy(root, allow("s3:GetObject", arn("outbox/*")))
        assert (await nobody.send("GET", PATH)).code == "AccessDenied"


def standing() -> int:
    """How many readings are remembered."""
    return sum(len(way.standing) for way in known._ways.values() if way is not None)


async def test_what_is_remembered_is_bounded(root: Api) -> None:
    ana = await root.user("ana", allow("s3:GetObject", arn("inbox/*")))
    long = {"StringLike": {"aws:UserAgent": "*"}}
    await root.allow("ana", allow("s3:GetObject", Condition=long))
    known._ways.clear()
    assert (await ana.s3.send("GET", PATH, headers=[("user-agent", "x" * 8000)])).status == 200
    assert standing() == 0
    for number in range(3):
        sent = [("user-agent", str(number))]
        assert (await ana.s3.send("GET", PATH, headers=sent)).status == 200
    assert standing() == 3
    known._kept = known.MOST
    assert (await ana.s3.send("GET", PATH, headers=[("user-agent", "last")])).status == 200
    assert len(known._ways) == 1
