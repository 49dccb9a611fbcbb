"""Functions, their versions, code, documents and logs: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.catalog import Catalog, Transaction, function_code, function_documents, function_logs
from narthex.catalog import functions as rows
from narthex.errors import Conflict
from narthex.pure.functions import LATEST, Document, Function, LogChunk, Settings, Version

ACCOUNT = "123456789012"
SETTINGS = Settings("python3.11", "main.handler", "arn:aws:iam::123456789012:role/r", "AROA")
F = Function("f1", ACCOUNT, "f", "us-east-1", 1, tags=(("a", "é"),))
V = Version("f1", LATEST, "r1", SETTINGS, "c" * 64, 10, 2, b"\x00sealed")


async def put(catalog: Catalog, function: Function, *versions: Version) -> None:
    """A function with these versions."""

    async def work(tx: Transaction) -> None:
        await rows.add(tx, function)
        for one in versions:
            await rows.put_version(tx, one)

    await catalog.run(work)


async def test_a_function_and_its_versions_come_back_as_they_were(catalog: Catalog) -> None:
    published = replace(V, version="1", revision="r2")
    await put(catalog, F, V, published, replace(V, version="10"), replace(V, version="2"))
    assert await rows.find(catalog, ACCOUNT, "f") == F == await rows.get(catalog, "f1")
    assert await rows.version(catalog, "f1") == V
    assert await rows.version(catalog, "f1", "1") == published
    found = await rows.versions(catalog, "f1", -1, 100)
    assert [one.version for one in found] == [LATEST, "1", "2", "10"]
    assert await rows.usage(catalog, ACCOUNT) == (1, 40)
    assert await rows.usage(catalog, "none") == (0, 0)
    with pytest.raises(Conflict):
        await put(catalog, replace(F, id="f2"))
    await catalog.run(lambda tx: rows.put(tx, replace(F, last=10, reserved=3, tags=())))
    assert await rows.get(catalog, "f1") == replace(F, last=10, reserved=3, tags=())
    await catalog.run(lambda tx: rows.remove(tx, "f1"))
    assert await rows.version(catalog, "f1") is None


async def test_code_is_kept_once_and_as_long_as_somebody_has_it(catalog: Catalog) -> None:
    data = bytes(range(256)) * 5000  # more than one row

    async def keep(tx: Transaction) -> None:
        await function_code.add(tx, V.code, data)
        await function_code.add(tx, V.code, data)

    await catalog.run(keep)
    await put(catalog, F, V)
    await put(catalog, replace(F, id="f2", name="g"), replace(V, function="f2"))
    other = replace(F, id="f3", account="2" * 12)
    await put(catalog, other, replace(V, function="f3"))
    await catalog.run(lambda tx: rows.remove(tx, "f1"))
    await catalog.run(lambda tx: function_code.drop_unused(tx, {V.code}))
    assert await function_code.read(catalog, V.code) == data
    await catalog.run(lambda tx: rows.remove_of(tx, ACCOUNT))
    assert await function_code.read(catalog, V.code) == data
    await catalog.run(lambda tx: rows.remove_of(tx, "2" * 12))
    assert await function_code.read(catalog, V.code) == b""


async def test_documents_are_by_qualifier_and_kind(catalog: Catalog) -> None:
    first, second = Document("{}", "r1", 1), Document('{"a": "é"}', "r2", 2)

    async def work(tx: Transaction) -> None:
        await function_documents.put(tx, "f1", "", "policy", first)
        await function_documents.put(tx, "f1", "live", "policy", first)
        await function_documents.put(tx, "f1", "live", "policy", second)
        await function_documents.add_url(tx, "u1", "f1", "live")

    await catalog.run(work)
    assert await function_documents.find(catalog, "f1", "", "policy") == first
    found = await function_documents.of_kind(catalog, "f1", "policy")
    assert found == [("", first), ("live", second)]
    assert await function_documents.url(catalog, "u1") == ("f1", "live")
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: function_documents.add_url(tx, "u2", "f1", "live"))
    assert await catalog.run(lambda tx: function_documents.remove(tx, "f1", "", "policy"))
    assert not await catalog.run(lambda tx: function_documents.remove(tx, "f1", "", "policy"))


async def test_the_newest_of_a_log_stays(catalog: Catalog) -> None:
    chunks = [LogChunk(at, f"id{at}", "stream", f"{at} é\n" * 10) for at in range(30)]
    await catalog.run(lambda tx: function_logs.add(tx, [("f1", one) for one in chunks]))
    assert await function_logs.read(catalog, "f1", (0, ""), 5) == chunks[:5]
    assert await function_logs.read(catalog, "f1", (4, "id4"), 100) == chunks[5:]
    size = len(chunks[-1].text.encode())
    await catalog.run(lambda tx: function_logs.prune(tx, "f1", 10 * size))
    assert await function_logs.read(catalog, "f1", (0, ""), 100) == chunks[20:]
    await catalog.run(lambda tx: function_logs.prune(tx, "f1", 10 * size))
    assert len(await function_logs.read(catalog, "f1", (0, ""), 100)) == 10
