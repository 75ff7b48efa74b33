"""Object storage: containers. Everything about one is a header, and one request sets several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Busy,
    DriverError,
    Intent,
    InUse,
    InvalidRequest,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    Unsupported,
    array,
    boolean,
    integer,
    native_type,
    own_marks,
    string,
    tags,
    user_tags,
)
from mcflow.drivers.sdk.native import MARK_STATE

SWIFT = "object-store"
META = "x-container-meta-"
PAGE = 1000
"""Objects that one call deletes."""

HEADERS: dict[str, str] = {
    "read_acl": "x-container-read", "write_acl": "x-container-write", "versions_enabled": "x-versions-enabled",
    "quota_bytes": f"{META}quota-bytes", "quota_count": f"{META}quota-count",
    "cors_allow_origin": f"{META}access-control-allow-origin", "cors_max_age": f"{META}access-control-max-age",
    "cors_expose_headers": f"{META}access-control-expose-headers",
    "web_index": f"{META}web-index", "web_error": f"{META}web-error", "web_listings": f"{META}web-listings",
}
"""Attributes and the headers that they are. https://docs.openstack.org/api-ref/object-store/#containers"""
OURS = (META, "x-container-read", "x-container-write", "x-versions-enabled", "x-storage-policy")
KEPT = ("temp-url-key", "temp-url-key-2")
"""Metadata that are secrets of a container: neither shown nor touched."""


