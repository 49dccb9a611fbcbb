"""Numbers and tokens that nobody has, well formed or broken on purpose, drawn from a seed.

Each is made by arithmetic of its own, not by the detectors that are to find it. No real person,
account or key is behind any of them but by chance.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

DIGITS = string.digits
LETTERS = string.ascii_letters
SAMPLE_AWS_KEY = "AKIAIOSFODNN7EXAMPLE"
SAMPLE_AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_BASE32 = string.ascii_uppercase + "234567"
_BASE64 = LETTERS + DIGITS + "+/"


def digits(chance: Random, count: int) -> str:
    """Any digits."""
    return "".join(chance.choices(DIGITS, k=count))


def _luhn_digit(start: str) -> str:
    total = 0
    for at, digit in enumerate(reversed(start)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card(chance: Random, *, valid: bool = True) -> str:
    """Sixteen digits; broken ones miss the check digit by one."""
    start = chance.choice(["4532", "4916", "5425", "2720", "6011", "5555"]) + digits(chance, 11)
    check = _luhn_digit(start)
    return start + (check if valid else str((int(check) + 1) % 10))


def grouped(number: str, size: int = 4, between: str = " ") -> str:
    """In groups."""
    return between.join(number[at : at + size] for at in range(0, len(number), size))


def iban(chance: Random, country: str = "DE", *, valid: bool = True) -> str:
    """An account number of a country whose numbers are digits."""
    length = {
        "DE": 18,
        "AT": 16,
        "CH": 17,
        "ES": 20,
        "BE": 12,
        "DK": 14,
        "PL": 24,
        "FI": 14,
        "PT": 21,
    }
    account = digits(chance, length[country])
    moved = "".join(str(int(one, 36)) for one in account + country + "00")
    check = 98 - int(moved) % 97
    if not valid:
        check = check + 1 if check < 97 else check - 1
    return f"{country}{check:02}{account}"


def _date(chance: Random) -> tuple[int, int, int]:
    return chance.randint(1951, 1998), chance.randint(1, 12), chance.randint(1, 28)


def _weighted(number: str, weights: list[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def pesel(chance: Random) -> str:
    """Poland."""
    year, month, day = _date(chance)
    start = f"{year % 100:02}{month:02}{day:02}{digits(chance, 4)}"
    return start + str(-_weighted(start, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)


def ssn(chance: Random) -> str:
    """United States. No check digit."""
    return f"{chance.randint(100, 650)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


def dni(chance: Random) -> str:
    """Spain."""
    number = digits(chance, 8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def bsn(chance: Random) -> str:
    """Netherlands."""
    while True:
        start = chance.choice("123456789") + digits(chance, 7)
        check = _weighted(start, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
        if check < 10:
            return start + str(check)


def cpf(chance: Random) -> str:
    """Brazil, with its dots."""
    number = digits(chance, 9)
    for length in (10, 11):
        total = _weighted(number, list(range(length, 1, -1)))
        number += str((total * 10) % 11 % 10)
    return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"


def hetu(chance: Random) -> str:
    """Finland."""
    year, month, day = _date(chance)
    start, serial = f"{day:02}{month:02}{year % 100:02}", f"{chance.randint(2, 899):03}"
    return f"{start}-{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(start + serial) % 31]}"


def nir(chance: Random) -> str:
    """France, with its spaces."""
    year, month, _ = _date(chance)
    first = chance.choice("12")
    start = f"{first}{year % 100:02}{month:02}{chance.randint(21, 95):02}{digits(chance, 6)}"
    full = f"{start}{97 - int(start) % 97:02}"
    return " ".join([full[0], full[1:3], full[3:5], full[5:7], full[7:10], full[10:13], full[13:]])


def codice_fiscale(chance: Random) -> str:
    """Italy."""
    year, month, day = _date(chance)
    start = (
        "".join(chance.choices("BCDFGLMNPRSTVZ", k=6))
        + f"{year % 100:02}{'ABCDEHLMPRST'[month - 1]}{day:02}"
        + "H501"
    )
    odd = [
        1,
        0,
        5,
        7,
        9,
        13,
        15,
        17,
        19,
        21,
        2,
        4,
        18,
        20,
        11,
        3,
        6,
        8,
        12,
        14,
        16,
        10,
        22,
        25,
        24,
        23,
    ]
    total = 0
    for at, letter in enumerate(start):
        value = int(letter) if letter.isdigit() else ord(letter) - 65
        total += odd[value] if at % 2 == 0 else value
    return start + chr(65 + total % 26)


def personnummer(chance: Random) -> str:
    """Sweden."""
    year, month, day = _date(chance)
    start = f"{year % 100:02}{month:02}{day:02}{digits(chance, 3)}"
    return f"{start[:6]}-{start[6:]}{_luhn_digit(start)}"


def steuer_id(chance: Random) -> str:
    """Germany: ten digits of which exactly one comes twice, then ISO 7064's mod 11, 10."""
    pool = chance.sample(DIGITS, 9)
    twice = chance.choice(pool)
    while True:
        start = [*pool, twice]
        chance.shuffle(start)
        if start[0] != "0":
            break
    product = 10
    for digit in start:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    check = 11 - product
    return "".join(start) + str(0 if check == 10 else check)


