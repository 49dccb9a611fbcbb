"""Files that are made of passwords, by name and by how their lines look. Pure.

The name alone is enough for what nobody names so by chance; others must also look like it.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.randomness import stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.review.findings import Finding

FACT = "secret.password_file"
_NAMES = re.compile(
    r"(?:^|.*/)(?:\.htpasswd|\.pgpass|pgpass\.conf|\.netrc|_netrc|\.git-credentials|id_(?:rsa|dsa|ecdsa|"
    r"ed25519)|\.my\.cnf|shadow|master\.passwd|ntds\.dit|[^/]+\.(?:kdbx?|agilekeychain|1pux|keychain|"
    r"keystore|jks|p12|pfx|ppk|ovpn)|(?:logins|credentials)\.(?:json|csv)|\.aws/credentials)"
)
_ENVIRONMENT = re.compile(r"(?:^|.*/)(?:[\w-]*\.env(?:\.[\w-]+)?)")
_SAMPLE_NAMES = re.compile(r".*(?:example|sample|template|dist|defaults)$")
# A line of /etc/shadow or .htpasswd: a name and the hash of a password in crypt's modular form.
_CRYPT = re.compile(
    rb"^[\w.@-]{1,32}:(?:\$(?:apr1|1|2[abxy]|5|6|7|y|argon2id?)\$|\{SHA\})[^:\s]{13,200}", re.M
)
_CRYPT_MARKS = (b":$", b":{SHA}")
# Names of columns, as browsers and password managers write them out, in several languages.
_SECRET_COLUMNS = frozenset(
    "password|login_password|passwort|kennwort|mot de passe|contraseña|pwd|passphrase|wachtwoord|"
    "senha|hasło"
    "|パスワード|密码".split("|")
)
_OWNER_COLUMNS = re.compile(
    r"user|login|url|uri|mail|account|konto|benutzer|title|site|host|usuario|utilisateur|gebruiker|name|ユーザ"
)
_CELLS = re.compile(r"[\t,;|]")
_MOST_TABLES = 200
_VALUE = re.compile(
    rb"(?m)^(?:export )?[A-Z0-9_]{0,40}(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASS|DSN|"
    rb"CREDENTIALS?)[A-Z0-9_]"
    rb"{0,20}[ ]?=[ ]?[\"']?([^\s\"'#]{6,300})"
)
_KEEPASS = b"\x03\xd9\xa2\x9a"


def find_password_files(scan: Scan, head: bytes = b"") -> tuple[Finding, ...]:
    """secret.password_file, of the file and of the files in it. head: its first bytes."""
    document = scan.document
    found = [
        _shown(name)
        for name in (document.name, *document.traits.names)
        if _NAMES.fullmatch(name.lower())
    ]
    if head.startswith(_KEEPASS):
        found.append("KeePass database")
    found += _by_lines(scan)
    if not found:
        return (Finding(FACT),)
    distinct = tuple(dict.fromkeys(found))
    return (Finding(FACT, count=len(distinct), confidence=0.95, evidence=distinct[:3]),)


def _by_lines(scan: Scan) -> list[str]:
    found: list[str] = []
    if any(mark in scan.raw for mark in _CRYPT_MARKS):
        hashed = _CRYPT.search(scan.raw)
        if hashed is not None and not stands_in(hashed[0].rpartition(b"$")[2]):
            found.append(placed("hashes of passwords", scan.place_at(hashed.start())))
    tables = scan.document.passages[:_MOST_TABLES]
    if any(_is_export(passage.text) for passage in tables):
        found.append("table of passwords")
    names = [scan.document.name, *scan.document.traits.names]
    if any(
        _ENVIRONMENT.fullmatch(name.lower()) and not _SAMPLE_NAMES.fullmatch(name.lower())
        for name in names
    ):
        filled = next((one for one in _VALUE.finditer(scan.raw) if not stands_in(one[1])), None)
        if filled is not None:
            found.append(placed("environment file with values", scan.place_at(filled.start())))
    return found


def _is_export(text: str) -> bool:
    """Whether the first line names a column of passwords, and the second has one."""
    lines = text[:8000].lstrip("\n").split("\n", 2)
    names = [cell.strip(" \"'\r").lower() for cell in _CELLS.split(lines[0])]
    at = next((index for index, name in enumerate(names) if name in _SECRET_COLUMNS), -1)
    others = names[:at] + names[at + 1 :]
    if at < 0 or len(lines) < 2 or not any(_OWNER_COLUMNS.search(name) for name in others):
        return False
    cells = _CELLS.split(lines[1])
    value = cells[at].strip(" \"'\r") if at < len(cells) else ""
    return len(value) >= 4 and not stands_in(value.encode(errors="replace"))


def _shown(name: str) -> str:
    return placed("named as one", name.rpartition("/")[2])
