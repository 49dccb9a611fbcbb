"""Fuzz the readers and the detectors: any bytes end in every built-in fact, and evidence is masked.

Run it by hand for as long as you like, with libFuzzer's options:

    python tests/fuzz/fuzz_review.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["narthex.pure.detectors", "narthex.review.reading"]):
    from narthex.pure.detectors.facts import BUILT_IN, find_all
    from narthex.pure.detectors.signatures import HEAD
    from narthex.review.reading.budget import Budget
    from narthex.review.reading.reader import read_document

NAMES = ("a.docx", "a.csv", "a.html", "a.eml", ".env", "a")
WANTED = sorted(BUILT_IN)
SEEDS = (
    b"card 4111 1111 1111 1111, DE89370400440532013000, anna@example.org, +49 30 1234567",
    b"PESEL 44051401359 CPF 390.533.447-05 hetu 131052-308T NIE X2482300W",
    b"password: Granite77!\ntoken = f7Gh2kLm9QwX4zRt8BvN\npostgresql://a:Zx81kqqPm@h/x",
    b"-----BEGIN PRIVATE KEY-----\n" + b"MIIEvQIBADANBgkq" * 5,
    b"CONFIDENTIAL\nClassification: Restricted\nTLP:RED\n",
    b"{\\rtf1\\ansi{\\fonttbl{\\f0 A;}}x\\u252?\\par}",
    b"<!DOCTYPE html><p>a<script>b</script></p>",
    b"From: a@example.org\nMessage-ID: x\n"
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--",
    b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
)


def test_one_input(data: bytes) -> None:
    """Under a name that the first byte picks."""
    name, body = NAMES[data[0] % len(NAMES)] if data else "a", data[1:]
    document = read_document(name, "", len(body), body, Budget(seconds=5))
    found = find_all(document, body[:HEAD])
    if sorted(one.id for one in found) != WANTED:
        raise AssertionError("a fact is missing or there twice")
    for finding in found:
        if any(len(one) > 140 for one in finding.evidence):
            raise AssertionError("evidence is too long to be masked")


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    warnings.simplefilter("ignore")
    corpus = Path("corpus-review")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(bytes([number]) + seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
