"""Overlays: texts beside a model that add to it, and change it where they say so.

Read `merged` first. INVARIANT: nothing is changed by accident. An entry that is there is touched
only by one that says `change = true` or `remove = true`, and what two overlays say differently is
refused; what comes of it passes every check that a model passes. Pure: no I/O, no clock.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from narthex.pure.review.toml_fields import FieldError, Path, Table

# What an overlay may hold. Lists of entries: the list's path, and what names an entry of it.
LISTS: dict[Path, str] = {
    ("facts",): "id",
    ("rules",): "id",
    ("gates",): "id",
    ("owners",): "place",
    ("mode", "places"): "place",
    ("presigned", "places"): "place",
    ("justification", "choices"): "id",
    ("tests",): "name",
}
# Tables whose members are set one by one, and those that are named: a member of those is added.
TABLES = ("weights", "bands", "mode", "presigned", "owner", "justification", "door")
NAMED = ("principles", "groups")
JOINED = ("denied",)  # tables of lists, which grow
VALUES = ("enough_information", "valid_for")
WORDS = ("format", "name", "description")  # of the overlay itself
_TOP = (*WORDS, *VALUES, *TABLES, *NAMED, *JOINED, "facts", "rules", "gates", "owners", "tests")
CHANGE, REMOVE = "change", "remove"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and the file that errors name for it."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written. text: its number, 0 for the model's. path: in that text."""

    text: int
    path: Path


@dataclass(slots=True)
class Merged:
    """A model's document with its overlays in it. origins: of what overlays wrote, by its path."""

    document: Document
    origins: dict[Path, Origin] = field(default_factory=dict)

    def origin(self, path: Path) -> Origin:
        """Where the deepest part of a path was written."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(path[:length])
            if found is not None:
                return Origin(found.text, (*found.path, *path[length:]))
        return Origin(0, path)


class OverlayError(ValueError):
    """An overlay cannot be laid on. text: the number of its text; error: what is wrong in it."""

    def __init__(self, text: int, error: FieldError | tomllib.TOMLDecodeError) -> None:
        self.text = text
        self.error = error
        super().__init__(str(error))


def merged(base: Document, overlays: Sequence[Written]) -> Merged:
    """The base with the overlays laid on it, in their order. Raises OverlayError."""
    found = Merged(_copied(base))
    for path in LISTS:
        for at, _ in enumerate(_entries(found.document, path)):
            found.origins[(*path, at)] = Origin(0, (*path, at))
    for number, one in enumerate(overlays, 1):
        try:
            _lay_on(found, number, tomllib.loads(one.text))
        except (FieldError, tomllib.TOMLDecodeError) as error:
            raise OverlayError(number, error) from error
    return found


def _copied(value: Any) -> Any:
    """Lists and tables of one's own; what TOML has besides does not change."""
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _entries(document: Document, path: Path) -> list[Any]:
    """The list at a path; an empty one where there is none, or something else."""
    at: Any = document
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
    return at if isinstance(at, list) else []


def _require_list(said: Document, path: Path) -> None:
    """Raises FieldError for something else where a list of entries would be."""
    at: Any = said
    for name in path[:-1]:
        at = at.get(name, {})
    if not isinstance(at.get(path[-1], []), list):
        raise FieldError(path, "this is a list of tables")


def _lay_on(found: Merged, number: int, said: Document) -> None:
    Table(said, _TOP)  # nothing else is in it
    for name in VALUES:
        if name in said:
            _set(found, number, (name,), said[name])
    for name in (*TABLES, *NAMED, *JOINED):
        if name in said:
            _lay_table(found, number, name, said[name])
    for path, key in LISTS.items():
        _require_list(said, path)
        for at, entry in enumerate(_entries(said, path)):
            _lay_entry(found, number, path, key, Table(entry, entry, (*path, at)), entry)


def _lay_table(found: Merged, number: int, name: str, said: Any) -> None:
    Table(said, said if isinstance(said, Mapping) else (), (name,))
    if not isinstance(found.document.setdefault(name, {}), dict):
        return  # what is wrong with the model is said of the model
    for member, value in said.items():
        path = (name, member)
        if path in LISTS:
            continue
        if name in JOINED:
            _join(found, number, path, value)
        elif name in NAMED and member in found.document[name]:
            raise FieldError(path, f"`{member[:64]}` is there already")
        else:
            _set(found, number, path, value)


def _set(found: Merged, number: int, path: Path, value: Any) -> None:
    """One value, which no other overlay has set."""
    before = found.origins.get(path)
    if before is not None and before.text:
        raise FieldError(path, "another overlay sets this, too")
    at: Any = found.document
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    found.origins[path] = Origin(number, path)


def _join(found: Merged, number: int, path: Path, value: Any) -> None:
    """A list that grows by what is not in it yet."""
    if not isinstance(value, list):
        raise FieldError(path, "this is a list of texts")
    table, member = found.document[str(path[0])], path[1]
    before = table.get(member, [])
    table[member] = [*before, *(one for one in value if one not in before)]
    found.origins.setdefault(path, Origin(number, path))


def _lay_entry(
    found: Merged, number: int, path: Path, key: str, table: Table, entry: Document
) -> None:
    """An entry more; or a change of one that is there, or its end."""
    at: Any = found.document
    for name in path[:-1]:
        at = at.setdefault(name, {})
    entries = at.setdefault(path[-1], [])
    changes, removes = (table.flag(word, default=False) for word in (CHANGE, REMOVE))
    named = _named(table.text(key), key)
    place = next((n for n, one in enumerate(entries) if _is(one, key, named)), None)
    said = {name: value for name, value in entry.items() if name not in (CHANGE, REMOVE)}
    if not changes and not removes:
        if place is not None:
            raise table.fail(key, f"`{named[:64]}` is there already: `change = true` changes it")
        found.origins[(*path, len(entries))] = Origin(number, table.path)
        entries.append(said)
        return
    if place is None:
        raise table.fail(key, f"`{named[:64]}` is not there, so it cannot be changed or removed")
    if removes:
        if len(said) > 1 or changes:
            raise table.fail(REMOVE, f"what is removed has its `{key}` and nothing else")
        _remove(found, path, entries, place)
        return
    for name, value in said.items():
        if name != key:
            _change(found, number, (*path, place, name), (*table.path, name), entries[place], value)


def _change(
    found: Merged, number: int, path: Path, written: Path, entry: Document, value: Any
) -> None:
    before = found.origins.get(path)
    if before is not None and before.text != number:
        raise FieldError(written, "another overlay changes this, too")
    entry[str(path[-1])] = value
    found.origins[path] = Origin(number, written)


def _remove(found: Merged, path: Path, entries: list[Any], place: int) -> None:
    """Those behind it move up, and where they were written moves with them."""
    del entries[place]
    length = len(path)
    moved: dict[Path, Origin] = {}
    for at, origin in found.origins.items():
        index = at[length] if at[:length] == path and len(at) > length else None
        if isinstance(index, int) and index >= place:
            if index > place:
                moved[(*path, index - 1, *at[length + 1 :])] = origin
        else:
            moved[at] = origin
    found.origins = moved


def _named(name: str, key: str) -> str:
    """A place may be written with or without the slash behind a bucket's name."""
    is_bucket = key == "place" and "/" not in name.removesuffix("/")
    return name.removesuffix("/") if is_bucket else name


def _is(entry: Any, key: str, named: str) -> bool:
    name = entry.get(key) if isinstance(entry, dict) else None
    return isinstance(name, str) and _named(name, key) == named
