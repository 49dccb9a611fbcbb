"""Check digits of cards and bank accounts. Pure.

National ids are checked by python-stdnum, in national_ids.py. Nothing here looks anything up: a
number that passes is well formed, which is not to say that it exists.
"""

from __future__ import annotations

_DOUBLED = bytes(
    48 + (2 * (code - 48)) // 10 + (2 * (code - 48)) % 10 if 48 <= code < 58 else 0
    for code in range(256)
)
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
_ISSUERS: dict[bytes, tuple[str, frozenset[int]]] = {
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


def passes_luhn(digits: bytes) -> bool:
    """Whether the last digit is right. digits: ASCII digits only."""
    straight = digits[-1::-2]
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(straight) + sum(doubled) - 48 * len(digits)) % 10 == 0


def card_issuer(digits: bytes) -> str:
    """Whose card number this may be, by its first digits and its length; "" for nobody's."""
    issuer = _ISSUERS.get(digits[:4])
    return issuer[0] if issuer is not None and len(digits) in issuer[1] else ""


def is_card(digits: bytes) -> bool:
    """Whether this is a payment card's number by issuer, length and check digit."""
    return passes_luhn(digits) and card_issuer(digits) != ""


def is_iban(compact: bytes) -> bool:
    """Whether this is an IBAN by country, length and ISO 7064 check digits (mod 97 is 1).

    compact: upper-case letters and digits, without spaces.
    """
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not compact.isalnum():
        return False
    turned = (compact[4:] + compact[:4]).decode()
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
