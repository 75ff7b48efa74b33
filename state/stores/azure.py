"""Objects in a container of Azure Blob Storage. An account's key or a SAS in the environment, else Azure's default chain."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mcflow.model.diagnostic import Rejected, reject
from mcflow.model.position import Position
from mcflow.state.stores.bucket import Bucket, Credential, Provider, client_options, host_of, hush, prefix_of, retry_config, store_of
from mcflow.state.stores.faults import missing_package

SCOPE = "https://storage.azure.com/.default"
IN_ENVIRONMENT = {"AZURE_STORAGE_ACCOUNT_KEY": "account_key", "AZURE_STORAGE_KEY": "account_key", "AZURE_STORAGE_SAS_TOKEN": "sas_key"}
"""Variables that hold a credential of the account itself, as Azure's own tools name them."""


def place_of(settings: Mapping[str, Any]) -> str:
    """Where that is, for people."""
    return f"azure://{host_of(settings)}{settings['account']}/{settings['container']}/{prefix_of(settings)}".rstrip("/")


def open_objects(settings: Mapping[str, Any], position: Position | None = None) -> Bucket:
    """The container of ``settings`` (account, container, prefix, endpoint), below its prefix.

    Rejected: MC0755 without the library, MC0756 without credentials, MC0760 for settings that cannot be used.
    """
    try:
        from obstore.store import AzureStore
    except ImportError as fault:
        raise missing_package("azure", fault.name or "obstore", "azureblob", position) from fault
    account, container = str(settings["account"]), str(settings["container"])
    prefix, place = prefix_of(settings), place_of(settings)
    endpoint = str(settings.get("endpoint") or "")
    config: dict[str, Any] = {"account_name": account, "skip_signature": False, "use_emulator": False}
    if endpoint:
        config["endpoint"] = endpoint
    named = next((name for name in IN_ENVIRONMENT if os.environ.get(name)), None)
    if named:
        config[IN_ENVIRONMENT[named]] = os.environ[named].lstrip("?")
    provider = None if named else _default_chain(position)

    def make() -> AzureStore:
        return AzureStore(container, prefix=prefix or None, config=config, client_options=client_options(endpoint),  # type: ignore[arg-type]
                          retry_config=retry_config(), credential_provider=provider)  # type: ignore[arg-type]

    try:
        store = store_of(make, container, endpoint, place, position)
    except Rejected as rejected:
        if named and "Access Key" in str(rejected):
            raise reject("MC0756", position=position, place=place, problem=f"{named} is no key of an account") from None
        raise
    return Bucket(store, place, "container", container, provider, position)


def _default_chain(position: Position | None) -> Provider:
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError as fault:
        raise missing_package("azure", fault.name or "azure-identity", "azureblob", position) from fault
    hush("azure")
    chain = DefaultAzureCredential()

    def find() -> Credential:
        token = chain.get_token(SCOPE)
        return {"token": token.token, "expires_at": datetime.fromtimestamp(token.expires_on, UTC)}

    return Provider(find)
