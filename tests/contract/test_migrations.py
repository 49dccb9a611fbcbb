"""Old and new programs on one catalog: migrations only add, so whoever runs already goes on.

The rule is in docs/cluster.md, "Upgrades".
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narthex.catalog import schema
from narthex.errors import StoreError
from tests.contract.conftest import open_catalog
from tests.driving import Driver, open_driver
from tests.ledger.sharing import BUCKET, Sharer

SOURCES = sorted(Path(schema.__file__).parents[1].rglob("*.py"))
TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
INDEX = re.compile(r"CREATE (UNIQUE )?INDEX \w+ ON (\w+)")
# What is there before may stay as it is: a new column says what it holds for rows of old programs.
COLUMN = re.compile(r"ALTER TABLE (\w+) ADD COLUMN \w+ (?:TEXT|BIGINT|BYTES)(.*)", re.DOTALL)
ROW = re.compile(r"INSERT INTO (\w+) \([\w, ]+\) VALUES ")
# A table of every object: an index on it takes hours, in which nobody writes.
LARGE = frozenset(("objects", "pieces", "uploads"))
# Made when there was one program, and nothing had been released.
BEFORE_THE_FIRST_RELEASE = 2
# What says in each engine's own words that entries of the audit log stay as they are: an old
# program changes none, and where it prunes by time alone they stay, without an error.
KEPT = re.compile(
    r"CREATE TRIGGER (audit|audit_seals)_(update|delete) BEFORE (UPDATE ON|DELETE ON) \1 WHEN "
)
STATEMENTS = [
    pytest.param(number, sql, id=f"{number}-{place}")
    for number, statements in enumerate(schema.MIGRATIONS, 1)
    for place, sql in enumerate(statements, 1)
    if isinstance(sql, str)
]


def made_by(number: int) -> set[str]:
    """The tables that a migration makes."""
    return {
        found[1]
        for sql in schema.MIGRATIONS[number - 1]
        if isinstance(sql, str) and (found := TABLE.match(sql)) is not None
    }


def is_additive(number: int, sql: str) -> bool:
    """Whether a program that does not know of it never notices. number: of its migration."""
    if TABLE.match(sql):
        return True
    if index := INDEX.match(sql):
        unique, table = index.groups()
        is_new = table in made_by(number)
        # A unique one refuses what old programs write, unless they cannot write there yet.
        return is_new or number <= BEFORE_THE_FIRST_RELEASE or not (unique or table in LARGE)
    if column := COLUMN.match(sql):
        rest = column[2]
        return " DEFAULT " in rest if "NOT NULL" in rest else True
    row = ROW.match(sql)
    return row is not None and (row[1] in made_by(number) or row[1] == "generations")


@pytest.mark.parametrize(("number", "sql"), STATEMENTS)
def test_a_migration_only_adds(number: int, sql: str) -> None:
    assert is_additive(number, sql), sql


def test_engines_differ_in_what_keeps_the_audit_log_only() -> None:
    own = [sql for sqls in schema.MIGRATIONS for sql in sqls if not isinstance(sql, str)]
    assert len(own) == 4
    for sql in own:
        assert KEPT.match(sql["sqlite"])
        assert "RAISE(IGNORE)" in sql["sqlite"] or "BEFORE UPDATE" in sql["sqlite"]
        assert "RETURN NULL" in sql["postgresql"] or "BEFORE UPDATE" in sql["postgresql"]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE objects",
        "ALTER TABLE objects DROP COLUMN acl",
        "ALTER TABLE objects RENAME COLUMN acl TO list",
        "ALTER TABLE objects ADD COLUMN more TEXT NOT NULL",
        "CREATE UNIQUE INDEX accounts_by_name ON accounts (name)",
        "CREATE INDEX objects_by_size ON objects (size)",
        "UPDATE objects SET acl = ''",
        "DELETE FROM objects",
        "INSERT INTO objects (bucket) VALUES ('b')",
    ],
)
def test_what_takes_away_or_locks_is_found(sql: str) -> None:
    assert not is_additive(len(schema.MIGRATIONS), sql)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_statements_name_their_columns(path: Path) -> None:
    """A column more changes neither what a row is read as nor where a value goes."""
    text = path.read_text("utf-8")
    assert not re.search(r"SELECT\s+(\w+\.)?\*", text)
    assert not re.search(r"INSERT INTO \w+\s+VALUES", text)


def next_migration() -> tuple[str, ...]:
    """As much as one may do: a column more in every table, and a table and an index more."""
    tables = {"settings"}.union(*(made_by(n) for n in range(1, len(schema.MIGRATIONS) + 1)))
    return (
        "CREATE TABLE novelties (id TEXT PRIMARY KEY, n BIGINT NOT NULL) CLUSTERED",
        *(f"ALTER TABLE {one} ADD COLUMN novelty BIGINT NOT NULL DEFAULT 7" for one in tables),
        "CREATE INDEX novelties_of_leases ON leases (novelty)",
    )


async def everything(narthex: Driver, turn: str) -> None:
    """What a server does all day."""
    owner = Sharer(narthex)
    await narthex.send("PUT", f"/{BUCKET}")
    for key, body in ((f"small{turn}", b"n"), (f"large{turn}", b"n" * 50_000)):
        assert (await narthex.send("PUT", f"/{BUCKET}/{key}", body=body)).status == 200
        told = await owner.issue(key, max_downloads=1)
        assert (await narthex.as_nobody().url(told["raw"])).body == body
        assert (await narthex.as_nobody().url(told["raw"])).status == 403
        told = await owner.issue(key)
        await owner.ask("DELETE", f"shares/{told['share']['id']}")
        assert (await narthex.as_nobody().url(told["raw"])).status == 403
    listed = await narthex.send("GET", f"/{BUCKET}", query=[("list-type", "2")])
    assert f"large{turn}" in listed.body.decode()
    made = await narthex.send("POST", f"/{BUCKET}/parts{turn}", query=[("uploads", "")])
    upload = made.text("UploadId") or ""
    query = [("partNumber", "1"), ("uploadId", upload)]
    assert (await narthex.send("PUT", f"/{BUCKET}/parts{turn}", query, body=b"p")).status == 200
    gone = await narthex.send("DELETE", f"/{BUCKET}/parts{turn}", query=[("uploadId", upload)])
    assert gone.status == 204
    assert (await narthex.send("DELETE", f"/{BUCKET}/large{turn}")).status == 204


async def test_an_old_node_goes_on_while_a_new_one_migrates_and_is_refused_afterwards(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for old in open_driver(tmp_path / "old", catalog=where):
        await everything(old, "1")
        with monkeypatch.context() as newer:
            newer.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, next_migration()))
            new = await open_catalog(where)
        assert await new.fetch("SELECT novelty FROM objects WHERE key = ?", (b"small1",)) == [(7,)]
        await everything(old, "2")
        assert await new.fetch("SELECT novelty FROM objects WHERE key = ?", (b"small2",)) == [(7,)]
        await new.close()
    with pytest.raises(StoreError, match="newer narthex"):
        await open_catalog(where)
