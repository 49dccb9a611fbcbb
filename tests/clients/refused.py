"""What boto3 raises when the server refuses, as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Refusal:
    """Code, status and every field of a refusal."""

    code: str
    status: int
    fields: dict[str, Any]


def refused(call: Callable[..., Any], **arguments: Any) -> Refusal:
    """The refusal of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return Refusal(
        answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]
    )
