"""Raw calls to the rehearsal cloud: each kind of object is a service with the same few operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mcflow.drivers.mock.cloud.kinds import KINDS
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import ApiOperation, Parameter, Raw, RawAnswer, UnknownNameError, WrongParametersError

_LIST, _MAP = "list of strings", "map"
_TAGS = Parameter("tags", _MAP, about="tags")
OPERATIONS: Mapping[str, tuple[str, str, tuple[Parameter, ...]]] = {
    "describe": ("read", "Objects by their ids.", (Parameter("ids", _LIST, True, "their ids"),)),
    "search": ("read", "All objects that fit.", (_TAGS, Parameter("where", _MAP, about="attributes and their values"))),
    "create": ("write", "Make an object.", (Parameter("attributes", _MAP, True, "its attributes"), _TAGS)),
    "modify": ("write", "Change an object.", (Parameter("id", "string", True), Parameter("changes", _MAP, True, "attributes"))),
    "delete": ("write", "Delete an object.", (Parameter("id", "string", True),)),
}
"""Name → effect, what it does, parameters."""
_KINDS: Mapping[str, type] = {"string": str, _LIST: list, _MAP: dict}


class MockRaw(Raw[MockSession]):
    """Every kind of object, by name."""

    def services(self, api: MockSession) -> Sequence[str]:
        return tuple(sorted(KINDS))

    def operations(self, api: MockSession, service: str) -> Sequence[ApiOperation]:
        if service not in KINDS:
            raise UnknownNameError("service", service, sorted(KINDS))
        return [ApiOperation(service, name, effect, about) for name, (effect, about, _) in OPERATIONS.items()]  # type: ignore[arg-type]

    def describe(self, api: MockSession, service: str, operation: str) -> ApiOperation:
        known = {each.name: each for each in self.operations(api, service)}
        if operation.lower() not in known:
            raise UnknownNameError("operation", operation, list(known))
        found = known[operation.lower()]
        return ApiOperation(service, found.name, found.effect, found.about, parameters=OPERATIONS[found.name][2])

    def check(self, api: MockSession, operation: ApiOperation, parameters: Mapping[str, Any]) -> None:
        known = {each.path: each for each in operation.parameters}
        for name in parameters:
            if name not in known:
                raise UnknownNameError("parameter", name, list(known))
        problems = [(name, "is missing") for name, each in known.items() if each.required and name not in parameters]
        problems += [(name, f"is no {known[name].kind}") for name, value in parameters.items()
                     if not isinstance(value, _KINDS[known[name].kind])]
        if problems:
            raise WrongParametersError(problems)

    def call(self, api: MockSession, operation: ApiOperation, parameters: Mapping[str, Any], *, all_pages: bool = False) -> RawAnswer:
        cloud, kind, given = api.cloud, operation.service, dict(parameters)
        if operation.name == "describe":
            return _listed(cloud.describe(kind, given["ids"]))
        if operation.name == "search":
            return _listed(cloud.search(kind, **given))
        if operation.name == "create":
            made = cloud.create(kind, given["attributes"], tags=given.get("tags"))
            return RawAnswer({"id": made.id, "operation": made.operation})
        if operation.name == "modify":
            cloud.modify(kind, given["id"], given["changes"])
        else:
            cloud.delete(kind, given["id"])
        return RawAnswer({"id": given["id"]})


def _listed(views: Sequence[Any]) -> RawAnswer:
    return RawAnswer({"objects": [msgspec.to_builtins(view) for view in views]})
