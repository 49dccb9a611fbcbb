"""`narthex request` and `requests` with a real server, and with one that lives for one command."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess

import pytest

from narthex.cli.client import Client
from tests.cli.conftest import Person
from tests.cli.test_cp import keys_of

pytestmark = [pytest.mark.clients, pytest.mark.timeout(60)]


def curl(person: Person, command: str, path: str) -> int:
    """Run a ready command with curl for a file; its exit code."""
    spelled = {"FILE": path, "file=@FILE": f"file=@{path}"}
    words = [spelled.get(word, word) for word in shlex.split(command)]
    assert words[0] == "curl"
    return person.run(*words[1:], program=("curl", "-sS")).code


def test_a_request_prints_its_link_and_how_to_use_it(
    person: Person, client: Client, bucket: str
) -> None:
    person.write("a.txt", "brought")
    person.write("b.pdf", "brought")
    ran = person.run("request", f"s3://{bucket}/inbox/", "--max-files", "2", "--types", ".txt")
    assert ran.code == 0, str(ran)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/s/[\w-]{24}\n", ran.out)
    assert re.search(rf"can upload into s3://{bucket}/inbox/ until .* \(for 1 day\)\.", ran.err)
    assert "It takes: at most 2 files, only .txt." in ran.err
    (command,) = re.findall(r"^With a command, FILE being the file: (curl .*)$", ran.err, re.M)
    assert curl(person, command, "a.txt") == 0
    assert curl(person, command, "a.txt") != 0, "a file never takes the place of another"
    assert curl(person, command, "b.pdf") != 0
    assert keys_of(client, bucket) == ["inbox/a.txt"]
    (identity,) = re.findall(r"narthex revoke (\w+)$", ran.err, re.M)
    assert re.search(
        r"used +completed +7 Bytes .*inbox/a\.txt", person.done("requests", "log", identity)
    )
    shown = person.done("requests", "show", identity)
    assert re.search(r"^files: +1 of 2$", shown, re.M)
    (line,) = person.done("requests", "--key", f"s3://{bucket}").splitlines()[1:]
    assert re.split(r"  +", line)[:5] == [
        identity,
        f"s3://{bucket}/inbox/",
        "-",
        "active",
        "1 of 2",
    ]
    assert person.done("extend", identity, "--max-files", "1", "--expires-in", "2d").startswith(
        f"extended: {identity} s3://{bucket}/inbox/ until "
    )
    assert person.done("revoke", identity) == f"revoked: {identity} s3://{bucket}/inbox/\n"
    assert curl(person, command, "a.txt") != 0
    (told,) = person.done("requests", "--key", f"s3://{bucket}", "--all", "--json").splitlines()
    assert (json.loads(told)["state"], json.loads(told)["max_files"]) == ("revoked", 1)


def test_forms_and_pre_signed_puts_are_printed_bare(
    person: Person, client: Client, bucket: str
) -> None:
    at = f"s3://{bucket}/in box/"
    person.write("a.txt", "brought")
    page = person.done("request", at, "--form", "html", "--types", "text/csv")
    assert page.startswith("<!doctype html>")
    assert 'name="Content-Type" value="text/csv"' in page
    form = json.loads(person.done("request", at, "--form", "json"))
    assert form["url"].endswith(f"/{bucket}")
    assert curl(person, person.done("request", at, "--form", "curl"), "a.txt") == 0
    urls = person.done("request", at, "--presign", "b.txt", "--presign", "c d.txt").split()
    for url in urls:
        assert person.run("-f", "-T", "a.txt", url, program=("curl", "-sS")).code == 0
    assert keys_of(client, bucket) == ["in box/a.txt", "in box/b.txt", "in box/c d.txt"]
    (line,) = person.done(
        "request", at, "--json", "--to", "ana", "--expires-in", "30d"
    ).splitlines()
    made = json.loads(line)
    identity = made["request"]["id"]
    assert made["form"]["curl"].startswith("curl ")
    again = person.done("requests", "sign", identity)
    assert curl(person, again, "a.txt") != 0, "it is there"
    (url,) = person.done("requests", "sign", identity, "--presign", "e.txt").split()
    assert person.run("-f", "-T", "a.txt", url, program=("curl", "-sS")).code == 0
    assert len(person.done("request", at, "--to", "x", "--to", "y").splitlines()) == 2
    one = person.done("request", f"s3://{bucket}/one.pdf", "--json")
    assert json.loads(one)["request"]["prefix"] is False


def test_a_password_is_never_printed_and_has_no_form(person: Person, bucket: str) -> None:
    ran = person.run(
        "request", f"s3://{bucket}/in/", "--password-stdin", "--debug", stdin=b"open sesame\n"
    )
    assert ran.code == 0, str(ran)
    assert "sesame" not in ran.out + ran.err
    assert f"curl --fail-with-body -u guest -T FILE {ran.out.strip()}/" in ran.err
    assert "with its password" in ran.err
    person.write("a.txt", "brought")
    words = ("-f", "-T", "a.txt", f"{ran.out.strip()}/")
    assert person.run(*words, "-u", "guest:open sesame", program=("curl", "-sS")).code == 0
    assert person.run(*words, "-u", "guest:open barley", program=("curl", "-sS")).code == 22
    made = json.loads(
        person.done(
            "request", f"s3://{bucket}/in/", "--password-stdin", "--json", stdin=b"open sesame\n"
        )
    )
    assert "form" not in made


def test_revoking_by_other_things_takes_requests_too(person: Person, bucket: str) -> None:
    made = json.loads(person.done("request", f"s3://{bucket}/in/", "--to", "ana-9", "--json"))
    assert made["request"]["id"] in person.done("revoke", "--to", "ana-9")
    made = json.loads(person.done("request", f"s3://{bucket}/in/", "--json"))
    assert made["request"]["id"] in person.done("revoke", made["link"])
    ran = person.run("revoke", made["request"]["id"])
    assert ran.code == 0
    ran = person.run("revoke", "0f3c9d2b71a84e56")
    assert (ran.code, ran.out) == (1, "")
    ran = person.run("extend", "0f3c9d2b71a84e56", "--expires-in", "1d")
    assert (ran.code, "NoSuchShare" in ran.err) == (254, True)


def heard(running: subprocess.Popen[str], words: str) -> str:
    """What was told up to the line with these words."""
    assert running.stderr is not None
    said = ""
    while words not in said:
        line = running.stderr.readline()
        assert line, said
        said += line
    return said


def test_files_appear_in_a_folder_with_nothing_set_up(stranger: Person) -> None:
    stranger.write("a.txt", "brought")
    stranger.write("received/a.txt", "mine")
    with stranger.foreground("request", "--max-files", "3", "--form", "curl") as (command, running):
        said = heard(running, "Ctrl-C ends it")
        assert "can upload into received until" in said
        assert "narthex revoke" not in said
        assert curl(stranger, command, "a.txt") == 0
        assert "received: received/a (2).txt, 7 Bytes" in heard(running, "received: ")
        evil = command.replace("${filename}", ".bashrc")
        assert curl(stranger, evil, "a.txt") == 0
        heard(running, "received/_bashrc")
        evil = command.replace("${filename}", "../../evil.sh")
        assert curl(stranger, evil, "a.txt") == 0
        said = heard(running, "It is over")
        assert running.wait(60) == 0
    assert (
        not list(stranger.home.parent.rglob("evil.sh"))
        or (stranger.home / "received/evil.sh").exists()
    )
    names = sorted(path.name for path in (stranger.home / "received").iterdir())
    assert names == ["_bashrc", "a (2).txt", "a.txt", "evil.sh"]
    assert (stranger.home / "received/a.txt").read_text() == "mine"
    assert (stranger.home / "received/a (2).txt").read_text() == "brought"
    assert list((stranger.home / ".cache/narthex").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_receiving_ends_on_ctrl_c(stranger: Person, number: signal.Signals) -> None:
    with stranger.foreground("request", "in/box") as (link, running):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/s/[\w-]{24}", link)
        heard(running, "Ctrl-C ends it")
        running.send_signal(number)
        assert running.wait(60) == 0
    assert list((stranger.home / "in/box").iterdir()) == []


def test_what_is_no_folder_receives_nothing(stranger: Person) -> None:
    stranger.write("file", "x")
    ran = stranger.run("request", "file")
    assert (ran.code, ran.out) == (252, "")
    assert "file is no folder" in ran.err
