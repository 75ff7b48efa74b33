"""What OpenStack's services and keystoneauth say went wrong, in mcflow's words. The tables are the knowledge.

keystoneauth is looked at by the names of its exception classes, so that this module can be imported without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.sdk import (
    AccessDenied,
    AlreadyExists,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    QuotaExceeded,
    ServiceFault,
    Stale,
    Throttled,
    Unsupported,
)

STATUSES: dict[int, type[DriverError]] = {
    401: InvalidCredentials, 403: AccessDenied, 404: NotFound, 405: Unsupported, 406: Unsupported, 409: Busy, 410: NotFound, 412: Stale,
    413: QuotaExceeded, 429: Throttled, 501: Unsupported,
}
"""HTTP statuses by meaning; what is not here is InvalidRequest below 500, and above a fault."""

TYPES: dict[str, type[DriverError]] = {
    "OverQuota": QuotaExceeded, "IpAddressGenerationFailure": QuotaExceeded, "ExternalIpAddressExhausted": QuotaExceeded,
    "GatewayIpInUse": Busy, "NetworkInUse": InUse, "SubnetInUse": InUse, "PortInUse": InUse, "RouterInUse": InUse,
    "SecurityGroupInUse": InUse,
    "AddressGroupInUse": InUse, "QosPolicyInUse": InUse, "RouterInterfaceInUseByFloatingIP": InUse,
    "RouterExternalGatewayInUseByFloatingIp": InUse,
    "L3PortInUse": InUse, "ServicePortInUse": InUse, "SubnetPoolInUse": InUse,
    "SecurityGroupRuleExists": AlreadyExists, "SecurityGroupRuleParameterConflict": InvalidRequest, "IpAddressInUse": AlreadyExists,
    "IpAddressAlreadyAllocated": AlreadyExists, "FloatingIPPortAlreadyAssociated": Busy, "MacAddressInUse": AlreadyExists,
    "RevisionNumberConstraintFailed": Stale, "StaleDataError": Stale, "RetryRequest": Busy,
    "SubnetNotFound": NotFound, "NetworkNotFound": NotFound,
}
"""Neutron tells a type. https://docs.openstack.org/api-ref/network/v2/#faults"""

MESSAGES: tuple[tuple[str, str, type[DriverError]], ...] = (
    ("", r"[Qq]uota.* exceeded|exceeds? .*quota|VolumeLimitExceeded|overlimit|Quota has been met|Resource limit exceeded", QuotaExceeded),
    ("compute", r"is locked", InvalidRequest),
    ("", r"immutable|is being|in progress|[Ii]nvalid (volume|share|snapshot) ?(status)?: .*(status|state)|must be (available|in-use|in )|"
         r"in (vm_state|task_state)|while it is in|status must be|is not in a valid state|PENDING_", Busy),
    ("", r"already (exists|has|in use by|attached|a member|associated)|[Dd]uplicate|is already", AlreadyExists),
    ("", r"still in use|in use|has (child|dependent|snapshots|attached)|depend(ent|s)|is used by|not empty|cannot be deleted", InUse),
)
"""What services say with a conflict (409), a refusal (403) or a bad request (400): service (empty: all), expression, meaning."""

EXCEPTIONS: dict[str, type[DriverError]] = {
    "Unauthorized": InvalidCredentials, "MissingAuthPlugin": InvalidCredentials, "MissingRequiredOptions": InvalidCredentials,
    "AuthPluginException": InvalidCredentials, "AuthorizationFailure": InvalidCredentials, "MissingAuthMethods": InvalidCredentials,
    "ConfigException": InvalidCredentials, "OpenStackConfigException": InvalidCredentials,
    "CatalogException": Unsupported, "ServiceDisabledException": Unsupported, "ServiceDiscoveryException": ServiceFault,
    "DiscoveryFailure": ServiceFault, "SSLError": ServiceFault, "NotSupported": Unsupported,
}
"""keystoneauth's and openstacksdk's own exceptions, by class name (the nearest class in the inheritance counts): nothing was sent."""

UNSENT = ("NewConnectionError", "NameResolutionError", "Connection refused", "getaddrinfo failed")
"""What the text of a failed connection says where it was never made."""

