"""A server in process and a bucket in it, as the operations' tests have them."""

from __future__ import annotations

from tests.operations.conftest import bucket, narthex

__all__ = ["bucket", "narthex"]
