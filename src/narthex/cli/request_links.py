"""Issue requests for files and print their links, signed forms and pre-signed PUTs.

stdout gets what was asked for, bare: the link, or a form, or URLs; a person is told the rest on
stderr.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from narthex.cli.arguments import tell
from narthex.cli.notify_terms import secret_line
from narthex.cli.request_lines import allowed, form_page
from narthex.cli.request_terms import Asked, Signing
from narthex.cli.s3_uri import Location
from narthex.cli.share_lines import flat, local, what
from narthex.pure.durations import spoken

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

MANY = 10  # links; of more than these not each is talked about
OWN_TYPE = "application/octet-stream"  # what a form calls a file unless told otherwise


@dataclass(frozen=True, slots=True)
class Made:
    """A request that was issued. signed: the answer with its `puts` and `form`; {} without them.

    answer: of issuing it, with `request` and `link`.
    """

    answer: Document = field(repr=False)
    signed: Document = field(repr=False)

    @property
    def request(self) -> Document:
        """The request as it stands."""
        request: Document = self.answer["request"]
        return request

    @property
    def link(self) -> str:
        """The short link."""
        link: str = self.answer["link"]
        return link

    @property
    def document(self) -> Document:
        """All of it, for --json."""
        return {**self.answer, **self.signed}


@dataclass(frozen=True, slots=True)
class Look:
    """How links are shown. qr: None to draw one on a terminal, for a link that stands alone."""

    json: bool = False
    qr: bool | None = None


def issue(
    ledger: Ledger, at: Location, asked: Asked, password: str, signing: Signing
) -> list[Made]:
    """A request for each recipient. A place whose key ends in a slash, or is empty, takes many
    files, any other the one of this key. Raises ServiceError.
    """
    made: list[Made] = []
    for recipient in asked.recipients:
        fields: dict[str, Any] = {"bucket": at.bucket, "key": at.key, **asked.fields}
        if at.key and not at.key.endswith("/"):
            fields["prefix"] = False
        if recipient:
            fields["recipient"] = recipient
        if password:
            fields["password"] = password
        answer = ledger.ask_for_files(fields)
        request, signed = answer["request"], {}
        if signing.is_wanted and not password:
            signed = ledger.sign(request["id"], signing.names, form=not signing.names)
        made.append(Made(answer, signed))
    return made


def print_requests(
    made: Sequence[Made], asked: Asked, signing: Signing, look: Look, folder: str = ""
) -> datetime:
    """Print them, and tell what they take and when they end, which is returned.

    folder: where files appear, when it is this computer that serves.
    """
    end = datetime.now().astimezone() + timedelta(seconds=asked.end.seconds)
    into = flat(folder or what(made[0].request))
    whose = (
        "Whoever has the link" if len(made) == 1 else f"Whoever has one of the {len(made)} links"
    )
    tell(
        f"{whose} can upload into {into} until {end:%a %d %b %Y %H:%M:%S %Z} "
        f"(for {spoken(asked.end.seconds)})."
    )
    if told := allowed(made[0].request):
        tell(f"It takes: {flat(told)}.")
    draws = look.qr if look.qr is not None else len(made) == 1 and sys.stderr.isatty()
    for one in made:
        if one.request.get("recipient"):
            tell(f"For {flat(one.request['recipient'])}:")
        _print_one(one, signing, as_json=look.json)
        if draws:
            from narthex.cli.qr import draw

            draw(one.link)
        if len(made) <= MANY:
            for line in _ways(one, signing):
                tell(line)
            if not folder:
                tell(f"What came: narthex requests log {one.request['id']}")
                tell(f"To take it back: narthex revoke {one.request['id']}")
            if secret := secret_line(one.answer):
                tell(secret)
    return end


def _print_one(one: Made, signing: Signing, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(one.document), flush=True)
    elif signing.form or signing.names:
        tell(f"The link: {one.link}")
        print_signed(one.signed, signing)
    else:
        print(one.link, flush=True)


def print_signed(signed: Document, signing: Signing) -> None:
    """What was signed, bare, on stdout."""
    if signing.names:
        for put in signed["puts"]:
            print(put["url"], flush=True)
    elif signing.form == "html":
        print(form_page(signed["form"]), flush=True)
    elif signing.form == "json":
        print(json.dumps(signed["form"]), flush=True)
    else:
        print(signed["form"]["curl"], flush=True)


def _ways(one: Made, signing: Signing) -> Iterator[str]:
    """How to use it from a terminal."""
    if one.signed.get("puts"):
        first = one.signed["puts"][0]
        command = shlex.join(["curl", "--fail-with-body", "-T", first["name"], first["url"]])
        yield f"With a command: {command}"
        yield from _early_end(first["expires_at"], one.request)
    elif one.signed.get("form"):
        form = one.signed["form"]
        if any("/" in kind for kind in one.request.get("types") or ()):
            yield f"A type is asked for: say the file's own in place of {OWN_TYPE}."
        yield from _early_end(form["expires_at"], one.request)
    else:
        yield f"With a command, FILE being the file: {_command(one)}"


def _command(one: Made) -> str:
    """curl adds the file's name behind a slash, and asks for the password."""
    request = one.request
    guest = ["-u", "guest"] if request.get("password") else []
    link = f"{one.link}/" if request.get("prefix", True) else one.link
    return shlex.join(["curl", "--fail-with-body", *guest, "-T", "FILE", link])


def _early_end(ends: str, request: Document) -> Iterator[str]:
    if request.get("expires_at") and ends < request["expires_at"]:
        yield (
            f"A signature lives for a week at most, so this one ends at {local(ends)}; "
            f"narthex requests sign {request['id']} makes another."
        )
