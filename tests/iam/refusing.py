"""What must be refused, and how."""

from __future__ import annotations

import pytest

from tests.asking import Api, Refused


async def refused(api: Api, action: str, **given: object) -> Refused:
    """The refusal of an action of IAM that must be refused."""
    with pytest.raises(Refused) as caught:
        await api.iam(action, **given)
    return caught.value
