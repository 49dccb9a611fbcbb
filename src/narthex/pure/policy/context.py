"""Condition keys: which there are, and one request's values for them.

This file never takes a key's value from a request: facts.py does. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from narthex.pure.policy.patterns import Value
from narthex.pure.policy.typed import READERS, Kind

Source = Callable[[str], Value]

# Keys that are filled from the request header of the same name, or from the same name signed into
# the query of a pre-signed URL. Source: Amazon S3, "Actions, resources, and condition keys".
HEADER_KEYS: dict[str, str] = {
    f"s3:{name}": name
    for name in (
        "x-amz-acl",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
        "x-amz-metadata-directive",
        "x-amz-object-ownership",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
    )
} | {
    "s3:if-match": "if-match",
    "s3:if-none-match": "if-none-match",
    "s3:object-lock-mode": "x-amz-object-lock-mode",
    "s3:object-lock-retain-until-date": "x-amz-object-lock-retain-until-date",
    "s3:object-lock-legal-hold": "x-amz-object-lock-legal-hold",
}

# Keys that are filled from a query parameter: those of listings only for listings.
LISTING_KEYS: dict[str, str] = {
    "s3:prefix": "prefix",
    "s3:delimiter": "delimiter",
    "s3:max-keys": "max-keys",
}
QUERY_KEYS: dict[str, str] = {"s3:versionid": "versionId"}

# Every other key there is, in lower case: derived by the server. After a `/` a tag's name follows.
SERVER_KEYS = frozenset(
    """
    aws:currenttime aws:epochtime aws:sourceip aws:vpcsourceip aws:securetransport aws:useragent
    aws:referer aws:requestedregion aws:tokenissuetime aws:multifactorauthpresent
    aws:multifactorauthage aws:username aws:userid aws:principalarn aws:principalaccount
    aws:principaltype aws:principaltag/ aws:principalorgid aws:principalorgpaths
    aws:principalisawsservice aws:principalservicename aws:principalservicenameslist
    aws:requesttag/ aws:tagkeys aws:resourcetag/ aws:resourceaccount aws:resourceorgid
    aws:resourceorgpaths aws:sourcearn aws:sourceaccount aws:sourceowner aws:sourceorgid
    aws:sourceorgpaths aws:sourceidentity aws:sourcevpc aws:sourcevpce aws:sourcevpcarn
    aws:vpceaccount aws:vpceorgid aws:vpceorgpaths aws:viaawsservice aws:calledvia
    aws:calledviafirst aws:calledvialast aws:federatedprovider
    s3:authtype s3:signatureversion s3:signatureage s3:tlsversion s3:locationconstraint
    s3:resourceaccount s3:existingobjecttag/ s3:requestobjecttag/ s3:requestobjecttagkeys
    s3:buckettag/ s3:object-lock-remaining-retention-days s3:dataaccesspointarn
    s3:dataaccesspointaccount s3:accesspointnetworkorigin s3:accessgrantsinstancearn
    s3:inventoryaccessibleoptionalfields s3:objectcreationoperation
    """.split()
)
TAG_KEYS = tuple(key for key in SERVER_KEYS if key.endswith("/"))
KNOWN_KEYS = SERVER_KEYS | HEADER_KEYS.keys() | LISTING_KEYS.keys() | QUERY_KEYS.keys()


def is_known(key: str) -> bool:
    """S3 or AWS define this condition key. Case does not matter; a tag key needs a tag's name."""
    key = key.lower()
    if key in TAG_KEYS:
        return False
    return key in KNOWN_KEYS or key.startswith(TAG_KEYS)


class Context(dict[Any, Any]):
    """Condition keys (lower case) and their values; a missing key reads as None.

    A plain key holds a text, or a tuple of texts for a key with several values; never an empty
    tuple, which is no value. A pair (Kind, key) holds the value read as that type, None where it is
    not one. A test, which several statements share, holds what it said. Whatever is asked for is
    computed once and kept: a context serves one request.
    """

    __slots__ = ("_source",)

    def __init__(
        self, values: Mapping[str, Value] | None = None, source: Source | None = None
    ) -> None:
        """values: keys in any case. source: asked, in lower case, for every key not among them."""
        self._source = source
        if values:
            for key, value in values.items():
                if value is not None and value != ():
                    self[key.lower()] = value

    def __missing__(self, key: str | tuple[Kind, str] | Callable[[Context], bool]) -> Any:
        value: Any
        if isinstance(key, str):
            value = None if self._source is None else self._source(key)
            value = None if value == () else value
        elif isinstance(key, tuple):
            kind, name = key
            read, plain = READERS[kind], self[name]
            if isinstance(plain, tuple):
                value = tuple(read(item) for item in plain)
            else:
                value = None if plain is None else read(plain)
        else:
            value = key(self)
        self[key] = value
        return value
