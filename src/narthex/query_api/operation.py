"""Actions are declared: a name, an IAM action, a resource, parameters, above one async function.

This file never runs an action and never answers. An action without an IAM action and a resource to
be allowed on does not import, so it cannot forget to be authorised; a parameter without a rule
does not either.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from narthex.http import Pairs
from narthex.identity import Identity
from narthex.pure.administration import is_administrative
from narthex.query_api.authorize import Keys, Wire
from narthex.query_api.document import Fields
from narthex.query_api.parameters import Arguments, Rule
from narthex.server import Server


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is asked on. arn may name what does not exist; held is what was found.

    missing: the refusal when nothing was found, told only after authorisation. tags: those it has.
    keys: condition keys of the service, by lower-case name.
    """

    arn: str
    held: object = None
    missing: str = ""
    tags: Pairs = ()
    keys: Keys = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, its arguments within their rules; authorised before it is run.

    made: what the audit log is told of what the action made, by parameter. Never a secret.
    """

    identity: Identity
    arguments: Arguments
    now_us: int
    wire: Wire
    made: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The caller's account: nothing of any other is ever looked at."""
        return self.identity.principal.account


Run = Callable[[Call, Resource, Server], Awaitable[Fields | None]]
Find = Callable[[Call, Server], Awaitable[Resource]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One action of a service. resource finds what `action` must be allowed on before `run`.

    resource is None for what everybody who has a key may do (GetCallerIdentity), or what decides
    by more than the caller's own policies (AssumeRole).
    """

    name: str
    action: str
    resource: Find | None
    rules: Mapping[str, Rule]
    needs: tuple[str, ...]
    run: Run
    is_act: bool  # of administration: it is written down


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the query protocol: its name in credential scopes, and what it can do.

    operations: the package whose modules declare its actions. rules: by "Parameter", or by
    "Action.Parameter" where one differs. refuses: who may call none of it, by principal.
    """

    name: str
    namespace: str
    version: str
    operations: str
    rules: Mapping[str, Rule]
    check_caller: Callable[[Identity, str], None]
    failure: str  # the code of a failure that is ours
    _declared: dict[str, Operation] = field(default_factory=dict)
    _loaded: list[bool] = field(default_factory=list)

    def operation(
        self, name: str, *, action: str, resource: Find | None, needs: str = "", takes: str = ""
    ) -> Callable[[Run], Run]:
        """Declare the function below as an action of this service.

        needs, takes: its parameters, separated by spaces; it cannot do without the former.
        """
        if not action.startswith(f"{self.name}:"):
            raise ValueError(f"{name} needs an action of {self.name}")
        if name in self._declared:
            raise ValueError(f"{name} is declared twice")
        rules = {
            parameter: self.rules.get(f"{name}.{parameter}") or self.rules[parameter]
            for parameter in f"{needs} {takes}".split()
        }

        def declare(run: Run) -> Run:
            self._declared[name] = Operation(
                name,
                action,
                resource,
                rules,
                tuple(needs.split()),
                run,
                is_administrative(action),
            )
            return run

        return declare

    def declared(self) -> dict[str, Operation]:
        """Every action of the service, by name."""
        if not self._loaded:
            package = importlib.import_module(self.operations)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.operations}.{module.name}")
            self._loaded.append(True)
        return self._declared
