"""Secrets by the word before them: `password = …`, a URL with a password, a header. Pure.

A value counts when it stands where a value stands and does not stand in for one: `password: str`,
`token = get_token()` and `password=${PASSWORD}` are programs and blanks, and none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally

# Each is searched for as it is; what follows is matched once, with bounds.
_WORDS = (b"passw", b"passphrase", b"pwd", b"secret", b"token", b"api", b"kennwort", b"passwort",
          b"mot de passe", b"contrase", b"authorization")  # fmt: skip
_ASSIGNED = re.compile(
    rb"(?P<word>passw(?:or)?d|passwd|passphrase|pwd|(?:client[_-]?|app[_-]?)?secret(?:[_-]?key)?|"
    rb"(?:access[_-]?|auth[_-]?|api[_-]?|bearer[_-]?|refresh[_-]?)?token|api[_ -]?(?:secret|key)|"
    rb"kennwort|passwort|mot de passe|contrase(?:\xc3\xb1|n)a|authorization)"
    rb"(?:[_-][a-z0-9_-]{1,20})?[\"']?\s{0,3}(?:[:=]|:=|=>|is:?|lautet:?)\s{0,3}"
    rb"(?P<scheme>(?:bearer|basic|token) "
    rb")?(?P<quote>[\"']?)(?P<value>[\x21\x23-\x26\x28-\x7e]{6,200})",
    re.IGNORECASE,
)
_URL = re.compile(rb"[a-z][a-z0-9+]{2,15}://[^\s/@:\"'<>]{1,64}:([^\s/@:\"'<>]{6,100})@[a-z0-9]")
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
# Of a file made of such words, so many are looked at, and so many values judged; with neither a hit
# nor the end of the file by then, whether there is one is unknown.
MOST_PLACES = 400_000
MOST_VALUES = 50_000
_LONGEST_LOGIN = 170  # bytes from the "://" of a URL by which its "@" has come


def look_for_assignments(scan: Scan, tokens: Tally, known: Tally) -> None:
    """Count values behind words, and passwords in URLs. known: what is counted already."""
    seen: set[int] = set()
    for number, at in enumerate(_places(scan)):
        if tokens.full:
            return
        if number >= MOST_PLACES or len(seen) >= MOST_VALUES:
            tokens.give_up()
            return
        _judge(scan, tokens, known, at, seen)
    at = scan.raw.find(b"://")
    while at >= 0 and not tokens.full:
        if scan.raw.find(b"@", at, at + _LONGEST_LOGIN) >= 0:
            _judge_url(scan, tokens, at)
        at = scan.raw.find(b"://", at + 3)


def _places(scan: Scan) -> Iterator[int]:
    """Where one of _WORDS stands, word by word."""
    for word in _WORDS:
        at = scan.lower.find(word)
        while at >= 0:
            yield at
            at = scan.lower.find(word, at + len(word))


def _judge(scan: Scan, tokens: Tally, known: Tally, at: int, seen: set[int]) -> None:
    found = _ASSIGNED.match(scan.raw, at)
    if found is None or found.start("value") in seen:
        return
    seen.add(found.start("value"))
    value = found["value"].rstrip(_TRAILING)
    if found["quote"]:
        value = found["value"].partition(found["quote"])[0]
    if tokens.knows(value) or known.knows(value):
        return
    word = found["word"].lower()
    if _is_secret(word, value, quoted=bool(found["quote"])):
        name = word.decode(errors="replace")
        tokens.add(value, f"{name} {mask(value.decode(errors='replace'), 1, 1)}", at, 0.8, name)
    else:
        tokens.missed()


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


def _judge_url(scan: Scan, tokens: Tally, at: int) -> None:
    begin = at
    while begin and at - begin < 15 and scan.lower[begin - 1 : begin].isalnum():
        begin -= 1
    found = _URL.match(scan.lower, begin)
    if found is None:
        return
    value = scan.raw[found.start(1) : found.end(1)]
    if stands_in(value) or value.lower() in _TYPES or _CODE.search(value) or tokens.knows(value):
        tokens.missed()
    else:
        tokens.add(
            value, f"password in a URL {mask(value.decode(errors='replace'), 1, 1)}", begin, 0.9
        )
