"""Raw calls to any API that botocore describes: names in either spelling, parameters checked against the service's own model."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any

from mcflow.drivers.aws.effects import effect_of
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import ApiOperation, InvalidRequest, Parameter, Raw, RawAnswer, UnknownNameError, WrongParametersError

DEEPEST = 3
"""Levels of structures whose fields a description lists."""
MOST_WORDS = 30
MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a streamed answer that are read."""


class AwsRaw(Raw[AwsSession]):
    """Everything that botocore knows how to call."""

    def services(self, api: AwsSession) -> Sequence[str]:
        return sorted(api.services())

    def operations(self, api: AwsSession, service: str) -> Sequence[ApiOperation]:
        client = self._client(api, service)
        model = client.meta.service_model
        return [self._told(service, client, model.operation_model(name)) for name in model.operation_names]

    def describe(self, api: AwsSession, service: str, operation: str) -> ApiOperation:
        client = self._client(api, service)
        model = client.meta.service_model
        names = {_folded(name): name for name in model.operation_names}
        if _folded(operation) not in names:
            raise UnknownNameError("operation", operation, list(model.operation_names))
        found = model.operation_model(names[_folded(operation)])
        return self._told(service, client, found, tuple(_parameters(found.input_shape)))

    def check(self, api: AwsSession, operation: ApiOperation, parameters: Mapping[str, Any]) -> None:
        from botocore.validate import ParamValidator

        shape = self._model(api, operation).input_shape
        if shape is None:
            if parameters:
                raise UnknownNameError("parameter", next(iter(parameters)), [])
            return
        report = ParamValidator().validate(_sent(shape, parameters), shape)
        if report.has_errors():
            raise _wrong(report)

    def call(self, api: AwsSession, operation: ApiOperation, parameters: Mapping[str, Any], *, all_pages: bool = False) -> RawAnswer:
        """A write is sent once; a read waits out throttling."""
        from botocore import xform_name

        model = self._model(api, operation)
        sent = _sent(model.input_shape, parameters) if model.input_shape is not None else {}
        method = xform_name(operation.name)
        send = api.call if operation.effect == "write" else api.ask
        answer = api.whole(operation.service, method, sent) if all_pages else send(method, service=operation.service, **sent)
        request = str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
        data = {name: _told(value) for name, value in answer.items() if name != "ResponseMetadata"}
        return RawAnswer(data, tuple(_secrets(model.output_shape)), request)

    def _client(self, api: AwsSession, service: str) -> Any:
        if service not in api.services():
            raise UnknownNameError("service", service, sorted(api.services()))
        return api.client(service, patient=True)

    def _model(self, api: AwsSession, operation: ApiOperation) -> Any:
        return self._client(api, operation.service).meta.service_model.operation_model(operation.name)

    def _told(self, service: str, client: Any, model: Any, parameters: Sequence[Parameter] = ()) -> ApiOperation:
        from botocore import xform_name

        return ApiOperation(service, model.name, effect_of(service, model), _plain(model.documentation),
                            client.can_paginate(xform_name(model.name)), parameters)


def _folded(name: str) -> str:
    """``DescribeVpcs``, ``describe_vpcs`` and ``describe-vpcs`` are one name."""
    return re.sub(r"[-_]", "", name).lower()


def _plain(html: str, most: int = 400) -> str:
    """The first sentences of a documentation, without its markup."""
    text = unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(p|li|dd)>", " ", html)))
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text.rfind(". ", 0, most)
    return text[:cut + 1] if cut > most // 3 else text[:most].rstrip() + " …"


def _parameters(shape: Any, before: str = "", depth: int = 0) -> Iterator[Parameter]:
    if shape is None or depth >= DEEPEST:
        return
    for name, member in shape.members.items():
        path = f"{before}{name}"
        words = tuple(member.enum[:MOST_WORDS]) if getattr(member, "enum", None) else ()
        yield Parameter(path, _kind(member), name in shape.required_members, _plain(member.documentation, 240), words)
        inner, inside = member, path
        while inner.type_name in ("list", "map"):
            inside += "[]" if inner.type_name == "list" else ".*"
            inner = inner.member if inner.type_name == "list" else inner.value
        if inner.type_name == "structure":
            yield from _parameters(inner, f"{inside}.", depth + 1)


def _kind(shape: Any) -> str:
    if shape.type_name == "list":
        return f"list of {_kind(shape.member)}"
    if shape.type_name == "map":
        return f"map of {_kind(shape.value)}"
    return {"structure": "object", "blob": "base64", "timestamp": "time"}.get(shape.type_name, str(shape.type_name))


def _sent(shape: Any, value: Any, path: str = "") -> Any:
    """JSON as botocore takes it: blobs are base64 in JSON. Raises WrongParametersError."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: _sent(shape.members[name], item, f"{path}.{name}".lstrip(".")) if name in shape.members else item
                for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_sent(shape.member, item, f"{path}[{at}]") for at, item in enumerate(value)]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _sent(shape.value, item, f"{path}.{name}") for name, item in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise WrongParametersError([(path, "binary values are written in base64")]) from wrong
    return value


_JSON = {"list": "a list", "tuple": "a list", "dict": "an object", "str": "a text", "int": "a number", "float": "a number",
         "Decimal": "a number", "bool": "true or false", "NoneType": "null", "bytes": "base64", "bytearray": "base64"}


def _wrong(report: Any) -> Exception:
    """botocore's findings; an unknown name is told with those there are."""
    problems = []
    for reason, where, more in report._errors:
        path = where.lstrip(".")
        if reason == "unknown field":
            unknown = str(more["unknown_param"])
            if len(report._errors) == 1:
                known = [f"{path}.{name}".lstrip(".") for name in more["valid_names"]]
                return UnknownNameError("parameter", f"{path}.{unknown}".lstrip("."), known)
            problems.append((path, f"there is no parameter `{unknown}`; there are {', '.join(more['valid_names'])}"))
        elif reason == "missing required field":
            problems.append((f"{path}.{more['required_name']}".lstrip("."), "is required"))
        elif reason == "invalid type":
            fit = dict.fromkeys(_JSON.get(name, name) for name in re.findall(r"'(?:\w+\.)*(\w+)'", str(more["valid_types"])))
            problems.append((path, f"is {_JSON.get(type(more['param']).__name__, 'something else')}, not {' or '.join(fit)}"))
        else:
            bounds = ", ".join(f"{name}: {value}" for name, value in more.items() if name != "param")
            problems.append((path, f"{reason} ({bounds})" if bounds else reason))
    return WrongParametersError(problems)


def _told(value: Any) -> Any:
    """An answer as JSON: times in RFC 3339, binary values in base64, a streamed body as text where it is text."""
    if isinstance(value, dict):
        return {name: _told(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "read"):
        return _body(value)
    raise InvalidRequest(f"the answer is a stream of events ({type(value).__name__}), which a raw call cannot show")


def _body(stream: Any) -> str:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidRequest(f"the answer is larger than {MOST_BYTES} bytes")
    try:
        return str(data.decode())
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _secrets(shape: Any, path: tuple[str, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the model calls a value sensitive."""
    if shape is None or shape.name in seen:
        return
    if shape.metadata.get("sensitive"):
        yield path
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _secrets(member, (*path, name), (*seen, shape.name))
    elif shape.type_name == "list":
        yield from _secrets(shape.member, (*path, "*"), seen)
    elif shape.type_name == "map":
        yield from _secrets(shape.value, (*path, "*"), seen)
