"""JSON bodies of requests, member by member, within the bounds that Lambda's model sets.

This file never stores anything. What is there and cannot be done here is refused, never ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any

from narthex.functions.errors import LambdaError, invalid
from narthex.http import Pairs

MOST_TAGS = 50
_TAG_KEY = re.compile(r"(?s).{1,128}")


def unfit(value: object, name: str, constraint: str) -> LambdaError:
    """The refusal of one member, as AWS's validator words it."""
    return LambdaError(
        "ValidationException",
        f"1 validation error detected: Value '{str(value)[:256]}' at '{name}' failed to satisfy "
        f"constraint: {constraint}",
    )


class Fields:
    """The members of one JSON object. name: of the object in its own, "" for the body."""

    def __init__(self, members: dict[str, Any], name: str = "") -> None:
        self._members = members
        self._name = name

    def __contains__(self, name: str) -> bool:
        return self._members.get(name) is not None

    def refuse(self, names: Iterable[str], why: str) -> None:
        """Raises InvalidParameterValueException where one of these is given and not empty."""
        for name in names:
            if self._members.get(name) not in (None, "", [], {}):
                raise invalid(f"{name} cannot be given: {why}")

    def maybe(self, name: str, pattern: str = r"(?s).*", most: int = 256) -> str | None:
        """A text; None when it is not given. Raises ValidationException."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise unfit(value, self._at(name), "Member must be a string")
        if len(value) > most:
            raise unfit(
                value, self._at(name), f"Member must have length less than or equal to {most}"
            )
        if re.fullmatch(pattern, value, re.ASCII) is None or "\0" in value:
            raise unfit(
                value,
                self._at(name),
                f"Member must satisfy regular expression pattern: {pattern}",
            )
        return value

    def text(self, name: str, default: str, pattern: str = r"(?s).*", most: int = 256) -> str:
        """A text, or the default."""
        value = self.maybe(name, pattern, most)
        return default if value is None else value

    def needed(self, name: str, pattern: str = r"(?s).+", most: int = 256) -> str:
        """A text that must be there. Raises ValidationException."""
        value = self.maybe(name, pattern, most)
        if value is None:
            raise unfit("null", self._at(name), "Member must not be null")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds. Raises ValidationException."""
        value = self._members.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise unfit(value, self._at(name), "Member must be an integer")
        if value < least:
            raise unfit(
                value, self._at(name), f"Member must have value greater than or equal to {least}"
            )
        if value > most:
            raise unfit(
                value, self._at(name), f"Member must have value less than or equal to {most}"
            )
        return value

    def flag(self, name: str) -> bool:
        """A truth value; false when it is not given."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, bool):
            raise unfit(value, self._at(name), "Member must be a boolean")
        return bool(value)

    def fields(self, name: str) -> Fields | None:
        """An object; None when it is not given."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise unfit(value, self._at(name), "Member must be a structure")
        return Fields(value, self._at(name))

    def texts(self, name: str, most: int = 100) -> list[str]:
        """A list of texts; empty when it is not given."""
        value = self._members.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise unfit(value, self._at(name), f"Member must be a list of at most {most}")
        if not all(isinstance(item, str) and len(item) <= 256 for item in value):
            raise unfit(value, self._at(name), "Members must be short strings")
        return value

    def pairs(self, name: str) -> dict[str, str] | None:
        """Texts by name; None when they are not given."""
        value = self._members.get(name)
        if value is None:
            return None
        texts = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        if not texts:
            raise unfit(value, self._at(name), "Member must be a map of strings")
        found: dict[str, str] = value
        return found

    def weights(self, name: str) -> dict[str, float]:
        """Numbers from 0 to 1 by name; empty when they are not given."""
        value = self._members.get(name)
        if value is None:
            return {}
        good = isinstance(value, dict) and all(
            isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1
            for one in value.values()
        )
        if not good:
            raise unfit(value, self._at(name), "Member must be a map of weights from 0.0 to 1.0")
        return {key: float(one) for key, one in value.items()}

    def blob(self, name: str) -> bytes | None:
        """Bytes, which come as base64; None when they are not given."""
        value = self._members.get(name)
        if value is None:
            return None
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise LambdaError("InvalidRequestContentException", f"{name} is not base64") from error

    def tags(self, name: str = "Tags") -> Pairs | None:
        """Tags, within their bounds; None when they are not given."""
        found = self.pairs(name)
        if found is None:
            return None
        for key, value in found.items():
            if not _TAG_KEY.fullmatch(key) or len(value) > 256 or key.lower().startswith("aws:"):
                raise invalid(f"The tag `{key[:128]}` has a key or a value that cannot be")
        if len(found) > MOST_TAGS:
            raise invalid(f"The number of tags exceeds the limit of {MOST_TAGS}")
        return tuple(found.items())

    def _at(self, name: str) -> str:
        lower = name[:1].lower() + name[1:]
        return f"{self._name}.{lower}" if self._name else lower


def read_body(body: bytes) -> Fields:
    """The JSON object of a body. Raises InvalidRequestContentException."""
    try:
        found = json.loads(body or b"{}", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise LambdaError(
            "InvalidRequestContentException", "Could not parse request body into json."
        ) from error
    if not isinstance(found, dict):
        raise LambdaError("InvalidRequestContentException", "The request body is no JSON object.")
    return Fields(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are there once: which of two counts must not be a guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found
