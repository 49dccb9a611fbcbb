"""A policy's text to a Document, or a refusal that says which line and why.

INVARIANT: what cannot be evaluated is refused here, when the document is put. An unknown element,
operator, variable or value never reaches the catalog. Pure: no I/O, no clock.
Source: "Grammar of the IAM JSON policy language"; "Bucket policies for Amazon S3".
"""

from __future__ import annotations

import re

from narthex.pure.policy import document, operators
from narthex.pure.policy.actions import On, acts_on
from narthex.pure.policy.context import is_known
from narthex.pure.policy.document import Document, Effect, Kind, Principals, Statement
from narthex.pure.policy.faults import Faults
from narthex.pure.policy.operators import Condition
from narthex.pure.policy.patterns import ARN_SEGMENTS, BadPattern, Wild, arn_tokens
from narthex.pure.policy.principals import read_principals
from narthex.pure.policy.syntax import BadJson, Node, Number, Place, read

_FIELDS = frozenset(["Version", "Id", "Statement"])
_STATEMENT_FIELDS = frozenset(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
     "Condition"]
)  # fmt: skip
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"\*|([^:]*):([A-Za-z0-9*?-]+)")
_VENDOR = re.compile(r"[A-Za-z0-9-]+")
_KEY = re.compile(r"[A-Za-z0-9-]+:[^\x00-\x1f]+")
_TOP = Place(1, 1)


def parse(text: str | bytes, kind: Kind, *, bucket: str = "") -> Document:
    """The document that `text` is; bytes are UTF-8. Raises Malformed.

    bucket: the name of the bucket a bucket policy is for; every resource must be in it.
    """
    faults = Faults(kind)
    start = Node(None, _TOP, _TOP)
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise faults.at(start, "", "json", "it is not UTF-8") from error
    limit = {"bucket": document.MAX_BUCKET_BYTES, "session": document.MAX_SESSION_CHARS}.get(
        kind, document.MAX_WIRE_CHARS
    )
    length = len(text.encode("utf-8", "surrogatepass")) if kind == "bucket" else len(text)
    if length > limit:
        raise faults.at(start, "", "size", f"{length} is more than {limit}")
    if not text.startswith("{") and (
        kind == "bucket" or not text.lstrip(" \t\r\n").startswith("{")
    ):
        raise faults.at(start, "", "no object", "it starts otherwise")
    try:
        root = read(text)
    except BadJson as error:
        raise faults.at(Node(None, error.place, error.place), "", "json", error.why) from error
    return _Parser(kind, bucket, faults).document(root)


