"""The part that nobody looks at while tuning: other templates, other languages, other countries.

INVARIANT: a failure in here is counted and reported, and changes no detector. Nothing is copied.
"""

from __future__ import annotations

import base64
import io
import zipfile
from random import Random

from bench.review import identifiers as made
from bench.review.draft import Draft
from bench.review.office_writers import packed

TEXT = ("docx", "odt", "pdf", "html", "txt", "md", "eml", "rtf", "pptx", "odp")
TABLE = ("xlsx", "ods", "csv", "odt", "html", "json", "zip", "eml")
_SATZ = (
    "Die Sitzung beginnt um zehn Uhr im großen Saal.",
    "Alle Angaben ohne Gewähr.",
    "Der Bericht wird im Herbst fortgeschrieben.",
    "Die Kosten liegen im Rahmen des Vorjahres.",
)
_PHRASE = (
    "La réunion est reportée à la semaine prochaine.",
    "Les travaux avancent comme prévu.",
    "Merci de confirmer votre présence avant vendredi.",
)
_FRASE = (
    "El taller empieza a las nueve de la mañana.",
    "Los resultados se publicarán en primavera.",
    "Quedan pocas plazas para la visita guiada.",
)
_BUN = ("会議は十時に始まります。", "資料は来週配布します。", "ご協力ありがとうございます。")
_LANGUAGES = (_SATZ, _PHRASE, _FRASE)


def _prose(chance: Random, count: int = 0) -> list[str]:
    language = chance.choice(_LANGUAGES)
    return [chance.choice(language) for _ in range(count or chance.randint(2, 12))]


def _around(chance: Random, *lines: str) -> tuple[str, ...]:
    return (*_prose(chance), *lines, *_prose(chance))


def leaflet(chance: Random) -> Draft:
    """Nothing in it, in four languages."""
    lines = chance.choice((*_LANGUAGES, _BUN)) * chance.randint(1, 6)
    formats = ("docx", "odt", "html", "txt", "md", "pptx")
    return Draft("flyer", formats, "Einladung / Invitation", tuple(lines))


def imprint(chance: Random) -> Draft:
    """The imprint of a web site."""
    lines = _around(
        chance,
        f"Telefon: 030 / {made.digits(chance, 7)}",
        f"E-Mail: {made.address(chance)}",
        f"USt-IdNr. DE{made.digits(chance, 9)}",
        f"HRB {made.digits(chance, 5)}",
    )
    return Draft(
        "impressum",
        ("html", "txt", "docx", "pdf"),
        "Impressum",
        lines,
        facts=frozenset({"pii.email", "pii.phone"}),
    )


def stock(chance: Random) -> Draft:
    """Article numbers of thirteen digits, and parcels."""
    rows = tuple(
        (
            made.digits(chance, 13),
            f"1Z{made.letters(chance, 16, 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789')}",
            f"{chance.randint(1, 99)},{made.digits(chance, 2)}",
        )
        for _ in range(chance.randint(10, 50))
    )
    return Draft("lager", TABLE, "Lagerliste", (), ("EAN", "Sendung", "Preis"), rows)


def receipts(chance: Random) -> Draft:
    """Transaction numbers, some of which begin as cards do."""
    lines = [
        f"Beleg {made.card(chance, valid=False)} "
        f"vom 0{chance.randint(1, 9)}.0{chance.randint(1, 9)}.2024"
        for _ in range(chance.randint(3, 20))
    ]
    return Draft("belege", TEXT, "Belege", (*_prose(chance), *lines))


def masked_cards(chance: Random) -> Draft:
    """What a shop may print: the last four digits."""
    lines = [
        f"Zahlung mit Karte **** **** **** {made.digits(chance, 4)}"
        for _ in range(chance.randint(1, 9))
    ]
    return Draft("quittung", TEXT, "Quittung", (*_prose(chance), *lines))


def privacy_policy(chance: Random) -> Draft:
    """A public text on confidential things."""
    lines = _around(
        chance,
        "Ihre Daten werden vertraulich behandelt und nicht an Dritte weitergegeben.",
        "Les informations confidentielles sont protégées; l'usage interne est réglementé.",
        "Sus datos son confidenciales. This confidentiality notice applies to all visitors.",
    )
    return Draft("datenschutz", TEXT, "Datenschutz / Confidentialité", lines)


def mail_disclaimer(chance: Random) -> Draft:
    """The sentence under every mail of a company."""
    lines = _around(
        chance,
        "This e-mail and any files transmitted with it are confidential and intended solely for the"
        " use of the individual to whom they are addressed.",
    )
    return Draft("antwort", ("eml", "txt", "html"), "Re: Termin", lines)


