"""Secrets by the word before them: `password = …`, a URL with a password, a header. Pure.

A value counts when it stands where a value stands and does not stand in for one: `password: str`,
`token = get_token()` and `password=${PASSWORD}` are programs and blanks, and none.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

# Each is searched for in lowered text as it is, and may go on as its second says.
WORDS = (
    (b"passw", rb"(?:or[dt]|d)"),
    (b"passphrase", b""),
    (b"pwd", b""),
    (b"secret", rb"(?:[_-]?key)?"),
    (b"token", b""),
    (b"api", rb"[_ -]?key"),
    (b"kennwort", b""),
    (b"mot de passe", b""),
    (b"contrase", rb"(?:\xc3\xb1|n)a"),
    (b"authorization", b""),
)
_ANY_WORD = rb"(?:" + b"|".join(word + more for word, more in WORDS) + rb")"
# Behind the word: the rest of a name, a sign, and a value. What begins as an assignment is judged
# as that one. All of it looked ahead at, so that a word in a value is found as well.
_ASSIGNED = (
    rb"(?=((?:[_-][a-z0-9_-]{1,20}+)?+[\"']?\s{0,3}+(?>:=|=>|[:=]|is:?|lautet:?)\s{0,3}+"
    rb"(?:(?:bearer|basic|token) )?+([\"']?+)"
    rb"(?![!-/:-@]{0,2}" + _ANY_WORD + rb"[:=])([\x21\x23-\x26\x28-\x7e]{6,200}+)))"
)
_BY_WORD = tuple(re.compile(word + more + _ASSIGNED) for word, more in WORDS)
_URL = re.compile(
    rb"://(?<=[a-z0-9+][a-z0-9+][a-z0-9+]://)[^\s/@:\"'<>]{1,64}+:([^\s/@:\"'<>]{6,100}+)@[a-z0-9]"
)
_SCHEME_AT_END = re.compile(rb"[a-z][a-z0-9+]{2,15}\Z")
# Words that stand for a value without being one.
_TYPES = frozenset(
    b"string str bool boolean bytes object number integer none null undefined true false required "
    b"optional password secret token nil hidden empty self".split()
)
_CODE = re.compile(
    rb"[(){}\[\]<>$|;]|->|::|\.\w+\.|^[a-z]+(?:[._-][a-z]+)+$|^[a-z_]+$|^[A-Z_]+$|^/|://"
)
_TRAILING = b"\"',;.)]}"
# Lower case, upper case, digits and signs: each drawn as its first, everything else left out.
_CLASSES = (range(97, 123), range(65, 91), range(48, 58), range(33, 48))
_DRAWN = bytes(next((one[0] for one in _CLASSES if code in one), 0) for code in range(256))
_NO_CLASS = bytes(code for code in range(256) if not _DRAWN[code])
_LONGEST_SCHEME = 16


def look_for_assignments(scan: Scan, tokens: Tally, known: Tally) -> None:
    """Count values behind words, and passwords in URLs. known: what is counted already."""
    seen: set[int] = set()
    for pattern in _BY_WORD:
        for match in pattern.finditer(scan.lower):
            if tokens.full:
                return
            at = match.start(3)
            if at not in seen:
                seen.add(at)
                _judge(scan, tokens, known, match)
    for match in _URL.finditer(scan.lower):
        if tokens.full:
            return
        _judge_url(scan, tokens, match)


def _judge(scan: Scan, tokens: Tally, known: Tally, match: re.Match[bytes]) -> None:
    value = scan.raw[match.start(3) : match.end(3)]
    quote = match[2]
    value = value.partition(quote)[0] if quote else value.rstrip(_TRAILING)
    if tokens.counts(value) or known.counts(value):
        return
    word = match[0]
    tried = word + b"\0" + quote + value
    if tokens.knows(tried):
        return
    if _is_secret(word, value, quoted=bool(quote)):
        name = word.decode(errors="replace")
        shown = f"{name} {mask(value.decode(errors='replace'), 1, 1)}"
        tokens.add(value, shown, match.start(), 0.8, name)
    else:
        tokens.missed(tried)


def _is_secret(word: bytes, value: bytes, *, quoted: bool) -> bool:
    """Whether the value is one, asked in the order of what the answers cost."""
    if len(value) < 6 or value.lower() in _TYPES:
        return False
    chosen = b"pass" in word or word in {b"pwd", b"kennwort"} or b"contrase" in word
    if chosen:  # people choose it: a word and a number will do
        classes = _classes(value)
        drawn = classes >= 3 or (classes >= 2 and (quoted or bits_each(value) >= 2.5))
    else:
        drawn = len(value) >= 16 and looks_random(value, 3.3)
    return drawn and not stands_in(value) and (quoted or _CODE.search(value) is None)


def _classes(value: bytes) -> int:
    """How many of lower case, upper case, digits and signs a value has."""
    return len(set(value.translate(_DRAWN, _NO_CLASS)))


def _judge_url(scan: Scan, tokens: Tally, match: re.Match[bytes]) -> None:
    value = scan.raw[match.start(1) : match.end(1)]
    if tokens.knows(value):
        return
    begin = _scheme_of(scan.lower, match.start())
    if begin < 0 or stands_in(value) or value.lower() in _TYPES or _CODE.search(value) is not None:
        tokens.missed(value)
    else:
        shown = f"password in a URL {mask(value.decode(errors='replace'), 1, 1)}"
        tokens.add(value, shown, begin, 0.9)


def _scheme_of(lowered: bytes, at: int) -> int:
    """Where the scheme begins that ends at `at`; -1 when none does."""
    before = lowered[max(0, at - _LONGEST_SCHEME) : at]
    found = _SCHEME_AT_END.search(before)
    return at - len(before) + found.start() if found is not None else -1
