"""Make the links of a share and print them: by the ledger of a narthex server, or signed here.

stdout gets the bare links, one a line; a person is told the rest on stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration
from narthex.cli.justify import Reviewer, tell_passed
from narthex.cli.presign import new_signer
from narthex.cli.share_lines import flat
from narthex.cli.share_targets import Target
from narthex.cli.share_terms import Terms
from narthex.cli.sizes import human_size
from narthex.pure.durations import spoken

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

MANY = 10  # links; of more than these not each is talked about


@dataclass(frozen=True, slots=True)
class Look:
    """How links are shown. qr: None to draw one on a terminal, for a link that stands alone."""

    raw: bool = False
    json: bool = False
    qr: bool | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A link. share: None for one that was signed here, which nobody can take back."""

    url: str = field(repr=False)
    target: Target
    share: Document | None
    document: Document = field(repr=False)

    @property
    def recipient(self) -> str:
        """Whom it is for; "" for whoever has it."""
        return (self.share or {}).get("recipient") or ""


def issue(
    ledger: Ledger, targets: Sequence[Target], terms: Terms, password: str, reviewer: Reviewer
) -> list[Made]:
    """A share and its link for each target and recipient, in this order.

    reviewer: answers what stops one. Raises ServiceError, Failure.
    """
    pairs = [(target, recipient) for target in targets for recipient in terms.recipients]
    wanted = [_wanted(target, terms, recipient, password) for target, recipient in pairs]
    name = "raw" if terms.fields.get("raw") else "link"
    answers = list(ledger.issue(wanted, reviewer.said, reviewer.answer))
    tell_passed(answers)
    return [
        Made(answer[name], target, answer["share"], answer)
        for answer, (target, _) in zip(answers, pairs, strict=True)
    ]


def _wanted(target: Target, terms: Terms, recipient: str, password: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"bucket": target.at.bucket, "key": target.at.key, **terms.fields}
    if target.is_prefix:
        fields["prefix"] = True
    if recipient:
        fields["recipient"] = recipient
    if password:
        fields["password"] = password
    return fields


def presign(configuration: Configuration, targets: Sequence[Target], terms: Terms) -> list[Made]:
    """A pre-signed URL for each target, made without asking anybody. Raises Failure, ValueError."""
    signer = new_signer(configuration)
    query: tuple[tuple[str, str], ...] = ()
    if terms.fields.get("filename"):
        from narthex.pure.disposition import attachment

        query = (("response-content-disposition", attachment(terms.fields["filename"])),)
    seconds = terms.end.seconds
    ends = f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    return [
        Made(url, target, None, {"share": None, "link": None, "raw": url, "raw_expires_at": ends})
        for target in targets
        for url in (signer.url("GET", *target.at, expires_in=seconds, query=query),)
    ]


def print_links(
    made: Sequence[Made],
    targets: Sequence[Target],
    terms: Terms,
    look: Look,
    after: Callable[[Made], str],
) -> datetime:
    """Print the links, and tell what they are and when they end, which is returned.

    after: what a person is told about each link.
    """
    end = datetime.now().astimezone() + timedelta(seconds=terms.end.seconds)
    for target in targets[:MANY]:
        if target.path and not target.is_prefix:
            size = human_size(os.stat(target.path).st_size)
            tell(f"{flat(os.path.basename(target.path))}, {size}")
    what = "The link works" if len(made) == 1 else f"The {len(made)} links work"
    limits = "".join(f", {limit}" for limit in _limits(terms))
    tell(f"{what} until {end:%a %d %b %Y %H:%M:%S %Z} (for {spoken(terms.end.seconds)}){limits}.")
    if len(made) > MANY:
        lines = (json.dumps(item.document) if look.json else item.url for item in made)
        sys.stdout.write("\n".join(lines) + "\n")
        return end
    draws = look.qr if look.qr is not None else len(made) == 1 and sys.stderr.isatty()
    for item in made:
        if item.recipient:
            tell(f"For {flat(item.recipient)}:")
        print(json.dumps(item.document) if look.json else item.url, flush=True)
        if draws:
            from narthex.cli.qr import draw

            draw(item.url)
        if words := after(item):
            tell(words)
    return end


def _limits(terms: Terms) -> Iterator[str]:
    fields = terms.fields
    most = fields.get("max_downloads")
    if most is not None:
        yield "once" if most == 1 else f"for {most} downloads"
    if "max_bytes" in fields:
        yield f"for {human_size(fields['max_bytes'])} in all"
    if "not_before" in fields:
        begin = datetime.fromisoformat(fields["not_before"]).astimezone()
        yield f"not before {begin:%a %d %b %Y %H:%M:%S %Z}"
    if "allow_ips" in fields:
        yield f"from {', '.join(fields['allow_ips'])} only"