def programme(chance: Random) -> Draft:
    """A festival with titles that sound like markings."""
    lines = _around(
        chance,
        "SECRET GARDEN, 20:00, main stage",
        "RESTRICTED VIEW, dance, 21:30",
        "Geheimnisse der Tiefsee, Vortrag, 18:00",
        "Internal Monologue, cinema",
    )
    return Draft("programm", TEXT, "Festivalprogramm", lines)


def tutorial(chance: Random) -> Draft:
    """A tutorial with blanks where secrets belong."""
    lines = _around(
        chance,
        f"export AWS_ACCESS_KEY_ID={made.SAMPLE_AWS_KEY}",
        "client_secret: xxxxxxxxxxxxxxxxxxxxxxxx",
        "DATABASE_URL=postgresql://user:password@localhost:5432/app",
        "password: ${DB_PASSWORD}",
        "ssh-rsa AAAAB3NzaC1yc2E" + made.letters(chance, 120) + " me@laptop.example",
        "-----BEGIN CERTIFICATE-----",
    )
    return Draft(
        "anleitung",
        ("md", "txt", "html", "docx"),
        "Anleitung",
        lines,
        facts=frozenset({"pii.email"}),
    )


def lock_file(chance: Random) -> Draft:
    """Digests of packages."""
    packages = {
        made.letters(chance, 8, "abcdefgh"): {
            "version": f"{chance.randint(0, 9)}.{chance.randint(0, 20)}.0",
            "integrity": "sha512-" + base64.b64encode(chance.randbytes(64)).decode(),
        }
        for _ in range(chance.randint(20, 60))
    }
    text = str(packages).replace("'", '"')
    return Draft("package-lock.json", raw=text.encode())


def style_sheet(chance: Random) -> Draft:
    """A style sheet with a font in it."""
    font = base64.b64encode(chance.randbytes(4000)).decode()
    return Draft(
        "site.css",
        raw=(
            f"@font-face{{src:url(data:font/woff2;base64,{font})}}"
            f"a{{color:#{made.digits(chance, 6)}}}"
        ).encode(),
    )


def test_file(chance: Random) -> Draft:
    """A program's tests: words of secrets everywhere, secrets nowhere."""
    text = (
        "def test_login(client):\n"
        "    response = client.post('/login', data={'password': 'password'})\n"
        "    assert response.json()['token']\n\nAPI_KEY = os.getenv('API_KEY', 'changeme')\n"
        f"SNAPSHOT = '{made.uuid(chance)}'\nsecretKeyRef: {{name: db, key: password}}\n"
    )
    return Draft("test_login.py", raw=text.encode())


def timetable(chance: Random) -> Draft:
    """Times, lines, platforms."""
    rows = tuple(
        (
            f"{chance.randint(5, 22):02}:{chance.randint(10, 59)}",
            f"RE {chance.randint(1, 99)}",
            str(chance.randint(1, 16)),
        )
        for _ in range(40)
    )
    return Draft("fahrplan", TABLE, "Fahrplan", (), ("Zeit", "Linie", "Gleis"), rows)


def reviewed(chance: Random) -> Draft:
    """Slides with notes; a sheet that is hidden."""
    if chance.random() < 0.5:
        return Draft(
            "vortrag",
            ("pptx", "odp"),
            "Vortrag",
            tuple(_prose(chance)),
            notes="Langsam sprechen.",
            author="T. Referat",
            facts=frozenset({"document.hidden", "document.author"}),
        )
    return Draft(
        "zahlen",
        ("xlsx",),
        "Zahlen",
        (),
        ("Monat", "Summe"),
        (("Mai", "12"), ("Juni", "15")),
        hidden_sheet=True,
        facts=frozenset({"document.hidden"}),
    )


def bookings(chance: Random) -> Draft:
    """Cards in a hotel's list, in German or Spanish."""
    heading = chance.choice(["Kreditkarte", "Kartennummer", "Tarjeta", "Carte bancaire"])
    style = chance.choice(["", " ", "-"])
    rows = tuple(
        (
            str(chance.randint(100, 420)),
            made.grouped(made.card(chance), 4, style) if style else made.card(chance),
        )
        for _ in range(chance.randint(1, 30))
    )
    return Draft(
        "zimmerliste",
        TABLE,
        "Zimmerliste",
        (),
        ("Zimmer", heading),
        rows,
        facts=frozenset({"pii.card"}),
        stop=True,
    )


