"""`narthex functions`: what is asked of the server, how it is told, what goes on."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from narthex.cli import functions
from narthex.cli.failure import Failure
from narthex.cli.ledger import Ledger
from tests.cli.conftest import configuration_for
from tests.cli.scripted import Asked, Reply, Scripted, scripted

ONE = {
    "name": "mint", "arn": "arn:aws:lambda:us-east-1:123456789012:function:mint", "versions": 0,
    "runtime": "python3.11", "memory": 128, "timeout": 3, "modified_at": "2026-11-24T12:00:00.000Z",
}  # fmt: skip


def chunk(number: int, text: str) -> dict[str, Any]:
    """What a function wrote in one second."""
    at = f"2026-11-24T12:00:{number:02d}.000Z"
    return {"id": f"id{number}", "at": at, "stream": "s", "text": text}


def told(body: Any) -> Reply:
    """An answer of the API."""
    return Reply(200, json.dumps(body).encode(), {"content-type": "application/json"})


def words(server: Scripted, *given: str) -> list[str]:
    """A command line for this server."""
    return [*given, "--endpoint-url", server.url]


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_functions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with scripted(lambda _: told({"functions": [ONE]})) as server:
        assert functions.run(words(server)) == 0
        assert functions.run(words(server, "list", "--json")) == 0
    assert server.lines == ["GET /-/api/v1/functions"] * 2
    head, row, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["NAME", "RUNTIME", "MEMORY", "TIMEOUT", "CHANGED"]
    assert row.split()[:4] == ["mint", "python3.11", "128", "MB"]
    assert json.loads(line) == ONE


def test_a_log_is_read_to_its_end_and_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(asked: Asked) -> Reply:
        assert asked.query["since"] == "2026-11-24T10:00:00Z"
        return told({"chunks": [chunk(1, "a\tb\x1b[2J\n")], "next": "1-id1"})

    with scripted(answer) as server:
        since = ("--since", "2026-11-24T10:00:00+00:00")
        assert functions.run(words(server, "logs", "mint", *since)) == 0
    assert capsys.readouterr().out == "a  b?[2J\n"
    assert server.lines == ["GET /-/api/v1/functions/mint/logs"]


def test_what_comes_late_is_told_once() -> None:
    pages = [[chunk(20, "b")], [chunk(15, "a"), chunk(20, "b"), chunk(21, "c")], []]
    left = iter(pages)

    def answer(_: Asked) -> Reply:
        return told({"chunks": next(left, []), "next": None})

    with scripted(answer) as server:
        ledger = Ledger(configuration_for(server.url))
        coming = functions.followed(ledger, "mint", None, lambda _: None)
        texts = [one["text"] for one in itertools.islice(coming, 3)]
    assert texts == ["b", "a", "c"]
    assert server.asked[1].query["since"] == "2026-11-24T12:00:10Z"


@pytest.mark.parametrize(("error", "code"), [(None, 0), ("Unhandled", 1)])
def test_a_function_is_run_by_hand(
    capsys: pytest.CaptureFixture[str], error: str | None, code: int
) -> None:
    answer = {"payload": {"b": 2}, "error": error, "log": "START\nEND\n"}
    with scripted(lambda _: told(answer)) as server:
        assert functions.run(words(server, "invoke", "mint", "--payload", '{"a": 1}')) == code
    assert json.loads(server.asked[0].body) == {"payload": {"a": 1}}
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"b": 2}
    assert shown.err == "START\nEND\n"


@pytest.mark.parametrize(
    "given",
    [
        ["logs"],
        ["list", "mint"],
        ["logs", "../x"],
        ["logs", "mint", "--since", "yesterday"],
        ["invoke", "mint", "--payload", "{"],
    ],
)
def test_what_cannot_be_meant_is_not_sent(given: list[str]) -> None:
    with scripted(lambda _: told({})) as server, pytest.raises(Failure):
        functions.run(words(server, *given))
    assert server.asked == []
