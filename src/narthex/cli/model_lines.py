"""A decision model as lines for people. Pure; it never judges."""

from __future__ import annotations

from collections.abc import Iterator

from narthex.cli.share_lines import flat, table
from narthex.pure.durations import spoken
from narthex.pure.review.conditions import Condition, When
from narthex.pure.review.model import Model, Owner


def model_lines(model: Model) -> Iterator[str]:
    """The whole model, in the order in which it is applied."""
    yield flat(f"{model.name}, for {', '.join(model.kinds)}")
    yield f"digest {model.digest}"
    yield (
        f"risk = {model.data_weight:g} x facts + {model.heuristics_weight:g} x rules of thumb;"
        f" confirm from {model.confirm:g}, refuse from {model.refuse:g}"
    )
    yield f"enough is known from {round(model.enough_information * 100)} % on"
    yield flat(f"two-way door: {_when(model.two_way)}")
    for mode in model.modes:
        gates = ", gates enforced" if mode.gates else ""
        yield flat(f"mode {mode.name}{gates}: {mode.place or 'everywhere else'}")
    for use in model.presigned:
        age = f", at most {spoken(use.max_age)} old" if use.max_age else ""
        yield flat(f"pre-signed URLs {use.setting}{age}: {use.place or 'everywhere else'}")
    for owner in model.owners:
        yield flat(_owner(owner))
    for denied in (*model.denied.recipients, *model.denied.objects):
        yield flat(f"denied {denied}")
    yield from _section("GATES", ("GATE", "DECIDES", "OF", "WHEN"), _gates(model))
    yield from _section("FACTS", ("FACT", "SEVERITY", "AT", "WEIGHT", "OF"), _facts(model))
    yield from _section("RULES OF THUMB", ("RULE", "POINTS", "OF", "WHEN"), _rules(model))
    for one in model.justifications:
        yield flat(f"justification {one.id}: {one.text}")


def _owner(owner: Owner) -> str:
    deputies = f", or {', '.join(owner.deputies)}" if owner.deputies else ""
    members = f" ({', '.join(owner.members)})" if owner.members else ""
    eyes = ", four eyes" if owner.four_eyes else ""
    return f"owner {owner.name}{deputies}{members}{eyes}: {owner.place or 'everything else'}"


def _section(title: str, head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    lines = [tuple(map(flat, row)) for row in rows]
    if lines:
        yield ""
        yield title
        yield from table(head, lines)


def _gates(model: Model) -> Iterator[tuple[str, ...]]:
    for one in model.gates:
        values = f" is {' or '.join(one.values)}" if one.values else ""
        fact = f"{one.fact}{values}" if one.fact else "-"
        decides = one.decision if one.overridable else f"{one.decision}, finally"
        yield one.id, decides, fact, _when(one.when) or "-"


def _facts(model: Model) -> Iterator[tuple[str, ...]]:
    for one in model.facts:
        kinds = ", ".join(one.kinds) or "all"
        yield one.id, f"{one.severity:g}", str(one.cap), f"{one.weight:g}", kinds


def _rules(model: Model) -> Iterator[tuple[str, ...]]:
    for one in model.rules:
        yield one.id, f"{one.points:g}", ", ".join(one.kinds) or "all", _when(one.when)


def _when(when: When) -> str:
    every = " and ".join(map(_condition, when.every))
    some = " or ".join(map(_condition, when.some))
    return f"{every} and ({some})" if every and some else every or some


def _condition(one: Condition) -> str:
    operand = one.operand
    told = "|".join(map(_plain, operand)) if isinstance(operand, tuple) else _plain(operand)
    return f"{one.field} {one.operator.replace('_', ' ')} {told}"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
