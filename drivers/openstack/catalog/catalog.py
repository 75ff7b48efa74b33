"""OpenStack's catalog: each kind of answer, from the module that knows it. There is none of prices: no service of OpenStack knows any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mcflow.drivers.openstack.catalog import images, places, quotas, services, sizes
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Catalog, Image, NativeType, Offer, Query, Quota, Region, Spec, Zone

FILES = tuple(f"{folder}/{name}" for folder in (".", "~/.config/openstack", "/etc/openstack", "/etc/xdg/openstack")
              for name in ("clouds.yaml", "clouds.yml", "clouds-public.yaml", "clouds-public.yml", "secure.yaml", "secure.yml"))
"""Where openstacksdk looks for clouds."""
NAMED = ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE")
"""Variables that name further such files."""


class OpenStackCatalog(Catalog[OpenStackSession]):
    """One region of a cloud as one project sees it."""

    narrows = {"quotas": ("service",)}  # noqa: RUF012
    natives: Mapping[str, NativeType[Any]] = {}
    """The driver's native types; the driver says them."""

    def regions(self, api: OpenStackSession, query: Query) -> Iterator[Region]:
        return places.regions(api)

    def zones(self, api: OpenStackSession, query: Query) -> Iterator[Zone]:
        return places.zones(api)

    def images(self, api: OpenStackSession, query: Query) -> Iterator[Image]:
        return images.images(api)

    def specs(self, api: OpenStackSession, query: Query) -> Iterator[Spec]:
        return sizes.specs(api)

    def quotas(self, api: OpenStackSession, query: Query) -> Iterator[Quota]:
        return quotas.quotas(api, query.service)

    def services(self, api: OpenStackSession, query: Query) -> Iterator[Offer]:
        return services.services(api, self.natives)

    def whose(self, region: str | None, config: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
        """Region, settings, the variables that openstacksdk and the settings name, and which versions of the files of clouds those are."""
        named = {str(value) for name, value in (config.get("auth") or {}).items() if name.endswith("_env")}
        variables = sorted((name, value) for name, value in environ.items() if name.startswith("OS_") or name in named)
        files = [_version(file) for file in (*FILES, *(environ[name] for name in NAMED if environ.get(name)))]
        return repr((region, sorted(config.items(), key=repr), variables, files))


def _version(file: str) -> tuple[str, int, int]:
    try:
        seen = Path(file).expanduser()
        found = seen.stat()
        return str(seen.resolve()), found.st_mtime_ns, found.st_size
    except (OSError, RuntimeError):
        return file, 0, 0


CATALOG = OpenStackCatalog()
