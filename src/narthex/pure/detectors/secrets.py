"""Keys and tokens in text, by their shape: private keys, cloud keys, tokens. Pure.

What a shape does not tell, the word beside it may: assignments.py. Never shows more than how a
token begins, which is public, and its last two characters. Samples that vendors publish are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from narthex.pure.detectors.assignments import look_for_assignments
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally
from narthex.pure.detectors.token_shapes import BY_PREFIX, TOKEN_SHAPES, TokenShape
from narthex.pure.review.findings import Finding

_PREFIXES = re.compile(
    b"|".join(re.escape(prefix) for prefix in sorted(BY_PREFIX, key=len, reverse=True))
)
_PART_OF = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
SHORTEST = 20  # letters of the shortest token: an AWS access key's id
_LONG = b"x" * SHORTEST
_REGION = 256  # bytes
_DRAWN = bytes(120 if code in _PART_OF or code in b"-./+=:" else 32 for code in range(256))
_BEGIN = b"-----BEGIN "
# The label, then at least a line of base64; its lines may be JSON's or an environment file's "\n".
_PEM = re.compile(
    rb"-----BEGIN ((?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----"
    rb"(?:[\s\\rn>|]|[A-Za-z-]{4,20}+: [^\r\n\\]{0,120}+(?:[\r\n]|\\n)){0,40}+"
    rb"([A-Za-z0-9+/]{32,200})"
)
_PUTTY = re.compile(rb"PuTTY-User-Key-File-[23]: [\x20-\x7e]{3,40}\r?\n")
_PUTTY_BEGIN = b"PuTTY-User-Key-File-"
# An AWS secret: forty letters of base64 behind words that say so; `SECRET_KEY` is many things.
_AWS_SECRET = re.compile(
    rb"secret[_-]?access[_-]?key[\"']?\s{0,4}[:=,]\s{0,4}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    re.IGNORECASE,
)
_AWS_WORDS = (b"secret_access", b"secretaccess", b"secret-access")


def find_secrets(scan: Scan) -> tuple[Finding, ...]:
    """secret.private_key, secret.cloud_key, secret.token."""
    keys = Tally("secret.private_key", scan)
    clouds, tokens = Tally("secret.cloud_key", scan), Tally("secret.token", scan)
    _look_for_private_keys(scan, keys)
    _look_for_shapes(scan, clouds, tokens)
    _look_for_aws_secrets(scan, clouds)
    look_for_assignments(scan, tokens, clouds)
    return keys.finding(), clouds.finding(), tokens.finding()


def _look_for_private_keys(scan: Scan, keys: Tally) -> None:
    raw = scan.raw
    for at in _occurrences(raw, _BEGIN):
        found = _PEM.match(raw, at)
        if keys.full:
            return
        if found is None or bits_each(found[2]) < 3.5:
            keys.missed()
        else:
            keys.add(found[2], found[1].decode(), at, 1.0, "PEM")
    for at in _occurrences(raw, _PUTTY_BEGIN):
        found = _PUTTY.match(raw, at)
        if found is not None and b"Private-Lines:" in raw[at : at + 4096]:
            keys.add(raw[at : at + 400], "PuTTY private key", at, 1.0, "PuTTY")


def _look_for_shapes(scan: Scan, clouds: Tally, tokens: Tally) -> None:
    """Prefixes in long words; of what is counted enough, no more."""
    for start, end in _long_words(scan.raw):
        for match in _PREFIXES.finditer(scan.raw, start, end):
            shape = BY_PREFIX[match[0]]
            _judge(scan, shape, match.start(), clouds if shape.cloud else tokens)
        if clouds.full or tokens.full:
            _look_for_the_rest(scan, clouds, tokens, end)
            return


def _look_for_the_rest(scan: Scan, clouds: Tally, tokens: Tally, start: int) -> None:
    """One of the two is counted enough: the prefixes of the other, each by itself."""
    for shape in TOKEN_SHAPES:
        tally = clouds if shape.cloud else tokens
        # A sign of the prefix by itself is found, or missed, many times faster than all of it.
        absent = tally.full or scan.raw.find(shape.sign, start) < 0
        at = -1 if absent else scan.raw.find(shape.prefix, start)
        while at >= 0 and not tally.full:
            _judge(scan, shape, at, tally)
            at = scan.raw.find(shape.prefix, at + len(shape.prefix))


def _judge(scan: Scan, shape: TokenShape, start: int, tally: Tally) -> None:
    raw = scan.raw
    if tally.full or (start and raw[start - 1] in _PART_OF and not _inside(shape)):
        return
    found = _matched(shape, raw, start)
    if found is None or tally.knows(found):
        tally.missed()
        return
    body = found[len(shape.prefix) :]
    if stands_in(body) or (shape.weak and not looks_random(body)) or bits_each(body) < 2.5:
        tally.missed()
        return
    shown = f"{shape.name} {mask(found.decode(), min(len(shape.prefix), 8), 2)}"
    tally.add(found, shown, start, 0.7 if shape.weak else 1.0, shape.name)


def _long_words(raw: bytes) -> Iterator[tuple[int, int]]:
    """Regions in which words of at least SHORTEST token letters begin: prose has nearly none.

    Searching one letter repeated is faster than any pattern: most of the text is stepped over. A
    region ends with the word that _REGION bytes after its beginning stands in.
    """
    drawn = raw.translate(_DRAWN)
    start = drawn.find(_LONG)
    while start >= 0:
        end = drawn.find(b" ", start + _REGION)
        end = end if end >= 0 else len(raw)
        yield start, end
        start = drawn.find(_LONG, end)


def _matched(shape: TokenShape, raw: bytes, start: int) -> bytes | None:
    """The token at `start`, by this shape or by another whose prefix begins as its prefix does."""
    for other in _ALTERNATIVES[shape.prefix]:
        found = other.pattern.match(raw, start)
        if found is not None:
            return found[0]
    return None


def _inside(shape: TokenShape) -> bool:
    """Whether something may stand right before: a bot's number, a path, a connection string."""
    return not shape.prefix[:1].isalnum() or b"=" in shape.prefix or b"/" in shape.prefix


def _look_for_aws_secrets(scan: Scan, clouds: Tally) -> None:
    for at in (at for word in _AWS_WORDS for at in _occurrences(scan.lower, word)):
        if clouds.full:
            return
        found = _AWS_SECRET.match(scan.raw, at)
        if found is None:
            continue
        value = found[1]
        if stands_in(value) or not looks_random(value, 4.0):
            clouds.missed()
        else:
            clouds.add(value, f"AWS secret key {mask(value.decode())}", at, 0.9, "AWS secret key")


def _occurrences(raw: bytes, needle: bytes) -> Iterator[int]:
    at = raw.find(needle)
    while at >= 0:
        yield at
        at = raw.find(needle, at + len(needle))


_ALTERNATIVES: dict[bytes, tuple[TokenShape, ...]] = {
    prefix: tuple(shape for shape in TOKEN_SHAPES if prefix.startswith(shape.prefix))
    for prefix in BY_PREFIX
}
