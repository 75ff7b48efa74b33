"""Raw calls to any API of the cloud: a method and a path, as the API references write them. Paths are known from openstacksdk's models;
what these do not know can be called all the same."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

from mcflow.drivers.openstack.descriptions import Model, models
from mcflow.drivers.openstack.session import SERVICES, OpenStackSession, Reply, next_page
from mcflow.drivers.sdk import ApiOperation, NotFound, Parameter, Raw, RawAnswer, UnknownNameError, WrongParametersError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OWN = ("query", "body", "headers", "microversion")
"""Parameters of every call; further ones are the fields of its path."""

READ_POSTS: tuple[tuple[str, str], ...] = (("metric", r"^(/v1)?/(search|aggregates)(/|$)"),)
"""Service and path of what is asked by POST and changes nothing."""

TOLD: tuple[tuple[str, str], ...] = (
    ("identity", r"/credentials(/|$)|/OS-EC2(/|$)|^(/v3)?/auth/tokens"), ("key-manager", r"/payload$|^(/v1)?/secrets/[^/]+$"),
    ("orchestration", r"/outputs(/|$)"), ("database", r"/users(/|$)"),
)
"""Service and path of reads whose answer is, or holds, a secret."""

SECRETS = re.compile(r"^(adminpass|.*user_data|blob|payload|.*temp-url-key(-2)?|x-subject-token)$", re.IGNORECASE)
"""Names of values that are secrets, where the name does not say so to everybody."""


class OpenStackRaw(Raw[OpenStackSession]):
    """Everything in the cloud's catalog."""

    def services(self, api: OpenStackSession) -> Sequence[str]:
        return sorted(api.catalog())

    def operations(self, api: OpenStackSession, service: str) -> Sequence[ApiOperation]:
        name = _service(api, service)
        return [_operation(name, method, path, about, pages) for method, path, about, pages in _calls(name)]

    def describe(self, api: OpenStackSession, service: str, operation: str) -> ApiOperation:
        name = _service(api, service)
        method, path = _spelled(name, operation)
        known = next((each for each in _calls(name) if each[0] == method and _fits(each[1], path)), None)
        about, pages = (known[2], known[3]) if known else (f"{method} of a path that openstacksdk does not describe", method == "GET")
        return _operation(name, method, path, about, pages, tuple(_parameters(name, method, path)))

    def check(self, api: OpenStackSession, operation: ApiOperation, parameters: Mapping[str, Any]) -> None:
        fields = re.findall(r"\{(\w+)\}", operation.name)
        for name in parameters:
            if name not in (*fields, *OWN):
                raise UnknownNameError("parameter", name, [*fields, *OWN])
        problems = list(_wrong(operation, fields, parameters))
        if problems:
            raise WrongParametersError(problems)

    def call(self, api: OpenStackSession, operation: ApiOperation, parameters: Mapping[str, Any], *, all_pages: bool = False) -> RawAnswer:
        """One request; with ``all_pages`` the next links are followed, and the lists of the answers put together."""
        method, path, query = _request(operation, parameters)
        sent: dict[str, Any] = {"json": parameters.get("body"), "headers": dict(parameters.get("headers") or {}),
                                "microversion": str(parameters.get("microversion") or "")}
        try:
            reply = api.call(operation.service, method, path, params=query, **sent)
        except NotFound as error:
            raise _helped(operation, error) from error
        data = _answer(method, reply)
        while all_pages and (following := _following(data)):
            query = {**query, **following}
            page = _answer(method, api.call(operation.service, method, path, params=query, **sent))
            data = _joined(data, page)
        return RawAnswer(data, tuple(_secrets(data)), reply.request_id)


def _service(api: OpenStackSession, name: str) -> str:
    """The official type of a service, of which its project's name will do (``nova``). Raises UnknownNameError."""
    known = sorted(api.catalog())
    wanted = name.lower()
    found = next((kind for kind, project in SERVICES.items() if project.lower() == wanted), wanted)
    if found not in known:
        raise UnknownNameError("service", name, known)
    return found


def _calls(service: str) -> list[tuple[str, str, str, bool]]:
    """(method, path, what it does, whether in pages) of all that the models know, each once."""
    found = {(method, path): (method, path, about, pages) for model in models(service) for method, path, about, pages in model.calls}
    return [found[key] for key in sorted(found, key=lambda key: (key[1], METHODS.index(key[0])))]


def _operation(service: str, method: str, path: str, about: str, pages: bool, parameters: Sequence[Parameter] = ()) -> ApiOperation:
    return ApiOperation(service, f"{method} {path}", effect(service, method, path), about, pages, parameters)


def effect(service: str, method: str, path: str) -> Literal["read", "secret", "write"]:
    """What a request can do: GET and HEAD change nothing, anything else is taken to."""
    plain = path.partition("?")[0]
    if method not in ("GET", "HEAD"):
        asks = method == "POST" and any(of == service and re.search(pattern, plain) for of, pattern in READ_POSTS)
        return "read" if asks else "write"
    return "secret" if any(of == service and re.search(pattern, plain) for of, pattern in TOLD) else "read"


