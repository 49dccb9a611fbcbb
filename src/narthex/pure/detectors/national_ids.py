"""The numbers by which countries know people: their shapes, checks and words. Pure.

The arithmetic is python-stdnum's. A number alone proves little when its check is weak (one order
number in ten passes as somebody's), so a shape that others use too counts only beside a word that
names it; a shape that nobody else uses counts by itself. Nothing here is looked up anywhere.

A shape is a number with every digit as 0 and every letter as A: "000-00-0000".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stdnum.ar import cuit
from stdnum.at import vnr
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cl import rut
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.il import idnr as israeli
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.lt import asmens
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import cc, nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.us import ssn
from stdnum.za import idnr as south_african


@dataclass(frozen=True, slots=True)
class NationalId:
    """One country's number. plain: shapes that count by themselves; beside: those that need a word.

    words: in lower case; matched as whole words where the alphabet has words. likely: what has to
    match before `valid` is asked, where that takes long.
    """

    country: str
    name: str
    valid: Callable[[str], bool]
    plain: tuple[str, ...]
    beside: tuple[str, ...]
    words: tuple[str, ...]
    likely: re.Pattern[str] | None = None


def _insurance_number(number: str) -> bool:
    """A British National Insurance number by its letters. It has no check digit.

    Source: HM Revenue & Customs, NIM39110.
    """
    first, second = number[0], number[1]
    return (
        first not in "DFIQUV"
        and second not in "DFIOQUV"
        and number[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
        and number[-1] in "ABCD"
    )


def _row(  # a row of the table below, on one or two lines
    country: str,
    name: str,
    valid: Callable[[str], bool],
    plain: str,
    beside: str,
    words: str,
    likely: str = "",
) -> NationalId:
    def parts(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split("|") if part.strip())

    pattern = re.compile(likely) if likely else None
    return NationalId(country, name, valid, parts(plain), parts(beside), parts(words), pattern)


_ELEVEN = "00000000000"
# How a day of birth begins, wherever it has no other meaning: most other numbers do not.
_YMD, _DMY, _DAY = "..[01].[0-3].*", "[0-3].[01].*", "....[0-3].*"
NATIONAL_IDS: tuple[NationalId, ...] = (
    _row("ar", "CUIL", cuit.is_valid, "", "00-00000000-0", "cuil|cuit"),
    _row("at", "SVNR", vnr.is_valid, "", "0000 000000|0000000000",
         "svnr|sv-nummer|sozialversicherungsnummer|versicherungsnummer"),
    _row("au", "TFN", tfn.is_valid, "", "000 000 000|000000000|000-000-000", "tfn|tax file number"),
    _row("be", "NN", nn.is_valid, "00.00.00-000.00", f"{_ELEVEN}|00 00 00 000 00",
         "rijksregisternummer|registre national|insz|niss|nrn"),
    _row("bg", "EGN", egn.is_valid, "", "0000000000", "егн|egn|единен граждански номер"),
    _row("br", "CPF", cpf.is_valid, "000.000.000-00", _ELEVEN, "cpf"),
    _row("ca", "SIN", sin.is_valid, "", "000 000 000|000-000-000|000000000",
         "sin|social insurance|assurance sociale|nas"),
    _row("ch", "AHV", ahv.is_valid, "000.0000.0000.00", "0000000000000",
         "ahv|avs|sozialversicherungsnummer|ahv-nummer|no avs"),
    _row("cl", "RUT", rut.is_valid, "00.000.000-0|00.000.000-A", "00000000-0|00000000-A",
    "rut|run"),
    _row("cn", "RIC", ric.is_valid, "000000000000000000|00000000000000000A", "",
         "身份证|公民身份号码|居民身份",
         ".{8}" + _YMD),
    _row("cz", "RC", rc.is_valid, "000000/0000", "0000000000", "rodné číslo|rodne cislo|rodné "
        "čislo"),
    _row("de", "IdNr", idnr.is_valid, "", f"{_ELEVEN}|00 000 000 000",
         "steuer-id|steuerid|steueridentifikationsnummer|steuer-identifikationsnummer|steuer-idnr|"
         "idnr|tax id"),
    _row("dk", "CPR", cpr.is_valid, "", "000000-0000|0000000000", "cpr|cpr-nr|cpr-nummer|"
        "personnummer",
         _DMY),
    _row("ee", "IK", ik.is_valid, "", _ELEVEN, "isikukood",
         "." + _YMD),
    _row("es", "DNI", dni.is_valid, "", "00000000A|00000000-A", "dni|nif|documento nacional"),
    _row("es", "NIE", nie.is_valid, "", "A0000000A|A-0000000-A", "nie|extranjero"),
    _row("fi", "HETU", hetu.is_valid, "000000-000A|000000-0000", "",
         "henkilötunnus|hetu|personbeteckning",
         _DMY),
    _row("fr", "NIR", nir.is_valid, "0 00 00 00 000 000 00", "000000000000000",
         "nir|sécurité sociale|securite sociale|numéro de sécu|n° ss"),
    _row("gb", "NINO", _insurance_number, "AA 00 00 00 A", "AA000000A",
         "nino|ni number|national insurance"),
    _row("gb", "NHS", nhs.is_valid, "", "000 000 0000|000-000-0000|0000000000", "nhs"),
    _row("gr", "AMKA", amka.is_valid, "", _ELEVEN, "αμκα|amka",
         _DMY),
    _row("hr", "OIB", oib.is_valid, "", _ELEVEN, "oib"),
    _row("ie", "PPS", pps.is_valid, "", "0000000A|0000000AA", "pps|ppsn"),
    _row("il", "IdNr", israeli.is_valid, "", "000000000|0000000-0", "תעודת זהות|מספר זהות|teudat "
        "zehut"),
    _row("in", "Aadhaar", aadhaar.is_valid, "", "0000 0000 0000|000000000000|0000-0000-0000",
         "aadhaar|aadhar|uidai|आधार"),
    _row("in", "PAN", pan.is_valid, "", "AAAAA0000A", "pan|permanent account number|pan card"),
    _row("it", "CF", codicefiscale.is_valid, "AAAAAA00A00A000A", "", "codice fiscale"),
    _row("jp", "My Number", my_number.is_valid, "", "0000 0000 0000|000000000000|0000-0000-0000",
         "マイナンバー|個人番号|my number"),
    _row("kr", "RRN", rrn.is_valid, "000000-0000000", "0000000000000", "주민등록번호|주민번호",
         _YMD),
    _row("lt", "AK", asmens.is_valid, "", _ELEVEN, "asmens kodas",
         "9.*|." + _YMD),
    _row("mx", "CURP", curp.is_valid, "AAAA000000AAAAAA00|AAAA000000AAAAAAA0", "", "curp",
         "...." + _YMD),
    _row("nl", "BSN", bsn.is_valid, "", "000000000|0000.00.000|000.000.000",
         "bsn|burgerservicenummer|sofinummer"),
    _row("no", "FNR", fodselsnummer.is_valid, "", f"{_ELEVEN}|000000 00000",
         "fødselsnummer|fodselsnummer|personnummer|fnr"),
    _row("pl", "PESEL", pesel.is_valid, "", _ELEVEN, "pesel",
         _DAY),
    _row("pt", "NIF", nif.is_valid, "", "000000000|000 000 000", "nif|contribuinte"),
    _row("pt", "CC", cc.is_valid, "00000000 0 AA0", "000000000AA0", "cartão de cidadão|cartao de "
        "cidadao"),
    _row("ro", "CNP", cnp.is_valid, "", "0000000000000", "cnp|cod numeric personal",
         "." + _YMD),
    _row("se", "PNR", personnummer.is_valid, "", "000000-0000|00000000-0000|0000000000|"
        "000000000000",
         "personnummer|pnr|personnr"),
    _row("th", "PIN", pin.is_valid, "0-0000-00000-00-0", "0000000000000", "เลขประจำตัวประชาชน|"
        "thai id"),
    _row("tr", "TCKN", tckimlik.is_valid, "", _ELEVEN,
         "t.c. kimlik|tc kimlik|kimlik no|tckn|tc no"),
    _row("us", "SSN", ssn.is_valid, "", "000-00-0000|000 00 0000|000000000",
         "ssn|social security|social security number|soc sec"),
    _row("za", "ID", south_african.is_valid, "", "0000000000000|000000 0000 000",
         "id number|identity number|sa id|rsa id|said number",
         _YMD),
)  # fmt: skip


def is_likely(row: NationalId, number: str) -> bool:
    """Whether it is worth asking the library. number: letters in upper case."""
    return row.likely is None or row.likely.fullmatch(number) is not None


def is_valid(row: NationalId, number: str) -> bool:
    """Whether the check digits, and the date where there is one, are right."""
    try:
        return row.valid(number)
    except (LookupError, TypeError, ValueError):  # of the library, on a place or date it lacks
        return False
