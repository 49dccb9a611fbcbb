"""The part that detectors were tuned on: templates of documents, clean and risky. English mostly.

Each takes chance and returns a draft with what is true of it. Nothing is copied from anywhere.
"""

from __future__ import annotations

import base64
from random import Random

from bench.review import identifiers as made
from bench.review.draft import Draft

TEXT = ("docx", "odt", "pdf", "html", "txt", "md", "eml", "rtf", "pptx", "odp", "log")
TABLE = ("xlsx", "ods", "csv", "docx", "html", "json", "zip", "eml")
MARGIN = ("docx", "odt", "pdf", "pptx", "xlsx", "ods")
_TOPICS = (
    "harbour extension",
    "spring catalogue",
    "solar roof",
    "bicycle parking",
    "library opening",
)
_FILLER = (
    "The work goes on as it was agreed in the last meeting.",
    "All numbers are rounded to the nearest thousand.",
    "Please read the summary first; details are in the second part.",
    "The next step depends on the weather and on the delivery of parts.",
    "We thank everyone who took part in the preparation.",
    "A short list of open points is at the end.",
)
PERSON, SECRET = "pii.", "secret."


def filler(chance: Random, least: int = 2, most: int = 9) -> list[str]:
    """Harmless sentences."""
    return [chance.choice(_FILLER) for _ in range(chance.randint(least, most))]


def _mixed(chance: Random, *lines: str) -> tuple[str, ...]:
    """Lines in their order, among harmless ones."""
    made_of = filler(chance)
    at = chance.randint(0, len(made_of))
    return tuple(made_of[:at] + list(lines) + made_of[at:])


def brochure(chance: Random) -> Draft:
    """Nothing in it."""
    topic = chance.choice(_TOPICS)
    return Draft(
        f"brochure-{topic.replace(' ', '-')}", TEXT, topic.title(), tuple(filler(chance, 5, 30))
    )


def contact_page(chance: Random) -> Draft:
    """One address and one telephone, as any page has."""
    lines = _mixed(
        chance, f"Write to {made.address(chance)} or call +44 20 7946 0{chance.randint(100, 999)}."
    )
    return Draft(
        "contact", TEXT, "How to reach us", lines, facts=frozenset({"pii.email", "pii.phone"})
    )


def order_list(chance: Random) -> Draft:
    """Order numbers that look like cards and are none."""
    rows = tuple(
        (
            made.card(chance, valid=False),
            made.uuid(chance),
            f"{chance.randint(5, 900)}.{made.digits(chance, 2)}",
        )
        for _ in range(chance.randint(8, 60))
    )
    return Draft("orders", TABLE, "Orders", (), ("Order", "Reference", "Amount"), rows)


def invoice_bad_iban(chance: Random) -> Draft:
    """A specimen invoice: its account number cannot exist."""
    account = made.grouped(made.iban(chance, "DE", valid=False))
    lines = _mixed(chance, f"Specimen. Invoice 2024-{made.digits(chance, 6)}", f"Account {account}")
    return Draft("invoice-specimen", TEXT, "Invoice", lines)


def press_release(chance: Random) -> Draft:
    """The word in sentences, as in public."""
    lines = _mixed(
        chance,
        "The talks were confidential until today, and the terms remain confidential.",
        "Restricted stock units are described in note 4. A secret ingredient is not disclosed.",
        "Internal combustion engines are out of scope.",
    )
    return Draft("press-release", TEXT, "Agreement signed", lines)


def api_manual(chance: Random) -> Draft:
    """Sample keys and blanks."""
    lines = _mixed(
        chance,
        f"aws_access_key_id = {made.SAMPLE_AWS_KEY}",
        f"aws_secret_access_key = {made.SAMPLE_AWS_SECRET}",
        'password = "<your password>"',
        "export API_TOKEN=YOUR_TOKEN_HERE_0000000000",
        "token = get_token(request)",
    )
    return Draft("manual", ("md", "html", "txt", "docx", "pdf"), "Getting started", lines)


def change_log(chance: Random) -> Draft:
    """Hashes and versions."""
    lines = tuple(
        f"{made.sha1(chance)} fix {made.digits(chance, 4)} in 1.{chance.randint(0, 9)}"
        for _ in range(30)
    )
    return Draft("history", ("txt", "md", "html", "log"), "History", lines)


def minified(chance: Random) -> Draft:
    """A script without spaces."""
    body = ";".join(
        f"var {made.letters(chance, 2, 'abcdefgh')}="
        f"function(t,e){{return t[{chance.randint(0, 99)}]+"
        f'"{made.letters(chance, 12)}"}}'
        for _ in range(200)
    )
    return Draft("bundle.min.js", raw=body.encode())


