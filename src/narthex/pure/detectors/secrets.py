"""All secrets of one scan, as three facts: private keys, cloud keys, tokens. Pure.

A vendor's token has a shape: tokens.py. What no shape tells, the word beside it may:
assignments.py. Never shows more than how a token begins, which is public, and its last two
characters. Samples that vendors publish are none.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.assignments import look_for_assignments
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally
from narthex.pure.detectors.tokens import look_for_tokens
from narthex.pure.review.findings import Finding

# The label, then at least a line of base64; its lines may be JSON's or an environment file's "\n".
_PEM = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----"
    rb"[\s\\rn>|]{0,20}+"
    rb"(?:[A-Za-z-]{4,20}+: (?!-----)[^\r\n\\]{0,120}+(?:[\r\n]|\\n)[\s\\rn>|]{0,20}+){0,8}+"
    rb"([A-Za-z0-9+/]{32,200})"
)
_PUTTY = re.compile(rb"PuTTY-User-Key-File-[23]: [\x20-\x7e]{3,40}\r?\n")
_PUTTY_PART = b"Private-Lines:"
_PUTTY_LONGEST = 4096  # bytes in which that part begins
# An AWS secret, in lowered text: forty letters of base64 behind words that say so; `SECRET_KEY` is
# many things.
_AWS_SECRET = re.compile(
    rb"secret[_-]?access[_-]?key[\"']?\s{0,4}+[:=,]\s{0,4}+[\"']?([a-z0-9/+]{40})(?![a-z0-9/+=])"
)


def find_secrets(scan: Scan) -> tuple[Finding, ...]:
    """secret.private_key, secret.cloud_key, secret.token."""
    keys = Tally("secret.private_key", scan)
    clouds, tokens = Tally("secret.cloud_key", scan), Tally("secret.token", scan)
    _look_for_private_keys(scan, keys)
    look_for_tokens(scan, clouds, tokens)
    _look_for_aws_secrets(scan, clouds)
    look_for_assignments(scan, tokens, clouds)
    return keys.finding(), clouds.finding(), tokens.finding()


def _look_for_private_keys(scan: Scan, keys: Tally) -> None:
    raw = scan.raw
    for match in _PEM.finditer(raw):
        if keys.full:
            return
        body = match[2]
        if keys.knows(body):
            continue
        if bits_each(body) < 3.5:
            keys.missed(body)
        else:
            keys.add(body, match[1].decode(), match.start(), 1.0, "PEM")
    part = 0
    for match in _PUTTY.finditer(raw):
        at = match.start()
        part = part if part >= at else raw.find(_PUTTY_PART, at)
        if part < 0 or keys.full:
            return
        if part < at + _PUTTY_LONGEST:
            keys.add(raw[at : at + 400], "PuTTY private key", at, 1.0, "PuTTY")


def _look_for_aws_secrets(scan: Scan, clouds: Tally) -> None:
    for match in _AWS_SECRET.finditer(scan.lower):
        if clouds.full:
            return
        value = scan.raw[match.start(1) : match.end(1)]
        if clouds.knows(value):
            continue
        if stands_in(value) or not looks_random(value, 4.0):
            clouds.missed(value)
        else:
            shown = f"AWS secret key {mask(value.decode())}"
            clouds.add(value, shown, match.start(), 0.9, "AWS secret key")
