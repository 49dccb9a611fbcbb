"""Access control lists as requests ask for them: canned, by headers, as XML; and XML for answers.

This file never knows which accounts exist (see acl.check_ids) and never decides. Pure.
Source: Amazon S3 API reference, PutBucketAcl and PutObjectAcl; faults as recorded from AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from narthex.errors import S3Error, invalid_argument
from narthex.pure import acl, xml
from narthex.pure.acl import Acl, Grant, On, Permission

Lookup = Callable[[str], str | None]

GRANT_HEADERS: dict[str, Permission] = {
    "x-amz-grant-full-control": "FULL_CONTROL",
    "x-amz-grant-read": "READ",
    "x-amz-grant-read-acp": "READ_ACP",
    "x-amz-grant-write": "WRITE",
    "x-amz-grant-write-acp": "WRITE_ACP",
}
ACL_HEADERS = ("x-amz-acl", *GRANT_HEADERS)
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*(?:"([^"]*)"|([^",\s]+))\s*', re.IGNORECASE)
_CANONICAL_ID = re.compile(r"[0-9a-f]{64}")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that a request asks for. canned: its name, "" when it was spelled out."""

    acl: Acl
    canned: str = ""
    in_document: bool = False


def from_headers(field: Lookup, *, owner: str, bucket_owner: str, on: On) -> Asked | None:
    """The list that headers ask for; None when they ask for none.

    field: a header, or the same name signed into a pre-signed URL. Grants by header are all there
    is: the owner has no grant then unless it is named. Raises InvalidArgument, InvalidRequest, and
    MethodNotAllowed for grants by e-mail, which S3 gave up in 2025.
    """
    name = field("x-amz-acl")
    told = [(header, value) for header in GRANT_HEADERS if (value := field(header)) is not None]
    if name is not None and told:
        raise S3Error(
            "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"
        )
    if name is not None:
        return Asked(acl.canned(name, owner=owner, bucket_owner=bucket_owner, on=on), name)
    if not told:
        return None
    grants = [
        Grant(grantee, GRANT_HEADERS[header])
        for header, value in told
        for grantee in _grantees(header, value)
    ]
    return Asked(acl.check_count(Acl(owner, tuple(grants))))


def _grantees(header: str, value: str) -> list[str]:
    """The grantees of one header: `id="...", uri="..."`, with or without quotes."""
    found: list[str] = []
    at = 0
    while True:
        grantee = _GRANTEE.match(value, at)
        end = at if grantee is None else grantee.end()
        if grantee is None or value[end : end + 1] not in ("", ","):
            raise invalid_argument("Argument format not recognized", header, value)
        kind, text = grantee[1].lower(), grantee[2] if grantee[2] is not None else grantee[3]
        if kind == "emailaddress":
            raise S3Error("MethodNotAllowed")
        if kind == "uri" and text not in acl.GROUPS:
            raise invalid_argument("Invalid group uri", "uri", text)
        if kind == "id" and not _CANONICAL_ID.fullmatch(text):
            raise invalid_argument("Invalid id", "id", text)
        found.append(text)
        if end == len(value):
            return found
        at = end + 1


def from_put(field: Lookup, body: bytes, *, owner: str, bucket_owner: str, on: On) -> Asked:
    """The list that a PUT of `?acl` asks for: by headers or by its body, never both or neither.

    Raises UnexpectedContent, MissingSecurityHeader, and what the two ways raise.
    """
    asked = from_headers(field, owner=owner, bucket_owner=bucket_owner, on=on)
    if asked is None:
        if not body:
            raise S3Error("MissingSecurityHeader", detail=(("MissingHeaderName", "x-amz-acl"),))
        return Asked(read_document(body, owner), in_document=True)
    if body:
        raise S3Error("UnexpectedContent")
    return asked


def read_document(data: bytes, owner: str) -> Acl:
    """The list in an AccessControlPolicy document.

    Raises MalformedACLError, InvalidArgument, and AccessDenied when it names another owner, for
    ownership is not given away by a list.
    """
    try:
        root = xml.read(data, "AccessControlPolicy", most=4 + acl.MOST_GRANTS * 6)
    except S3Error as error:
        raise S3Error("MalformedACLError") from error
    parts = _children(root, ("Owner", "AccessControlList"))
    named = _text(_children(parts["Owner"], ("ID",), ("DisplayName",))["ID"])
    grants = tuple(_grant(one) for one in parts["AccessControlList"].children)
    if parts["AccessControlList"].text.strip():
        raise S3Error("MalformedACLError")
    if named != owner:
        raise S3Error("AccessDenied")
    return acl.check_count(Acl(owner, grants))


def _grant(element: xml.Element) -> Grant:
    if element.name != "Grant":
        raise S3Error("MalformedACLError")
    parts = _children(element, ("Grantee", "Permission"))
    written = _text(parts["Permission"])
    permission = next((one for one in acl.PERMISSIONS if one == written), None)
    if permission is None:
        raise S3Error("MalformedACLError")
    # The kind of a grantee is told by its type attribute and by what it holds; the latter counts.
    names = {child.name for child in parts["Grantee"].children} - {"DisplayName"}
    if names == {"EmailAddress"}:
        raise S3Error("MethodNotAllowed")
    if names == {"URI"}:
        uri = _text(_children(parts["Grantee"], ("URI",))["URI"])
        if uri not in acl.GROUPS:
            raise invalid_argument("Invalid group uri", "Group/URI", uri)
        return Grant(uri, permission)
    canonical = _text(_children(parts["Grantee"], ("ID",), ("DisplayName",))["ID"])
    if not _CANONICAL_ID.fullmatch(canonical):
        raise invalid_argument("Invalid id", "CanonicalUser/ID", canonical)
    return Grant(canonical, permission)


def _children(
    element: xml.Element, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, xml.Element]:
    """The children of an element by name, each once, the required ones all there."""
    found = {child.name: child for child in element.children}
    repeated = len(found) != len(element.children)
    unknown = found.keys() - {*required, *optional}
    if repeated or unknown or not found.keys() >= set(required) or element.text.strip():
        raise S3Error("MalformedACLError")
    return found


def _text(element: xml.Element) -> str:
    if element.children:
        raise S3Error("MalformedACLError")
    return element.text.strip()


def render(found: Acl) -> bytes:
    """The AccessControlPolicy document of a list, as GET of `?acl` answers."""
    grants: list[xml.Child] = [
        (
            "Grant",
            [
                ("Grantee", [("URI" if grant.to_group else "ID", grant.grantee)]),
                ("Permission", grant.permission),
            ],
        )
        for grant in found.grants
    ]
    document = xml.render(
        "AccessControlPolicy", [("Owner", [("ID", found.owner)]), ("AccessControlList", grants)]
    )
    # Clients tell grantees apart by the type alone. Texts are escaped, so no text holds a tag.
    for child, kind in ((b"<ID>", "CanonicalUser"), (b"<URI>", "Group")):
        typed = f'<Grantee xmlns:xsi="{_INSTANCE}" xsi:type="{kind}">'.encode()
        document = document.replace(b"<Grantee>" + child, typed + child)
    return document