@native_type
class Container(RestType):
    """One container; the id is its name. A look takes a request for each container.
    https://docs.openstack.org/api-ref/object-store/#containers

    Tags are metadata. They are headers, so their keys are letters, digits and hyphens, and capitals mean nothing.
    """

    name = "openstack.container"
    identity = UniqueName(attribute="name", max_length=63, pattern="[a-z0-9-]", visibility_lag=5.0)
    noun = Noun(SWIFT, "", "", "", marks="metadata")
    attributes = {
        "name": string("Its name, unique in the project: up to 256 bytes without `/`.", pattern=r"^[^/]{1,256}$"),
        "storage_policy": string("How it is stored. Absent: the cloud's default.", default_from_cloud=True, incidental=True),
        "read_acl": string("Who may read: `.r:*` is everybody, `.rlistings` that they may list, `project:user` a user.", group="settings"),
        "write_acl": string("Who may write.", group="settings"),
        "versions_enabled": boolean("Whether earlier versions of objects are kept.", group="settings", default=False),
        "quota_bytes": integer("Most bytes in it.", minimum=0, group="settings"),
        "quota_count": integer("Most objects in it.", minimum=0, group="settings"),
        "cors_allow_origin": array(string(), "Pages that may use it from a browser.", set=True, group="settings"),
        "cors_max_age": integer("How long a browser may remember that, seconds.", minimum=0, group="settings"),
        "cors_expose_headers": array(string(), "Headers that such pages may read.", set=True, group="settings"),
        "web_index": string("The object that answers for a folder, where it is read as a web site.", group="settings"),
        "web_error": string("The object that answers where there is none; the status is put before it.", group="settings"),
        "web_listings": boolean("Whether folders are listed.", group="settings", default=False),
        "force_destroy": boolean("Whether the objects in it are deleted with it.", local=True),
        "url": string("The address of its content.", read_only=True),
        "endpoint": string("The address of the cloud's S3-compatible interface, where it has one.", read_only=True),
        "tags": tags(),
    }

    # -- create

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        name = str(want["name"])
        headers = {**_headers(want), **_metadata({**want.get("tags", {}), **intent.marks})}
        if want.get("storage_policy"):
            headers["x-storage-policy"] = want["storage_policy"]
        _can(api, want)
        return Submitted(name, request_id=self._send(api, "PUT", name, headers).request_id)

    def _send(self, api: OpenStackSession, method: str, name: str, headers: Mapping[str, str]) -> Reply:
        # Swift reads headers as UTF-8, and HTTP clients write them as Latin-1.
        return api.call(SWIFT, method, _path(name), headers={key: value.encode().decode("latin-1") for key, value in headers.items()})

    # -- read

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        # Listings lag behind; a container itself does not.
        return (seen for id in ids for seen in self._at(api, id))

    def _at(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        headers = _told(api, name)
        if headers is None:
            return
        meta = {key.removeprefix(META): value for key, value in headers.items() if key.startswith(META)}
        known = {header.removeprefix(META) for header in HEADERS.values()}
        texts = {key: value for key, value in meta.items() if key not in known and key not in KEPT}
        attributes = {"name": name, **_attributes(headers), "storage_policy": headers.get("x-storage-policy"), **addresses(api, name)}
        told = {key: value for key, value in attributes.items() if value is not None}
        yield Observed(name, "ready", {**told, "tags": user_tags(texts)}, tags=texts)

    def named(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        return self._at(api, name)

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        try:
            found = list(names(api, "/"))
        except NotFound:
            # Some clouds make a project's account with its first container.
            return
        for name in found:
            yield from self._at(api, name)

    def marked(self, api: OpenStackSession, state: str) -> Iterator[Observed]:
        return (seen for seen in self.discover(api) if seen.tags.get(MARK_STATE) == state)

    def normalise(self, attribute: str, value: Any) -> Any:
        return {key.lower(): each for key, each in value.items()} if attribute == "tags" and isinstance(value, dict) else value

    # -- change

    def update(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        if group == "tags":
            return self._settle(api, id, want.get("tags", {}), last.get("tags", {}))
        _can(api, want)
        wanted = _headers(want)
        gone = {header: "" for header in HEADERS.values() if header not in wanted}
        if not want.get("versions_enabled"):
            # Said only where it is on: a cloud that cannot keep versions refuses to be told.
            gone.pop("x-versions-enabled")
            if last.get("versions_enabled"):
                wanted["x-versions-enabled"] = "false"
        return Submitted(id, request_id=self._send(api, "POST", id, {**gone, **wanted}).request_id)

    def _settle(self, api: OpenStackSession, id: str, wanted: Mapping[str, str], owned: Mapping[str, str]) -> Submitted | Again:
        """Ours as wanted; those of others stay, as Swift changes only what is named."""
        present = next(iter(self._at(api, id)), None)
        if present is None:
            raise NotFound(f"there is no container {id}")
        lower = {key.lower(): value for key, value in wanted.items()}
        gone = {key.lower(): "" for key in owned if key.lower() not in lower and key.lower() in present.tags}
        changed = {key: value for key, value in lower.items() if present.tags.get(key) != value}
        if not gone and not changed:
            return Submitted(id)
        marks = own_marks(present.tags)
        return Submitted(id, request_id=self._send(api, "POST", id, _metadata({**gone, **changed, **(marks if own_marks(lower) else {}),
                                                                               **own_marks(lower)})).request_id)

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        if last.get("force_destroy"):
            done = empty(api, id)
            if done:
                return Again(done)
        try:
            return Submitted(id, request_id=api.call(SWIFT, "DELETE", _path(id)).request_id)
        except Busy as refused:
            raise InUse(f"container {id} is not empty; say force_destroy: true to delete what is in it", code=refused.code,
                        request_id=refused.request_id) from refused


def empty(api: OpenStackSession, name: str) -> str:
    """Delete a page of what is in a container, earlier versions too; what was done, empty if there was nothing. Raises DriverError."""
    page = api.get(SWIFT, _path(name), params={"format": "json", "limit": PAGE, **_versions(api, name)}) or ()
    found = [(str(row["name"]), str(row.get("version_id") or "null")) for row in page if "name" in row]
    if not found:
        return ""
    old = next(((each, version) for each, version in found if version != "null"), None)
    if old is not None:
        # The bulk call knows no versions.
        api.call(SWIFT, "DELETE", f"{_path(name)}/{quote(old[0])}", params={"version-id": old[1]})
        return "a version deleted"
    if "bulk_delete" not in info(api):
        api.call(SWIFT, "DELETE", f"{_path(name)}/{quote(found[0][0])}")
        return "an object deleted"
    lines = "\n".join(quote(f"{name}/{each}") for each, _ in found)
    answer = api.call(SWIFT, "POST", "/", params={"bulk-delete": "true"}, data=lines.encode(),
                      headers={"Content-Type": "text/plain", "Accept": "application/json"}).body or {}
    for what, reason in answer.get("Errors") or ():
        raise InvalidRequest(f"{what} was not deleted: {reason}", code=str(reason).partition(" ")[0])
    return f"{answer.get('Number Deleted', 0)} objects deleted"


def _versions(api: OpenStackSession, name: str) -> dict[str, str]:
    """What makes a listing show versions, where the container keeps them or has kept them."""
    headers = _told(api, name) or {}
    return {"versions": "true"} if "x-versions-enabled" in headers else {}


def names(api: OpenStackSession, path: str) -> Iterator[str]:
    """The names in a listing, all its pages."""
    marker = ""
    while True:
        page = api.get(SWIFT, path, params={"format": "json", **({"marker": marker} if marker else {})}) or ()
        found = [str(row["name"]) for row in page if "name" in row]
        yield from found
        if not found:
            return
        marker = found[-1]


def info(api: OpenStackSession) -> dict[str, Any]:
    """What this Swift can do; nothing where it does not tell. https://docs.openstack.org/api-ref/object-store/#discoverability"""
    def ask() -> dict[str, Any]:
        try:
            return dict(api.get(SWIFT, f"{_root(api)}/info") or {})
        except DriverError:
            return {}

    return api.remember("swift info", ask)[0]


def addresses(api: OpenStackSession, name: str) -> dict[str, str]:
    """Where a container's content is, and the S3-compatible interface if there is one."""
    base = api.catalog().get(SWIFT, "").rstrip("/")
    s3 = api.catalog().get("s3") or (_root(api) if "s3api" in info(api) else "")
    return {"url": f"{base}/{quote(name)}", **({"endpoint": s3} if s3 else {})}


def _root(api: OpenStackSession) -> str:
    parts = urlsplit(api.catalog().get(SWIFT, ""))
    return f"{parts.scheme}://{parts.netloc}{parts.path.partition('/v1')[0]}"


def _path(name: str) -> str:
    return f"/{quote(name, safe='')}"


def _told(api: OpenStackSession, name: str) -> dict[str, str] | None:
    """The headers of a container, None where there is none."""
    try:
        headers = api.call(SWIFT, "HEAD", _path(name)).headers
    except NotFound:
        return None
    return {key: _text(value) for key, value in headers.items() if key.startswith(OURS)}


def _text(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _can(api: OpenStackSession, want: Mapping[str, Any]) -> None:
    """Raises Unsupported for what this Swift would leave unsaid."""
    told = info(api)
    if want.get("versions_enabled") and told and "object_versioning" not in told:
        raise Unsupported("this cloud's object storage keeps no versions of objects (its /info has no object_versioning)")


def _metadata(tags: Mapping[str, str]) -> dict[str, str]:
    for key in tags:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,128}", key):
            raise InvalidRequest(f"a tag of a container is a header: {key!r} has other characters than letters, digits and hyphens")
    return {f"{META}{key.lower()}": value for key, value in tags.items()}


def _headers(want: Mapping[str, Any]) -> dict[str, str]:
    """The wanted settings as headers."""
    return {header: _written(want[name]) for name, header in HEADERS.items() if want.get(name) not in (None, [], "", False)}


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def _attributes(headers: Mapping[str, str]) -> dict[str, Any]:
    """Headers as attributes, by their schemas."""
    return {name: _read(Container.attributes[name]["type"], headers[header]) for name, header in HEADERS.items() if headers.get(header)}


def _read(kind: str, text: str) -> Any:
    match kind:
        case "boolean":
            return text.strip().lower() in ("true", "1", "yes", "on", "t", "y")
        case "integer":
            return int(text) if text.strip().isdigit() else None
        case "array":
            return text.split()
    return text
