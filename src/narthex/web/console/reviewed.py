"""What a review said to a form that it stopped, as the form shows it; and what the form says back.

This file never judges, and issues nothing.
"""

from __future__ import annotations

from typing import Any

from narthex.web.console.refused import Refused
from narthex.web.console.terms import Form, Json, texts_of

MOST_VERDICTS = 3  # shown on one page


def values_of(error: Refused | None, said: Form) -> dict[str, Any]:
    """For a template: whether a reason is asked for, the verdicts, and what one picks from."""
    told = error.told if error else {}
    reviews = told.get("reviews", [])
    ids = " ".join(one["id"] for one in reviews if one["id"])
    return {
        "asks": error is not None and error.code == "ConfirmationNeeded",
        "reviews": reviews[:MOST_VERDICTS],
        "decisions": ids or said.get("decisions", ""),
        "justifications": told.get("justifications", []),
    }


def why_of(form: Form) -> Json:
    """When a review wanted to be told: one of its list, or words, and what that answers."""
    why = texts_of(form, "justification", "justification_text")
    if why and form.get("decisions"):
        why["decisions"] = form["decisions"].split()
    return why
