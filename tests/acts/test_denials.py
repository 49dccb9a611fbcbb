"""Acts that were denied are noted, so many a minute, and a flood of them is counted."""

from __future__ import annotations

import pytest

from narthex.ledger import denials
from tests.acts.watching import Watch
from tests.asking import Api, Refused
from tests.functions.asking import Lambda
from tests.ledger import sharing
from tests.ledger.sharing import Sharer

BUCKET = "bucketofbigsecrets"


@pytest.fixture
async def ana(watch: Watch) -> Api:
    """A user who may do nothing."""
    await watch.narthex.send("PUT", f"/{BUCKET}")
    return await Api(watch.narthex).user("ana")


async def test_each_wire_notes_who_was_denied_what(watch: Watch, ana: Api) -> None:
    before = await watch.entries()
    with pytest.raises(Refused, match="AccessDenied"):
        await ana.iam("CreateUser", UserName="bob")
    with pytest.raises(Refused, match="AccessDenied"):
        await Lambda(ana.s3).ask("DeleteFunction", FunctionName="f")
    with pytest.raises(sharing.Refused, match="AccessDenied"):
        await Sharer(ana.s3).ask("POST", "targets", {"name": "t", "url": "mailto:a@example.org"})
    assert (await ana.s3.send("DELETE", f"/{BUCKET}")).status == 403
    noted = {one.event: one for one in await watch.new(before)}
    assert {name: one.resource.split(":", 4)[-1] for name, one in noted.items()} == {
        "iam:CreateUser": f"{watch.account}:user/bob",
        "lambda:DeleteFunction": f"{watch.account}:function:f",
        "narthex:CreateTarget": "*",
        "s3:DeleteBucket": f":{BUCKET}",
    } | {"narthex:CreateTarget": noted["narthex:CreateTarget"].resource.split(":", 4)[-1]}
    for one in noted.values():
        assert (one.outcome, one.times) == ("denied", 1)
        assert one.actor.endswith(":user/ana")
        assert one.access_key_id == ana.key.id


async def test_reading_data_and_strangers_are_not_noted(watch: Watch, ana: Api) -> None:
    before = await watch.entries()
    with pytest.raises(Refused, match="AccessDenied"):
        await ana.iam("ListUsers")
    assert (await ana.s3.send("GET", f"/{BUCKET}/k")).status == 403
    assert (await ana.s3.send("PUT", f"/{BUCKET}/k", body=b"x")).status == 403
    assert (await watch.narthex.as_nobody().send("DELETE", f"/{BUCKET}")).status == 403
    wrong = ana.as_key(type(ana.key)(ana.key.id, ana.key.secret[::-1]))
    assert (await wrong.s3.send("DELETE", f"/{BUCKET}")).status == 403
    assert await watch.new(before) == []


async def test_what_is_refused_for_another_reason_is_no_denial(watch: Watch) -> None:
    root = Api(watch.narthex)
    before = await watch.entries()
    with pytest.raises(Refused, match="NoSuchEntity"):
        await root.iam("DeleteUser", UserName="nobody")
    assert (await watch.narthex.send("DELETE", "/no-such-bucket")).status == 404
    assert await watch.new(before) == []


async def test_a_flood_is_counted_not_written(
    watch: Watch, ana: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "MOST", 3)
    before = await watch.entries()
    for number in range(8):
        with pytest.raises(Refused, match="AccessDenied"):
            await ana.iam("DeleteUser", UserName=f"u{number}")
    noted = await watch.new(before)
    assert sorted(one.times for one in noted) == [1, 1, 1, 5]
    (rest,) = (one for one in noted if one.times == 5)
    assert rest.detail == denials.MORE
    assert rest.resource.endswith(":user/u7"), "the last of them"


async def test_many_who_are_denied_take_no_more_memory(
    watch: Watch, ana: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "PRINCIPALS", 1)
    monkeypatch.setattr(denials, "MOST", 1)
    bob = await Api(watch.narthex).user("bob")
    before = await watch.entries()
    for who in (ana, ana, bob, ana):
        with pytest.raises(Refused, match="AccessDenied"):
            await who.iam("DeleteUser", UserName="u")
    assert len(await watch.new(before)) == 4
