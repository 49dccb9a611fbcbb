"""`narthex`: find the command in the first word and hand it the rest.

This file imports nothing that costs time: a command's module, and what it needs, is imported when
that command runs. `presign` as a whole process must take a fraction of `aws s3 presign`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from narthex.cli.failure import GENERAL, INTERRUPTED, PIPE_CLOSED, USAGE, Failure

# command: (module of narthex.cli, what it does in a few words)
COMMANDS: dict[str, tuple[str, str]] = {
    "share": ("share", "give a file to somebody by an expiring link, without any set-up"),
    "shares": ("shares", "list what is shared, and who used it"),
    "request": ("request", "ask for files: a link by which others upload, without any set-up"),
    "requests": ("requests", "list what is asked for, and what came"),
    "automate": ("automate", "share what is uploaded by itself, and send the link"),
    "automations": ("automations", "what is shared by itself: its log, pause it, resume it"),
    "audit": ("audit", "what was done, by whom: filter it, follow it, export it"),
    "revoke": ("revoke", "take shares, requests and links back"),
    "extend": ("extend", "give a share or a request more time, or less"),
    "serve": ("serve", "run the server: a private object store that speaks S3"),
    "ls": ("ls", "list buckets, or what is in one"),
    "cp": ("cp", "copy files to, from and between buckets"),
    "mv": ("mv", "move files to, from and between buckets"),
    "sync": ("sync", "bring a folder or prefix up to date with another"),
    "rm": ("rm", "delete objects"),
    "mb": ("mb", "make a bucket"),
    "rb": ("rb", "remove a bucket"),
    "presign": ("presign", "print a link that works until it expires"),
    "policy": ("policy", "why somebody may or may not, and everyone who may"),
    "review": ("review", "what giving a file away would come to, before you do it"),
    "decide": ("decide", "judge a situation by a decision model"),
    "decisions": ("decisions", "what was decided, why, and what became of it"),
    "model": ("model", "show, check, compare, test and replay decision models"),
    "events": ("events", "follow what happens and what becomes of it"),
    "deliveries": ("deliveries", "what waits, what was delivered, what failed; do it once more"),
    "targets": ("targets", "where events and notices go: webhooks, mail, chat, brokers"),
    "functions": ("functions", "code that runs by itself: list it, read its logs, run it"),
    "accounts": ("accounts", "more than one owner of buckets on one server"),
    "configure": ("configure", "set the access key and region in AWS's own files"),
    "import": ("importing", "take over what another S3 server holds"),
    "move": ("move", "a running installation onto other stores, and back"),
    "doctor": ("doctor", "find out why a server or a link does not work"),
    "completion": ("completion", "print a completion script for your shell"),
}
ALIASES = {"signurl": "presign", "link": "presign", "server": "serve"}
# The word behind `share` or `shares` -> what is meant. A file of such a name is shared as ./list.
ACTIONS = {
    "download": ("share",),
    "upload": ("request",),
    "list": ("shares", "list"),
    "ls": ("shares", "list"),
    "show": ("shares", "show"),
    "log": ("shares", "log"),
    "extend": ("extend",),
    "revoke": ("revoke",),
}
FINAL = ("--help", "--version")
HELP = ("-h", "--help", "help")
# Global options (see `arguments`) that take a value: they may stand before the command.
WITH_VALUE = frozenset(
    (
        "--profile",
        "--region",
        "--endpoint-url",
        "--ca-bundle",
        "--output",
        "--query",
        "--color",
        "--cli-read-timeout",
        "--cli-connect-timeout",
    )
)


def run() -> int:
    """Run the command of this process; returns its exit code."""
    try:
        _be_lenient_about_names()
        return dispatch(sys.argv[1:])
    except Failure as failure:
        _flush()
        print(f"\n{failure}", file=sys.stderr)
        return failure.exit_code
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes stdout once more as it ends: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        print(f"\n{error}", file=sys.stderr)
        return GENERAL


def dispatch(words: Sequence[str]) -> int:
    """Run one command line, without the program's name."""
    before, rest = _split(words)
    if rest and rest[0] == "s3":  # fingers that know `aws s3`
        rest = rest[1:]
    if not rest or rest[0] in HELP:
        return _help(rest[1:])
    if rest[0] in ("--version", "version"):
        return _version()
    word, given = ALIASES.get(rest[0], rest[0]), list(rest[1:])
    if word in ("share", "shares") and given and given[0] in ACTIONS:
        word, *given = *ACTIONS[given[0]], *given[1:]
    if word not in COMMANDS:
        raise Failure(_unknown(rest[0]), USAGE)
    if given[:1] == ["help"]:
        given = ["--help"]
    module = import_module(f"narthex.cli.{COMMANDS[word][0]}")
    code: int = module.run([*before, *given])
    sys.stdout.flush()
    return code


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The global options before the command, and the command with what follows."""
    at = 0
    while at < len(words) and words[at].startswith("--") and words[at] not in FINAL:
        at += 2 if words[at] in WITH_VALUE else 1
    return list(words[:at]), list(words[at:])


def _help(words: Sequence[str]) -> int:
    if words:
        return dispatch([words[0], "--help"])
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {text}" for name, (_, text) in COMMANDS.items()]
    print(
        "usage: narthex <command> [options]\n\n"
        "Give a private file to the right person, for the right time, by a signed link.\n"
        "Where `aws s3` has a command of the same name, it takes the same arguments.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "narthex <command> --help tells more. The first thing to try:\n\n"
        "  narthex share report.pdf --expires-in 2h"
    )
    return 0


def _version() -> int:
    import platform

    from narthex import __version__

    system = f"{platform.system()}/{platform.release()}"
    print(f"narthex/{__version__} Python/{platform.python_version()} {system}")
    return 0


def _unknown(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, 1)
    hint = f"\n\nDid you mean `narthex {near[0]}`?" if near else ""
    return f"narthex: there is no command `{word}`; `narthex help` lists them{hint}"


def _be_lenient_about_names() -> None:
    """A name that the terminal's encoding lacks is shown with `?`; it does not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
