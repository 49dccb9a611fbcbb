"""XML of the query protocol: structures, lists of members, maps of entries. Pure.

This file never knows what a document means; a value that is absent leaves no element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

# A structure is a tuple of named values, a list a list, a map a dict. None leaves no element.
Value: TypeAlias = "str | int | bool | Fields | Sequence[Value] | Mapping[str, str | int] | None"
Fields: TypeAlias = tuple[tuple[str, "Value"], ...]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 cannot hold, section 2.2; it can only come back from a request that sent it.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_answer(action: str, namespace: str, result: Fields | None, request_id: str) -> bytes:
    """The response document of one action. result: None for an action that has no output."""
    held: Fields = () if result is None else ((f"{action}Result", result),)
    fields: Fields = (*held, ("ResponseMetadata", (("RequestId", request_id),)))
    return _document(f"{action}Response", namespace, fields)


def render_refusal(
    namespace: str, code: str, message: str, *, ours: bool, request_id: str
) -> bytes:
    """The document of one refusal. ours: the fault is the server's, the client may try again."""
    error: Fields = (
        ("Type", "Receiver" if ours else "Sender"),
        ("Code", code),
        ("Message", message),
    )
    return _document("ErrorResponse", namespace, (("Error", error), ("RequestId", request_id)))


def _document(root: str, namespace: str, fields: Fields) -> bytes:
    parts = [DECLARATION, f'<{root} xmlns="{namespace}">']
    for name, value in fields:
        _write(parts, name, value)
    parts.append(f"</{root}>\n")
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Value) -> None:
    if value is None:
        return
    before = len(parts)
    parts.append(f"<{name}>")
    if isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(value))
    elif isinstance(value, str):
        parts.append(escape(_ILLEGAL.sub("\ufffd", value), {"\r": "&#13;"}))
    elif isinstance(value, Mapping):
        for key, held in value.items():
            _write(parts, "entry", (("key", key), ("value", held)))
    elif isinstance(value, tuple):
        for field in value:
            _write(parts, *field)
    else:
        for member in value:
            _write(parts, "member", member)
    if len(parts) == before + 1:
        parts[-1] = f"<{name}/>"
    else:
        parts.append(f"</{name}>")