def picture_page(chance: Random) -> Draft:
    """A page with a picture in base64."""
    picture = base64.b64encode(chance.randbytes(chance.randint(3000, 9000))).decode()
    page = (
        "<!DOCTYPE html><html><body><p>Logo</p>"
        f'<img src="data:image/png;base64,{picture}"></body></html>'
    )
    return Draft("logo.html", raw=page.encode())


def measurements(chance: Random) -> Draft:
    """Numbers of all kinds."""
    rows = tuple(
        (
            f"2024-03-{chance.randint(1, 28):02}T10:{chance.randint(10, 59)}:00Z",
            f"{chance.random():.12f}",
            made.digits(chance, 10),
            f"{chance.uniform(-90, 90):.6f}",
        )
        for _ in range(chance.randint(20, 80))
    )
    return Draft(
        "measurements", TABLE, "Measurements", (), ("time", "value", "serial", "latitude"), rows
    )


def source_code(chance: Random) -> Draft:
    """A program that handles passwords and has none."""
    text = (
        "import os\n\npassword = os.environ['DB_PASSWORD']\n\n"
        "def check(password: str, token: str) -> bool:\n"
        "    secret = load_secret()\n    return compare(password, secret)\n\n"
        f"COMMIT = '{made.sha1(chance)}'\nCOLUMN = 'password varchar(255) not null'\n"
    )
    return Draft("check.py", raw=text.encode())


def minutes(chance: Random) -> Draft:
    """Minutes with an author and some comments: worth a word, no more."""
    return Draft(
        "minutes",
        ("docx",),
        "Minutes",
        tuple(filler(chance)),
        author="R. Office",
        comments=("Please check the date.",) * chance.randint(1, 3),
        facts=frozenset({"document.author", "document.comments"}),
    )


def revised(chance: Random) -> Draft:
    """A change that was not accepted yet."""
    return Draft(
        "revised",
        ("docx",),
        "Draft",
        tuple(filler(chance)),
        inserted="A new paragraph.",
        facts=frozenset({"document.tracked_changes"}),
    )


def small_team(chance: Random) -> Draft:
    """A dozen addresses: within a team."""
    rows = tuple(
        (made.address(chance), f"room {chance.randint(1, 90)}")
        for _ in range(chance.randint(4, 12))
    )
    return Draft("team", TABLE, "Team", (), ("Mail", "Room"), rows, facts=frozenset({"pii.email"}))


def card_table(chance: Random) -> Draft:
    """Cards in a column."""
    rows = tuple(
        (
            f"C{made.digits(chance, 5)}",
            made.card(chance),
            f"{chance.randint(1, 12):02}/{chance.randint(26, 31)}",
        )
        for _ in range(chance.randint(3, 60))
    )
    return Draft(
        "payments",
        TABLE,
        "Payments",
        (),
        ("Customer", "Card number", "Expires"),
        rows,
        facts=frozenset({"pii.card"}),
        stop=True,
    )


def card_in_prose(chance: Random) -> Draft:
    """One card in a sentence."""
    number = made.grouped(made.card(chance), 4, chance.choice([" ", "-"]))
    lines = _mixed(chance, f"Please charge my card {number}, valid until 11/29.")
    return Draft("booking", TEXT, "Booking", lines, facts=frozenset({"pii.card"}), stop=True)


def supplier_accounts(chance: Random) -> Draft:
    """Account numbers in a table."""
    countries = ["DE", "AT", "CH", "ES", "BE", "DK", "PL"]
    rows = tuple(
        (f"Supplier {made.digits(chance, 3)}", made.iban(chance, chance.choice(countries)))
        for _ in range(chance.randint(2, 40))
    )
    return Draft(
        "suppliers",
        TABLE,
        "Suppliers",
        (),
        ("Name", "IBAN"),
        rows,
        facts=frozenset({"pii.iban"}),
        stop=True,
    )


def account_letter(chance: Random) -> Draft:
    """Two accounts in a letter."""
    one, two = (made.grouped(made.iban(chance, country)) for country in ("DE", "BE"))
    lines = _mixed(chance, f"Please pay to {one} from now on.", f"The old account {two} is closed.")
    return Draft("letter", TEXT, "New account", lines, facts=frozenset({"pii.iban"}), stop=True)


