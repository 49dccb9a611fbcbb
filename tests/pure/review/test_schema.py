"""Every verdict is as its published schema says: names, kinds, bounds, and nothing else."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from hypothesis import given

from narthex.pure.review.engine import decide
from narthex.pure.review.findings import Finding
from narthex.pure.review.situation import Candidate, Situation
from narthex.pure.review.verdict import verdict_document
from tests.pure.review.models import MODEL, known, share
from tests.pure.review.test_properties import FOUND, SITUATIONS

SCHEMA = json.loads((files("narthex") / "review" / "verdict.schema.json").read_text("utf-8"))
KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def check(value: Any, schema: dict[str, Any], place: str = "verdict") -> None:
    """What our schema uses of JSON Schema; beyond it, nothing may be there that is not told."""
    if "$ref" in schema:
        check(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], place)
        return
    if "enum" in schema:
        assert value in schema["enum"], place
        return
    kind = schema["type"]
    fits: bool = isinstance(value, KINDS[kind])
    assert fits, f"{place}: {value!r} is no {kind}"
    assert isinstance(value, bool) == (kind == "boolean"), place
    if kind in ("number", "integer"):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), place
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), place
    if kind == "array":
        assert len(value) <= schema.get("maxItems", len(value)), place
        for one in value:
            check(one, schema["items"], f"{place}[]")
    if kind == "object" and "properties" in schema:
        assert set(value) == set(schema["required"]) == set(schema["properties"]), place
        for name, one in schema["properties"].items():
            check(value[name], one, f"{place}.{name}")


@given(SITUATIONS, FOUND)
def test_a_verdict_is_as_its_schema_says(situation: Situation, found: tuple[Finding, ...]) -> None:
    document = verdict_document(decide(MODEL, situation, found))
    assert json.loads(json.dumps(document)) == document
    check(document, SCHEMA)


def test_reasons_and_safer_forms_are_too() -> None:
    candidate = Candidate((("password", True),), "with a password")
    situation = share((candidate,), password=False, expires_in=999999)
    document = verdict_document(decide(MODEL, situation, known(pii_card=3, pii_iban=2)))
    assert document["reasons"]
    assert document["safer"]
    check(document, SCHEMA)
