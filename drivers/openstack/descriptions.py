"""What openstacksdk's models say of the APIs: paths, what bodies hold, which calls there are. Read from the installed SDK alone."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of object of an API. ``path`` has fields in braces; ``row`` and ``rows`` are what bodies wrap one and many in, empty where
    they do not. ``body`` and ``headers`` are the API's own names → their kind; ``query`` the names that a listing takes. ``calls`` are
    (method, path, what it does, whether answers come in pages)."""

    name: str
    about: str
    path: str
    row: str
    rows: str
    body: Mapping[str, str]
    headers: Mapping[str, str]
    query: tuple[str, ...]
    calls: tuple[tuple[str, str, str, bool], ...]


@cache
def models(service: str) -> tuple[Model, ...]:
    """The models of a service by its official type, newest version of its API, by path; none where openstacksdk has none."""
    package = _package(service)
    if package is None:
        return ()
    found = {(model.path, model.name): model for model in _found(package)}
    return tuple(found[key] for key in sorted(found))


def _package(service: str) -> Any:
    name = f"openstack.{service.replace('-', '_')}"
    if not re.fullmatch(r"[a-z][a-z-]*", service) or importlib.util.find_spec(name) is None:
        return None
    versions = [each.name for each in pkgutil.iter_modules(importlib.import_module(name).__path__) if re.fullmatch(r"v\d+", each.name)]
    return importlib.import_module(f"{name}.{max(versions, key=lambda version: int(version[1:]))}") if versions else None


def _found(package: Any) -> Iterator[Model]:
    from openstack.resource import Resource

    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".tests" in each.name:
            continue
        module = importlib.import_module(each.name)
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Resource) and value.__module__ == module.__name__ and value.base_path:
                yield _model(value)


def _model(resource: Any) -> Model:
    path = re.sub(r"%\((\w+)\)s", r"{\1}", resource.base_path)
    path = path if path.startswith("/") else f"/{path}"
    words = (resource.__doc__ or "").strip().splitlines()
    query = tuple(sorted({str(name["name"] if isinstance(name, dict) else name) for name in resource._query_mapping._mapping.values()}))
    return Model(resource.__name__, words[0].rstrip(".") if words else "", path, resource.resource_key or "", resource.resources_key or "",
                 _kinds(resource, "Body"), _kinds(resource, "Header"), query, tuple(_calls(resource, path.rstrip("/"))))


def _kinds(resource: Any, of: str) -> dict[str, str]:
    """Names of the API → kind, nearest class first."""
    from openstack import fields

    found: dict[str, str] = {}
    for _, field in resource._attributes_iterator(getattr(fields, of)):
        kind = getattr(field, "type", None) or getattr(field, "data_type", None)
        found.setdefault(str(field.name), getattr(kind, "__name__", "") if isinstance(kind, type) else "")
    return found


def _calls(resource: Any, path: str) -> Iterator[tuple[str, str, str, bool]]:
    noun = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", resource.__name__).lower()
    one = f"{path}/{{id}}" if resource.requires_id else path
    if resource.allow_list:
        yield "GET", path, f"{noun}: all of them", True
    if resource.allow_fetch and not (resource.allow_list and one == path):
        yield "GET", one, f"{noun}: one", False
    if resource.allow_head:
        yield "HEAD", one, f"{noun}: its headers", False
    if resource.allow_create:
        options = getattr(resource, "create_opts", None)
        method = str(options.method if options is not None else resource.create_method)
        yield method, path if method == "POST" else one, f"{noun}: make one", False
    if resource.allow_commit or resource.allow_patch:
        yield "PATCH" if resource.allow_patch and not resource.allow_commit else resource.commit_method, one, f"{noun}: change it", False
    if resource.allow_delete:
        yield "DELETE", one, f"{noun}: remove it", False
