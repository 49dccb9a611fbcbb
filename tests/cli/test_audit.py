"""`narthex audit`: what is asked of the server, how it is told; a spreadsheet runs none of it."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from narthex.cli import audit
from narthex.cli.audit_lines import COLUMNS, csv_head, csv_line, line_of
from narthex.cli.failure import Failure
from narthex.cli.ledger import PAGE, Ledger
from tests.cli.conftest import Person, configuration_for
from tests.cli.scripted import Asked, Reply, scripted
from tests.cli.test_cp import put

ENTRY = {
    "id": "00064432bd6a80001f2e3d4c5b6a7988", "at": "2026-11-24T12:20:11Z", "event": "used",
    "share": "0f3c9d2b71a84e56", "use": "", "actor": "", "address": "192.0.2.7",
    "agent": "curl/8.14.1", "key": "Prometheus.pptx", "bytes": 2048, "times": 3,
    "outcome": "completed", "detail": "", "resource": "", "access_key_id": "", "request": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("＠x", "'＠x"),
        ('a",=1', 'a",=1'),
        ("a=1", "a=1"),
    ],
)
def test_no_cell_begins_a_formula(text: str, cell: str) -> None:
    for name in ("agent", "key", "detail", "actor"):
        line = csv_line({**ENTRY, name: text})
        (row,) = csv.reader(io.StringIO(line, newline=""))
        assert row[COLUMNS.index(name)] == cell
        assert line.endswith("\r\n")


def test_the_csv_has_every_field() -> None:
    head, row = csv.reader(io.StringIO(csv_head() + csv_line(ENTRY), newline=""))
    assert dict(zip(head, row, strict=True)) == {k: str(v) for k, v in ENTRY.items()}


def test_a_line_shows_no_control_characters() -> None:
    line = line_of({**ENTRY, "key": "a\x1b[2J\nb"})
    assert line.endswith("a?[2J?b")
    assert "used x3" in line
    assert "2.0 KiB" in line
    assert "\x1b" not in line


def test_an_act_is_told_by_who_did_what_to_what() -> None:
    act = {
        "event": "iam:PutUserPolicy", "outcome": "done", "share": "", "key": "", "bytes": 0,
        "times": 1, "actor": "arn:aws:iam::123456789012:user/ana", "detail": "PolicyName=p\x1b",
        "resource": "arn:aws:iam::123456789012:user/bob",
    }  # fmt: skip
    words = line_of({**ENTRY, **act}).split()
    assert words[-6:] == [
        "iam:PutUserPolicy", "done", "192.0.2.7", "user/ana",
        "arn:aws:iam::123456789012:user/bob", "PolicyName=p?",
    ]  # fmt: skip
    assert "this server" in line_of({**ENTRY, **act, "actor": ""})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--limit", "0"), "at least 1"),
        (("--since", "yesterday"), "--since: `yesterday` is neither a time"),
        (("--since", "2026-13-45"), "--since: `2026-13-45` is neither a time"),
        (("--until", "-5"), "--until"),
        (("--key", "b"), "--key: s3://"),
        (("--key", "s3://b", "--bucket", "c"), "--key: s3://"),
        (("--share", ""), "is empty"),
        (("--action", "eaten"), "--action"),
        (("--follow", "--until", "1d"), "take one"),
        (("--json", "--export", "csv"), "take one"),
        (("--export", "xml"), "--export"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Failure, match=why):
        audit.run(words)


def paged(total: int) -> Any:
    """A server with so many entries: it answers page by page, and counts what is asked."""

    def answer(asked: Asked) -> Reply:
        begin = int(asked.query.get("after", "0"))
        ids = range(begin + 1, min(total, begin + int(asked.query["limit"])) + 1)
        entries = [{**ENTRY, "id": str(number)} for number in ids]
        told = {"entries": entries, "next": entries[-1]["id"] if entries else None}
        return Reply(200, json.dumps(told).encode())

    return answer


def test_pages_are_asked_for_as_they_are_needed() -> None:
    with scripted(paged(2 * PAGE + 1)) as server:
        entries = Ledger(configuration_for(server.url)).audit(())
        assert len(list(itertools.islice(entries, PAGE))) == PAGE
        assert len(server.asked) == 1, "no page is fetched before it is wanted"
        assert [one["id"] for one in entries][-1] == str(2 * PAGE + 1)
        assert len(server.asked) == 3


def test_what_comes_is_followed_and_told_once() -> None:
    late = {**ENTRY, "id": "1", "at": "2026-11-24T12:20:05Z"}
    pages = [[ENTRY], [late, ENTRY], [late, ENTRY, {**ENTRY, "id": "z"}]]

    def answer(_: Asked) -> Reply:
        entries = pages[min(len(server.asked), len(pages)) - 1]
        return Reply(200, json.dumps({"entries": entries, "next": entries[-1]["id"]}).encode())

    pauses: list[float] = []
    with scripted(answer) as server:
        ledger = Ledger(configuration_for(server.url))
        found: Iterator[dict[str, Any]] = audit.followed(
            ledger, (("share", "s"), ("since", "2026-11-01T00:00:00Z")), pauses.append
        )
        assert [one["id"] for one in itertools.islice(found, 3)] == [ENTRY["id"], "1", "z"]
        first, second, _ = server.asked
    assert first.query["since"] == "2026-11-01T00:00:00Z"
    assert second.query == {"share": "s", "since": "2026-11-24T12:19:41Z", "limit": str(PAGE)}
    assert pauses == [audit.PAUSE, audit.PAUSE]


@pytest.mark.clients
def test_everything_that_is_done_with_a_share_is_told(
    person: Person, client: Any, bucket: str
) -> None:
    put(client, bucket, "=k.txt", b"x")
    uri = f"s3://{bucket}/=k.txt"
    made = json.loads(person.done("share", uri, "--raw", "--json"))
    person.done("extend", made["share"]["id"], "--expires-in", "2h")
    assert person.run("-f", made["raw"], program=("curl", "-sS")).code == 0
    person.done("revoke", made["share"]["id"])
    assert person.run("-f", made["raw"], program=("curl", "-sS")).code != 0
    told = [json.loads(line) for line in person.done("audit", "--key", uri, "--json").splitlines()]
    assert [one["event"] for one in told] == ["issued", "changed", "used", "revoked", "refused"]
    (line,) = person.done("audit", "--key", uri, "--action", "refused").splitlines()
    assert "revoked" in line
    exported = person.run("audit", "--key", uri, "--principal", "root", "--export", "csv").raw
    rows = list(csv.DictReader(io.StringIO(exported.decode(), newline="")))
    assert [row["event"] for row in rows] == ["issued", "changed", "revoked"]
    assert {row["key"] for row in rows} == {"'=k.txt"}
    assert person.done("audit", "--key", uri, "--until", "1d") == ""
    assert person.done("audit", "--key", uri, "--address", "192.0.2.7") == ""
    assert len(person.done("audit", "--key", uri, "--limit", "2").splitlines()) == 2


@pytest.mark.clients
def test_acts_are_told_and_the_log_is_verified_here_and_from_a_file(
    person: Person, client: Any, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    lines = person.done("audit", "--resource", f"{arn[:-1]}*", "--json").splitlines()
    made = next(one for one in map(json.loads, lines) if one["resource"] == arn)
    assert (made["event"], made["outcome"]) == ("s3:CreateBucket", "done")
    assert "s3:CreateBucket" in person.done("audit", "--action", "s3:*", "--by", "root")
    assert person.done("audit", "verify").startswith("whole: ")
    log = person.home / "log.jsonl"
    log.write_text(person.done("audit", "--sealed"), "utf-8")
    told = json.loads(person.done("audit", "verify", "log.jsonl", "--json"))
    assert told["whole"]
