"""On what terms something is shared: the options of `share`, read and checked, for the API.

A password is asked for or read from standard input: it never stands on a command line.
"""

from __future__ import annotations

import argparse
import hmac
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from narthex.cli.failure import CONFIGURATION, USAGE, Failure
from narthex.cli.moments import utc
from narthex.cli.notify_terms import notify_fields
from narthex.cli.sizes import read_size
from narthex.pure.durations import DurationError, is_time, read_lifetime
from narthex.pure.share_orders import (
    MAX_COUNT,
    MAX_FILENAME,
    MAX_NETWORKS,
    OrderError,
    check_password,
    check_text,
    check_words,
)
from narthex.pure.shares import read_network

# What only a ledger can keep: another S3 server takes a signature and a lifetime, no more.
KEPT = (
    "not_before",
    "max_downloads",
    "once",
    "max_bytes",
    "allow_ip",
    "password",
    "password_stdin",
    "to",
    "note",
    "notify",
    "pin",
    "version_id",
)


@dataclass(frozen=True, slots=True)
class End:
    """When it is over. seconds: from now. fields: the same for the API."""

    seconds: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """end: when it is over. fields: all limits but recipient and password, for the API.

    recipients: whom it is for, each by a link of their own; "" for whoever has it. needs: the
    options among them that only a ledger can keep.
    """

    end: End
    fields: Mapping[str, Any]
    recipients: tuple[str, ...]
    needs: tuple[str, ...]


def add_end(made: argparse.ArgumentParser, default: str = "") -> None:
    """The options that `end_of` reads. default: as the help names it."""
    add = made.add_argument
    after = f" (default: {default})" if default else ""
    add(
        "--expires-in",
        metavar="TIME",
        help=f"90s, 15m, 2h30m, 7d, 4w, seconds, or an end such as 2026-12-24T18:00{after}",
    )
    add("--expires-at", metavar="TIME", help="the end: 2026-12-24T18:00, or with a zone ...+01:00")


def add_terms(made: argparse.ArgumentParser) -> None:
    """The options that `read_terms` and `ask_password` read."""
    group = made.add_argument_group("limits", "Kept by a narthex server, whichever link is used.")
    group.add_argument("--max-downloads", metavar="N", help="works for so many downloads")
    group.add_argument("--once", action="store_true", help="works for one download")
    group.add_argument("--max-bytes", metavar="SIZE", help="sends so much in all: 500MB, 2GiB")
    add_visitors(group)


def add_visitors(group: argparse._ArgumentGroup) -> None:
    """The options about when, from where and by whom a link is used."""
    add = group.add_argument
    add("--not-before", metavar="TIME", help="works from then on: a time, or in 2h")
    add(
        "--allow-ip",
        metavar="CIDR",
        action="append",
        help="works from this network or address only: 192.0.2.0/24; may be repeated",
    )
    add("--password", action="store_true", help="asks you for a password that opens it")
    add("--password-stdin", action="store_true", help="the password is a line of standard input")
    add("--to", metavar="NAME", action="append", help="whom it is for: one link for each --to")
    add("--note", metavar="TEXT", help="a few words for whoever opens the link")


def add_own_server(made: argparse.ArgumentParser) -> None:
    """The options of the server that this computer runs itself."""
    own = made.add_argument_group("when this computer serves")
    own.add_argument(
        "--listen",
        default="127.0.0.1:0",
        metavar="HOST:PORT",
        help="0.0.0.0:PORT lets others on the network in; port 0 takes a free one",
    )
    own.add_argument("--public-url", default="", metavar="URL", help="how others reach it")
    own.add_argument("--data", default="", metavar="DIR", help="folder for the copy that is served")


def read_terms(flags: argparse.Namespace, now: datetime, default: str) -> Terms:
    """The terms of these flags. now: aware. default: the lifetime. Raises Failure."""
    end = end_of(flags, now, default)
    fields: dict[str, Any] = dict(end.fields)
    if flags.not_before is not None:
        fields["not_before"] = not_before_of(flags.not_before, now, end)
    if flags.once and flags.max_downloads is not None:
        raise Failure("--once is --max-downloads 1: take one of them", USAGE)
    if flags.once or flags.max_downloads is not None:
        fields["max_downloads"] = (
            1 if flags.once else count_of("--max-downloads", flags.max_downloads)
        )
    if flags.max_bytes is not None:
        fields["max_bytes"] = size_of("--max-bytes", flags.max_bytes)
    if flags.allow_ip:
        fields["allow_ips"] = networks_of(flags.allow_ip)
    if flags.pin:
        fields["pin"] = True
    if flags.version_id is not None:
        fields["version"] = flags.version_id
    for name in ("filename", "note"):
        if getattr(flags, name):
            fields[name] = getattr(flags, name)
    recipients = recipients_of(flags.to)
    check_texts(recipients, flags.note or "", flags.filename or "")
    _check_password_flags(flags)
    if flags.raw:
        fields["raw"] = True
    fields |= notify_fields(flags)
    return Terms(end, fields, recipients, tuple(_given(flags)))


def end_of(flags: argparse.Namespace, now: datetime, default: str = "") -> End:
    """When it ends. now: aware. Raises Failure for what is no end, or has passed."""
    if flags.expires_in and flags.expires_at:
        raise Failure("--expires-in and --expires-at both say when it ends: take one", USAGE)
    name = "--expires-at" if flags.expires_at else "--expires-in"
    text = flags.expires_at or flags.expires_in or default
    if flags.expires_at and not is_time(text):
        raise Failure(f"--expires-at: `{text}` is not a time such as 2026-12-24T18:00", USAGE)
    seconds = _seconds(name, text, now)
    if seconds < 1:
        raise Failure(f"{name}: a link lives for at least 1 second", USAGE)
    return End(
        seconds,
        {"expires_at": utc(_moment(text, now))} if is_time(text) else {"expires_in": seconds},
    )