ANSWERS = (500, 503)
"""Statuses by which a service says itself that it failed; 502 and 504 are of what stands before it."""


PERMISSIONS = re.compile(r"[Pp]olicy (?:doesn't|does not) allow (\S+:\S+) to be performed|rule:([\w:.-]+)\)? is disallowed by policy"
                         r"|requested action: (\w+:\w+)")
"""How a refusal names the right that is lacking: Nova's, Cinder's, Manila's and Magnum's words, Neutron's, and Keystone's."""


def translate(exception: BaseException, operation: str = "", *, read: bool = False) -> DriverError | None:
    """The DriverError for an exception of keystoneauth or openstacksdk, None for one that is none of theirs. ``read``: nothing could have
    been changed."""
    if isinstance(exception, DriverError):
        return exception
    names = [cls.__name__ for cls in type(exception).__mro__]
    text = str(exception)
    status = getattr(exception, "http_status", None) or getattr(exception, "status_code", None)
    for name in names:
        if name in EXCEPTIONS:
            return EXCEPTIONS[name](text, code=names[0])
    if "HttpError" in names or "HttpException" in names:
        return classify("", int(status or 500), "", text, read=read)(text, code=names[0])
    if "ConnectFailure" in names or "ConnectTimeout" in names or "UnknownConnectionError" in names:
        sure = read or any(sign in text for sign in UNSENT)
        return (ServiceFault if sure else Ambiguous)(text, code=names[0])
    return ServiceFault(text, code=names[0]) if "ClientException" in names or "SDKException" in names else None


def refusal(service: str, status: int, headers: Mapping[str, str], text: str, *, read: bool) -> DriverError:
    """The DriverError for an answer with a status of 400 and more."""
    kind, message = told(text)
    wait = headers.get("retry-after", "")
    about: dict[str, Any] = {
        "code": kind or str(status), "retry_after": float(wait) if wait.isdigit() else None,
        "request_id": headers.get("x-openstack-request-id") or headers.get("x-compute-request-id") or "",
    }
    error = classify(service, status, kind, message, read=read)
    if error is AccessDenied and (named := PERMISSIONS.search(message)):
        about["permission"] = named[1] or named[2] or named[3]
    if error is Ambiguous:
        about["answered"] = status in ANSWERS and bool(message)
    return error(message or f"the service answered with status {status} and gave no reason", **about)


def classify(service: str, status: int, kind: str, message: str, *, read: bool) -> type[DriverError]:
    """What an answer means."""
    if kind in TYPES:
        return TYPES[kind]
    if status in (400, 403, 409, 413):
        for of, pattern, error in MESSAGES:
            # A bad request is hardly ever about something that passes: only what is said plainly counts.
            if (not of or of == service) and re.search(pattern, message) and (status != 400 or error in (Busy, QuotaExceeded)):
                return error
    if status in STATUSES:
        return STATUSES[status]
    if status == 503 and "Unable to lock the project" in message:
        # Octavia's word for "again later", said before it does anything.
        return Busy
    if status >= 500:
        return ServiceFault if read else Ambiguous
    return InvalidRequest


def told(text: str) -> tuple[str, str]:
    """The type and the message of an error's body; every service has its own form."""
    try:
        body = json.loads(text)
    except ValueError:
        return "", _plain(text)
    if not isinstance(body, dict):
        return "", str(body)
    if "faultstring" in body:
        return str(body.get("faultcode", "")), str(body["faultstring"])
    if isinstance(body.get("errors"), list) and body["errors"]:
        first = body["errors"][0]
        return str(first.get("code", "")), str(first.get("detail") or first.get("title") or "")
    for name, inner in body.items():
        if isinstance(inner, dict) and ("message" in inner or "title" in inner):
            return str(inner.get("type") or name), str(inner.get("message") or inner.get("title"))
        if name in ("NeutronError", "message", "error") and isinstance(inner, str):
            return "", inner
    return "", ""


def _plain(text: str) -> str:
    """The words of a page of HTML."""
    inner = re.search(r"<h1>.*?</h1>(.*?)</body>", text, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", inner.group(1)).strip() if inner else ("" if text.lstrip().startswith("<") else text.strip()[:300])
