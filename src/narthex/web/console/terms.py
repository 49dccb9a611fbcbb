"""On what terms something is shared or asked for: the fields of a form as the API's own fields.

This file never judges a value beyond its kind: the API does, and names the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from narthex.pure.times import iso_seconds
from narthex.web.console.refused import invalid

Form = Mapping[str, str]
Json = dict[str, Any]
HOUR, DAY = 3600, 86_400
LIFETIMES = (HOUR, DAY, 7 * DAY, 30 * DAY)  # seconds that a form offers
AT = "at"  # or: until a time of one's own
MEGABYTE = 1_000_000
MOST_RECIPIENTS = 100


def end_of(form: Form) -> Json:
    """When it is over."""
    chosen = form.get("expires", "")
    if chosen == AT:
        at = moment(form, "expires_at")
        if at is None:
            raise invalid("expires_at", "say until when")
        return {"expires_at": at}
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 10:
        raise invalid("expires_in", "say for how long")
    return {"expires_in": int(chosen)}


def limits_of(form: Form, uses: str) -> Json:
    """All limits but the end. uses: `max_downloads` or `max_files`."""
    found: Json = {
        uses: number(form, uses),
        "max_bytes": megabytes(form, "max_bytes"),
        "not_before": moment(form, "not_before"),
        "allow_ips": form.get("allow_ips", "").replace(",", " ").split() or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def notices_of(form: Form) -> Json:
    """Whom to tell of uses: addresses and names of targets, with spaces between them."""
    found = form.get("notify", "").split()
    return {"notify": found} if found else {}


def texts_of(form: Form, *names: str) -> Json:
    """The fields that are texts; what is empty is left out."""
    found = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in found.items() if value}


def recipients_of(form: Form) -> list[str]:
    """Whom it is for, one a line; one of "" for whoever has the link."""
    lines = [line.strip() for line in form.get("recipients", "").splitlines()]
    found = list(dict.fromkeys(line for line in lines if line))
    if len(found) > MOST_RECIPIENTS:
        raise invalid("recipient", f"at most {MOST_RECIPIENTS} at once")
    return found or [""]


def number(form: Form, name: str) -> int | None:
    """A whole number; None for an empty field."""
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise invalid(name, "this is a whole number")
    return int(text)


def megabytes(form: Form, name: str) -> int | None:
    """Bytes, typed as megabytes; None for an empty field."""
    text = form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    whole, _, part = text.partition(".")
    digits = whole + part
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise invalid(name, "this is a number of megabytes")
    return max(1, round(float(text) * MEGABYTE))


def moment(form: Form, name: str) -> str | None:
    """A time: what a script says of the reader's own zone, else what was typed, in UTC."""
    text = form.get(f"{name}_utc", "").strip() or form.get(name, "").strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(name, "this is a time such as 2026-11-24T12:00") from error
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    try:
        return iso_seconds(int(at.timestamp()) * 1_000_000)
    except (OverflowError, ValueError) as error:
        raise invalid(name, "this is out of all times") from error
