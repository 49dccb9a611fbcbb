"""Mail addresses. Pure.

Many of them are somebody's list of customers; one is a contact. So they are counted, distinct, and
addresses that are examples by RFC 2606, or nobody's, are not. Nothing is ever sent or resolved.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import mask_address
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

_LONGEST_LOCAL = 64  # RFC 5321
_LOCAL = bytes(
    120 if (chr(code).isalnum() and code < 128) or code in b"._%+-'" else 32 for code in range(256)
)
# What a name ends with, the sign, and a domain of at most six labels; none of it repeats another.
_ADDRESS = re.compile(
    rb"@(?<=[A-Za-z0-9._%+'-]@)"
    rb"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}+\.){1,5}[A-Za-z][A-Za-z0-9-]{1,23}+(?![A-Za-z0-9@])"
)
_NOBODY = frozenset(
    b"noreply no-reply donotreply do-not-reply mailer-daemon postmaster webmaster abuse git".split()
)
# Names of pictures in double resolution look like addresses: logo@2x.png.
_FILES = frozenset(b"png jpg jpeg gif svg webp css js py".split())


def look_for_addresses(scan: Scan, mails: Tally) -> None:
    """Count the addresses around every @."""
    for match in _ADDRESS.finditer(scan.raw):
        if mails.full:
            return
        _judge(scan, mails, match)


def _judge(scan: Scan, mails: Tally, match: re.Match[bytes]) -> None:
    raw, at = scan.raw, match.start()
    begin = max(0, at - _LONGEST_LOCAL)
    around = raw[begin:at].translate(_LOCAL)
    start = begin + around.rfind(b" ") + 1
    address = raw[start : match.end()].lower().strip(b".'-")
    if mails.knows(address):
        return
    local, _, host = address.partition(b"@")
    if not local or local in _NOBODY or host.rpartition(b".")[2] in _FILES:
        mails.missed(address)
    else:
        mails.add(address, mask_address(address.decode()), start)
