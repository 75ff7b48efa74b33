"""A session: botocore's clients for one account and region, with credentials from AWS' ordinary chain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mcflow import __version__
from mcflow.drivers.aws.descriptions import loader
from mcflow.drivers.aws.gathering import Gathering, shared
from mcflow.drivers.aws.permissions import permission
from mcflow.drivers.aws.spelling import spelled, told
from mcflow.drivers.aws.translate import is_read, translate
from mcflow.drivers.sdk import AccessDenied, InvalidCredentials, InvalidRequest, Session
from mcflow.model.connection import Connection, ConnectionIdentity

T = TypeVar("T")

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "profile": {"type": "string", "description": "a profile of ~/.aws/config; default: AWS_PROFILE, then AWS' chain"},
        "role_arn": {"type": "string", "pattern": "^arn:", "description": "a role to assume with the credentials found"},
        "external_id": {"type": "string", "description": "what the role's trust policy asks for"},
        "account": {"type": "string", "pattern": "^[0-9]{12}$", "description": "the account it must be; anything else stops the run"},
        "endpoint": {"type": "string", "pattern": "^https?://", "description": "the API's address: emulators, private endpoints"},
        "request_timeout": {"type": "number", "exclusiveMinimum": 0, "description": "longest time of one request, seconds; default 60"},
        "visibility_lag": {"type": "number", "minimum": 0, "description": "how long a new object may stay unseen, seconds"},
        "poll_interval": {"type": "number", "exclusiveMinimum": 0, "description": "between two looks while waiting, seconds; default 2"},
        "requests_per_second": {"type": "number", "minimum": 0, "description": "what mcflow allows itself; default 20, 0: no limit"},
    },
}
"""The keys of an AWS connection beside ``driver`` and ``region``."""

CHAIN = ("environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; {profile} in ~/.aws/credentials and ~/.aws/config "
         "(keys, single sign-on, assumed role, credential_process); web identity; container and instance metadata")
HINT = "type `aws configure` or `aws sso login{profile}`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

CATALOG_TIMEOUT = 60.0
"""Seconds a catalog may take to answer, at the least. `request_timeout` is about calls whose fate must be known soon."""
PRICING = {"cn-": "cn-northwest-1", "eu-": "eu-central-1", "ap-": "ap-south-1", "me-": "eu-central-1", "af-": "eu-central-1"}
"""Regions by how they begin → where the Price List service is near; others ask us-east-1."""
ATTEMPTS, IMPATIENCE = {"ec2": 10, "pricing": 2}, 4
"""Attempts at reads outside the engine's steps: of the catalog, and of who we are, where a dead endpoint should be told soon. Nothing waits
for prices that do not come."""


class AwsSession(Session):
    """One account and region. ``call`` makes one request and raises DriverErrors; it never retries. Usable from several threads."""

    def __init__(self, connection: Connection, boto: Any) -> None:
        super().__init__(connection)
        self._boto = boto
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self.halfway: dict[str, dict[str, Any]] = {}
        """What looks that were spoiled have already shown of objects that take many requests, by name, until a look succeeds."""
        self._identity: ConnectionIdentity | None = None
        self._remembered: dict[Any, Any] = {}
        self._gathered: Gathering | None = None

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self._boto.get_config_variable("region"))

    @property
    def partition(self) -> str:
        """The partition of the region, as in ARNs: ``aws``, ``aws-cn``, ``aws-us-gov``."""
        return str(self._boto.get_partition_for_region(self.region))

    @property
    def custom(self) -> bool:
        """Whether the API's address is the user's own."""
        return bool(self.connection.config.get("endpoint"))

    def address(self, service: str) -> str:
        """Where a service is asked: ``https://s3.eu-west-1.amazonaws.com``."""
        return str(self._client(service, patient=False).meta.endpoint_url)

    def call(self, operation: str, *, service: str = "ec2", **params: Any) -> dict[str, Any]:
        """One request, sent once: the engine waits and retries, and a repeated create would make a second object. Raises DriverError."""
        return self._send(self._client(service, patient=False), operation, params)

    def ask(self, operation: str, *, service: str = "ec2", **params: Any) -> dict[str, Any]:
        """One read outside the engine's steps (choosing, identity): throttling and short faults are waited out by botocore."""
        return self._send(self._client(service, patient=True), operation, params)

    def region_titles(self) -> dict[str, str]:
        """Region → what AWS calls it, as botocore knows; newer ones are missing."""
        partitions = self._boto.get_data("endpoints")["partitions"]
        return {name: str(about.get("description", "")) for each in partitions for name, about in each["regions"].items()}

    def runs(self, service: str) -> bool:
        """Whether AWS runs a service (botocore's name) in the region, as far as botocore knows."""
        return self.region in self._boto.get_available_regions(service, partition_name=self.partition)

    def pages(self, operation: str, member: str, *, patient: bool = False, **params: Any) -> Iterator[dict[str, Any]]:
        """The rows under ``member`` of every page of a listing, asked for as they are consumed; while gathering, those that another look
        has shown are not asked for again."""
        gathered, look = self._gathered, shared(operation, params)
        if gathered is None or look is None:
            return self._pages(operation, member, patient=patient, **params)
        name, ids = look

        def ask(missing: Sequence[str]) -> Iterator[dict[str, Any]]:
            return self._pages(operation, member, patient=patient, Filters=[{"Name": name, "Values": list(missing)}])

        return gathered.rows(operation, name, ids, ask)

    def _pages(self, operation: str, member: str, *, patient: bool, **params: Any) -> Iterator[dict[str, Any]]:
        send = self.ask if patient else self.call
        token: dict[str, str] = {}
        while True:
            page = send(operation, **params, **token)
            yield from page.get(member, ())
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def tell(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One request to any service, sent once, in mcflow's spelling both ways; ``request_id`` is added to the answer."""
        client = self._client(service, patient=False)
        model = _operation(client, operation)
        answer = self._send(client, operation, spelled(model.input_shape, params) if model.input_shape else {})
        return {**(told(model.output_shape, answer) or {}), "request_id": answer.get("ResponseMetadata", {}).get("RequestId", "")}

    def rows(self, service: str, operation: str, path: str, **params: Any) -> Iterator[Any]:
        """What is under ``path`` (JMESPath, in mcflow's spelling) on every page of a listing; one request a page, each sent once."""
        import jmespath

        client = self._client(service, patient=False)
        if not client.can_paginate(operation):
            yield from jmespath.search(path, self.tell(service, operation, **params)) or ()
            return
        model = _operation(client, operation)
        pages = iter(client.get_paginator(operation).paginate(**spelled(model.input_shape, params)))
        while (page := self._next(pages, operation)) is not None:
            yield from jmespath.search(path, told(model.output_shape, page)) or ()

    def client(self, service: str, *, patient: bool = False) -> Any:
        """botocore's client of a service, for what needs its model. ``patient``: its reads wait out throttling. Raises DriverError."""
        with _translating("create_client"):
            return self._client(service, patient=patient)

    def whole(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A listing's answer with the rows of all its pages, read patiently. Raises DriverError."""
        client = self.client(service, patient=True)
        with _translating(operation, client):
            answer: dict[str, Any] = client.get_paginator(operation).paginate(**params).build_full_result()
        return answer

    def services(self) -> list[str]:
        """The names of all services that botocore describes."""
        return list(self._boto.get_available_services())

    def signer(self, service: str) -> tuple[Any, str]:
        """The credentials of the session, frozen (None: there are none), and the address of a service."""
        with _translating("get_credentials"):
            found = self._boto.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        return frozen, str(self._client(service, patient=True).meta.endpoint_url)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        self._gathered = Gathering()
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
        """Account, region and endpoint, asked once. Raises InvalidCredentials."""
        if self._identity is None:
            account = str(self._caller()["Account"])
            expected = self.connection.config.get("account")
            if expected and str(expected) != account:
                raise InvalidCredentials(f"connection {self.connection.name!r} expects account {expected}, but the credentials are of "
                                         f"account {account}; use another profile, or correct `account`")
            self._identity = ConnectionIdentity("aws", account, self.region, self._endpoint())
        return self._identity

    def close(self) -> None:
        """Close the clients' connections."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _caller(self) -> dict[str, Any]:
        try:
            return self.ask("get_caller_identity", service="sts")
        except InvalidCredentials as refused:
            raise InvalidCredentials(explain_credentials(self.connection, refused.message), code=refused.code,
                                     request_id=refused.request_id) from refused

    def _endpoint(self) -> str:
        address = str(self._client("ec2", patient=False).meta.endpoint_url)
        host = urlsplit(address).hostname or ""
        return "" if ".amazonaws.com" in host or host.endswith(".api.aws") else address

    def _send(self, client: Any, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        with _translating(operation, client):
            answer: dict[str, Any] = getattr(client, operation)(**params)
        return answer

    def _next(self, pages: Iterator[dict[str, Any]], operation: str) -> dict[str, Any] | None:
        with _translating(operation):
            return next(pages, None)

    def _client(self, service: str, *, patient: bool) -> Any:
        with self._lock:
            if (service, patient) not in self._clients:
                self._clients[service, patient] = self._make_client(service, patient)
            return self._clients[service, patient]

    def _make_client(self, service: str, patient: bool) -> Any:
        from botocore.config import Config

        timeout = self.request_lifetime
        attempts = ATTEMPTS.get(service, IMPATIENCE) if patient else 1
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        # A host of one's own has no names for buckets.
        addressing: Any = {"addressing_style": "path"} if self.custom else None
        config = Config(retries=retries, connect_timeout=min(10.0, timeout), max_pool_connections=50, s3=addressing,
                        read_timeout=max(timeout, CATALOG_TIMEOUT) if patient else timeout, user_agent_extra=f"mcflow/{__version__}")
        return self._boto.create_client(service, region_name=home(service, self.region), config=config,
                                        endpoint_url=self.connection.config.get("endpoint"))


@contextmanager
def _translating(operation: str, client: Any = None) -> Iterator[None]:
    try:
        yield
    except Exception as exception:
        error = translate(exception, operation)
        if error is None:
            raise
        if isinstance(error, AccessDenied) and client is not None:
            name = client.meta.method_to_api_mapping.get(operation, operation)
            error.permission = permission(error.message, client.meta.service_model, name)
        raise error from exception


def _operation(client: Any, operation: str) -> Any:
    """botocore's model of an operation, by the method's name."""
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])


def home(service: str, region: str) -> str:
    """Where a service is asked about a region: the Price List answers for all, from a few."""
    if service != "pricing":
        return region
    return next((place for prefix, place in PRICING.items() if region.startswith(prefix)), "us-east-1")


def connect(connection: Connection) -> AwsSession:
    """A session for the connection. Asks the cloud nothing. Raises InvalidCredentials, InvalidRequest."""
    import botocore.session

    profile = connection.config.get("profile")
    try:
        core = botocore.session.Session(profile=profile)
        core.register_component("data_loader", loader(core.get_config_variable("data_path")))
        region = connection.region or core.get_config_variable("region")
        if not region:
            raise InvalidRequest(f"connection {connection.name!r} names no region; write `region:` in it or set AWS_DEFAULT_REGION")
        core.set_config_variable("region", region)
        role = connection.config.get("role_arn")
        if role:
            _assume(core, connection, role)
        return AwsSession(connection, core)
    except Exception as exception:
        error = translate(exception, "get_credentials")
        if error is None or isinstance(error, InvalidRequest):
            raise
        raise InvalidCredentials(explain_credentials(connection, str(exception)), code=error.code) from exception


def explain_credentials(connection: Connection, reason: str) -> str:
    """What was tried and what to type, in one text."""
    profile = connection.config.get("profile")
    tried = CHAIN.format(profile=f"profile {profile!r}" if profile else "the default profile")
    hint = HINT.format(profile=f" --profile {profile}" if profile else "")
    return f"no usable AWS credentials for connection {connection.name!r}: {reason.rstrip('.')}. Tried: {tried}. To fix it, {hint}"


def _assume(core: Any, connection: Connection, role: str) -> None:
    """Let the session use the role's credentials, renewed before they expire."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    source = core.get_credentials()
    if source is None:
        raise InvalidCredentials(explain_credentials(connection, f"nothing to assume {role} with"))
    extra = {"RoleSessionName": "mcflow"}
    if connection.config.get("external_id"):
        extra["ExternalId"] = connection.config["external_id"]

    def client(service: str, **options: Any) -> Any:
        return core.create_client(service, endpoint_url=connection.config.get("endpoint"), **options)

    fetcher = AssumeRoleCredentialFetcher(client, source, role, extra_args=extra)
    core._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


__all__ = ["CONFIG_SCHEMA", "AwsSession", "connect", "explain_credentials", "is_read"]