def _spelled(service: str, text: str) -> tuple[str, str]:
    """Method and path; without a method it is GET. Raises UnknownNameError, WrongParametersError."""
    words = text.split()
    method, path = (words[0].upper(), words[1]) if len(words) == 2 else ("GET", words[0] if words else "")
    if method not in METHODS or not path.startswith("/") or len(words) > 2:
        # Nobody is told to delete something who did not say so.
        known = [f"{each[0]} {each[1]}" for each in _calls(service) if each[0] == (method if method in METHODS else "GET")]
        raise UnknownNameError("operation", text, known)
    if path.startswith("//"):
        raise WrongParametersError([("", "a path begins with one `/`: the address is the catalog's")])
    return method, path


def _fits(template: str, path: str) -> bool:
    """True if the path is of that form."""
    pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", template))
    plain = path.partition("?")[0]
    return template == plain or re.fullmatch(pattern, plain) is not None


def _modelled(service: str, method: str, path: str) -> list[Model]:
    return [model for model in models(service) if any(each[0] == method and _fits(each[1], path) for each in model.calls)]


def _parameters(service: str, method: str, path: str) -> Iterator[Parameter]:
    fitting = _modelled(service, method, path)
    for field in re.findall(r"\{(\w+)\}", path):
        yield Parameter(field, "string", True, "part of the path")
    if method == "GET":
        names = sorted({name for model in fitting for name in model.query})
        yield Parameter("query", "object", about="what stands behind the `?` of the address: name → value, or a list of values")
        yield from (Parameter(f"query.{name}", "string") for name in names)
    if method in ("POST", "PUT", "PATCH"):
        row = next((model.row for model in fitting if model.row), "")
        yield Parameter("body", "object", about=f'the request\'s JSON: {{"{row}": {{…}}}}' if row else "the request's JSON")
        fields = {name: kind for model in fitting for name, kind in model.body.items()}
        before = f"body.{row}." if row else "body."
        yield from (Parameter(f"{before}{name}", _kind(kind)) for name, kind in sorted(fields.items()))
    yield Parameter("headers", "object", about="further headers: name → value")
    yield Parameter("microversion", "string", about="of the service, such as 2.90; absent: what mcflow uses")


def _kind(kind: str) -> str:
    return {"bool": "true or false", "int": "integer", "float": "number", "list": "list", "dict": "object", "": "any"}.get(kind, "object")


def _wrong(operation: ApiOperation, fields: Sequence[str], parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    method = operation.name.split()[0]
    for field in fields:
        if not isinstance(parameters.get(field), str | int) or str(parameters.get(field)) in ("", ".", ".."):
            yield field, "is part of the path: a text is required"
    for name in ("query", "headers"):
        if name in parameters and not isinstance(parameters[name], Mapping):
            yield name, "is an object"
    if "body" in parameters and method in ("GET", "HEAD"):
        yield "body", f"{method} takes none"
    elif "body" in parameters and not isinstance(parameters["body"], Mapping | list):
        yield "body", "is an object or a list"
    headers = parameters.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if name.lower() in ("x-auth-token", "x-service-token", "host"):
            yield f"headers.{name}", "is the connection's own"
        elif not isinstance(value, str):
            yield f"headers.{name}", "is a text"
    if not re.fullmatch(r"(\d+\.\d+|latest)?", str(parameters.get("microversion") or "")):
        yield "microversion", "is two numbers with a dot between, or `latest`"


def _request(operation: ApiOperation, parameters: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    method, path = operation.name.split()
    filled = re.sub(r"\{(\w+)\}", lambda found: quote(str(parameters[found[1]]), safe=""), path)
    parts = urlsplit(filled)
    return method, parts.path, {**parse_qs(parts.query, keep_blank_values=True), **dict(parameters.get("query") or {})}


def _helped(operation: ApiOperation, error: NotFound) -> NotFound:
    """A refusal of a path that no model has says which it may have meant."""
    method, path = operation.name.split()
    known = [each[1] for each in _calls(operation.service) if each[0] == method]
    if any(_fits(each, path) for each in known):
        return error
    near = difflib.get_close_matches(path.partition("?")[0], known, 1, 0.5)
    hint = f"; near is `{method} {near[0]}`" if near else ""
    return NotFound(f"{(error.message or 'there is nothing').rstrip('.')}{hint}", code=error.code, request_id=error.request_id)


def _answer(method: str, reply: Reply) -> dict[str, Any]:
    """A body as an object: a list stands under ``items``, what is no JSON under ``text``; without a body the headers are told."""
    if isinstance(reply.body, Mapping):
        return dict(reply.body)
    if isinstance(reply.body, list):
        return {"items": reply.body}
    return {"text": str(reply.body)} if reply.body and method != "HEAD" else {"headers": dict(reply.headers)}


def _lists(data: Mapping[str, Any]) -> list[str]:
    return [name for name, value in data.items() if isinstance(value, list) and not name.endswith("links")]


def _following(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The query of the next page; none where this one is empty."""
    member = next(iter(_lists(data)), "")
    if not member or not data[member]:
        return {}
    return next_page(data, member)


def _joined(before: Mapping[str, Any], page: Mapping[str, Any]) -> dict[str, Any]:
    return {**page, **{name: [*before.get(name, []), *page[name]] for name in _lists(page)}}


def _secrets(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(tree, list):
        yield from dict.fromkeys(found for item in tree for found in _secrets(item, (*path, "*")))
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            if SECRETS.match(name) and not isinstance(value, Mapping | list):
                yield (*path, name)
            else:
                yield from _secrets(value, (*path, name))


RAW = OpenStackRaw()
