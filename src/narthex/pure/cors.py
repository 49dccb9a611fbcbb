"""Which web pages may read what a bucket answers: the rules, and what the browser is told. Pure.

This file never lets a page in: policies and access lists do, and these rules do not weaken them.
INVARIANT: where any page may read, credentials are not mentioned, so that no browser sends any.

Source: Amazon S3 user guide, "Elements of a CORS configuration"; recorded answers of S3; the Fetch
standard, "CORS protocol", for what browsers make of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure import xml

ROOT = "CORSConfiguration"
MOST_BYTES = 64 * 1024
MOST_RULES = 100
MOST_ELEMENTS = MOST_BYTES // len("<ID/>")  # what fits into the bytes
LONGEST_ID = 255
METHODS = frozenset(["GET", "PUT", "POST", "DELETE", "HEAD"])
ANY = "*"
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Rule:
    """Pages of these origins may use these methods and send these headers; `*` is any text, once.

    exposed: headers of the answer that scripts may read. max_age: seconds for which a browser need
    not ask again. Everything is as it was written.
    """

    methods: tuple[str, ...]
    origins: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a web page asks for. headers: those it would send, in lower case."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()


def read(data: bytes) -> tuple[Rule, ...]:
    """The rules of a CORSConfiguration document. Raises MalformedXML, InvalidRequest."""
    root = xml.read(data, ROOT, most=MOST_ELEMENTS)
    if not 1 <= len(root.children) <= MOST_RULES:
        raise S3Error("MalformedXML")
    return tuple(_rule(child) for child in root.children)


def render(rules: Iterable[Rule]) -> bytes:
    """The CORSConfiguration document of these rules."""
    return xml.render(ROOT, [("CORSRule", _elements(rule)) for rule in rules])


def ask(origin: str, method: str, to_come: str | None, headers: str | None) -> Ask:
    """What the headers of a request ask.

    method: its own. to_come, headers: the values of Access-Control-Request-Method and -Headers;
    they count wherever they are sent, as on S3.
    """
    names = (name.strip(" \t").lower() for name in (headers or "").split(","))
    return Ask(origin, to_come or method, tuple(name for name in names if name))


def select(rules: Iterable[Rule], asked: Ask) -> Rule | None:
    """The first rule that allows all that is asked; None when there is none."""
    for rule in rules:
        if (
            asked.method in rule.methods
            and any(_matches(pattern, asked.origin) for pattern in rule.origins)
            and all(
                any(_matches(pattern.lower(), name) for pattern in rule.headers)
                for name in asked.headers
            )
        ):
            return rule
    return None


def answer(rule: Rule, asked: Ask) -> Pairs:
    """The headers that tell a browser what the rule allows."""
    open_to_all = ANY in rule.origins
    told = [("access-control-allow-origin", ANY if open_to_all else asked.origin)]
    if not open_to_all:
        told.append(("access-control-allow-credentials", "true"))
    told.append(("access-control-allow-methods", ", ".join(rule.methods)))
    if asked.headers:
        told.append(("access-control-allow-headers", ", ".join(asked.headers)))
    if rule.exposed:
        told.append(("access-control-expose-headers", ", ".join(rule.exposed)))
    if rule.max_age is not None:
        told.append(("access-control-max-age", str(rule.max_age)))
    return (*told, ("vary", VARY))


def _matches(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, whose `*` stands for any text, also for none."""
    before, star, behind = pattern.partition(ANY)
    if not star:
        return pattern == text
    return (
        len(text) >= len(before) + len(behind) and text.startswith(before) and text.endswith(behind)
    )


def _rule(element: xml.Element) -> Rule:
    if element.name != "CORSRule" or element.text.strip():
        raise S3Error("MalformedXML")
    found: dict[str, list[str]] = {name: [] for name in _CHECKS}
    for child in element.children:
        if child.name not in found or child.children:
            raise S3Error("MalformedXML")
        _CHECKS[child.name](child.text)
        found[child.name].append(child.text)
    if not found["AllowedMethod"] or not found["AllowedOrigin"]:
        raise S3Error("MalformedXML")
    if len(found["ID"]) > 1 or len(found["MaxAgeSeconds"]) > 1:
        raise S3Error("MalformedXML")
    return Rule(
        tuple(found["AllowedMethod"]),
        tuple(found["AllowedOrigin"]),
        tuple(found["AllowedHeader"]),
        tuple(found["ExposeHeader"]),
        int(found["MaxAgeSeconds"][0]) if found["MaxAgeSeconds"] else None,
        found["ID"][0] if found["ID"] else None,
    )


def _elements(rule: Rule) -> list[xml.Child]:
    children: list[xml.Child] = [] if rule.id is None else [("ID", rule.id)]
    for name, values in (
        ("AllowedHeader", rule.headers),
        ("AllowedMethod", rule.methods),
        ("AllowedOrigin", rule.origins),
        ("ExposeHeader", rule.exposed),
    ):
        children += [(name, value) for value in values]
    if rule.max_age is not None:
        children.append(("MaxAgeSeconds", str(rule.max_age)))
    return children


def _check_id(text: str) -> None:
    if len(text) > LONGEST_ID:
        raise S3Error("MalformedXML")


def _check_method(text: str) -> None:
    if text not in METHODS:
        raise S3Error(
            "InvalidRequest",
            "Found unsupported HTTP method in CORS config. Unsupported method is " + text[:64],
        )


def _check_origin(text: str) -> None:
    _check_wildcards("AllowedOrigin", text)


def _check_header(text: str) -> None:
    _check_wildcards("AllowedHeader", text)
    _check_header_name("AllowedHeader", text)


def _check_exposed(text: str) -> None:
    if ANY in text:
        raise S3Error(
            "InvalidRequest",
            f'ExposeHeader "{text[:256]}" contains wildcard. We currently do not support wildcard '
            "for ExposeHeader.",
        )
    _check_header_name("ExposeHeader", text)


def _check_seconds(text: str) -> None:
    if not _SECONDS.fullmatch(text):
        raise S3Error("MalformedXML")


def _check_wildcards(name: str, text: str) -> None:
    if text.count(ANY) > 1:
        raise S3Error(
            "InvalidRequest", f'{name} "{text[:256]}" can not have more than one wildcard.'
        )


def _check_header_name(name: str, text: str) -> None:
    """What is told to browsers goes into a header: nothing but a name may stand there."""
    if not _HEADER_NAME.fullmatch(text):
        raise S3Error("InvalidRequest", f'{name} "{text[:256]}" contains invalid character.')


# What a rule may hold, and what each of it must be.
_CHECKS = {
    "ID": _check_id,
    "AllowedHeader": _check_header,
    "AllowedMethod": _check_method,
    "AllowedOrigin": _check_origin,
    "ExposeHeader": _check_exposed,
    "MaxAgeSeconds": _check_seconds,
}
