"""Look before you share, on a command line: a real server with the model that is shipped."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import urllib3
from bench.review.draft import Draft
from bench.review.text_writers import WRITERS

from narthex.cli.serve import Endpoint, embedded
from tests.clients.programs import Home, Ran

pytestmark = pytest.mark.clients

KEY = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + b"MC4CAQAwBQYDK2VwBCIEIJ9w" * 4
    + b"\n-----END PRIVATE KEY-----\n"
)
LETTER = WRITERS["docx"](Draft("a", lines=("Account DE89370400440532013000",), author="A. Author"))
NOTES = b"Minutes of the meeting on the new scanners. Everybody agreed.\n"
UNREADABLE = bytes(range(256)) * 8
PROCEED, UNCONFIRMED, REFUSED = 0, 3, 4
SECONDS = 30.0  # to wait for what happens behind an answer's back


@dataclass(frozen=True)
class Desk:
    """Somebody at a command line, beside a server that reviews."""

    home: Home
    endpoint: Endpoint

    def file(self, name: str, data: bytes) -> Path:
        """A file in the home folder."""
        path = self.home.folder / name
        path.write_bytes(data)
        return path

    def run(self, *words: str | Path) -> Ran:
        """`narthex <words>`."""
        return self.home.run(sys.executable, "-m", "narthex", *words, **self.variables)

    @property
    def variables(self) -> dict[str, str]:
        """What tells a command where the server is."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "AWS_ACCESS_KEY_ID": self.endpoint.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.endpoint.secret,
            "NARTHEX_REVIEW_MODEL": "",
        }

    def typing(self, answers: str, *words: str | Path) -> Ran:
        """`narthex <words>` on a terminal, where somebody types the answers."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home.folder)
            command = [sys.executable, "-m", "narthex", *map(str, words)]
            plain = {"HOME": str(self.home.folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
            os.execve(command[0], command, {**plain, **self.variables})
        os.write(terminal, answers.encode())
        shown = b""
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while piece := os.read(terminal, 65536):
                shown += piece
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        return Ran(os.waitstatus_to_exitcode(status), shown.decode(errors="replace"), "")

    def decisions(self) -> list[dict[str, object]]:
        """All of them, the newest first."""
        ran = self.run("decisions", "--json")
        assert ran.code == PROCEED, ran.said
        return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server with the model that is shipped."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    folder = tmp_path_factory.mktemp("reviewing")
    with embedded(folder, extra=["--workers", "2"], environment=environment) as started:
        client = boto3.client(
            "s3",
            endpoint_url=started.url,
            aws_access_key_id=started.access_key_id,
            aws_secret_access_key=started.secret,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket="keys")
        yield started


@pytest.fixture
def desk(home: Home, reviewing: Endpoint) -> Desk:
    """A person with a home."""
    return Desk(home, reviewing)


def test_a_clean_file_goes_ahead_with_one_line(desk: Desk) -> None:
    ran = desk.run("share", desk.file("notes.txt", NOTES))
    assert ran.code == PROCEED, ran.said
    assert urllib3.request("GET", ran.out.strip()).status == 200
    assert [line for line in ran.err.splitlines() if "risk" in line] == [
        "Reviewed: risk 12.9 of 100, proceed: anyone who has the link can use it"
    ]


def test_a_key_is_refused_until_its_owner_approves_and_again_once_it_changes(desk: Desk) -> None:
    assert desk.run("cp", desk.file("a.pem", KEY), "s3://keys/a.pem").code == PROCEED
    refused = desk.run("share", "s3://keys/a.pem")
    assert (refused.code, refused.out) == (REFUSED, ""), refused.said
    assert "only root can say otherwise" in refused.err
    assert "MC4CAQAwBQYDK2VwBCIEIJ9w" not in refused.err
    (id,) = [line.split()[-1] for line in refused.err.splitlines() if "review approve" in line]
    assert id in desk.run("review", "list", "--waiting").out
    approved = desk.run("review", "approve", id, "--reason", "a key of the tests", "--for", "1h")
    assert approved.code == PROCEED, approved.said
    shared = desk.run("share", "s3://keys/a.pem")
    assert shared.code == PROCEED, shared.said
    assert "approved by" in shared.err
    assert desk.run("cp", desk.file("a.pem", KEY + b"\n"), "s3://keys/a.pem").code == PROCEED
    assert desk.run("share", "s3://keys/a.pem").code == REFUSED
    outcomes = [(one["enforced"], one["outcome"]) for one in desk.decisions()][:3]
    assert outcomes == [("refuse", "open"), ("refuse", "proceeded"), ("refuse", "open")]


def test_what_is_stopped_is_uploaded_for_nobody(desk: Desk) -> None:
    before = desk.run("ls", "--recursive", "s3://narthex-share").out
    assert desk.run("share", desk.file("b.pem", KEY)).code == REFUSED
    assert desk.run("ls", "--recursive", "s3://narthex-share").out == before


def test_without_a_terminal_what_needs_a_reason_ends_with_3(desk: Desk) -> None:
    path = desk.file("blob.bin", UNREADABLE)
    ran = desk.run("share", path)
    assert (ran.code, ran.out) == (UNCONFIRMED, ""), ran.said
    assert "--justify" in ran.err
    assert desk.run("share", path, "--justify", "so what").code == UNCONFIRMED
    assert desk.run("share", path, "--justify", "agreed").code == PROCEED
    words = "I made it and know what is in it"
    assert desk.run("share", path, "--justify", words).code == PROCEED
    assert desk.decisions()[0]["typed"] == words


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1\n", ("agreed", None)),
        ("4\nbecause the tests say so\n", ("other", "because the tests say so")),
        ("because the tests say so\n", ("typed", "because the tests say so")),
    ],
)
def test_on_a_terminal_somebody_is_asked_why(
    desk: Desk, typed: str, kept: tuple[str, str | None]
) -> None:
    ran = desk.typing(typed, "share", desk.file("blob.bin", UNREADABLE))
    assert ran.code == PROCEED, ran.said
    assert "1. The recipient is entitled to it" in ran.out
    (one, *_) = desk.decisions()
    assert (one["outcome"], one["justification"], one["typed"]) == ("proceeded", *kept)


def test_on_a_terminal_nothing_said_gives_it_up(desk: Desk) -> None:
    ran = desk.typing("\n", "share", desk.file("blob.bin", UNREADABLE))
    assert ran.code == UNCONFIRMED, ran.said
    assert desk.decisions()[0]["outcome"] == "abandoned"


def test_whoever_answers_for_it_approves_while_sharing(desk: Desk) -> None:
    ran = desk.run("share", desk.file("c.pem", KEY), "--approve", "a key of the tests")
    assert ran.code == PROCEED, ran.said
    answer = urllib3.request("GET", ran.out.strip(), headers={"user-agent": "curl/8.5.0"})
    assert answer.data == KEY


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("d.pem", KEY, REFUSED),
        ("e.docx", LETTER, UNCONFIRMED),  # read by a process of its own, here and there
        ("f.docx", LETTER[:-100], UNCONFIRMED),  # broken: not clean
    ],
)
def test_a_file_here_is_reviewed_here_as_the_server_would(
    desk: Desk, name: str, data: bytes, code: int
) -> None:
    path = desk.file(name, data)
    before = desk.decisions()
    here = desk.run("review", path, "--json")
    assert here.code == code, here.said
    assert desk.run("cp", path, f"s3://keys/{name}").code == PROCEED
    there = desk.run("review", f"s3://keys/{name}", "--json")
    assert there.code == code, there.said
    one, other = json.loads(here.out), json.loads(there.out)
    for told in ("decision", "risk", "gates", "reasons", "coverage", "owner", "object", "model"):
        assert one[told] == other[told], told
    assert desk.decisions() == before


def test_the_terms_of_the_share_count(desk: Desk) -> None:
    path = desk.file("blob.bin", UNREADABLE)
    named = desk.run("review", path, "--to", "ana", "--json")
    assert (named.code, json.loads(named.out)["door"]) == (UNCONFIRMED, "two-way")
    risks = [
        json.loads(desk.run("review", path, "--json", *words).out)["risk"]
        for words in (["--expires-in", "7d"], ["--expires-in", "1h"], ["--once", "--password"])
    ]
    assert risks == sorted(risks, reverse=True)
    assert len(set(risks)) == 3


def test_what_comes_in_is_let_go_by_the_steward_or_stays_held(desk: Desk) -> None:
    asked = desk.run("request", "s3://keys/in/", "--json")
    assert asked.code == PROCEED, asked.said
    told = json.loads(asked.out)
    for name, data in (("a.txt", NOTES), ("b.pem", KEY)):
        assert urllib3.request("PUT", f"{told['link']}/{name}", body=data).status == 200
    shared = desk.run("share", "s3://keys/in/a.txt", "--raw")
    assert shared.code == PROCEED, shared.said
    show = ("requests", "show", told["request"]["id"], "--json")
    deadline = time.monotonic() + SECONDS
    while {one["state"] for one in json.loads(desk.run(*show).out)["held"]} != {"refused"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)  # a real server on a real clock: bounded polls, no guessed waits
    assert urllib3.request("GET", shared.out.strip()).data == NOTES
    (held,) = json.loads(desk.run(*show).out)["held"]
    assert held["key"] == "in/b.pem"
    assert held["decision"] in desk.run("review", "list", "--waiting").out
