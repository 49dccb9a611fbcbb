"""What a qualifier of a function stands for: `$LATEST`, a version, or an alias of versions.

This file never invokes and never decides who may.
"""

from __future__ import annotations

import json

from narthex.catalog import Reader, function_documents, functions
from narthex.catalog.function_documents import ALIAS
from narthex.pure.functions import LATEST, Function, is_number


async def resolve(
    reader: Reader, function: Function, qualifier: str, drawn: str
) -> tuple[str | None, str]:
    """The version, None when there is none; and the alias that led to it, "" for none.

    drawn: 32 random hex digits, which choose where an alias sends some to another version.
    """
    if qualifier in ("", LATEST) or is_number(qualifier):
        version = qualifier or LATEST
        found = await functions.version(reader, function.id, version)
        return (None if found is None else version), ""
    alias = await function_documents.find(reader, function.id, qualifier, ALIAS)
    if alias is None:
        return None, ""
    told = json.loads(alias.text)
    chance = int(drawn[:8], 16) / 0x1_0000_0000
    for version, weight in sorted(told["Routing"].items()):
        if chance < weight:
            return version, qualifier
        chance -= weight
    return told["FunctionVersion"], qualifier
