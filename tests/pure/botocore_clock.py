"""Botocore as the judge of signatures, at an instant of ours: it asks a clock and takes none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import botocore.auth
import botocore.crt.auth
import pytest


@contextmanager
def botocore_at(now_us: int) -> Iterator[None]:
    """Botocore's signers believe that it is `now_us`, and links are signed by its own.

    Where awscrt is installed, botocore lets that sign; the signature is the same, but two
    parameters of the URL change places.
    """
    seconds = now_us // 1_000_000
    moment = datetime.fromtimestamp(seconds, UTC)

    def clock(remove_tzinfo: bool = True) -> datetime:
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    with pytest.MonkeyPatch.context() as patch:
        for module in (botocore.auth, botocore.crt.auth):
            patch.setattr(module, "get_current_datetime", clock)
        patch.setattr(botocore.auth, "time", SimpleNamespace(time=lambda: seconds))
        own = botocore.auth.S3SigV4QueryAuth
        patch.setitem(botocore.auth.AUTH_TYPE_MAPS, "s3v4-query", own)
        yield
