"""An object is shown by its own tags and list, not by those of the one that it just replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from narthex.catalog import Catalog, Row
from tests.access.conftest import BUCKET, put
from tests.asking import Api, allow, deny
from tests.driving import Driver
from tests.operations.access import ACL, open_up, use_lists

KEY = "inbox/report.pdf"
PATH = f"/{BUCKET}/{KEY}"
SECRET = (("x-amz-tagging", "class=secret"),)
IS_SECRET = {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}


class Racing:
    """A catalog in which another worker replaces the object right after it was first looked at."""

    def __init__(self, catalog: Catalog, replace_it: Any) -> None:
        self._catalog = catalog
        self._replace_it = replace_it
        self.looks = 0

    async def fetch_one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        row = await self._catalog.fetch_one(sql, values)
        if "FROM objects WHERE" in sql:
            self.looks += 1
            if self.looks == 1:
                await self._replace_it()
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


def racing(caller: Driver, replace_it: Any) -> Driver:
    """The caller, asking a worker that meets the race."""
    catalog: Any = Racing(caller.server.catalog, replace_it)
    return replace(caller, server=replace(caller.server, catalog=catalog))


READS: list[tuple[list[tuple[str, str]], list[tuple[str, str]]]] = [
    ([], []),
    ([("tagging", "")], []),
    ([("acl", "")], []),
    ([("attributes", "")], [("x-amz-object-attributes", "ETag")]),
]


@pytest.mark.parametrize(("query", "headers"), READS, ids=["bytes", "tags", "list", "attributes"])
async def test_tags_are_those_of_the_object_that_is_shown(
    root: Api, query: list[tuple[str, str]], headers: list[tuple[str, str]]
) -> None:
    bob = await root.user("bob", allow("s3:*"), deny("s3:*", Condition=IS_SECRET))

    async def replace_it() -> None:
        await put(root, KEY, b"secret", headers=SECRET)

    answer = await racing(bob.s3, replace_it).send("GET", PATH, query, headers)
    assert answer.code in ("SlowDown", "AccessDenied")
    assert (await bob.s3.send("GET", PATH, query, headers)).code == "AccessDenied"


async def test_a_public_list_does_not_show_the_private_object_behind_it(root: Api) -> None:
    await open_up(root.s3, BUCKET)
    assert (await use_lists(root.s3, BUCKET)).status == 200
    assert (await root.s3.send("PUT", PATH, ACL, [("x-amz-acl", "public-read")])).status == 200
    nobody = root.s3.as_nobody()
    assert (await nobody.send("GET", PATH)).status == 200

    async def replace_it() -> None:
        await put(root, KEY, b"secret")  # private, as what is put is

    answer = await racing(nobody, replace_it).send("GET", PATH)
    assert (answer.status, answer.code) == (503, "SlowDown")
    assert (await nobody.send("GET", PATH)).code == "AccessDenied"


async def test_an_object_that_was_not_there_is_not_shown_unjudged(root: Api) -> None:
    bob = await root.user("bob", allow("s3:*"), deny("s3:*", Condition=IS_SECRET))

    async def replace_it() -> None:
        await put(root, "new", b"secret", headers=SECRET)

    answer = await racing(bob.s3, replace_it).send("GET", f"/{BUCKET}/new")
    assert answer.code == "SlowDown"


async def test_a_copy_takes_no_source_that_was_not_judged(root: Api) -> None:
    bob = await root.user("bob", allow("s3:*"), deny("s3:GetObject", Condition=IS_SECRET))

    async def replace_it() -> None:
        await put(root, KEY, b"secret", headers=SECRET)
        await put(root, "copy", b"before")

    there = racing(bob.s3, replace_it)
    answer = await there.send("PUT", f"/{BUCKET}/copy", headers=[("x-amz-copy-source", PATH)])
    assert answer.status in (403, 503)
    assert (await root.s3.send("GET", f"/{BUCKET}/copy")).body == b"before"


async def test_an_object_that_stays_is_shown(root: Api) -> None:
    bob = await root.user("bob", allow("s3:*"), deny("s3:*", Condition=IS_SECRET))

    async def replace_nothing() -> None:
        await put(root, "another")

    assert (await racing(bob.s3, replace_nothing).send("GET", PATH)).status == 200
