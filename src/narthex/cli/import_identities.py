"""Users, groups, roles and policies as another server tells them, and making them here.

This file never makes a key: secrets are never told, so whoever is taken over gets a new one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from narthex.cli.import_report import ImportReport

Document = Mapping[str, Any]
AWS_POLICY = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, a group or a role. attached: names of `policies`, or ARNs of AWS's own.

    groups: of a user. trust: of a role. boundary: as one of `attached`, or empty. keys: ids of keys
    that work there.
    """

    name: str
    path: str = "/"
    attached: tuple[str, ...] = ()
    inline: Mapping[str, Document] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    trust: Document | None = None
    boundary: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identities:
    """Everybody, and the policies they share, by name."""

    policies: Mapping[str, Document]
    users: tuple[Entity, ...] = ()
    groups: tuple[Entity, ...] = ()
    roles: tuple[Entity, ...] = ()


class Refused(Exception):
    """IAM refused. code: `EntityAlreadyExists`, `MalformedPolicyDocument`, ..."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")


class IAM(Protocol):
    """Our IAM. call: one action with its parameters, as boto3 names both. Raises Refused."""

    @property
    def account(self) -> str: ...

    def call(self, action: str, **parameters: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes identities here, and reports what is refused. account: the source's id, if known."""

    iam: IAM
    report: ImportReport
    account: str = ""

    def make(self, found: Identities) -> None:
        """All of them: policies first, then whom they are attached to."""
        arns = {name: arn for name in found.policies if (arn := self._policy(name, found))}
        given = _Given(self, found, arns)
        unsafe = {group.name for group in found.groups if not given.group(group)}
        for role in found.roles:
            given.role(role)
        for user in found.users:
            given.user(user, unsafe)

    def attempt(self, kind: str, where: str, action: str, **parameters: Any) -> bool:
        """Whether it was done; a refusal is reported."""
        try:
            self.iam.call(action, **parameters)
        except Refused as error:
            self.report.leave(kind, where, str(error))
            return False
        return True

    def create(self, kind: str, name: str, **parameters: Any) -> bool:
        """Whether somebody of this name is here now: made, or there before."""
        try:
            self.iam.call(f"create_{kind}", **{f"{kind.capitalize()}Name": name}, **parameters)
        except Refused as error:
            if error.code == "EntityAlreadyExists":
                return True
            self.report.leave(kind, name, str(error))
            return False
        self.report.count(f"{kind}s")
        return True

    def text(self, document: Document) -> str:
        """As JSON, with our account in the place of the source's."""
        text = json.dumps(document)
        if not self.account:
            return text
        return text.replace(f"arn:aws:iam::{self.account}:", f"arn:aws:iam::{self.iam.account}:")

    def _policy(self, name: str, found: Identities) -> str:
        """The ARN of a managed policy of ours that says the same; empty when it is refused."""
        text = self.text(found.policies[name])
        arn = f"arn:aws:iam::{self.iam.account}:policy/{name}"
        try:
            self.iam.call("create_policy", PolicyName=name, PolicyDocument=text)
            self.report.count("policies")
        except Refused as error:
            if error.code != "EntityAlreadyExists":
                self.report.leave("policy", name, str(error))
                return ""
            if not self._says(arn, json.loads(text)):
                self.report.leave("policy", name, "another policy of this name is here")
                return ""
        return arn

    def _says(self, arn: str, document: Document) -> bool:
        try:
            version = self.iam.call("get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
            told = self.iam.call("get_policy_version", PolicyArn=arn, VersionId=version)
        except Refused:
            return False
        return bool(told["PolicyVersion"]["Document"] == document)


@dataclass(frozen=True, slots=True)
class _Given:
    """Makes entities and gives them their policies.

    INVARIANT: nobody may more here than there. What denies is given first; where that fails, or a
    boundary does, nothing that allows is given.
    """

    maker: Maker
    found: Identities
    arns: Mapping[str, str]

    def group(self, group: Entity) -> bool:
        """Whether it has all that denies."""
        made = self.maker.create("group", group.name, Path=group.path)
        return made and self._policies("group", group)

    def role(self, role: Entity) -> None:
        trust = self.maker.text(role.trust or {})
        made = self.maker.create("role", role.name, Path=role.path, AssumeRolePolicyDocument=trust)
        if made:
            self._policies("role", role)

    def user(self, user: Entity, unsafe: Set[str]) -> None:
        """unsafe: groups that lack something that denies."""
        maker = self.maker
        if not maker.create("user", user.name, Path=user.path):
            return
        for key in user.keys:
            why = "secrets are not told: make a new key"
            maker.report.leave("access key", f"{user.name}, {key}", why)
        missing = [group for group in user.groups if group in unsafe]
        if missing:
            why = f"group {missing[0]} lacks what denies: nothing is given"
            maker.report.leave("policies", f"user {user.name}", why)
            return
        if not self._policies("user", user):
            return
        for group in user.groups:
            where = f"{user.name} in {group}"
            names = {"UserName": user.name, "GroupName": group}
            maker.attempt("membership", where, "add_user_to_group", **names)

    def _policies(self, kind: str, entity: Entity) -> bool:
        """Give what is attached and what is inline; whether all that denies was given."""
        steps = [*self._attached(kind, entity), *self._inline(kind, entity)]
        steps.sort(key=lambda step: not step.limits)
        for step in steps:
            if self._take(step) or not step.limits:
                continue
            why = f"{step.where} is not here, and it limits: nothing is given"
            self.maker.report.leave("policies", f"{kind} {entity.name}", why)
            return False
        return True

    def _take(self, step: _Step) -> bool:
        if step.parameters is None:
            self.maker.report.leave(step.kind, step.where, "the policy is not here")
            return False
        return self.maker.attempt(step.kind, step.where, step.action, **step.parameters)

    def _attached(self, kind: str, entity: Entity) -> Iterator[_Step]:
        who = {f"{kind.capitalize()}Name": entity.name}
        if entity.boundary:
            arn = self._arn(entity.boundary)
            parameters = {**who, "PermissionsBoundary": arn} if arn else None
            where, action = f"boundary {entity.boundary}", f"put_{kind}_permissions_boundary"
            yield _Step("boundary", where, action, parameters, True)
        for name in entity.attached:
            arn = self._arn(name)
            parameters = {**who, "PolicyArn": arn} if arn else None
            limits = denies(self.found.policies.get(name, {}))
            where = f"{name} of {kind} {entity.name}"
            yield _Step("attachment", where, f"attach_{kind}_policy", parameters, limits)

    def _inline(self, kind: str, entity: Entity) -> Iterator[_Step]:
        who = {f"{kind.capitalize()}Name": entity.name}
        for name, document in entity.inline.items():
            text = self.maker.text(document)
            parameters = {**who, "PolicyName": name, "PolicyDocument": text}
            where = f"{name} of {kind} {entity.name}"
            limits = denies(document)
            yield _Step("inline policy", where, f"put_{kind}_policy", parameters, limits)

    def _arn(self, name: str) -> str:
        return name if name.startswith(AWS_POLICY) else self.arns.get(name, "")


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing to give. parameters: None where it cannot be. limits: whether it takes away."""

    kind: str
    where: str
    action: str
    parameters: Mapping[str, Any] | None
    limits: bool


def denies(document: Document) -> bool:
    """Whether a policy takes something away; so does one that cannot be read."""
    statements = document.get("Statement", ())
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list | tuple):
        return True
    return any(not isinstance(one, Mapping) or one.get("Effect") != "Allow" for one in listed)
