"""Actions are declared: a name, an IAM action, a resource, parameters, above one async function.

This file never runs an action and never answers. An action without an IAM action and a resource to
be allowed on does not import, so it cannot forget to be authorised; a parameter without a rule
does not either.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from narthex.identity import Identity
from narthex.query_api.document import Fields
from narthex.query_api.parameters import Arguments, Rule
from narthex.server import Server


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is asked on. arn may name what does not exist; held is what was found.

    keys: condition keys of this resource and this request, besides the caller's and the wire's.
    owner: the account whose policies decide.
    """

    arn: str
    owner: str
    held: object = None
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, its arguments within their rules; authorised when run.

    circumstances: condition keys of the wire (address, time, ...) for whoever must decide more.
    """

    identity: Identity
    arguments: Arguments
    now_us: int
    circumstances: Mapping[str, str]

    @property
    def account(self) -> str:
        """The caller's account: nothing of any other is ever looked at."""
        return self.identity.principal.account


Run = Callable[[Call, Resource, Server], Awaitable[Fields | None]]
Find = Callable[[Call, Server], Awaitable[Resource]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One action of a service. resource finds what `action` must be allowed on before `run`.

    resource is None for what everybody who has a key may do (GetCallerIdentity).
    """

    name: str
    action: str
    resource: Find | None
    rules: Mapping[str, Rule]
    needs: tuple[str, ...]
    run: Run


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the query protocol: its name in credential scopes, and what it can do."""

    name: str
    namespace: str
    version: str
    rules: Mapping[str, Rule]  # by "Parameter", or by "Action.Parameter" where one differs
    operations: dict[str, Operation] = field(default_factory=dict)

    def operation(
        self,
        name: str,
        *,
        action: str,
        resource: Find | None,
        needs: str = "",
        takes: str = "",
    ) -> Callable[[Run], Run]:
        """Declare the function below as an action of this service.

        needs, takes: its parameters, separated by spaces; it cannot do without the former.
        """
        if not action.startswith(f"{self.name}:"):
            raise ValueError(f"{name} needs an action of {self.name}")
        if name in self.operations:
            raise ValueError(f"{name} is declared twice")
        rules = {
            parameter: self.rules.get(f"{name}.{parameter}") or self.rules[parameter]
            for parameter in f"{needs} {takes}".split()
        }

        def declare(run: Run) -> Run:
            self.operations[name] = Operation(
                name, action, resource, rules, tuple(needs.split()), run
            )
            return run

        return declare
