"""A form of the query protocol as values: bounded, no name twice, every value within its rule.

This file never knows an action. Lists are `Tags.member.1.Key=a`, numbered from 1 without gaps.
Names and values that no declared parameter explains are refused: they would have meant something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from narthex.errors import S3Error
from narthex.pure import uri
from narthex.query_api.errors import QueryError, invalid

MAX_PARAMETERS = 1000  # 256 tags and more; IAM's own lists end at 50
MAX_MEMBERS = 256
MAX_SHOWN = 128  # characters of a bad value that its refusal repeats

# What a parameter holds: text, a list of texts, or a list of structures.
Given: TypeAlias = "str | list[str] | list[dict[str, str]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one parameter may hold. pattern: a regular expression for all of it, \\w is ASCII's;
    shown: how AWS writes it, when that is not what Python reads.

    choices: the only values. number: a decimal integer between least and most; else they are
    lengths in characters. members: a list of such values, or of structures with these fields.
    """

    least: int = 0
    most: int = 0
    pattern: str = ""
    shown: str = ""
    choices: tuple[str, ...] = ()
    number: bool = False
    members: bool = False
    fields: Mapping[str, Rule] | None = None
    needed: bool = True  # of a field: its structure must have it


class Arguments:
    """The parameters of one call, by name, each within its rule."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = given

    def __repr__(self) -> str:  # values may be documents and tokens
        return f"Arguments({sorted(self._given)})"

    def __contains__(self, name: object) -> bool:
        return name in self._given

    def __getitem__(self, name: str) -> str:
        """The text of a parameter that the action needs."""
        value = self._given[name]
        if not isinstance(value, str):
            raise TypeError(f"`{name}` is a list")
        return value

    def text(self, name: str, default: str = "") -> str:
        """The text of a parameter, or the default when it was not given."""
        return self[name] if name in self._given else default

    def maybe(self, name: str) -> str | None:
        """The text of a parameter; None when it was not given."""
        return self[name] if name in self._given else None

    def number(self, name: str, default: int) -> int:
        """The number of a parameter, or the default when it was not given."""
        return int(self[name]) if name in self._given else default

    def flag(self, name: str) -> bool:
        """Whether a parameter was given and true."""
        return self.text(name) == "true"

    def texts(self, name: str) -> list[str]:
        """The members of a list of texts; empty when it was not given."""
        return [item for item in self._given.get(name, ()) if isinstance(item, str)]

    def structures(self, name: str) -> list[dict[str, str]]:
        """The members of a list of structures; empty when it was not given."""
        return [item for item in self._given.get(name, ()) if isinstance(item, dict)]

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """The members of a list of tags."""
        return tuple((item["Key"], item["Value"]) for item in self.structures(name))


def read_form(text: str) -> dict[str, str]:
    """Names and values of a form or a query. Raises QueryError MalformedQueryString.

    text: as received, one character per byte. A name that comes twice is refused: which of the two
    was checked would be a guess.
    """
    try:
        pairs = uri.decode_query(text)
    except S3Error as error:
        raise QueryError("MalformedQueryString", "the form is not URL-encoded UTF-8") from error
    return unrepeated(pairs)


def unrepeated(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs by name. Raises MalformedQueryString for a name that comes twice."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise QueryError("MalformedQueryString", f"`{name[:128]}` is given twice")
        form[name] = value
    if len(form) > MAX_PARAMETERS:
        raise QueryError("MalformedQueryString", f"more than {MAX_PARAMETERS} parameters")
    return form


def read_arguments(
    form: Mapping[str, str], rules: Mapping[str, Rule], needs: Iterable[str]
) -> Arguments:
    """The arguments of an action. Raises ValidationError with all that is wrong with them.

    rules: every parameter the action takes; needs: those it cannot do without.
    """
    given: dict[str, Given] = {}
    faults: list[str] = []
    for name, raw in _gather(form, rules).items():
        value = _assemble(name, raw, rules[name])
        given[name] = value
        faults += _check(_member(name), value, rules[name])
    faults += [_missing(_member(name)) for name in needs if name not in given]
    if faults:
        count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(faults)}")
    return Arguments(given)


def _gather(form: Mapping[str, str], rules: Mapping[str, Rule]) -> dict[str, dict[str, str]]:
    """Values by parameter and by what stands behind its name: "" or "1" or "1.Key"."""
    found: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        base, _, rest = name.partition(".")
        rule = rules.get(base)
        if rule is None or (rest and not rule.members):
            raise invalid(f"The parameter `{name[:128]}` is not one of this action")
        if rule.members and not rest and not value:  # how an empty list is sent
            found.setdefault(base, {})
            continue
        head, _, tail = rest.partition(".")
        if rule.members and head != "member":
            raise invalid(f"The parameter `{name[:128]}` is not a list: member.1, member.2, ...")
        found.setdefault(base, {})[tail] = value
    return found


def _assemble(name: str, raw: dict[str, str], rule: Rule) -> Given:
    if not rule.members:
        return raw[""]
    places = _places(name, raw)
    if rule.fields is None:
        if any("." in key for key in raw):
            raise invalid(f"The members of `{name}` are texts")
        return [raw[str(place)] for place in places]
    return [_structure(f"{name}.member.{place}", raw, f"{place}.", rule.fields) for place in places]


def _places(name: str, raw: Mapping[str, str]) -> range:
    """1 to the number of members. Raises ValidationError for gaps and for what is no number."""
    heads = {key.partition(".")[0] for key in raw}
    count = len(heads)
    if count > MAX_MEMBERS or any(str(place) not in heads for place in range(1, count + 1)):
        raise invalid(f"The members of `{name}` are numbered 1 to {MAX_MEMBERS}, without gaps")
    return range(1, count + 1)


def _structure(
    name: str, raw: Mapping[str, str], prefix: str, fields: Mapping[str, Rule]
) -> dict[str, str]:
    """One member that is a structure. A list inside it is kept under `Field.member.N`."""
    found: dict[str, str] = {}
    for key, value in raw.items():
        if key == prefix[:-1]:
            raise invalid(f"The parameter `{name}` is a structure")
        if not key.startswith(prefix):
            continue
        rest = key[len(prefix) :]
        base, _, behind = rest.partition(".")
        if base not in fields or bool(behind) != fields[base].members:
            raise invalid(f"The parameter `{name}.{rest[:64]}` is not one of this action")
        found[rest] = value
    return found


def _check(where: str, value: Given, rule: Rule) -> list[str]:
    if isinstance(value, str):
        return _fault(where, value, rule)
    faults: list[str] = []
    members: list[str | dict[str, str]] = [*value]
    for place, item in enumerate(members, 1):
        here = f"{where}.{place}.member"
        if isinstance(item, str):
            faults += _fault(here, item, rule)
            continue
        for name, field in (rule.fields or {}).items():
            inner = f"{here}.{_member(name)}"
            if name in item:
                faults += _fault(inner, item[name], field)
            elif field.needed:
                faults.append(_missing(inner))
    return faults


def _missing(where: str) -> str:
    return f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _fault(where: str, value: str, rule: Rule) -> list[str]:
    """What is wrong with one value, in AWS's words; empty when nothing is."""
    wrong = _wrong(value, rule)
    if not wrong:
        return []
    shown = value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "..."
    return [f"Value '{shown}' at '{where}' failed to satisfy constraint: Member must {wrong}"]


def _wrong(value: str, rule: Rule) -> str:
    if rule.choices:
        known = ", ".join(rule.choices)
        return "" if value in rule.choices else f"satisfy enum value set: [{known}]"
    if rule.number:
        if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is None:
            return "be a whole number"
        if int(value) < rule.least:
            return f"have value greater than or equal to {rule.least}"
        return f"have value less than or equal to {rule.most}" if int(value) > rule.most else ""
    if len(value) < rule.least:
        return f"have length greater than or equal to {rule.least}"
    if rule.most and len(value) > rule.most:
        return f"have length less than or equal to {rule.most}"
    if rule.pattern and re.fullmatch(rule.pattern, value, re.ASCII) is None:
        return f"satisfy regular expression pattern: {rule.shown or rule.pattern}"
    return ""


def _member(name: str) -> str:
    """A parameter's name as AWS's validator spells it: in camel case."""
    return name[:1].lower() + name[1:]
