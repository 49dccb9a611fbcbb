"""Secrets: shapes that count, samples and blanks that do not, and nothing shown in full."""

from __future__ import annotations

from random import Random

import pytest
from bench.review import identifiers as made

from narthex.pure.detectors.passages import Kind, Traits
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from tests.pure.detectors.looking import count, look

CHANCE = Random(7)
LETTERS = made.letters(CHANCE, 200)
HEX = made.letters(CHANCE, 64, "0123456789abcdef")
TOKENS = [
    f"ghp_{LETTERS[:36]}",
    f"glpat-{LETTERS[:20]}",
    f"xoxb-480215937640-{LETTERS[:24]}",
    f"sk_live_{LETTERS[:24]}",
    f"sk-proj-{LETTERS[:48]}",
    f"npm_{LETTERS[:36]}",
    f"pypi-AgE{LETTERS[:65]}",
    f"SG.{LETTERS[:22]}.{LETTERS[22:65]}",
    f"shpat_{HEX[:32]}",
    f"hf_{LETTERS[:34]}",
    f"eyJ{LETTERS[:20]}.eyJ{LETTERS[20:60]}.{LETTERS[60:85]}",
    f"hvs.{LETTERS[:30]}",
]
CLOUD = [
    made.aws_key(CHANCE),
    f"AIza{LETTERS[:35]}",
    f"AccountKey={LETTERS[:86]}==",
    f"dop_v1_{HEX}",
    f"aws_secret_access_key = {made.aws_secret(CHANCE)}",
]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_found_by_its_shape_and_never_shown(token: str) -> None:
    found = look(f"use {token} for it")["secret.token"]
    assert found.count == 1
    assert token[8:-2] not in found.evidence[0]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_cut_short_is_none(token: str) -> None:
    assert count(f"use {token[:-14]} for it", "secret.token") == 0


@pytest.mark.parametrize("key", CLOUD)
def test_a_cloud_key_is_found(key: str) -> None:
    found = look(f"{key}\n")["secret.cloud_key"]
    assert found.count == 1
    assert key.rpartition("=")[2][10:-4] not in found.evidence[0] or key.endswith("==")


def test_the_keys_that_aws_publishes_are_samples() -> None:
    text = (
        f"aws_access_key_id={made.SAMPLE_AWS_KEY}\naws_secret_access_key={made.SAMPLE_AWS_SECRET}\n"
    )
    findings = look(text)
    assert findings["secret.cloud_key"].count == 0
    assert findings["secret.token"].count == 0


@pytest.mark.parametrize(
    "label", ["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
)
def test_a_private_key_is_found_and_its_public_half_is_not(label: str) -> None:
    key = made.private_key(CHANCE, label)
    assert count(key, "secret.private_key") == 1
    assert count(key.replace("\n", "\\n"), "secret.private_key") == 1
    assert count(key.replace(label, "PUBLIC KEY"), "secret.private_key") == 0
    assert count(f"-----BEGIN {label}-----\n...\n-----END {label}-----", "secret.private_key") == 0


def test_headers_before_a_key_are_stepped_over_once() -> None:
    key = made.private_key(CHANCE)
    encrypted = key.replace(
        "-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n", 1
    )
    assert count(encrypted, "secret.private_key") == 1
    many = "-----BEGIN RSA PRIVATE KEY-----" + "Abcd: " * 400
    assert count(many * 50, "secret.private_key") == 0


def test_an_armoured_pgp_key_is_found() -> None:
    key = made.private_key(CHANCE, "PGP PRIVATE KEY BLOCK").replace("-----\n", "-----\n\n", 1)
    assert count(key, "secret.private_key") == 1


@pytest.mark.parametrize(
    "text",
    [
        "password: Sommer2024!",
        "Passwort = Granite77",
        'api_key = "f7Gh2kLm9QwX4zRt8BvN"',
        "postgresql://app:Zx81kqqPm@db.example:5432/app",
        "Authorization: Bearer 8fJ2kLm9QwX4zRt8BvN7cD",
    ],
)
def test_a_secret_behind_its_word_is_found(text: str) -> None:
    assert count(text, "secret.token") == 1


@pytest.mark.parametrize(
    "text",
    [
        "password: str",
        "password = os.environ['PASSWORD']",
        "password=${DB_PASSWORD}",
        "token = get_token()",
        'password = "changeme"',
        "password: <your password>",
        "the password is required",
        "secret: xxxxxxxxxxxxxxxxxxxxxxxx",
        "postgresql://user:password@localhost/db",
        "api_key: string",
        "token_endpoint: https://login.example.org/oauth2/v2.0/token",
        "pwd=/home/anna/projects",
        "passwordless",
    ],
)
def test_a_program_or_a_blank_has_no_secret(text: str) -> None:
    assert count(text, "secret.token") == 0


@pytest.mark.parametrize(
    "name", ["id_rsa", "a/.htpasswd", "vault.kdbx", ".pgpass", "x/.aws/credentials"]
)
def test_some_names_are_enough(name: str) -> None:
    assert count("x", "secret.password_file", name) == 1
    assert count("x", "secret.password_file", name + ".md") == 0


def test_files_inside_are_named_too() -> None:
    found = look("x", "all.zip", traits=Traits(names=("readme.md", "home/id_ed25519")))
    assert found["secret.password_file"].count == 1


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("DB_PASSWORD=Sommer2024!x\n", ".env", 1),
        ("DB_PASSWORD=Sommer2024!x\n", ".env.example", 0),
        ("DB_PASSWORD=changeme\n", ".env", 0),
        (f"root:$6$abcdefgh${LETTERS[:86]}:19000:0:99999:7:::\n", "x.txt", 1),
        (f"anna:$apr1$abcdefgh${LETTERS[:22]}\n", "x.txt", 1),
        ("url,username,password\nhttps://a.example,anna,Granite77\n", "x.csv", 1),
        ("url,username,password\n", "x.csv", 0),
        ("column,type\npassword,text\n", "schema.csv", 0),
    ],
)
def test_password_files_by_their_lines(text: str, name: str, number: int) -> None:
    assert count(text, "secret.password_file", name, Kind.TABLE) == number


def test_entropy_tells_drawn_letters_from_words() -> None:
    assert bits_each(b"") == 0.0
    assert looks_random(b"f7Gh2kLm9QwX4zRt8BvN")
    assert not looks_random(b"the-name-of-a-setting")
    assert stands_in(b"YOUR_TOKEN_HERE")
    assert not stands_in(b"f7Gh2kLm9QwX4zRt8BvN")