def bare_cards(chance: Random) -> Draft:
    """Cards, one in a line, and nothing else."""
    lines = tuple(made.card(chance) for _ in range(chance.randint(5, 80)))
    return Draft(
        "dump", ("txt", "csv", "log"), "dump", lines, facts=frozenset({"pii.card"}), stop=True
    )


def invoice(chance: Random) -> Draft:
    """An invoice with an account and a telephone."""
    country = chance.choice(["DE", "AT", "CH", "FI", "PT"])
    lines = _around(
        chance,
        f"Rechnung {made.digits(chance, 7)}",
        f"IBAN {made.grouped(made.iban(chance, country))}",
        f"Rückfragen unter +49 89 {made.digits(chance, 7)}",
    )
    return Draft(
        "rechnung", TEXT, "Rechnung", lines, facts=frozenset({"pii.iban", "pii.phone"}), stop=True
    )


def mandates(chance: Random) -> Draft:
    """Direct debits of a club."""
    rows = tuple(
        (made.address(chance), made.iban(chance, chance.choice(["DE", "AT", "DK"])), "24,00")
        for _ in range(chance.randint(3, 90))
    )
    return Draft(
        "lastschriften",
        TABLE,
        "Lastschriften",
        (),
        ("Mitglied", "Konto", "Betrag"),
        rows,
        facts=frozenset({"pii.iban", "pii.email"}),
        stop=True,
    )


def staff(chance: Random) -> Draft:
    """Staff by national number, of countries that the other part does not have."""
    heading, number = made.NATIONAL[chance.choice(["fr", "it", "se", "de", "ca", "cl"])]
    rows = tuple(
        (f"N{at}", number(chance), str(chance.randint(2000, 5000)))
        for at in range(chance.randint(2, 30))
    )
    return Draft(
        "personal",
        TABLE,
        "Personal",
        (),
        ("Nr", heading, "Gehalt"),
        rows,
        facts=frozenset({"pii.national_id"}),
        stop=True,
    )


def registration(chance: Random) -> Draft:
    """A form that was filled in."""
    heading, number = made.NATIONAL[chance.choice(["fr", "it", "se", "de", "ca", "cl"])]
    lines = _around(chance, f"{heading}: {number(chance)}", f"Kind: {heading} {number(chance)}")
    formats = ("docx", "odt", "txt", "md", "html", "pdf")
    return Draft(
        "anmeldung", formats, "Anmeldung", lines, facts=frozenset({"pii.national_id"}), stop=True
    )


def key_archive(chance: Random) -> Draft:
    """A private key in a ZIP file."""
    files: dict[str, bytes | str] = {
        "lies.mich": "Zugang",
        "keys/id_ed25519": made.private_key(chance, "OPENSSH PRIVATE KEY"),
    }
    return Draft(
        "zugang.zip",
        raw=packed(files),
        facts=frozenset({"secret.private_key", "secret.password_file"}),
        stop=True,
    )


def service_account(chance: Random) -> Draft:
    """A key in JSON, its lines as \\n."""
    key = made.private_key(chance, "PRIVATE KEY").replace("\n", "\\n")
    text = (
        f'{{"type": "service_account", "private_key_id": "{made.sha1(chance)}", '
        f'"private_key": "{key}\\n"}}'
    )
    return Draft(
        "dienst.json", raw=text.encode(), facts=frozenset({"secret.private_key"}), stop=True
    )


def notebook(chance: Random) -> Draft:
    """Cloud keys in a notebook's cell."""
    line = chance.choice(
        [
            f"client = boto3.client('s3', aws_access_key_id='{made.aws_key(chance)}')",
            f"genai.configure(api_key='AIza{made.letters(chance, 35)}')",
            f"conn = 'DefaultEndpointsProtocol=https;AccountKey={made.letters(chance, 86)}=='",
        ]
    )
    text = '{"cells": [{"cell_type": "code", "source": ["' + line + '"]}]}'
    return Draft(
        "auswertung.ipynb", raw=text.encode(), facts=frozenset({"secret.cloud_key"}), stop=True
    )


def pipeline(chance: Random) -> Draft:
    """A pipeline with a secret in it."""
    line = chance.choice(
        [
            f"  TOKEN: glpat-{made.letters(chance, 20)}",
            f"  DATABASE_URL: postgresql://app:{made.letters(chance, 14)}@db.internal:5432/app",
            f"  API_SECRET: {made.letters(chance, 32)}",
            f"  HF: hf_{made.letters(chance, 34)}",
        ]
    )
    return Draft(
        "pipeline.yml",
        raw=f"build:\n variables:\n{line}\n script:\n  - make\n".encode(),
        facts=frozenset({"secret.token"}),
        stop=True,
    )


