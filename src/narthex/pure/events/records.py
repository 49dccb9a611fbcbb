"""The message that tells of an event, as S3 writes it. Pure.

This file never sees a header, a query or a credential: what it is handed is all that is told.
Source: Amazon S3 user guide, "Event message structure"; recorded messages of S3.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from narthex.model import Principal
from narthex.pure.times import iso_seconds

KIND = "s3"  # of the deliveries whose payload this is
TEST_EVENT = "s3:TestEvent"
S3 = "s3.amazonaws.com"  # the service itself, where it acts by itself
# Put into the message when it is delivered, since only then its place among all is known. No text
# of a client's can look like it: JSON escapes the quotes of those.
_NO_SEQUENCER = '"sequencer":""'
_FIRST_VERSION = ("ObjectCreated", "ObjectRemoved")  # the others came with version 2.3
_SEQUENCED = (*_FIRST_VERSION, "LifecycleExpiration")  # what makes a key's object come or go


@dataclass(frozen=True, slots=True)
class Cause:
    """Who did it, from where, and under which id of the request."""

    principal: Principal
    address: str
    request_id: str
    host_id: str

    @classmethod
    def of_rules(cls, request_id: str, host_id: str) -> Cause:
        """Nobody asked: a rule of the bucket was carried out, and S3 names itself."""
        return cls(Principal("service", unique_id=S3), S3, request_id, host_id)


@dataclass(frozen=True, slots=True)
class Event:
    """name: "ObjectCreated:Put" and the like. etag without quotes, "" where S3 tells none.

    size: None where S3 tells none. version: "" in a bucket without versions.
    """

    name: str
    key: str
    at_us: int
    etag: str = ""
    size: int | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The bucket it happened in. owner: the canonical id of its account."""

    bucket: str
    owner: str
    region: str


def encode_key(key: str) -> str:
    """A key as events tell it: a space is `+`, `/` stays, everything unsafe is percent-encoded."""
    return quote_plus(key, safe="/*").replace("~", "%7E")


def moment(us: int) -> str:
    """`us` as events tell it, to the millisecond: "2013-05-24T00:00:00.123Z"."""
    return f"{iso_seconds(us)[:-1]}.{us // 1000 % 1000:03}Z"


def write(event: Event, cause: Cause, source: Source, configuration: str) -> str:
    """The message, as JSON in ASCII. configuration: the id of the one that asked for it."""
    told: dict[str, Any] = {"key": encode_key(event.key)}
    if event.size is not None:
        told["size"] = event.size
    if event.etag:
        told["eTag"] = event.etag
    if event.version:
        told["versionId"] = event.version
    if event.name.startswith(_SEQUENCED):
        told["sequencer"] = ""
    record = {
        "eventVersion": "2.1" if event.name.startswith(_FIRST_VERSION) else "2.3",
        "eventSource": "aws:s3",
        "awsRegion": source.region,
        "eventTime": moment(event.at_us),
        "eventName": event.name,
        "userIdentity": {"principalId": principal_id(cause.principal)},
        "requestParameters": {"sourceIPAddress": cause.address},
        "responseElements": {
            "x-amz-request-id": cause.request_id,
            "x-amz-id-2": cause.host_id,
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {
                "name": source.bucket,
                "ownerIdentity": {"principalId": source.owner},
                "arn": f"arn:aws:s3:::{source.bucket}",
            },
            "object": told,
        },
    }
    return _dump({"Records": [record]})


def with_sequencer(message: str, number: int) -> str:
    """The message with its place among all: upper-case hex of one length, larger is later."""
    return message.replace(_NO_SEQUENCER, f'"sequencer":"{number:018X}"', 1)


def write_test(bucket: str, at_us: int, cause: Cause) -> str:
    """The message that a queue or a topic gets when a configuration names it."""
    return _dump(
        {
            "Service": "Amazon S3",
            "Event": TEST_EVENT,
            "Time": moment(at_us),
            "Bucket": bucket,
            "RequestId": cause.request_id,
            "HostId": cause.host_id,
        }
    )


def principal_id(principal: Principal) -> str:
    """Who did it: `AWS:` and a unique id, `Anonymous`, or the service by its name."""
    if principal.kind == "service":
        return principal.unique_id
    return f"AWS:{principal.unique_id}" if principal.unique_id else "Anonymous"


# Made once: `json.dumps` makes one for each message that is not spelled its own way.
_dump = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
