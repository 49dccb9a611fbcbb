"""Check digits of cards and bank accounts. Pure.

National ids are checked by python-stdnum, in national_ids.py. Nothing here looks anything up: a
number that passes is well formed, which is not to say that it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

# A digit's share in the sum, straight and doubled; and whether a sum is a multiple of ten.
_STRAIGHT = bytes(code - 48 if 48 <= code < 58 else 0 for code in range(256))
_DOUBLED = bytes(2 * one // 10 + 2 * one % 10 for one in _STRAIGHT)
_WHOLE_TENS = bytes(code % 10 == 0 for code in range(256))
SHORTEST_CARD = 13
LONGEST_CARD = 19  # digits, of which the largest sum is 171: it fits a byte
# Issuers by the first four digits, and the lengths they use. Source: ISO/IEC 7812 and the schemes'
# own published ranges; UATP, co-brands and retired ranges are left out.
_RANGES: tuple[tuple[str, range, frozenset[int]], ...] = (
    ("Visa", range(4000, 5000), frozenset({13, 16, 19})),
    ("Mastercard", range(5100, 5600), frozenset({16})),
    ("Mastercard", range(2221, 2721), frozenset({16})),
    ("American Express", range(3400, 3500), frozenset({15})),
    ("American Express", range(3700, 3800), frozenset({15})),
    ("Diners", range(3000, 3060), frozenset({14})),
    ("Diners", range(3600, 3700), frozenset({14})),
    ("Diners", range(3800, 4000), frozenset({14})),
    ("Discover", range(6011, 6012), frozenset({16})),
    ("Discover", range(6440, 6600), frozenset({16})),
    ("JCB", range(3528, 3590), frozenset({16})),
    ("UnionPay", range(6200, 6300), frozenset({16, 17, 18, 19})),
    ("Maestro", range(5000, 5100), frozenset({16, 18, 19})),
    ("Maestro", range(5600, 5900), frozenset({16, 18, 19})),
    ("Maestro", range(6300, 6400), frozenset({16, 18, 19})),
    ("Maestro", range(6700, 6800), frozenset({16, 18, 19})),
)
ISSUERS: dict[bytes, tuple[str, frozenset[int]]] = {
    b"%04d" % first: (name, lengths) for name, numbers, lengths in _RANGES for first in numbers
}
# IBAN lengths. Source: the SWIFT IBAN registry.
IBAN_LENGTHS: dict[bytes, int] = {
    entry[:2].encode(): int(entry[2:])
    for entry in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 "
        "DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 "
        "HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 "
        "MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 "
        "RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 "
        "VA22 VG24 XK20 YE30"
    ).split()
}


def pass_luhn(numbers: Sequence[bytes]) -> bytes:
    """For each number a byte: 1 when its last digit is right. numbers: at most LONGEST_CARD digits.

    Every column of digits is one large number, a byte for each row: adding those sums all rows at
    once, and no sum carries over into its neighbour.
    """
    rows = b"".join(number.rjust(LONGEST_CARD, b"0") for number in numbers)
    total = 0
    for column in range(LONGEST_CARD):
        doubled = (LONGEST_CARD - column) % 2 == 0
        shares = rows[column::LONGEST_CARD].translate(_DOUBLED if doubled else _STRAIGHT)
        total += int.from_bytes(shares)
    return total.to_bytes(len(numbers)).translate(_WHOLE_TENS)


_VALUES = {ord(letter): str(int(letter, 36)) for letter in ascii_uppercase}


def is_iban(compact: bytes) -> bool:
    """Whether this is an IBAN by country, length and ISO 7064 check digits (mod 97 is 1).

    compact: upper-case letters and digits, without spaces.
    """
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not compact.isalnum():
        return False
    turned = (compact[4:] + compact[:4]).decode()
    return int(turned.translate(_VALUES)) % 97 == 1
