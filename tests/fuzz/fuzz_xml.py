"""Fuzz the XML reader and the documents above it: any bytes end in a value or in one S3Error.

Run it by hand for as long as you like, with libFuzzer's options:

    python tests/fuzz/fuzz_xml.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["narthex.pure"]):
    from narthex.errors import S3Error
    from narthex.pure import documents, xml

READERS: tuple[Callable[[bytes], Any], ...] = (
    documents.read_complete,
    documents.read_delete,
    documents.read_tagging,
    documents.read_create_bucket,
)
REFUSALS = frozenset(
    "MalformedXML InvalidRequest InvalidArgument InvalidLocationConstraint NotImplemented".split()
)
VECTORS = Path(__file__).parents[1] / "vectors" / "xml" / "requests.json"


def test_one_input(data: bytes) -> None:
    """Every reader, and: what was read is written and read back the same."""
    for read in READERS:
        try:
            read(data)
        except S3Error as error:
            if error.code not in REFUSALS:
                raise
    for root in ("Delete", "Tagging", "CompleteMultipartUpload"):
        try:
            found = xml.read(data, root)
        except S3Error:
            continue
        again = xml.read(xml.render(root, _children(found)), root)
        if again != found:
            raise AssertionError("what was read is not what was written")


def _children(element: xml.Element) -> list[xml.Child] | str:
    if not element.children:
        return element.text
    return [(child.name, _children(child)) for child in element.children]


def seeds() -> list[bytes]:
    """The documents of real clients."""
    recorded = json.loads(VECTORS.read_text("utf-8"))
    return [case["document"].encode() for kind in list(recorded)[1:] for case in recorded[kind]]


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    corpus = Path("corpus-xml")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
