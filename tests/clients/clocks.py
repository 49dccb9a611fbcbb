"""Another time for boto3, so that a link can be old without anybody waiting."""

from __future__ import annotations

from datetime import datetime

import botocore.auth
import botocore.crt.auth
import pytest


def believe(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    """Let boto3's signers (its own, and awscrt's where that is installed) take `when` for now."""

    def now(remove_tzinfo: bool = True) -> datetime:
        return when.replace(tzinfo=None) if remove_tzinfo else when

    for module in (botocore.auth, botocore.crt.auth):
        monkeypatch.setattr(module, "get_current_datetime", now)