def handover(chance: Random) -> Draft:
    """Passwords in a note, in German and French."""
    word = chance.choice(["Passwort", "Kennwort", "Mot de passe", "Contraseña", "password"])
    lines = _around(
        chance,
        f"Router: {word}: {made.password(chance)}",
        f"Portal, {word} = {made.password(chance)}",
    )
    return Draft(
        "uebergabe",
        ("docx", "odt", "txt", "md", "eml"),
        "Übergabe",
        lines,
        facts=frozenset({"secret.token"}),
        stop=True,
    )


def web_users(chance: Random) -> Draft:
    """The users of a web server."""
    rows = [
        f"user{at}:$apr1${made.letters(chance, 8)}${made.letters(chance, 22)}" for at in range(5)
    ]
    name = chance.choice([".htpasswd", "nutzer.txt"])
    return Draft(
        name, raw="\n".join(rows).encode(), facts=frozenset({"secret.password_file"}), stop=True
    )


def exported_logins(chance: Random) -> Draft:
    """What a browser exports."""
    rows = tuple((f"https://shop{at}.example", "anna", made.password(chance)) for at in range(6))
    return Draft(
        "export",
        ("csv",),
        "",
        (),
        ("url", "username", "password"),
        rows,
        facts=frozenset({"secret.password_file"}),
        stop=True,
    )


def marked_margin(chance: Random) -> Draft:
    """A marking in the margin, in six languages."""
    mark = chance.choice(
        [
            "Vertraulich",
            "Streng vertraulich",
            "CONFIDENTIEL",
            "Confidencial",
            "社外秘",
            "Riservato",
            "Contoso AG – Vertraulich",
        ]
    )
    formats = (
        ("docx", "odt", "pptx", "xlsx")
        if mark == "社外秘"
        else ("docx", "odt", "pdf", "pptx", "xlsx")
    )
    return Draft(
        "konzept",
        formats,
        "Konzept",
        tuple(_prose(chance, 12)),
        footer=mark,
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def marked_field(chance: Random) -> Draft:
    """A field that says so."""
    mark = chance.choice(
        [
            "Klassifizierung: vertraulich",
            "Classification : Confidentiel",
            "Clasificación: Confidencial",
            "VERTRAULICH",
            "機密",
            "TLP:AMBER",
        ]
    )
    return Draft(
        "vermerk",
        ("docx", "odt", "txt", "md", "html"),
        "Vermerk",
        (mark, *_prose(chance)),
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def with_macro(chance: Random) -> Draft:
    """A workbook that runs a program, under a harmless ending."""
    return Draft(
        "rechner",
        ("xlsx", "docx"),
        "Rechner",
        tuple(_prose(chance)),
        macro=True,
        facts=frozenset({"macro.present"}),
        stop=True,
    )


def disguised(chance: Random) -> Draft:
    """A program or an archive under another name."""
    name = chance.choice(["foto.png", "bericht.pdf", "liste.csv", "brief.txt"])
    body = b"\x7fELF" if chance.random() < 0.5 else b"MZ"
    return Draft(
        name, raw=body + chance.randbytes(3000), facts=frozenset({"type.mismatch"}), stop=True
    )


def locked(chance: Random) -> Draft:
    """A ZIP file that needs a password."""
    plain = bytearray(packed({"geheim.txt": chance.randbytes(400)}))
    with zipfile.ZipFile(io.BytesIO(bytes(plain))) as archive:
        directory = archive.start_dir
    plain[6] |= 1
    plain[directory + 8] |= 1
    return Draft("ablage.zip", raw=bytes(plain), facts=frozenset({"archive.encrypted"}), stop=True)


def nested(chance: Random) -> Draft:
    """An archive in an archive in an archive."""
    inner = packed({"a.txt": made.private_key(chance)})
    return Draft(
        "sicherung.zip",
        raw=packed({"b.zip": packed({"c.zip": inner})}),
        facts=frozenset({"archive.nested"}),
        stop=True,
    )


TEMPLATES = (
    leaflet,
    imprint,
    stock,
    receipts,
    masked_cards,
    privacy_policy,
    mail_disclaimer,
    programme,
    tutorial,
    lock_file,
    style_sheet,
    test_file,
    timetable,
    reviewed,
    bookings,
    bare_cards,
    invoice,
    mandates,
    staff,
    registration,
    key_archive,
    service_account,
    notebook,
    pipeline,
    handover,
    web_users,
    exported_logins,
    marked_margin,
    marked_field,
    with_macro,
    disguised,
    locked,
    nested,
)
