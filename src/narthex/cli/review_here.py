"""A file on this computer, reviewed here: its facts are found in processes of our own.

INVARIANT: no byte of the file goes anywhere. The model is the configured server's, where there is
one, since a share of the file would be judged by it.
"""

from __future__ import annotations

import argparse
import asyncio
import mimetypes
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from narthex.cli.configuration import read_configuration
from narthex.cli.failure import CONFIGURATION, GENERAL, USAGE, Failure
from narthex.cli.ledger import Ledger
from narthex.cli.model_files import model_in, model_told
from narthex.cli.share_targets import DEFAULT_BUCKET
from narthex.pure.review.engine import decide
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Model
from narthex.pure.review.object_facts import object_facts
from narthex.pure.review.sharing import Known, share_situation
from narthex.pure.review.situation import SituationError
from narthex.pure.review.verdict import verdict_document
from narthex.pure.share_orders import SECOND, Order
from narthex.pure.shares import Limits
from narthex.review.facts import Facts, find_facts

MODEL = "NARTHEX_REVIEW_MODEL"
PIECE = 1024 * 1024  # bytes
# Of a file that is in no bucket yet: nobody has access to it.
_OF_THE_BUCKET = (Finding("bucket.public"), Finding("access.others"))


def review_here(flags: argparse.Namespace, terms: dict[str, Any]) -> int:
    """Review a file, and say so; the exit code of the verdict. terms: of a share, for the API."""
    from narthex.cli.review import show

    try:
        found = os.stat(flags.target)
    except OSError as error:
        raise Failure(f"{flags.target}: {error.strerror}", GENERAL) from error
    if not stat.S_ISREG(found.st_mode):
        raise Failure(f"{flags.target}: only one file at a time is reviewed here", USAGE)
    model = _model(flags)
    name = os.fsencode(os.path.basename(flags.target)).decode(errors="replace")
    content_type = mimetypes.guess_type(name)[0] or ""
    facts = asyncio.run(_facts(flags.target, name, content_type, found.st_size))
    now_us = int(datetime.now(UTC).timestamp() * SECOND)
    known = Known(
        object=f"sha256:{facts.sha256}",
        asker="",
        own=True,
        closed=False,
        size=facts.size,
        modified_us=found.st_mtime_ns // 1000,
    )
    order = _order(name, terms, now_us)
    situation = share_situation(order, known, now_us)
    try:
        of_it = object_facts(model, known.object, ())
        verdict = decide(model, situation, (*facts.findings, *of_it, *_OF_THE_BUCKET))
    except SituationError as error:
        raise Failure(str(error), CONFIGURATION) from error
    return show(verdict_document(verdict), f"Share {flags.target}?", verdict.enforced, flags)


def _order(name: str, terms: dict[str, Any], now_us: int) -> Order:
    ends = terms.get("expires_at")
    if ends is not None:
        expires_us = int(datetime.fromisoformat(ends).timestamp()) * SECOND
    else:
        expires_us = now_us + terms["expires_in"] * SECOND
    return Order(
        DEFAULT_BUCKET,
        name,
        limits=Limits(expires_us, max_uses=terms.get("max_downloads")),
        password=terms.get("password"),
        recipient=terms.get("recipient", ""),
    )


async def _facts(path: str, name: str, content_type: str, size: int) -> Facts:
    async def read() -> AsyncIterator[bytes]:
        with open(path, "rb") as opened:  # noqa: ASYNC230 - nothing else runs here
            while piece := opened.read(PIECE):
                yield piece

    try:
        clamd = os.environ.get("NARTHEX_CLAMD", "")
        return await find_facts(name, content_type, size, read, clamd=clamd)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", GENERAL) from error


def _model(flags: argparse.Namespace) -> Model:
    """The one that was named, the server's, or that of a server of our own. Raises Failure."""
    configuration = read_configuration(flags)
    if flags.model or configuration.endpoint is None:
        return model_in(flags.model or os.environ.get(MODEL, ""))
    told = Ledger(configuration).call("GetModel", "GET", "/model")["model"]
    return model_told(told)
