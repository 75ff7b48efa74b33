"""A session: one project and region of an OpenStack cloud, through openstacksdk, with credentials from its ordinary chain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from mcflow import __version__
from mcflow.drivers.openstack.config import explain_credentials, settings
from mcflow.drivers.openstack.translate import refusal, translate
from mcflow.drivers.sdk import DriverError, InvalidCredentials, InvalidRequest, NotFound, Session, Unsupported
from mcflow.model.connection import Connection, ConnectionIdentity

T = TypeVar("T")

SERVICES: dict[str, str] = {
    "compute": "Nova", "network": "Neutron", "image": "Glance", "block-storage": "Cinder", "load-balancer": "Octavia",
    "shared-file-system": "Manila", "container-infrastructure-management": "Magnum", "object-store": "Swift", "database": "Trove",
    "identity": "Keystone", "metric": "Gnocchi",
}
"""Services by their official type, and the project that makes them. https://service-types.openstack.org"""

MICROVERSIONS: dict[str, str] = {
    "compute": "2.79", "block-storage": "3.59", "shared-file-system": "2.55", "container-infrastructure-management": "1.10",
}
"""What is asked for, where a service has microversions: all of Train (2019), so that clouds that are years old have them."""

OLDER_TYPES: dict[str, str] = {"container-infrastructure-management": "container-infra"}
"""What a service calls itself in the header of microversions, where that is not its official type."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered: the body (None if it has none), the headers in lower case, and the cloud's id of the request."""

    body: Any
    headers: Mapping[str, str]
    request_id: str = ""


class OpenStackSession(Session):
    """One project and region. ``call`` makes one request and raises DriverErrors; it never retries. Usable from several threads."""

    def __init__(self, connection: Connection, cloud: Any) -> None:
        super().__init__(connection)
        self._cloud = cloud
        self._lock = threading.Lock()
        self._identity: ConnectionIdentity | None = None
        self._remembered: dict[Any, Any] = {}
        self._gathered: dict[Any, list[Any]] | None = None

    @property
    def cloud(self) -> Any:
        """openstacksdk's Connection, for what needs its models. Its methods raise openstacksdk's exceptions."""
        return self._cloud

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self._cloud.config.get_region_name() or "")

    @property
    def project_id(self) -> str:
        """The project's id. Asks Keystone for a token, once."""
        with self._translating("identity", "get_project", read=True):
            return str(self._cloud.session.get_project_id())

    def catalog(self) -> dict[str, str]:
        """Official type → address of every service that the cloud's catalog has here, or the connection's ``endpoints`` name."""
        def ask() -> dict[str, str]:
            with self._translating("identity", "get_catalog", read=True):
                access = self._cloud.session.auth.get_access(self._cloud.session)
                urls = access.service_catalog.get_endpoints_data(interface=self._cloud.config.get_interface() or "public",
                                                                 region_name=self.region or None)
            return {_official(kind): str(each[0].url) for kind, each in urls.items() if each}

        found, _ = self.remember("catalog", ask)
        return {**found, **self.connection.config.get("endpoints", {})}

    def regions(self) -> set[str]:
        """The regions in which the cloud's catalog has services for the project, and the connection's own."""
        with self._translating("identity", "get_catalog", read=True):
            access = self._cloud.session.auth.get_access(self._cloud.session)
            offered = access.service_catalog.normalize_catalog()
        found = {endpoint.get("region_id") or endpoint.get("region") for service in offered for endpoint in service["endpoints"]}
        return {str(name) for name in {*found, self.region} if name}

    def offers(self, service: str) -> bool:
        """Whether the cloud has a service, by its official type (``load-balancer``)."""
        return service in self.catalog()

    def call(self, service: str, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None,
             microversion: str = "", **more: Any) -> Reply:
        """One request to a service (``"network"``, ``"POST"``, ``"/ports"``), sent once: the engine waits and retries, and a repeated
        create would make a second object. ``microversion``: another than `MICROVERSIONS` has (``2.90``). Raises DriverError."""
        read = method in ("GET", "HEAD")
        with self._translating(service, f"{method} {path}", read=read):
            adapter = self.adapter(service)
            sent: dict[str, Any] = {"raise_exc": False, "connect_retries": 0, "status_code_retries": 0, **more}
            sent["timeout"] = self.request_lifetime
            if microversion or service in MICROVERSIONS:
                sent["microversion"] = microversion or MICROVERSIONS[service]
                sent["microversion_service_type"] = OLDER_TYPES.get(service, service)
            if json is not None:
                sent["json"] = json
            response = adapter.request(path, method, params=dict(params or {}), **sent)
        if response.status_code >= 400:
            raise refusal(service, response.status_code, response.headers, response.text, read=read)
        return Reply(_body(response), {name.lower(): value for name, value in response.headers.items()}, request_id(response.headers))

    def get(self, service: str, path: str, **options: Any) -> Any:
        """The body that a GET answers."""
        return self.call(service, "GET", path, **options).body

    def rows(self, service: str, path: str, member: str, *, params: Mapping[str, Any] | None = None, **options: Any) -> Iterator[Any]:
        """The rows under ``member`` of every page of a listing. While gathering, a listing that was read is not read again."""
        key = (service, path, member, tuple(sorted((name, str(value)) for name, value in (params or {}).items())))
        gathered = self._gathered
        if gathered is None:
            yield from self._rows(service, path, member, dict(params or {}), options)
            return
        if key not in gathered:
            gathered[key] = list(self._rows(service, path, member, dict(params or {}), options))
        yield from gathered[key]

    def _rows(self, service: str, path: str, member: str, params: dict[str, Any], options: Mapping[str, Any]) -> Iterator[Any]:
        while True:
            page = self.get(service, path, params=params, **options) or {}
            yield from page.get(member, ())
            following = next_page(page, member)
            if not following or not page.get(member):
                return
            params = {**params, **following}

    def adapter(self, service: str) -> Any:
        """openstacksdk's proxy of a service. Raises Unsupported where the cloud has none."""
        with self._lock:
            proxy = getattr(self._cloud, service.replace("-", "_"))
        if type(proxy).__name__ == "_ServiceDisabledProxyShim":
            raise Unsupported(lacking(service), code="EndpointNotFound")
        return proxy

    @property
    def gathers(self) -> bool:
        """Whether many objects are being looked at, so that a listing is better than a look at one."""
        return self._gathered is not None

    @contextmanager
    def gathering(self) -> Iterator[None]:
        self._gathered = {}
        try:
            yield
        finally:
            self._gathered = None

    def remember(self, key: Any, ask: Callable[[], T]) -> tuple[T, bool]:
        """An answer that does not change while a run lasts, and whether it was asked for just now."""
        if key in self._remembered:
            return self._remembered[key], False
        answer = ask()
        self._remembered[key] = answer
        return answer, True

    def identity(self) -> ConnectionIdentity:
        """Project, region and Keystone's address. Raises InvalidCredentials."""
        if self._identity is None:
            project = self.project_id
            expected = self.connection.config.get("project_id")
            if expected and expected != project:
                raise InvalidCredentials(f"connection {self.connection.name!r} expects project {expected}, but the credentials are of "
                                         f"project {project}; use another cloud entry, or correct `project_id`")
            address = urlsplit(str(self._cloud.config.auth.get("auth_url") or ""))
            self._identity = ConnectionIdentity("openstack", project, self.region, address.netloc)
        return self._identity

    def external_network(self) -> dict[str, Any]:
        """The network that routers and floating IPs use to reach the world: the connection's ``external_network``, else the only one
        there is. Raises InvalidRequest, NotFound."""
        def ask() -> dict[str, Any]:
            rows = list(self.rows("network", "/networks", "networks", params={"router:external": "true"}))
            named = self.connection.config.get("external_network")
            fitting = [row for row in rows if not named or named in (row["id"], row["name"])]
            if not fitting:
                asked = f"an external network called {named!r}" if named else "an external network"
                raise NotFound(f"the cloud has not {asked}; there are: {', '.join(row['name'] for row in rows) or 'none'}")
            if len(fitting) > 1:
                names = ", ".join(f"{row['name']} ({row['id']})" for row in fitting)
                raise InvalidRequest(f"the cloud has several external networks; name one as `external_network` in the connection: {names}")
            return dict(fitting[0])

        return self.remember("external_network", ask)[0]

    def close(self) -> None:
        """Close the connections."""
        self._cloud.close()

    @contextmanager
    def _translating(self, service: str, operation: str, *, read: bool) -> Iterator[None]:
        try:
            yield
        except DriverError:
            raise
        except Exception as exception:
            error = translate(exception, operation, read=read)
            if error is None:
                raise
            if isinstance(error, InvalidCredentials):
                raise InvalidCredentials(explain_credentials(self.connection, error.message), code=error.code) from exception
            if isinstance(error, Unsupported):
                raise Unsupported(lacking(service), code=error.code) from exception
            raise error from exception