def national_table(chance: Random) -> Draft:
    """People by their national number."""
    heading, number = made.NATIONAL[chance.choice(["pl", "us", "es", "nl", "br", "fi"])]
    rows = tuple((f"Person {at}", number(chance)) for at in range(chance.randint(2, 40)))
    return Draft(
        "people",
        TABLE,
        "People",
        (),
        ("Name", heading),
        rows,
        facts=frozenset({"pii.national_id"}),
        stop=True,
    )


def national_prose(chance: Random) -> Draft:
    """Two numbers in a letter."""
    heading, number = made.NATIONAL[chance.choice(["pl", "us", "es", "nl", "br", "fi"])]
    lines = _mixed(chance, f"{heading}: {number(chance)}", f"Spouse, {heading} {number(chance)}")
    return Draft(
        "application", TEXT, "Application", lines, facts=frozenset({"pii.national_id"}), stop=True
    )


def key_file(chance: Random) -> Draft:
    """A private key."""
    label = chance.choice(
        ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY"]
    )
    return Draft(
        "server.pem",
        raw=made.private_key(chance, label).encode(),
        facts=frozenset({"secret.private_key"}),
        stop=True,
    )


def key_in_manual(chance: Random) -> Draft:
    """A private key pasted into a document."""
    lines = (*filler(chance), *made.private_key(chance).split("\n"), *filler(chance))
    return Draft(
        "setup",
        ("docx", "txt", "md", "odt", "pdf"),
        "Setup",
        lines,
        facts=frozenset({"secret.private_key"}),
        stop=True,
    )


def cloud_configuration(chance: Random) -> Draft:
    """Cloud keys in a configuration."""
    lines = (
        "[default]",
        f"aws_access_key_id = {made.aws_key(chance)}",
        f"aws_secret_access_key = {made.aws_secret(chance)}",
        "region = eu-west-1",
    )
    return Draft(
        "config",
        ("txt", "md", "docx", "html", "json"),
        "config",
        lines,
        facts=frozenset({"secret.cloud_key"}),
        stop=True,
    )


def token_in_script(chance: Random) -> Draft:
    """A token in a script."""
    line = chance.choice(
        [
            f"curl -H 'Authorization: Bearer {made.github_token(chance)}' https://api.example.org",
            f"SLACK = 'xoxb-{made.digits(chance, 12)}-{made.letters(chance, 24)}'",
            f"stripe.api_key = 'sk_live_{made.letters(chance, 28)}'",
            f"//registry.npmjs.org/:_authToken=npm_{made.letters(chance, 36)}",
        ]
    )
    return Draft(
        f"deploy-{made.digits(chance, 3)}.sh",
        raw=f"#!/bin/sh\nset -e\n{line}\n".encode(),
        facts=frozenset({"secret.token"}),
        stop=True,
    )


def password_mail(chance: Random) -> Draft:
    """A password in a mail."""
    lines = _mixed(chance, "The account is ready.", f"Password: {made.password(chance)}")
    return Draft(
        "access",
        ("eml", "docx", "txt", "odt", "pdf"),
        "Your access",
        lines,
        facts=frozenset({"secret.token"}),
        stop=True,
    )


def environment_file(chance: Random) -> Draft:
    """A .env file that is filled in."""
    text = (
        f"APP_ENV=production\nDB_PASSWORD={made.password(chance)}\n"
        f"SECRET_KEY={made.letters(chance, 40)}\n"
    )
    return Draft(
        ".env",
        raw=text.encode(),
        facts=frozenset({"secret.password_file", "secret.token"}),
        stop=True,
    )


def shadow(chance: Random) -> Draft:
    """Hashes of passwords."""
    rows = [
        f"user{at}:$6${made.letters(chance, 12)}${made.letters(chance, 86)}:19000:0:99999:7:::"
        for at in range(4)
    ]
    return Draft(
        "backup-etc.txt",
        raw="\n".join(rows).encode(),
        facts=frozenset({"secret.password_file"}),
        stop=True,
    )


