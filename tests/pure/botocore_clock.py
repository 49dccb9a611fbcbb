"""Botocore as the judge of signatures, at an instant of ours: it asks a clock and takes none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import botocore.auth
import pytest


@contextmanager
def botocore_at(now_us: int) -> Iterator[None]:
    """Botocore's signers believe that it is `now_us`."""
    seconds = now_us // 1_000_000
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
        patch.setattr(botocore.auth, "time", SimpleNamespace(time=lambda: seconds))
        yield