def refuse_without_ledger(terms: Terms, server: str) -> None:
    """Raises Failure for terms that this server, which is not narthex, cannot keep."""
    if terms.needs:
        raise Failure(
            f"{', '.join(terms.needs)}: only a narthex server can keep to that, and {server} is "
            "none. Nothing was shared.",
            CONFIGURATION,
        )


def ask_password(flags: argparse.Namespace) -> str:
    """The password: typed twice on the terminal, or read from standard input; "" for none.

    Raises Failure when the two differ, or without a terminal.
    """
    if flags.password_stdin:
        return _checked(_from_stdin())
    if not flags.password:
        return ""
    from getpass import getpass

    try:
        with open("/dev/tty", "rb"):
            pass
    except OSError as error:
        raise Failure(
            "--password: there is no terminal to ask on; --password-stdin reads it instead", USAGE
        ) from error
    password = _checked(getpass("Password for the link: "))
    again = getpass("The same again: ")
    if not hmac.compare_digest(again.encode(errors="replace"), password.encode()):
        raise Failure("The two passwords differ. Nothing was shared.", USAGE)
    return password


def warn_of_clear_text(endpoint_url: str, tell: Callable[[str], object]) -> None:
    """Say that a password would be seen on its way by whoever is between."""
    parts = urlsplit(endpoint_url)
    if parts.scheme == "http" and not is_loopback(endpoint_url):
        tell(
            f"warning: the password goes to {parts.netloc} without encryption: whoever is in "
            "between can read it; an https:// endpoint keeps it private"
        )


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this computer only."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def count_of(name: str, text: str) -> int:
    """A count of at least 1. Raises Failure."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= MAX_COUNT):
        raise Failure(f"{name}: `{text}` is not a count of at least 1", USAGE)
    return int(text)


def _from_stdin() -> str:
    line = sys.stdin.buffer.readline(4096)
    try:
        return line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise Failure("--password-stdin: the password is not UTF-8", USAGE) from error


def _checked(password: str) -> str:
    try:
        check_password(password)
    except OrderError as error:
        raise Failure(f"{error}. Nothing was shared.", USAGE) from error
    return password


def _check_password_flags(flags: argparse.Namespace) -> None:
    if flags.password and flags.password_stdin:
        raise Failure("--password asks, --password-stdin reads: take one", USAGE)
    if (flags.password or flags.password_stdin) and flags.raw:
        raise Failure("--raw: a pre-signed URL cannot ask for a password; leave --raw away", USAGE)
    if flags.password_stdin and flags.stdin0:
        raise Failure("--stdin0 and --password-stdin both read standard input: take one", USAGE)


def not_before_of(text: str, now: datetime, end: End) -> str:
    """When it begins, for the API. Raises Failure for a time that is not before the end."""
    seconds = _seconds("--not-before", text, now)
    if seconds >= end.seconds:
        raise Failure("--not-before: it would end before it begins", USAGE)
    return utc(_moment(text, now))


def _seconds(name: str, text: str, now: datetime) -> int:
    try:
        return read_lifetime(text, now)
    except DurationError as error:
        raise Failure(f"{name}: {error}", USAGE) from error


def _moment(text: str, now: datetime) -> datetime:
    """The moment that `read_lifetime` has found good."""
    if not is_time(text):
        return now + timedelta(seconds=read_lifetime(text, now))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def size_of(name: str, text: str) -> int:
    """A size in bytes of at least 1. Raises Failure."""
    try:
        size = read_size(text)
    except ValueError as error:
        raise Failure(f"{name}: `{text}` is not a size such as 500MB or 2GiB", USAGE) from error
    if not 1 <= size <= MAX_COUNT:
        raise Failure(f"{name}: `{text}` is not from 1 byte to 8 PiB", USAGE)
    return size


def networks_of(texts: list[str]) -> list[str]:
    """Networks as the API takes them. Raises Failure."""
    if len(texts) > MAX_NETWORKS:
        raise Failure(f"--allow-ip: at most {MAX_NETWORKS} networks", USAGE)
    try:
        return [read_network(text) for text in texts]
    except ValueError as error:
        raise Failure(f"--allow-ip: {error}", USAGE) from error


def check_texts(recipients: tuple[str, ...], note: str, filename: str) -> None:
    """Refuse what is too long, or no text. Raises Failure."""
    try:
        check_text(filename, "filename", MAX_FILENAME)
        for recipient in recipients:
            check_words(recipient, note)
    except OrderError as error:
        name = "to" if error.field == "recipient" else error.field
        raise Failure(f"--{name}: {error}", USAGE) from error


def recipients_of(names: list[str] | None) -> tuple[str, ...]:
    """Whom it is for, each by a link of their own; "" for whoever has it. Raises Failure."""
    if names is None:
        return ("",)
    for name in names:
        if not name.strip():
            raise Failure("--to: whom? It is empty", USAGE)
    if len(set(names)) < len(names):
        raise Failure("--to: the same recipient twice", USAGE)
    return tuple(names)


def _given(flags: argparse.Namespace) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name in KEPT if getattr(flags, name)]