def connect(connection: Connection) -> OpenStackSession:
    """A session for the connection. Asks the cloud nothing. Raises InvalidCredentials, InvalidRequest."""
    import openstack

    try:
        cloud = openstack.connect(app_name="mcflow", app_version=__version__, **settings(connection))
    except Exception as exception:
        error = translate(exception, "connect", read=True)
        if error is None:
            raise
        raise InvalidCredentials(explain_credentials(connection, str(exception)), code=error.code) from exception
    return OpenStackSession(connection, cloud)


def lacking(service: str) -> str:
    """What to tell who wants a service that the cloud has not."""
    name = SERVICES.get(service)
    return f"this cloud's catalog has no {service} service" + (f" ({name})" if name else "")


def next_page(page: Mapping[str, Any], member: str) -> dict[str, list[str]]:
    """The query of the page after this one; empty if it is the last. Links may name a host behind a proxy, so only their query counts."""
    links = page.get(f"{member}_links") or page.get("links") or ()
    if isinstance(links, Mapping):
        # Keystone's are an object: relation → address.
        links = [{"rel": name, "href": address} for name, address in links.items()]
    following = next((link.get("href") for link in links if isinstance(link, Mapping) and link.get("rel") == "next"), page.get("next"))
    return parse_qs(urlsplit(str(following)).query) if following else {}


def request_id(headers: Mapping[str, str]) -> str:
    """The cloud's id of a request."""
    return str(headers.get("x-openstack-request-id") or headers.get("x-compute-request-id") or headers.get("x-trans-id") or "")


def _body(response: Any) -> Any:
    if not response.content or "json" not in response.headers.get("content-type", "application/json"):
        return response.text or None
    return response.json()


def _official(kind: str) -> str:
    """The official name of a service type that a catalog may call otherwise (``volumev3`` → ``block-storage``)."""
    import os_service_types

    return str(os_service_types.ServiceTypes().get_service_type(kind) or kind)
