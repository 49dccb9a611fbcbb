"""The options of `request`, read and checked, as fields for the API: what may be brought, and how.

This file never asks a server: what cannot be meant is refused before one is spoken to.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from narthex.cli.failure import USAGE, Failure
from narthex.cli.notify_terms import add_notify, notify_fields
from narthex.cli.share_terms import (
    End,
    add_visitors,
    check_texts,
    count_of,
    end_of,
    networks_of,
    not_before_of,
    recipients_of,
    size_of,
)
from narthex.pure.share_files import read_kind
from narthex.pure.share_orders import MAX_TYPES

FORMS = ("html", "json", "curl")
MOST_NAMES = 1000  # pre-signed PUTs of one request to the server


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. fields: all but place, recipient and password, for the API.

    recipients: each by a link of their own; "" for whoever has it.
    """

    end: End
    fields: Mapping[str, Any]
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """Further ways in that are to be told. names: of files, each for a pre-signed PUT.

    is_told: whether all is, as JSON.
    """

    form: str = ""
    names: tuple[str, ...] = ()
    is_told: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether anything is to be signed."""
        return bool(self.form or self.names or self.is_told)


def add_files(made: argparse.ArgumentParser) -> None:
    """The options that `read_asked` reads, but for the end."""
    group = made.add_argument_group("limits", "Kept by the server, whichever way a file comes.")
    add = group.add_argument
    add("--max-size", metavar="SIZE", help="of one file, however it comes: 500MB, 2GiB")
    add("--max-files", metavar="N", help="takes so many files")
    add("--max-bytes", metavar="SIZE", help="takes so much in all")
    add(
        "--types",
        metavar="TYPES",
        action="append",
        help="takes only these: endings and content types, such as .pdf,.tar.gz,image/*",
    )
    add(
        "--overwrite",
        choices=("never", "always"),
        help="whether a file may take the place of another (default: never)",
    )
    add_visitors(group)
    add_notify(made)


def add_signing(made: argparse.ArgumentParser) -> None:
    """The options that `read_signing` reads."""
    add = made.add_argument
    add(
        "--form",
        choices=FORMS,
        help="print a signed form: as a page, as its fields, or as a command with curl",
    )
    add(
        "--presign",
        metavar="NAME",
        action="append",
        help="print a pre-signed PUT for a file of this name; may be repeated",
    )


def read_asked(flags: argparse.Namespace, now: datetime, default: str) -> Asked:
    """What these flags ask for. now: aware. default: the lifetime. Raises Failure."""
    end = end_of(flags, now, default)
    fields: dict[str, Any] = dict(end.fields)
    if flags.not_before is not None:
        fields["not_before"] = not_before_of(flags.not_before, now, end)
    if flags.max_files is not None:
        fields["max_files"] = count_of("--max-files", flags.max_files)
    for name in ("max_size", "max_bytes"):
        if getattr(flags, name) is not None:
            fields[name] = size_of(f"--{name.replace('_', '-')}", getattr(flags, name))
    if flags.types:
        fields["types"] = _types(flags.types)
    if flags.overwrite:
        fields["overwrite"] = flags.overwrite
    if flags.allow_ip:
        fields["allow_ips"] = networks_of(flags.allow_ip)
    if flags.note:
        fields["note"] = flags.note
    fields |= notify_fields(flags)
    recipients = recipients_of(flags.to)
    check_texts(recipients, flags.note or "", "")
    if flags.password and flags.password_stdin:
        raise Failure("--password asks, --password-stdin reads: take one", USAGE)
    return Asked(end, fields, recipients)


def read_signing(flags: argparse.Namespace) -> Signing:
    """The further ways in that these flags want told. Raises Failure."""
    names = tuple(flags.presign or ())
    if flags.form and names:
        raise Failure("--form and --presign are two ways in: take one", USAGE)
    if len(names) > MOST_NAMES:
        raise Failure(f"--presign: at most {MOST_NAMES} names", USAGE)
    if not all(names):
        raise Failure("--presign: the name of the file is empty", USAGE)
    return Signing(flags.form or "", names, flags.json)


def _types(texts: list[str]) -> list[str]:
    words = [word for text in texts for word in text.split(",")]
    if len(words) > MAX_TYPES:
        raise Failure(f"--types: at most {MAX_TYPES} of them", USAGE)
    kinds: list[str] = []
    for word in words:
        try:
            kinds.append(read_kind(word))
        except ValueError as error:
            raise Failure(
                f"--types: `{word}` is neither an ending such as .pdf nor a content type such as "
                "image/*",
                USAGE,
            ) from error
    return kinds
