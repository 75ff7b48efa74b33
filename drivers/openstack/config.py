"""The keys of an OpenStack connection, and what openstacksdk is told of them."""

from __future__ import annotations

import os
from typing import Any

from mcflow.drivers.sdk import InvalidCredentials
from mcflow.model.connection import Connection

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "cloud": {"type": "string", "description": "an entry of clouds.yaml; default: OS_CLOUD, then the OS_* variables"},
        "auth_type": {"type": "string", "description": "how to log in: password, v3applicationcredential …; default: by what is given"},
        "auth": {
            "type": "object", "additionalProperties": False, "description": "where and as whom, in place of clouds.yaml or laid over it",
            "properties": {
                "auth_url": {"type": "string", "pattern": "^https?://", "description": "Keystone's address, with its version"},
                "username": {"type": "string"}, "user_id": {"type": "string"},
                "password_env": {"type": "string", "description": "the environment variable that holds the password"},
                "project_name": {"type": "string"}, "project_id": {"type": "string"},
                "user_domain_name": {"type": "string"}, "user_domain_id": {"type": "string"},
                "project_domain_name": {"type": "string"}, "project_domain_id": {"type": "string"},
                "application_credential_id": {"type": "string"}, "application_credential_name": {"type": "string"},
                "application_credential_secret_env": {"type": "string", "description": "the environment variable that holds the secret"},
                "token_env": {"type": "string", "description": "the environment variable that holds a token"},
            },
        },
        "project_id": {"type": "string", "description": "the project it must be; anything else stops the run"},
        "interface": {"type": "string", "enum": ["public", "internal", "admin"], "description": "which endpoints; default public"},
        "cacert": {"type": "string", "description": "a file with the certificate authority to trust"},
        "verify": {"type": "boolean", "description": "whether certificates are checked; default true"},
        "endpoints": {
            "type": "object", "additionalProperties": {"type": "string", "pattern": "^https?://"},
            "description": "service type (network, compute, block-storage …) → address, where the catalog's is not to be used",
        },
        "external_network": {"type": "string", "description": "name or id of the network to the world; default: the only external one"},
        "request_timeout": {"type": "number", "exclusiveMinimum": 0, "description": "longest time of one request, seconds; default 60"},
        "visibility_lag": {"type": "number", "minimum": 0, "description": "how long a new object may stay unseen, seconds"},
        "poll_interval": {"type": "number", "exclusiveMinimum": 0, "description": "between two looks while waiting, seconds; default 2"},
        "requests_per_second": {"type": "number", "minimum": 0, "description": "what mcflow allows itself; default 20, 0: no limit"},
    },
}
"""The keys of an OpenStack connection beside ``driver`` and ``region``. Secrets are not among them, as the state remembers them all."""

CHAIN = ("the connection's `cloud` and `auth`; OS_CLOUD; OS_* environment variables; clouds.yaml and secure.yaml in this folder, "
         "~/.config/openstack and /etc/openstack (or OS_CLIENT_CONFIG_FILE)")


def settings(connection: Connection) -> dict[str, Any]:
    """What openstacksdk is told: the keys by its names."""
    config = connection.config
    told: dict[str, Any] = {name: config[name] for name in ("cloud", "auth_type", "interface", "cacert", "verify") if name in config}
    if config.get("auth"):
        told["auth"] = {name.removesuffix("_env"): _from_environment(connection, value) if name.endswith("_env") else value
                        for name, value in config["auth"].items()}
    if connection.region:
        told["region_name"] = connection.region
    for service, address in config.get("endpoints", {}).items():
        told[f"{service.replace('-', '_')}_endpoint_override"] = address
    return told


def _from_environment(connection: Connection, name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise InvalidCredentials(f"connection {connection.name!r} takes a secret from the environment variable {name}, which is not set")
    return value


def explain_credentials(connection: Connection, reason: str) -> str:
    """What was tried and what to do, in one text."""
    return (f"no usable OpenStack credentials for connection {connection.name!r}: {reason.rstrip('.')}. Tried: {CHAIN}. To fix it, name an "
            f"entry of clouds.yaml as `cloud:` in the connection, or set OS_AUTH_URL and OS_APPLICATION_CREDENTIAL_ID with its secret")
