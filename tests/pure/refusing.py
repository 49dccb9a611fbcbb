"""What a call ends with, as a value to look at: its refusal, or its result. Never hides a bug."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from narthex.errors import S3Error

Found = TypeVar("Found")


def refusal(call: Callable[..., Any], *args: Any, **named: Any) -> S3Error:
    """What `call(*args, **named)` is refused with; fails when it is not refused."""
    with pytest.raises(S3Error) as caught:
        call(*args, **named)
    return caught.value


def outcome(call: Callable[..., Found], *args: Any, **named: Any) -> Found | S3Error:
    """What `call(*args, **named)` gives, or is refused with. Any other exception is a failure."""
    try:
        return call(*args, **named)
    except S3Error as error:
        return error
