"""Which page is for which path below /-/console: every one there is, in one table.

This file never runs a page and never decides who may see it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from narthex.http import Response
from narthex.web.console.pages import (
    access,
    activity,
    buckets,
    files,
    requests,
    reviews,
    share,
    shares,
    signing,
    take_back,
    uploads,
)
from narthex.web.console.visit import Visit

Page = Callable[[Visit], Awaitable[Response]]
SHOWN: dict[str, Page] = {
    "": buckets.show,
    "sign-in": buckets.show,  # whoever comes back to that address is signed in
    "files": files.show,
    "file": files.show_file,
    "share": share.ask,
    "shares": shares.show_all,
    "shares/one": shares.show,
    "requests": requests.show_all,
    "requests/one": requests.show,
    "request": requests.ask,
    "reviews": reviews.show,
    "reviews/one": reviews.show_one,
    "activity": activity.show,
    "access": access.show,
}
DONE: dict[str, Page] = {
    "sign-out": signing.sign_out,
    "bucket": buckets.create,
    "download": files.download,
    "delete": files.delete,
    "share": share.issue,
    "revoke": shares.revoke,
    "extend": shares.extend,
    "confirm": shares.confirm,
    "request": requests.issue,
    "requests/revoke": requests.revoke,
    "requests/extend": requests.extend,
    "reviews/approve": reviews.approve,
    "reviews/dispute": reviews.dispute,
    "reviews/answer": reviews.answer,
    "reviews/abandon": reviews.abandon,
    "take-back": take_back.take_back,
}
SCRIPTED: dict[str, Page] = {
    "upload/begin": uploads.begin,
    "upload/part": uploads.part,
    "upload/finish": uploads.finish,
    "upload/abort": uploads.abort,
}