class _Parser:
    """The rules of one kind of document."""

    def __init__(self, kind: Kind, bucket: str, faults: Faults) -> None:
        self._kind: Kind = kind
        self._bucket = bucket
        self._faults = faults
        self._variables = False

    def document(self, root: Node) -> Document:
        fields = self._object(root, "", _FIELDS)
        version = self._version(fields.get("Version"))
        self._variables = version == document.VERSION_2012
        written_id = fields.get("Id")
        named = self._text(written_id, "Id", "shape") if written_id is not None else ""
        body = fields.get("Statement")
        if body is None:
            raise self._faults.at(root, "", "no Statement")
        listed = isinstance(body.value, tuple)
        nodes = body.value if isinstance(body.value, tuple) else (body,)
        if not nodes:
            raise self._faults.at(body, "Statement", "empty Statement")
        statements = tuple(
            self._statement(index, node, f"Statement[{index}]" if listed else "Statement")
            for index, node in enumerate(nodes)
        )
        self._check_sids(statements, nodes)
        return Document(self._kind, version, named, statements)

    def _version(self, node: Node | None) -> str:
        if node is None:
            return document.VERSION_2008
        if node.value not in (document.VERSION_2008, document.VERSION_2012):
            why = f"is neither {document.VERSION_2012} nor {document.VERSION_2008}"
            raise self._faults.at(node, "Version", "version", why)
        return str(node.value)

    def _check_sids(self, statements: tuple[Statement, ...], nodes: tuple[Node, ...]) -> None:
        """IAM wants them unique; a bucket policy's may repeat."""
        seen: set[str] = set()
        for statement, node in zip(statements, nodes, strict=True):
            if statement.sid and statement.sid in seen and self._kind != "bucket":
                path, why = f"Statement[{statement.index}].Sid", f"`{statement.sid}` stands twice"
                raise self._faults.at(node, path, "same sid", why)
            seen.add(statement.sid)

    def _statement(self, index: int, node: Node, path: str) -> Statement:
        fields = self._object(node, path, _STATEMENT_FIELDS)
        actions, not_actions = self._actions(fields, node, path)
        resources, not_resources = self._resources(fields, node, path)
        if self._kind == "bucket" and not not_actions and not not_resources:
            self._check_applies(actions, resources, node, path)
        return Statement(
            index,
            self._sid(fields.get("Sid"), f"{path}.Sid"),
            self._effect(fields.get("Effect"), node, path),
            self._principals(fields, node, path),
            actions,
            not_actions,
            resources,
            not_resources,
            self._conditions(fields.get("Condition"), f"{path}.Condition"),
            node.start,
            node.end,
        )

    def _sid(self, node: Node | None, path: str) -> str:
        if node is None:
            return ""
        sid = self._text(node, path, "sid")
        if self._kind in ("identity", "session", "trust") and not _SID.fullmatch(sid):
            raise self._faults.at(node, path, "sid", "has other characters")
        return sid

    def _effect(self, node: Node | None, statement: Node, path: str) -> Effect:
        if node is None:
            raise self._faults.at(statement, path, "no Effect")
        if node.value == "Allow":
            return "Allow"
        if node.value == "Deny":
            return "Deny"
        shown = node.value if isinstance(node.value, str) else ""
        raise self._faults.at(node, f"{path}.Effect", "effect", "is not Allow or Deny", shown)

    def _principals(self, fields: dict[str, Node], node: Node, path: str) -> Principals | None:
        name, found = self._one_of(fields, "Principal", path)
        if self._kind in ("identity", "session"):
            if found is not None:
                raise self._faults.at(found, f"{path}.{name}", "prohibited Principal", shown=name)
            return None
        if found is None:
            raise self._faults.at(node, path, "no Principal")
        negated = name == "NotPrincipal"
        return read_principals(found, f"{path}.{name}", self._faults, negated=negated)

    def _actions(
        self, fields: dict[str, Node], node: Node, path: str
    ) -> tuple[tuple[str, ...], bool]:
        name, found = self._one_of(fields, "Action", path)
        if found is None:
            raise self._faults.at(node, path, "no Action")
        texts = self._texts(found, f"{path}.{name}", "action", "no Action")
        for text, item, where in texts:
            self._check_action(text, item, where)
        return tuple(text for text, _, _ in texts), name == "NotAction"

    def _check_action(self, text: str, node: Node, path: str) -> None:
        action = _ACTION.fullmatch(text)
        if action is None:
            raise self._faults.at(node, path, "action", f"`{text[:128]}` is not vendor:action")
        vendor: str | None = action[1]
        if vendor is not None and not _VENDOR.fullmatch(vendor):
            raise self._faults.at(node, path, "vendor", "has other characters", vendor)
        if self._kind == "bucket" and vendor is not None and not acts_on(text):
            raise self._faults.at(node, path, "action", f"`{text[:128]}` is no action of S3")

    def _resources(
        self, fields: dict[str, Node], node: Node, path: str
    ) -> tuple[tuple[str, ...], bool]:
        name, found = self._one_of(fields, "Resource", path)
        if self._kind == "trust":
            if found is not None:
                raise self._faults.at(found, f"{path}.{name}", "prohibited Resource", shown=name)
            return (), False
        if found is None:
            raise self._faults.at(node, path, "no Resource")
        texts = self._texts(found, f"{path}.{name}", "resource", "no Resource")
        for text, item, where in texts:
            self._check_resource(text, item, where)
        return tuple(text for text, _, _ in texts), name == "NotResource"

    def _check_resource(self, text: str, node: Node, path: str) -> None:
        if text == "*" and self._kind != "bucket":
            return
        try:
            parts = arn_tokens(text, variables=self._variables)
        except BadPattern as error:
            raise self._faults.at(node, path, "resource", str(error), text) from error
        if self._kind == "bucket":
            if not _in_bucket(text, self._bucket):
                why = f"`{text[:128]}` is not in bucket `{self._bucket}`"
                raise self._faults.at(node, path, "resource", why)
            return
        ends_open = parts[-1][-1:] == (Wild.RUN,)
        if parts[0] != ("arn",) or (len(parts) < ARN_SEGMENTS and not ends_open):
            raise self._faults.at(node, path, "resource", "is no ARN", text)

    def _check_applies(
        self, actions: tuple[str, ...], resources: tuple[str, ...], node: Node, path: str
    ) -> None:
        """Each action must act on what the resources can be: `s3:ListBucket` is not on `b/*`."""
        reached: set[On] = set()
        for resource in resources:
            rest = resource[len(f"arn:aws:s3:::{self._bucket}") :]
            reached |= {"object"} if rest.startswith("/") else {"bucket"}
            reached |= {"object"} if rest.startswith("*") else set()
        for action in actions:
            if action != "*" and not acts_on(action) & reached:
                why = f"`{action}` acts on {' or '.join(sorted(acts_on(action)))}s only"
                raise self._faults.at(node, path, "does not apply", why)

    def _conditions(self, node: Node | None, path: str) -> tuple[Condition, ...]:
        if node is None:
            return ()
        found: list[Condition] = []
        for name, keys in self._object(node, path, None).items():
            where = f"{path}.{name}"
            meaning = operators.find(name)
            if meaning is None:
                raise self._faults.at(keys, where, "operator", "is no condition operator", name)
            members = self._object(keys, where, None)
            if not members:
                raise self._faults.at(keys, where, "condition", "names no key")
            for key, values in members.items():
                found.append(self._condition(meaning, key, values, f"{where}.{key}"))
        return tuple(found)

    def _condition(
        self, meaning: tuple[str, operators.Operator, bool], key: str, node: Node, path: str
    ) -> Condition:
        over, operator, if_exists = meaning
        if not _KEY.fullmatch(key):
            raise self._faults.at(node, path, "key", "is not vendor:name")
        if self._kind == "bucket" and not is_known(key):
            raise self._faults.at(node, path, "key", "S3 knows no such condition key")
        texts = self._texts(node, path, "value", "value", scalars=True)
        for text, item, where in texts:
            why = operators.fault(operator, text, variables=self._variables)
            if why is not None:
                raise self._faults.at(item, where, "value", f"`{text[:128]}` {why}")
        return Condition(operator, over, if_exists, key, tuple(text for text, _, _ in texts))

    def _one_of(self, fields: dict[str, Node], name: str, path: str) -> tuple[str, Node | None]:
        """`name` or `Not` + `name`, whichever is there; both together are refused."""
        plain, negated = fields.get(name), fields.get(f"Not{name}")
        if plain is not None and negated is not None:
            why = f"has both {name} and Not{name}"
            raise self._faults.at(negated, f"{path}.Not{name}", "both", why)
        return (name, plain) if negated is None else (f"Not{name}", negated)

    def _object(self, node: Node, path: str, fields: frozenset[str] | None) -> dict[str, Node]:
        """The members of an object, all of them among `fields` when these are given."""
        if not isinstance(node.value, dict):
            raise self._faults.at(node, path, "shape", "is not an object")
        for name, value in node.value.items():
            if fields is not None and name not in fields:
                where = f"{path}.{name}" if path else name
                raise self._faults.at(value, where, "unknown field", f"`{name[:128]}`", name)
        return node.value

    def _text(self, node: Node, path: str, fault: str) -> str:
        if not isinstance(node.value, str):
            raise self._faults.at(node, path, fault, "is not a string")
        return node.value

    def _texts(
        self, node: Node, path: str, fault: str, empty: str, *, scalars: bool = False
    ) -> list[tuple[str, Node, str]]:
        """A string or a list of strings, each with its node and path.

        scalars: numbers and booleans may stand without quotes, as in condition values.
        """
        nodes = node.value if isinstance(node.value, tuple) else (node,)
        if not nodes:
            raise self._faults.at(node, path, empty, "is an empty list")
        texts: list[tuple[str, Node, str]] = []
        for index, item in enumerate(nodes):
            where = f"{path}[{index}]" if isinstance(node.value, tuple) else path
            value = item.value
            if scalars and isinstance(value, bool):
                value = "true" if value else "false"
            elif scalars and isinstance(value, Number):
                value = value.text
            if not isinstance(value, str):
                raise self._faults.at(item, where, fault, "is not a string")
            texts.append((value, item, where))
        return texts


def _in_bucket(resource: str, bucket: str) -> bool:
    """`arn:aws:s3:::b`, something below `arn:aws:s3:::b/`, or `arn:aws:s3:::b*`, which is both."""
    own = f"arn:aws:s3:::{bucket}"
    return resource in (own, f"{own}*") or resource.startswith(f"{own}/")
