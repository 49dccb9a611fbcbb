"""Texts that are hard on the detectors: nothing but hits, nothing but what nearly is one.

One table for the bench and for the test of linearity, so that what is measured is what is held.
Every text is drawn from a seed; nothing in here knows how a detector works, only what it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from bench.review import identifiers as made
from narthex.pure.detectors.assignments import WORDS
from narthex.pure.detectors.classification import FOREIGN_STEMS, STEMS
from narthex.pure.detectors.token_shapes import TOKEN_SHAPES, TokenShape

Text = Callable[[Random, int], str]
_HEX = "0123456789abcdef"
_BASE64 = made.LETTERS + made.DIGITS + "+/"
_ALPHABETS = (made.LETTERS + made.DIGITS, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", _HEX, made.DIGITS)
_ASCII, _LATIN = "".join(map(chr, range(32, 127))), "".join(map(chr, range(256)))
_HAN = "機会秘書密度内部長社外大小対話"
_FULL_WIDTH = "".join(map(chr, range(0xFF10, 0xFF1A)))
_WORDS = 4000


def prose(chance: Random, size: int) -> str:
    """Words, a number now and then, lines of a dozen."""
    words = [
        made.letters(chance, chance.randint(2, 9), "etaoinshrdlucmfwypvbgk") for _ in range(_WORDS)
    ]
    lines: list[str] = []
    total = 0
    while total < size:
        line = [chance.choice(words) for _ in range(12)]
        if chance.random() < 0.1:
            line.append(str(chance.randint(1, 99999)))
        lines.append(" ".join(line).capitalize() + ".")
        total += len(lines[-1]) + 1
    return "\n".join(lines)


def each(one: Callable[[Random], str], head: str = "", between: str = "\n") -> Text:
    """A file of nothing but such, each drawn anew."""

    def text(chance: Random, size: int) -> str:
        pieces = [head] if head else []
        total = 0
        while total < size:
            pieces.append(one(chance))
            total += len(pieces[-1]) + len(between)
        return between.join(pieces)

    return text


def again(word: str) -> Text:
    """One word over and over."""
    return lambda _, size: word * (size // len(word.encode()) + 1)


def token(shape: TokenShape, chance: Random) -> str:
    """A token of this shape."""
    prefix = shape.prefix.decode()
    irregular = _IRREGULAR.get(prefix)
    if irregular is not None:
        return prefix + irregular(chance)
    for alphabet in _ALPHABETS:
        body = made.letters(chance, 100, alphabet)
        for length in range(16, 101):
            if shape.pattern.fullmatch((prefix + body[:length]).encode()):
                return prefix + body[:length]
    raise ValueError(f"no token of the shape `{shape.name}`")


def _parts(*lengths: int, between: str = "") -> Callable[[Random], str]:
    return lambda chance: between.join(made.letters(chance, length) for length in lengths)


_IRREGULAR: dict[str, Callable[[Random], str]] = {
    "AKIA": lambda chance: made.aws_key(chance)[4:],
    "ASIA": lambda chance: made.aws_key(chance)[4:],
    "AccountKey=": lambda chance: made.letters(chance, 86, _BASE64) + "==",
    "SharedAccessKey=": lambda chance: made.letters(chance, 43, _BASE64) + "=",
    "github_pat_": _parts(22, 59, between="_"),
    "xoxb-": lambda chance: f"{made.digits(chance, 12)}-{made.letters(chance, 24)}",
    "xoxp-": lambda chance: f"{made.digits(chance, 12)}-{made.letters(chance, 24)}",
    "xapp-": lambda chance: f"1-{made.letters(chance, 30)}",
    "hooks.slack.com/services/": lambda chance: (
        f"T{made.letters(chance, 9)}/B{made.letters(chance, 9)}/{made.letters(chance, 24)}"
    ),
    "SG.": _parts(22, 43, between="."),
    "eyJ": lambda chance: (
        f"{made.letters(chance, 30)}.eyJ{made.letters(chance, 60)}.{made.letters(chance, 43)}"
    ),
}


def _national() -> dict[str, Text]:
    return {f"ids of {key}": each(one, word) for key, (word, one) in made.NATIONAL.items()}


def _tokens() -> dict[str, Text]:
    return {
        f"tokens {shape.prefix.decode()}": each(partial(token, shape)) for shape in TOKEN_SHAPES
    }


def _digits(length: int) -> Callable[[Random], str]:
    return lambda chance: made.digits(chance, length)


HITS: dict[str, Text] = {
    "cards": each(made.card),
    "grouped cards": each(lambda chance: made.grouped(made.card(chance))),
    "cards in a line": each(lambda chance: made.grouped(made.card(chance)), between=" "),
    "IBANs": each(made.iban),
    "grouped IBANs": each(lambda chance: made.grouped(made.iban(chance))),
    **_national(),
    "addresses": each(made.address),
    "telephones": each(lambda chance: f"+49 89 {made.digits(chance, 7)}"),
    "American telephones": each(
        lambda chance: f"({chance.randint(200, 999)}) 555-{made.digits(chance, 4)}"),
    "local telephones": each(lambda chance: f"tel 030 {made.digits(chance, 7)}"),
    **_tokens(),
    "AWS secrets": each(lambda chance: f"aws_secret_access_key={made.aws_secret(chance)}"),
    "private keys": each(made.private_key),
    "PuTTY keys": each(lambda chance: (
        f"PuTTY-User-Key-File-3: ssh-ed25519\nComment: {made.digits(chance, 8)}\nPrivate-Lines: 1\n"
    )),
    "passwords": each(lambda chance: f"password: {made.password(chance)}"),
    "passwords in URLs": each(lambda chance: f"https://a:{made.letters(chance, 12)}@b.example/"),
    "hashes of passwords": each(
        lambda chance: f"a:$6$abcdefgh${made.letters(chance, 86)}:1:0:9:7::"),
    **{f"marking {word}": again(word + "\n") for word in (
        "CONFIDENTIAL", "Restricted", "Secret", "Internal use only", "Streng vertraulich",
        "Classification: secret", "TLP:AMBER", "社外秘", "Конфиденциально",
    )},
}  # fmt: skip


def _cut(shape: TokenShape, chance: Random) -> str:
    """A token without its last letters: as long as the shape lets one be and still be none."""
    whole = token(shape, chance)
    short = whole[:-1]
    while shape.pattern.match(short.encode()):
        short = short[:-1]
    return short


def _sample(shape: TokenShape, chance: Random) -> str:
    """A token of the shape that says it is a sample."""
    whole = token(shape, chance)
    at = len(shape.prefix) + 3
    sample = whole[:at] + "EXAMPLE" + whole[at + 7 :]
    return sample if shape.pattern.fullmatch(sample.encode()) else whole[:-4] + "0000"


LITERALS = (
    *(shape.prefix.decode() for shape in TOKEN_SHAPES),
    *(word.decode() for word, _ in WORDS),
    *(stem.decode() for stem in (*STEMS, *FOREIGN_STEMS)),
    "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "Abcd: -----BEGIN PRIVATE KEY-----",
    "PuTTY-User-Key-File-", "PuTTY-User-Key-File-3: abc\n", "secret_access", "secretaccess_key=",
    "@", "b@c.", "://", "+", "+1", "+49 ", "(", "(212) ", ":$", ":{SHA}", "a:$1$", "DE00", "A0",
    "A 0", "00", "0 ", "password=", "password=a1A<", "https://u:passwd1@", "card ", "tel ",
    "Classification: ", "000-00-0000 ", "SSN ",
)  # fmt: skip
SEPARATORS = ("", " ", "\n", "-", ".", "=", "/")
NEAR_MISSES: dict[str, Text] = {
    **{f"{word!r} and {between!r}": again(word + between) for word in dict.fromkeys(LITERALS)
       for between in SEPARATORS},
    **{f"short {shape.prefix.decode()}": each(partial(_cut, shape)) for shape in TOKEN_SHAPES},
    **{f"sample {shape.prefix.decode()}": each(partial(_sample, shape)) for shape in TOKEN_SHAPES},
    "cards that fail": each(lambda chance: made.card(chance, valid=False)),
    "grouped cards that fail": each(lambda chance: made.grouped(made.card(chance, valid=False))),
    "grouped cards that fail in a line": each(
        lambda chance: made.grouped(made.card(chance, valid=False)), between=" "),
    "cards that fail behind their word": each(
        lambda chance: "card " + made.card(chance, valid=False)),
    "IBANs that fail": each(lambda chance: made.iban(chance, valid=False)),
    "grouped IBANs that fail": each(lambda chance: made.grouped(made.iban(chance, valid=False))),
    **{f"{length} digits each line": each(_digits(length))
       for length in (3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 24)},
    **{f"{length} digits behind words": each(_digits(length), between=" PESEL SSN SIN RUT ")
       for length in (9, 10, 11, 13)},
    "dates": each(lambda chance: made.grouped(made.digits(chance, 8), 4, "-")),
    "times": each(lambda chance: f"2024-01-02T10:20:30.{made.digits(chance, 6)}Z"),
    "amounts": each(lambda chance: f"{chance.randint(0, 99999) / 100:.2f}", between="\t"),
    "digits": made.digits,
    "digits and spaces": lambda chance, size: made.letters(chance, size, "0123456789 "),
    "digits and dashes": lambda chance, size: made.letters(chance, size, "0123456789 -./"),
    "numbers in groups of four": each(lambda chance: made.digits(chance, 4), between=" "),
    "numbers in groups of three": each(lambda chance: made.digits(chance, 3), between=" "),
    "numbers with letters": each(lambda chance: made.digits(chance, 8) + chance.choice("ABCDEFGH")),
    "numbers of aeroplanes": each(lambda chance: f"AB{made.digits(chance, 4)}", between=" "),
    "part numbers": each(
        lambda chance: f"{made.letters(chance, 3, 'ABCDE')}-{made.digits(chance, 5)}"),
    "capitals and digits": lambda chance, size: made.letters(chance, size, "ABCDEFGHIJ0123456789"),
    "capitals, digits, spaces": lambda chance, size: made.letters(chance, size, "ABCDE01234 "),
    "base64": lambda chance, size: made.letters(chance, size, _BASE64),
    "base64 in lines": each(lambda chance: made.letters(chance, 76, _BASE64)),
    "hashes": each(made.sha1),
    "UUIDs": each(made.uuid),
    "hexadecimal": lambda chance, size: made.letters(chance, size, _HEX),
    "any ASCII": lambda chance, size: made.letters(chance, size, _ASCII),
    "any bytes": lambda chance, size: made.letters(chance, size // 2, _LATIN),
    "one word": again("x"),
    "one capital": again("X"),
    "spaces": again(" "),
    "lines": again("\n"),
    "zeros": again("\0"),
    "x and 1": again("x1"),
    "X and 1": again("X1"),
    "Chinese": lambda chance, size: made.letters(chance, size // 3, _HAN),
    "Cyrillic": lambda chance, size: made.letters(chance, size // 2, "онфиденциальабвг "),
    "emoji": again("🙂"),
    "full-width digits": lambda chance, size: made.letters(chance, size // 3, _FULL_WIDTH),
    "combining": again("é"),
    "sample accounts": again("DE89370400440532013001\n"),
    "names of pictures": each(lambda chance: f"{made.letters(chance, 5)}@2x.png"),
    "addresses of nobody": each(lambda chance: f"noreply@{made.letters(chance, 6)}.example"),
    "telephones that are too short": again("+49 89 12\n"),
    "sums": again("1+23456789 "),
    "offsets": again("10:11:12 +0200\n"),
    "programs": again("password = os.environ['PASSWORD']\n"),
    "blanks": again("token: <your token here>\n"),
    "passwords that are words": each(
        lambda chance: f"password: {made.letters(chance, 9, 'abcdefgh')}"),
    "URLs": each(lambda chance: f"https://example.org/{made.letters(chance, 12)}"),
    "URLs with a name": each(lambda chance: f"https://{made.letters(chance, 12)}@example.org"),
    "sentences that say confidential": again("the talks are confidential, and we know it\n"),
    "one line that says confidential": again("confidential talks "),
}  # fmt: skip
