"""A model from the text that people write, checked whole: see `review/models/share.toml` for one.

Raises ModelError with the file, the line and the field. This file opens nothing: the text is an
argument. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from narthex.pure.review.conditions import When
from narthex.pure.review.digest import digest_of
from narthex.pure.review.model import (
    MODES,
    PRESIGNED,
    TYPED,
    Denied,
    Justification,
    Mode,
    Model,
    ModeName,
    Owner,
    Presigned,
    PresignedUse,
)
from narthex.pure.review.model_cases import read_cases
from narthex.pure.review.model_entries import (
    read_facts,
    read_gates,
    read_id,
    read_rules,
    read_when,
)
from narthex.pure.review.overlays import Merged, OverlayError, Written, merged
from narthex.pure.review.toml_fields import FieldError, Table
from narthex.pure.review.toml_lines import line_of

FORMAT = 1
LARGEST = 1 << 20  # characters of a whole model
_TOP = (
    "format name description kinds enough_information valid_for weights bands principles door mode"
    " presigned groups owner owners justification denied facts rules gates tests"
).split()
_LINE = re.compile(r"at line (\d+)")
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ModelError(ValueError):
    """A text is no model. The text of the error names the file, the line and the field."""


def read_model(text: str, file: str = "model", overlays: Sequence[Written] = ()) -> Model:
    """The model in a text, with overlays laid on it. file: as errors call it. Raises ModelError."""
    texts = (Written(file, text), *overlays)
    for one in texts:
        if len(one.text) > LARGEST:
            raise ModelError(f"{one.file}: larger than {LARGEST} characters")
    try:
        base = tomllib.loads(text)
        found = merged(base, overlays) if overlays else Merged(base)
    except OverlayError as error:
        raise _said(texts[error.text], error.error) from error
    except tomllib.TOMLDecodeError as error:
        raise _said(texts[0], error) from error
    except (RecursionError, ValueError) as error:
        raise ModelError(f"{file}: {error}") from error
    try:
        return _model(Table(found.document, _TOP))
    except FieldError as error:
        origin = found.origin(error.path)
        raise _said(texts[origin.text], FieldError(origin.path, error.message)) from error
    except (RecursionError, ValueError) as error:
        raise ModelError(f"{file}: {error}") from error


def _said(written: Written, error: FieldError | tomllib.TOMLDecodeError) -> ModelError:
    """What is wrong with a text, with its file and line."""
    if isinstance(error, FieldError):
        line = line_of(written.text, error.path)
    else:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else len(written.text.splitlines())
    return ModelError(f"{written.file}:{line}: {error}")


def _model(top: Table) -> Model:
    if top.whole("format", 1, 1 << 31) != FORMAT:
        raise top.fail("format", f"this program reads models of format {FORMAT}")
    top.text("description", "")
    kinds = top.texts("kinds")
    if not kinds:
        raise top.fail("kinds", "a model names the kinds of situations that it is for")
    principles = _principles(top)
    known = tuple(id for id, _ in principles)
    data, heuristics = _weights(top)
    confirm, refuse = _bands(top, heuristics)
    facts = read_facts(top, kinds, known)
    justification = top.table("justification", ("shortest", "choices"))
    model = Model(
        name=top.text("name"),
        kinds=kinds,
        data_weight=data,
        heuristics_weight=heuristics,
        confirm=confirm,
        refuse=refuse,
        enough_information=float(top.number("enough_information", 0, 1, 0.7)),
        valid=top.seconds("valid_for", 86400),
        principles=principles,
        two_way=_two_way(top),
        facts=facts,
        rules=read_rules(top, kinds, known),
        gates=read_gates(top, kinds, known, {one.id for one in facts}),
        owners=_owners(top),
        modes=_modes(top),
        presigned=_presigned(top),
        justifications=_justifications(justification),
        shortest_justification=justification.whole("shortest", 1, 1000, 10),
        cases=read_cases(top),
        denied=_denied(top),
    )
    return replace(model, digest=digest_of(model))


def _principles(top: Table) -> tuple[tuple[str, str], ...]:
    said = top.raw("principles") or {}
    table = top.table("principles", said if isinstance(said, dict) else ())
    return tuple((id, table.text(id)) for id in said)


def _weights(top: Table) -> tuple[float, float]:
    table = top.table("weights", ("data", "heuristics"))
    data, rest = table.number("data", 0, 1, 0.7), table.number("heuristics", 0, 1, 0.3)
    if abs(data + rest - 1.0) > 1e-9:
        raise table.fail("data", f"{data:g} and {rest:g} do not make 1")
    return float(data), float(rest)


def _bands(top: Table, heuristics: float) -> tuple[float, float]:
    table = top.table("bands", ("confirm", "refuse"))
    confirm, refuse = table.number("confirm", 0, 100, 25), table.number("refuse", 0, 100, 60)
    if confirm >= refuse:
        raise table.fail("confirm", f"{confirm:g} is not below `refuse`, {refuse:g}")
    if refuse <= 100 * heuristics:
        # INVARIANT: rules of thumb alone come to 100 times their weight at most, and never refuse.
        raise table.fail(
            "refuse", f"rules of thumb alone come to {100 * heuristics:g}: it has to be above that"
        )
    return float(confirm), float(refuse)


def _two_way(top: Table) -> When:
    door = top.table("door", ("two_way",))
    if not door.raw("two_way"):
        raise top.fail("door", "`two_way` says what makes a decision easy to take back")
    return read_when(door, every="two_way", some="")


_OWNER = ("owner", "deputies", "sla", "four_eyes", "override_for")


def _owners(top: Table) -> tuple[Owner, ...]:
    if "owner" not in top:
        raise top.fail("owner", "somebody is accountable for what nobody else is")
    groups = _groups(top)
    default = _owner(top.table("owner", _OWNER), "", groups)
    others = [_owner(one, _place(one), groups) for one in top.tables("owners", ("place", *_OWNER))]
    _refuse_twice(top, "owners", others)
    return (default, *others)


def _owner(table: Table, place: str, groups: Mapping[str, tuple[str, ...]]) -> Owner:
    name, deputies = table.text("owner"), table.texts("deputies")
    members: list[str] = []
    for field, one in (("owner", name), *(("deputies", one) for one in deputies)):
        if one.startswith("@") and one not in groups:
            raise table.fail(field, f"`{one[:64]}` is none of the `groups` of this model")
        members += groups.get(one, ())
    return Owner(
        place,
        name,
        deputies,
        table.seconds("sla", 14400),
        table.flag("four_eyes", default=True),
        table.seconds("override_for", 86400),
        tuple(dict.fromkeys(members)),
    )


def _groups(top: Table) -> dict[str, tuple[str, ...]]:
    """Names behind an `@`, and who is in each."""
    said = top.raw("groups") or {}
    table = top.table("groups", said if isinstance(said, dict) else ())
    found: dict[str, tuple[str, ...]] = {}
    for name in said:
        members = table.texts(name)
        if not _GROUP.fullmatch(name):
            raise table.fail(name, f"`{name[:64]}` is no name of letters, digits, `-` and `_`")
        if not members or any(one.startswith("@") for one in members):
            raise table.fail(name, "a group is a list of users and roles, and of no other groups")
        found[f"@{name}"] = members
    return found


def _denied(top: Table) -> Denied:
    table = top.table("denied", ("recipients", "objects"))
    recipients, objects = table.texts("recipients"), table.texts("objects")
    for one in objects:
        if not _DIGEST.fullmatch(one):
            raise table.fail("objects", f"`{one[:80]}` is not `sha256:` and 64 small hex digits")
    return Denied(tuple(one.strip().casefold() for one in recipients), objects)


def _modes(top: Table) -> tuple[Mode, ...]:
    table = top.table("mode", ("default", "gates", "places"))
    name = cast("ModeName", table.word("default", MODES, "warn"))
    default = Mode("", name, table.flag("gates", default=True))
    others = [
        Mode(
            _place(one),
            cast("ModeName", one.word("mode", MODES)),
            one.flag("gates", default=default.gates),
        )
        for one in table.tables("places", ("place", "mode", "gates"))
    ]
    _refuse_twice(table, "places", others)
    return (default, *others)


def _presigned(top: Table) -> tuple[PresignedUse, ...]:
    table = top.table("presigned", ("default", "max_age", "places"))
    default = PresignedUse(
        "", cast("Presigned", table.word("default", PRESIGNED, "allow")), _age(table)
    )
    others = [
        PresignedUse(_place(one), cast("Presigned", one.word("setting", PRESIGNED)), _age(one))
        for one in table.tables("places", ("place", "setting", "max_age"))
    ]
    _refuse_twice(table, "places", others)
    return (default, *others)


def _age(table: Table) -> int | None:
    return table.seconds("max_age", None) if "max_age" in table else None


def _place(table: Table) -> str:
    place = table.text("place")
    if place.startswith("/"):
        raise table.fail("place", "this is BUCKET or BUCKET/BEGINNING, without a slash before it")
    bucket = place.removesuffix("/")
    return place if "/" in bucket else bucket  # `finance/` is all of the bucket, as `finance` is


def _refuse_twice(
    table: Table, name: str, entries: list[Owner] | list[Mode] | list[PresignedUse]
) -> None:
    places = [one.place for one in entries]
    for at, place in enumerate(places):
        if place in places[:at]:
            path = (*table.path, name, at, "place")
            raise FieldError(path, f"`{place}` has an entry already")


def _justifications(table: Table) -> tuple[Justification, ...]:
    found: dict[str, Justification] = {}
    for one in table.tables("choices", ("id", "text", "typed")):
        id = read_id(one)
        if id in found or id == TYPED:
            raise one.fail("id", f"`{id}` is taken")
        found[id] = Justification(id, one.text("text"), one.flag("typed", default=False))
    return tuple(found.values())
