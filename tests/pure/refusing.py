"""One way to ask for a refusal: the S3Error a call raises, to be looked at. It never hides others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from narthex.errors import S3Error


def refusal(call: Callable[..., Any], *args: Any, **named: Any) -> S3Error:
    """What `call(*args, **named)` is refused with; fails when it is not refused."""
    with pytest.raises(S3Error) as caught:
        call(*args, **named)
    return caught.value