def marked_header(chance: Random) -> Draft:
    """A marking over every page."""
    mark = chance.choice(
        [
            "CONFIDENTIAL",
            "Confidential - do not distribute",
            "Strictly confidential",
            "Northwind | Confidential",
        ]
    )
    header, footer = (mark, "") if chance.random() < 0.5 else ("", mark)
    return Draft(
        "plan",
        MARGIN,
        "Plan",
        tuple(filler(chance, 6, 20)),
        header=header,
        footer=footer,
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def marked_label(chance: Random) -> Draft:
    """A sensitivity label of an office program."""
    return Draft(
        "budget",
        ("docx", "xlsx", "pptx"),
        "Budget",
        tuple(filler(chance)),
        label=chance.choice(["Confidential", "Highly Confidential", "Restricted"]),
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def marked_line(chance: Random) -> Draft:
    """A marking in a line of its own."""
    mark = chance.choice(
        ["CONFIDENTIAL", "Classification: Confidential", "TLP:RED", "*** STRICTLY CONFIDENTIAL ***"]
    )
    return Draft(
        "memo",
        ("txt", "md", "docx", "odt", "html", "rtf", "pdf"),
        "Memo",
        (mark, *filler(chance)),
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def with_macro(chance: Random) -> Draft:
    """A document that runs a program."""
    return Draft(
        "form",
        ("docm", "xlsm"),
        "Form",
        tuple(filler(chance)),
        macro=True,
        facts=frozenset({"macro.present"}),
        stop=True,
    )


def disguised(chance: Random) -> Draft:
    """A program under the name of a document."""
    ending = chance.choice(["pdf", "docx", "jpg", "xlsx"])
    return Draft(
        f"holiday.{ending}",
        raw=b"MZ" + chance.randbytes(2000),
        facts=frozenset({"type.mismatch"}),
        stop=True,
    )


def customer_export(chance: Random) -> Draft:
    """Cards and addresses of many."""
    rows = tuple((made.address(chance), made.card(chance)) for _ in range(chance.randint(100, 250)))
    return Draft(
        "customers",
        ("xlsx", "csv", "ods", "zip"),
        "Customers",
        (),
        ("Mail", "Card"),
        rows,
        facts=frozenset({"pii.email", "pii.card"}),
        stop=True,
    )


def password_manager(chance: Random) -> Draft:
    """What password managers write out, each in its own columns."""
    columns = chance.choice(
        [
            ("name", "url", "username", "password"),
            ("folder", "favorite", "type", "name", "login_uri", "login_username", "login_password"),
            ("Group", "Title", "Username", "Password", "URL", "Notes"),
            ("Account", "Login Name", "Password", "Web Site", "Comments"),
        ]
    )
    rows = tuple(
        tuple(
            made.password(chance) if "pass" in name.lower() else f"{name} {at}" for name in columns
        )
        for at in range(chance.randint(2, 30))
    )
    return Draft(
        "vault",
        ("csv", "xlsx", "ods"),
        "",
        (),
        columns,
        rows,
        facts=frozenset({"secret.password_file"}),
        stop=True,
    )


def marked_abroad(chance: Random) -> Draft:
    """Markings and fields of other languages, as lines, with and without frames."""
    mark = chance.choice(
        [
            "Vertrouwelijk",
            "POUFNE",
            "Confidenziale",
            "Fortrolig",
            "Luottamuksellinen",
            "Důvěrné",
            "极密",
            "机密",
            "Sensitivity: Confidential",
            "Rubricering: vertrouwelijk",
            "Classificazione: riservato",
            "[ CONFIDENTIAL ]",
            "Niveau de confidentialité : confidentiel",
            "Nivel: confidencial",
            "Handling: TLP:AMBER+STRICT",
            "取扱区分：社外秘",
            "ДСП / Конфиденциально",
        ]
    )
    formats = ("txt", "md", "docx", "odt", "html")
    return Draft(
        "nota",
        formats,
        "Nota",
        (mark, *filler(chance)),
        facts=frozenset({"label.classification"}),
        stop=True,
    )


def key_names(chance: Random) -> Draft:
    """Files whose name is enough."""
    name = chance.choice(["id_rsa", "vault.kdbx", ".pgpass", ".netrc", "server.p12", "logins.json"])
    return Draft(
        name,
        raw=b"\x03\xd9\xa2\x9a" + chance.randbytes(200) if name.endswith("kdbx") else b"x y z\n",
        facts=frozenset({"secret.password_file"}),
        stop=True,
    )


TEMPLATES = (
    brochure,
    contact_page,
    order_list,
    invoice_bad_iban,
    press_release,
    api_manual,
    change_log,
    minified,
    picture_page,
    measurements,
    source_code,
    minutes,
    revised,
    small_team,
    card_table,
    card_in_prose,
    supplier_accounts,
    account_letter,
    national_table,
    national_prose,
    key_file,
    key_in_manual,
    cloud_configuration,
    token_in_script,
    password_mail,
    environment_file,
    shadow,
    marked_header,
    marked_label,
    marked_line,
    with_macro,
    disguised,
    customer_export,
    password_manager,
    marked_abroad,
    key_names,
)
