"""What a request to AWS is: which service, region and operation, and what it says, told from the bytes on the wire.

Knows the protocols that AWS speaks (EC2's and the other services' query protocol, JSON, CBOR, REST with JSON or XML). REST operations are
told by method and path, against the SDK's own service models.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

Dialect = Literal["ec2", "query", "json", "cbor", "rest-json", "rest-xml"]

SERVICES = {"monitoring": "cloudwatch", "elasticfilesystem": "efs", "elasticloadbalancing": "elbv2", "tagging": "resourcegroupstaggingapi",
            "servicequotas": "service-quotas", "email": "ses"}
"""Names in signatures where the SDK calls the service something else."""
CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
READS = ("Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Search", "Select", "Query", "Scan", "Simulate", "Receive", "Encrypt",
         "Decrypt", "Generate", "Sign", "Verify", "ReEncrypt", "Test")
"""How operations begin that change no infrastructure."""
MARK = "mcflow-op"
KEYS, VALUES = ("Key", "key", "TagKey", "k"), ("Value", "value", "TagValue", "v")


@dataclass(frozen=True)
class Request:
    """One call. ``values``: what it says, by the API's parameter names: flat in the query protocols, a tree in the others."""

    service: str
    region: str
    operation: str
    dialect: Dialect
    caller: str
    values: Mapping[str, Any]
    tagging: str = ""
    """The header by which S3 is told tags."""

    @property
    def name(self) -> str:
        """``service.Operation``."""
        return f"{self.service}.{self.operation}"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.operation.startswith(READS)

    @property
    def mark(self) -> str:
        """The operation of mcflow that it carries as a tag, wherever that is; empty if none."""
        return next((value for key, value in self.tags() if key == MARK), "")

    def tags(self) -> Iterator[tuple[str, str]]:
        """Everything in it that reads like a tag."""
        for name, value in self.values.items():
            stem, dot, last = name.rpartition(".")
            if dot and last in KEYS and isinstance(value, str):
                yield value, next((str(self.values[f"{stem}.{each}"]) for each in VALUES if f"{stem}.{each}" in self.values), "")
        yield from parse_qsl(self.tagging)
        yield from _tags_in(self.values)


def read_request(environ: Mapping[str, Any], body: bytes) -> Request | None:
    """The request, None for one that no SDK signed."""
    found = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return None
    caller, region, signed = found.groups()
    service = SERVICES.get(signed, signed)
    operation, dialect, values = _read(service, environ, body)
    return Request(service, region, operation, dialect, caller, values, environ.get("HTTP_X_AMZ_TAGGING", ""))


def _read(service: str, environ: Mapping[str, Any], body: bytes) -> tuple[str, Dialect, dict[str, Any]]:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2], "json", _json(body)
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return environ["PATH_INFO"].rpartition("/")[2], "cbor", _cbor(body)
    params = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) if "form" in environ.get("CONTENT_TYPE", "") else {}
    if "Action" in params:
        return params["Action"], "ec2" if service == "ec2" else "query", params
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    headers = [name.removeprefix("HTTP_").replace("_", "-").lower() for name in environ if name.startswith("HTTP_")]
    operation, inside = rest_operation(service, environ["REQUEST_METHOD"], environ["PATH_INFO"], query, headers)
    if _protocol(service) == "rest-xml":
        return operation, "rest-xml", {**query, **inside, **_xml(body)}
    return operation, "rest-json", {**query, **inside, **_json(body)}


def rest_operation(service: str, method: str, path: str, query: Mapping[str, str], headers: Collection[str] = ()) \
        -> tuple[str, dict[str, str]]:
    """The operation that a path means, and what the path's placeholders hold; the method itself where no model knows it."""
    for each in _shapes(service):
        found = each.path.fullmatch(path) if each.method == method else None
        if found is not None and all(name in query and value in ("", query[name]) for name, value in each.query.items()) \
                and each.headers <= set(headers):
            return each.operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return method.capitalize(), {}


@dataclass(frozen=True)
class _Shape:
    """How a REST operation is told. ``query``: what must be asked, with its value (empty: any)."""

    operation: str
    method: str
    path: re.Pattern[str]
    fixed: int
    query: Mapping[str, str]
    headers: frozenset[str]


@cache
def _shapes(service: str) -> list[_Shape]:
    """A service's REST operations, the most particular first: those that ask for more, then those with longer fixed paths."""
    model = _model(service)
    operations = [model.operation_model(name) for name in model.operation_names] if model is not None else []
    shapes = [_shape(each) for each in operations if not each.deprecated]
    return sorted(shapes, key=lambda shape: (-len(shape.query) - len(shape.headers), -shape.fixed, shape.operation))


def _shape(operation: Any) -> _Shape:
    path, _, query = operation.http["requestUri"].partition("?")
    named = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda part: f"(?P<{part[1]}>{'.+' if part[2] else '[^/]+'})", re.escape(path.rstrip("/")))
    asked = {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name != "x-id"}
    headers = set()
    for name in operation.input_shape.required_members if operation.input_shape is not None else ():
        member = operation.input_shape.members[name].serialization
        if member.get("location") == "querystring":
            asked.setdefault(member["name"], "")
        elif member.get("location") == "header":
            headers.add(member["name"].lower())
    return _Shape(operation.name, operation.http["method"], re.compile(f"{named}/?"), len(re.sub(r"\{[^}]*\}", "", path)), asked,
                  frozenset(headers))


@cache
def _model(service: str) -> Any:
    import botocore.exceptions
    import botocore.session

    try:
        return botocore.session.Session().get_service_model(service)
    except botocore.exceptions.UnknownServiceError:
        return None


@cache
def _protocol(service: str) -> str:
    model = _model(service)
    return str(model.metadata.get("protocol", "")) if model is not None else ""


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _cbor(body: bytes) -> dict[str, Any]:
    from botocore.parsers import ResponseParserFactory, RpcV2CBORParser

    parser: RpcV2CBORParser = ResponseParserFactory().create_parser("smithy-rpc-v2-cbor")
    found = parser.parse_data_item(io.BytesIO(body)) if body else {}
    return found if isinstance(found, dict) else {}


def _xml(body: bytes) -> dict[str, Any]:
    import xmltodict

    if not body.lstrip().startswith(b"<"):
        return {}
    return dict(xmltodict.parse(body))


def _tags_in(value: Any) -> Iterator[tuple[str, str]]:
    """Pairs under a key of that name, and maps that hold a key and a value, anywhere in a tree."""
    if isinstance(value, Mapping):
        if isinstance(value.get(MARK), str):
            yield MARK, value[MARK]
        key, told = (next((value[name] for name in names if name in value), None) for names in (KEYS, VALUES))
        if isinstance(key, str) and isinstance(told, str):
            yield key, told
        for each in value.values():
            yield from _tags_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tags_in(each)
