"""The API of deliveries and events: what it tells, to whom, and doing it once more."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.catalog import delivery_log
from narthex.catalog.delivery_log import BEHIND_ALL
from narthex.events.standing import standing
from narthex.events.target import Delivery, Undelivered
from narthex.housekeeping import prune_deliveries
from tests.asking import Api
from tests.driving import SECOND, Driver
from tests.events.receiving import Inbox, account_of, settle
from tests.ledger.sharing import Refused, Sharer
from tests.ledger.test_owners import allow, user

DAY = 86_400 * SECOND


@pytest.fixture
def root(narthex: Driver) -> Sharer:
    """The account's root, asking the API."""
    return Sharer(narthex)


async def upload(narthex: Driver, bucket: str, *keys: str) -> None:
    """An event for each."""
    for key in keys:
        answer = await narthex.send("PUT", f"/{bucket}/{key}", body=b"hello")
        assert answer.status == 200


async def refused(code: str, asked: Any) -> Refused:
    """The refusal, which has this code."""
    with pytest.raises(Refused) as caught:
        await asked
    assert caught.value.code == code
    return caught.value


async def test_deliveries_are_told_newest_first_in_pages(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await upload(narthex, bucket, "a b", "c", "d")
    told = await root.ask("GET", "deliveries", limit="2")
    assert [one["lane"] for one in told["deliveries"]] == [f"{bucket}/d", f"{bucket}/c"]
    rest = await root.ask("GET", "deliveries", limit="2", after=told["next"])
    assert [one["lane"] for one in rest["deliveries"]] == [f"{bucket}/a+b", f"{bucket}/"]
    assert rest["next"] is None
    waiting = rest["deliveries"][0]
    assert waiting == {
        "id": waiting["id"],
        "kind": "s3",
        "target": inbox.arn,
        "lane": f"{bucket}/a+b",
        "state": "waiting",
        "attempts": 0,
        "reason": None,
        "created_at": "2026-11-24T12:00:00Z",
        "expires_at": "2026-11-25T12:00:00Z",
        "due_at": None,
        "done_at": None,
    }


async def test_one_is_told_with_its_payload(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await upload(narthex, bucket, "a")
    (newest,) = (await root.ask("GET", "deliveries", limit="1"))["deliveries"]
    told = (await root.ask("GET", f"deliveries/{newest['id']}"))["delivery"]
    await settle(narthex)
    assert told["payload"] == inbox.messages[-1], "what is told is what is sent"
    for id in ("0" * 16, "1", "g" * 16):
        await refused("NoSuchDelivery", root.ask("GET", f"deliveries/{id}"))


async def test_what_failed_is_listed_and_tried_again(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    def refuse(delivery: Delivery) -> None:
        raise Undelivered("no", permanent=True)

    await settle(narthex)
    inbox.answer = refuse
    await upload(narthex, bucket, "a", "b")
    assert (await root.ask("GET", "deliveries", failed="true"))["deliveries"] == []
    await settle(narthex)
    failed = (await root.ask("GET", "deliveries", failed="true"))["deliveries"]
    assert [(one["state"], one["reason"], one["attempts"]) for one in failed] == [
        ("failed", "no", 1)
    ] * 2
    assert await root.ask("GET", "deliveries/standing") == {
        "waiting": 0,
        "oldest_at": None,
        "failed": 2,
    }
    inbox.answer = lambda delivery: None
    ids = [one["id"] for one in failed]
    told = await root.ask("POST", "deliveries/retries", {"ids": [ids[0], "0" * 16]})
    assert told == {"retried": [ids[0]], "left": ["0" * 16]}
    stands = await standing(narthex.server.catalog)
    assert (stands.waiting, stands.oldest_us, stands.failed) == (1, narthex.clock.now_us, 1)
    await settle(narthex)
    again = await root.ask("POST", "deliveries/retries", {"ids": ids})
    assert again["retried"] == ids, "what was delivered may be delivered once more"


async def test_a_replay_goes_through_all_that_is_done_since_then_and_ends(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await upload(narthex, bucket, "before")
    await settle(narthex)
    narthex.clock.now_us += 60 * SECOND
    await upload(narthex, bucket, *(f"{number:02}" for number in range(10)))
    await settle(narthex)
    narthex.clock.now_us += 60 * SECOND
    inbox.taken.clear()
    order: dict[str, Any] = {"since": "2026-11-24T12:01:00Z"}
    count, asked = 0, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("narthex.api.endpoints.deliveries.MOST", 4)
        while True:
            answer = await root.ask("POST", "deliveries/replays", order)
            await settle(narthex)  # what was replayed is done again before the next is asked
            count, asked = count + answer["replayed"], asked + 1
            if answer["next"] is None:
                break
            order["after"] = answer["next"]
    assert count == 10
    assert asked == 3
    assert [key for _, key in inbox.told] == [f"{number:02}" for number in range(10)]


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "field"),
    [
        ("GET", "deliveries", None, {"failed": "yes"}, "failed"),
        ("GET", "deliveries", None, {"after": "7"}, "after"),
        ("GET", "deliveries", None, {"limit": "0"}, "limit"),
        ("POST", "deliveries/retries", {"ids": []}, {}, "ids"),
        ("POST", "deliveries/retries", {"ids": ["0" * 15]}, {}, "ids"),
        ("POST", "deliveries/retries", {"ids": ["0" * 16] * 1001}, {}, "ids"),
        ("POST", "deliveries/retries", {"ids": ["0" * 16], "all": True}, {}, "all"),
        ("POST", "deliveries/replays", {}, {}, "since"),
        ("POST", "deliveries/replays", {"since": "yesterday"}, {}, "since"),
        (
            "POST",
            "deliveries/replays",
            {"since": "2026-11-24T12:00:00Z", "after": "-"},
            {},
            "after",
        ),
        ("GET", "events", None, {"after": "1-2"}, "after"),
        ("GET", "events", None, {"since": "1"}, "since"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field(
    root: Sharer, method: str, path: str, body: Any, query: dict[str, str], field: str
) -> None:
    assert (await refused("InvalidArgument", root.ask(method, path, body, **query))).field == field


async def test_events_are_followed_from_now_on(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await settle(narthex)
    narthex.clock.now_us += SECOND
    told = await root.ask("GET", "events")
    assert told["entries"] == []
    assert await root.ask("GET", "events", after=told["next"]) == told
    await upload(narthex, bucket, "a")
    made = await root.ask("GET", "events", after=told["next"])
    assert [(one["what"], one["delivery"]["lane"]) for one in made["entries"]] == [
        ("event", f"{bucket}/a")
    ]
    await settle(narthex)
    ended = await root.ask("GET", "events", after=made["next"])
    assert [(one["what"], one["delivery"]["lane"]) for one in ended["entries"]] == [
        ("delivered", f"{bucket}/a")
    ]
    last = await root.ask("GET", "events", after=ended["next"])
    assert last == {"entries": [], "next": ended["next"]}


async def test_each_action_is_needed_for_its_own(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await upload(narthex, bucket, "a")
    await settle(narthex)
    (newest,) = (await root.ask("GET", "deliveries", limit="1"))["deliveries"]
    asked: dict[str, tuple[str, str, Any]] = {
        "ListDeliveries": ("GET", "deliveries", None),
        "GetDelivery": ("GET", f"deliveries/{newest['id']}", None),
        "RetryDeliveries": ("POST", "deliveries/retries", {"ids": [newest["id"]]}),
        "ReplayDeliveries": ("POST", "deliveries/replays", {"since": "2026-11-24T12:00:00Z"}),
        "ListEvents": ("GET", "events", None),
    }
    api = Api(narthex)
    for number, name in enumerate(asked):
        someone = await user(api, f"user{number}", allow(f"narthex:{name}", resource="*"))
        for other, request in asked.items():
            if other == name:
                await someone.ask(*request)
            else:
                await refused("AccessDenied", someone.ask(*request))
    await refused("MissingAuthentication", Sharer(narthex.as_nobody()).ask("GET", "deliveries"))


async def test_what_is_done_is_forgotten_after_its_days(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await settle(narthex)
    narthex.clock.now_us += 4 * DAY
    await upload(narthex, bucket, "a")
    await settle(narthex)
    narthex.clock.now_us += 4 * DAY
    assert await prune_deliveries(narthex.server) == 1
    account = await account_of(narthex.server)
    kept = await delivery_log.newest(narthex.server.catalog, account, BEHIND_ALL, 10)
    assert [one.lane for one in kept] == [f"{bucket}/a"]


async def test_another_accounts_deliveries_are_not_there(
    narthex: Driver, bucket: str, inbox: Inbox, root: Sharer
) -> None:
    await upload(narthex, bucket, "a")
    (newest,) = (await root.ask("GET", "deliveries", limit="1"))["deliveries"]
    made = await root.ask("POST", "accounts", {"name": "research"})
    key = type(narthex.key)(made["access_key_id"], made["secret_access_key"])  # type: ignore[misc]
    other = Sharer(narthex.as_key(key))
    assert (await other.ask("GET", "deliveries"))["deliveries"] == []
    await refused("NoSuchDelivery", other.ask("GET", f"deliveries/{newest['id']}"))
    await settle(narthex)
    told = await other.ask("POST", "deliveries/retries", {"ids": [newest["id"]]})
    assert told["retried"] == []
    replayed = await other.ask("POST", "deliveries/replays", {"since": "2026-11-24T12:00:00Z"})
    assert replayed["replayed"] == 0
