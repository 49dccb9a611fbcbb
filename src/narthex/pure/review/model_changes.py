"""What differs between two models in meaning, line by line for people.

This file never judges. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from narthex.pure.review.digest import canonical
from narthex.pure.review.model import Model

_NAMED = {
    "facts": "id",
    "rules": "id",
    "gates": "id",
    "justifications": "id",
    "owners": "place",
    "modes": "place",
    "presigned": "place",
}


def changes(before: Model, after: Model) -> tuple[str, ...]:
    """ "bands: ..." for what changed, "+ ..." for what is new, "- ..." for what is gone."""
    old, new = canonical(before), canonical(after)
    lines: list[str] = []
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) == new.get(name):
            continue
        if name == "denied":
            lines += _members(name, old.get(name, {}), new.get(name, {}))
        elif name in _NAMED:
            lines += _entries(name, old[name], new[name], _NAMED[name])
        elif name == "principles":
            lines += _members(name, dict(old[name]), dict(new[name]))
        else:
            lines.append(f"{name}: {_shown(old[name])} -> {_shown(new[name])}")
    return tuple(lines)


def _entries(name: str, old: Any, new: Any, key: str) -> Iterator[str]:
    before, after = {one[key]: one for one in old}, {one[key]: one for one in new}
    for id in dict.fromkeys((*before, *after)):
        label = f"{name} {id}" if id else f"{name} (default)"
        if id not in after:
            yield f"- {label}"
        elif id not in before:
            yield f"+ {label}"
        else:
            yield from _members(label, before[id], after[id])
    if list(before) != list(after) and sorted(before) == sorted(after):
        yield f"{name}: in another order"


def _members(label: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before != after:
            yield f"{label}: {name}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} {_shown(one)}" for name, one in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)
