"""`narthex accounts`: made with a key that works, listed, stopped, deleted."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace

import pytest

from tests.cli.conftest import Person

pytestmark = pytest.mark.clients
_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    """An account's name that is free."""
    return f"research {next(_numbers)}"


def test_an_account_is_made_and_its_key_told_once(person: Person, name: str) -> None:
    ran = person.run("accounts", "create", name)
    assert ran.code == 0, str(ran)
    told = re.fullmatch(
        rf"account:            (\d{{12}}) \({name}\)\n"
        r"access key id:      (AKIA\w+)\nsecret access key:  (\S{40})\n",
        ran.out,
    )
    assert told, ran.out
    assert "never again" in ran.err
    id, key, secret = told.groups()
    environment = person.environment | {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    other = replace(person, environment=environment)
    assert other.done("ls") == ""
    out = person.done("accounts")
    assert re.search(rf"^{id}  +{name}  +enabled", out, re.MULTILINE)
    assert secret not in out
    ran = other.run("accounts")
    assert ran.code == 254
    assert "(AccessDenied)" in ran.err
    assert person.done("accounts", "disable", name) == f"disabled: {id} ({name})\n"
    assert "(InvalidAccessKeyId)" in other.run("ls").err
    assert person.done("accounts", "enable", id) == f"enabled: {id} ({name})\n"
    assert other.done("ls") == ""
    assert person.done("accounts", "delete", name) == f"deleted: {id} ({name})\n"
    assert other.run("ls").code == 254
    assert id not in person.done("accounts", "list")


def test_json_is_as_the_server_tells_it(person: Person, name: str) -> None:
    made = json.loads(person.done("accounts", "create", name, "--json"))
    assert set(made) == {"account", "access_key_id", "secret_access_key"}
    listed = [json.loads(line) for line in person.done("accounts", "--json").splitlines()]
    assert made["account"] in listed
    deleted = json.loads(person.done("accounts", "delete", name, "--json"))
    assert deleted == made["account"]


@pytest.mark.parametrize(
    "words",
    [("list", "x"), ("create",), ("delete",), ("disable",), ("enable",), ("rename", "x")],
)
def test_what_cannot_be_meant_is_refused(person: Person, words: tuple[str, ...]) -> None:
    ran = person.run("accounts", *words)
    assert (ran.code, ran.out) == (252, "")


def test_an_account_that_is_not_there_is_told(person: Person) -> None:
    ran = person.run("accounts", "delete", "nosuchaccount")
    assert ran.code == 252
    assert "There is no account `nosuchaccount`" in ran.err


def test_the_first_account_stays(person: Person) -> None:
    ran = person.run("accounts", "disable", "main")
    assert ran.code == 254
    assert "(AccountInUse)" in ran.err
    person.done("ls")