def sin(chance: Random) -> str:
    """Canada."""
    start = chance.choice("1234567") + digits(chance, 7)
    return grouped(start + _luhn_digit(start), 3)


def rut(chance: Random) -> str:
    """Chile."""
    number = str(chance.randint(7_000_000, 24_999_999))
    total = sum(int(d) * (2 + at % 6) for at, d in enumerate(reversed(number)))
    check = "0123456789K0"[11 - total % 11]
    return f"{int(number):,}".replace(",", ".") + f"-{check}"


NATIONAL: dict[str, tuple[str, Callable[[Random], str]]] = {
    "pl": ("PESEL", pesel),
    "us": ("SSN", ssn),
    "es": ("DNI", dni),
    "nl": ("BSN", bsn),
    "br": ("CPF", cpf),
    "fi": ("Henkilötunnus", hetu),
    "fr": ("N° de sécurité sociale", nir),
    "it": ("Codice fiscale", codice_fiscale),
    "se": ("Personnummer", personnummer),
    "de": ("Steuer-ID", steuer_id),
    "ca": ("Social Insurance Number", sin),
    "cl": ("RUT", rut),
}


def letters(chance: Random, count: int, alphabet: str = LETTERS + DIGITS) -> str:
    """Letters by lot."""
    return "".join(chance.choices(alphabet, k=count))


def aws_key(chance: Random) -> str:
    """An access key's id."""
    return "AKIA" + letters(chance, 16, _BASE32)


def aws_secret(chance: Random) -> str:
    """A secret access key."""
    return letters(chance, 40, _BASE64)


def private_key(chance: Random, label: str = "RSA PRIVATE KEY") -> str:
    """What a private key looks like; it opens nothing."""
    lines = [letters(chance, 64, _BASE64) for _ in range(chance.randint(6, 20))]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def github_token(chance: Random) -> str:
    """A personal access token."""
    return chance.choice(["ghp_", "gho_", "ghs_"]) + letters(chance, 36)


def password(chance: Random) -> str:
    """Chosen as people choose."""
    word = chance.choice(
        ["Sommer", "Harbour", "Falcon", "Marmalade", "Winter", "Granite", "Orchid"]
    )
    return f"{word}{chance.randint(10, 9999)}{chance.choice('!?#%&*')}"


def sha1(chance: Random) -> str:
    """Of a commit."""
    return letters(chance, 40, "0123456789abcdef")


def uuid(chance: Random) -> str:
    """Version 4."""
    raw = letters(chance, 32, "0123456789abcdef")
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def address(chance: Random) -> str:
    """A mail address under a name that is reserved for examples."""
    first = chance.choice(
        ["anna", "ben", "chloe", "dmitri", "elif", "farid", "greta", "hiro", "ines", "jo"]
    )
    last = letters(chance, 6, "abcdefghiklmnoprstuvw")
    return f"{first}.{last}@{chance.choice(['northwind', 'contoso', 'fabrikam'])}.example"
