"""Operations are declared: a name, a method, a target, an action, above one async function.

This file never runs an operation and never answers: it only remembers what was declared.
An operation without an action does not import, so it cannot forget to be authorised.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from narthex.http import Pairs, Request, Response
from narthex.model import Bucket, Principal
from narthex.pure.administration import is_administrative
from narthex.s3.asking import Asking
from narthex.server import Server

# account: S3 Control, whose few operations are about an account and not about a bucket.
Target = Literal["service", "account", "bucket", "object"]


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated, authorised request, as an operation receives it.

    asking: the same request as the caller's words, for whoever must ask for more (`permit`).
    query: decoded names and values, in the order sent. bucket is None for targets without one
    (ListBuckets, CreateBucket). bucket_name and key are "" where the target has none.
    request.body has been wrapped: reading it to the end proves length, hashes and signatures.
    made: of an act of administration, what the audit log is told of it, by name. Never a secret.
    """

    asking: Asking
    bucket_name: str
    key: str
    bucket: Bucket | None
    request_id: str
    made: dict[str, str] | None = None

    @property
    def caller(self) -> Principal:
        """Who asks."""
        return self.asking.identity.principal

    @property
    def request(self) -> Request:
        """The request, with a body that proves itself."""
        return self.asking.request

    @property
    def query(self) -> Pairs:
        """The decoded query."""
        return self.asking.query

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter; None when it was not sent."""
        return self.asking.parameter(name)

    def field(self, name: str) -> str | None:
        """A header, or the same name signed into the query of a pre-signed URL."""
        return self.asking.field(name)

    def fields(self) -> Pairs:
        """Every header, and behind them what a pre-signed URL carries in its query instead."""
        sent = self.request.headers
        hoisted = [(name.lower(), value) for name, value in self.query]
        # A header sent as well is not said twice; `Expires` in a query is the lifetime of a link.
        return (*sent, *(pair for pair in hoisted if pair[0] not in sent and pair[0] != "expires"))

    @property
    def held(self) -> Bucket:
        """The bucket, for operations whose target has one."""
        if self.bucket is None:
            raise RuntimeError("this operation has no bucket")
        return self.bucket


Run = Callable[[Call, Server], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked, and who may: `action` is checked before `run` is called.

    selector is the sub-resource that picks this operation ("tagging", "uploads", ...), "" for the
    plain one; see `route.selector`. form: who asks for what is said in the fields of a form.
    """

    name: str
    method: str
    target: Target
    action: str
    selector: str
    run: Run
    form: bool = False
    is_act: bool = False  # of administration: it is written down


_declared: dict[tuple[str, str, str], Operation] = {}


def operation(
    name: str, method: str, target: Target, *, action: str, query: str = "", form: bool = False
) -> Callable[[Run], Run]:
    """Declare the function below as an S3 operation.

    action: the IAM action that must be allowed on the target. query: the sub-resource that
    selects it; "copy" stands for the header x-amz-copy-source, "list-type=2" for itself. form:
    the body is a form (see `post_form`), whose key becomes the target's.
    """
    if not action.startswith("s3:"):
        raise ValueError(f"operation {name} needs an IAM action")

    def declare(run: Run) -> Run:
        place = (method, target, query)
        if place in _declared:
            raise ValueError(f"{name} and {_declared[place].name} answer the same request")
        is_act = is_administrative(action)
        _declared[place] = Operation(name, method, target, action, query, run, form, is_act)
        return run

    return declare


def declared() -> dict[tuple[str, str, str], Operation]:
    """Every operation declared so far, by (method, target, selector)."""
    return _declared
