"""Who asks for what, and under which circumstances: a request as the policy engine sees it.

This file never decides and never looks anything up: `authorize` does both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from narthex.http import Pairs, Request
from narthex.identity import NOBODY, Identity
from narthex.model import Bucket
from narthex.pure import tags
from narthex.pure.claims import Claim
from narthex.pure.policy import Facts, Signed

LISTINGS = frozenset(["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"])
TAGGING_HEADER = "x-amz-tagging"
WRITING = "s3:Put"  # how the actions begin that the header is for


@dataclass(frozen=True, slots=True)
class Asking:
    """One authenticated request: the identity behind it, how it was proven, and its words.

    claim: None for anonymous requests. query: decoded. judged: the content of each object whose
    tags or list had a say when this was authorised, by its bucket's id and its key; "" for none.
    """

    identity: Identity
    claim: Claim | None
    request: Request
    query: Pairs
    judged: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)
    _hoisted: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_anonymous(self) -> bool:
        """Nobody signed."""
        return self.claim is None and self.identity is NOBODY

    def field(self, name: str) -> str | None:
        """A header, or the same name signed into the query of a pre-signed URL."""
        value = self.request.headers.get(name)
        if value is not None or not self.query:
            return value
        if not self._hoisted:  # a write asks twenty times
            for key, hoisted in self.query:
                self._hoisted.setdefault(key.lower(), hoisted)
        return self._hoisted.get(name)

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        for key, value in self.query:
            if key == name:
                return value
        return None

    def facts(
        self,
        action: str,
        bucket: Bucket | None,
        now_us: int,
        *,
        object_tags: Pairs = (),
        request_tags: Pairs | None = None,
        location: str | None = None,
    ) -> Facts:
        """What conditions can ask about.

        object_tags: of the object as it is. request_tags: those of the body, when it was read;
        else of a write those of the header. location: the region that CreateBucket asks for.
        """
        claim = self.claim
        request = self.request
        if request_tags is None and action.startswith(WRITING):
            request_tags = self._request_tags()
        return Facts(
            self.identity.caller,
            now_us,
            client=request.client,
            secure=request.scheme == "https",
            region=claim.region if claim else "",
            owner=bucket.account if bucket else self.identity.principal.account,
            signed=None if claim is None else signed(claim),
            header=request.headers.get,
            field=self.field,
            parameter=self.parameter,
            listing=action in LISTINGS,
            request_tags=request_tags,
            object_tags=object_tags,
            location=location,
        )

    def _request_tags(self) -> Pairs | None:
        told = self.field(TAGGING_HEADER)
        return None if told is None else tags.parse_header(told)


def signed(claim: Claim) -> Signed:
    """How the request was proven, in the policy engine's words, which are AWS's."""
    return Signed(claim.kind, claim.version, claim.signed_at_us or 0)  # type: ignore[arg-type]
