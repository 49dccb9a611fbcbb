"""What the operations of S3 Control share: whose blocks they are about.

This file never reads another account's.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.s3.operation import Call

HEADER = "x-amz-account-id"
# Requests come in the namespace of S3 Control; the document is the same.
NAMESPACE = b"http://awss3control.amazonaws.com/doc/2018-08-20/"
S3_NAMESPACE = b"http://s3.amazonaws.com/doc/2006-03-01/"


def own_account(call: Call) -> str:
    """The caller's account, which must be the one that is asked about. Raises AccessDenied."""
    account = call.caller.account
    if not account or call.field(HEADER) != account:
        raise S3Error("AccessDenied")
    return account
