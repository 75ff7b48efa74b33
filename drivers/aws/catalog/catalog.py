"""AWS's catalog: each kind of answer, from the module that knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mcflow.drivers.aws.catalog import places, pricing, quotas, sizes
from mcflow.drivers.aws.catalog.images import PUBLISHERS, find_images
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Catalog, Image, Offer, Price, Query, Quota, Region, Spec, Zone

FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
"""Where profiles are: variable → the file without it."""


class AwsCatalog(Catalog[AwsSession]):
    """One region of AWS as one account sees it."""

    narrows = {"images": ("os", "version", "architecture"), "prices": ("of", "spot"), "quotas": ("service",)}  # noqa: RUF012
    sells = pricing.SOLD
    systems = tuple(PUBLISHERS)

    def regions(self, api: AwsSession, query: Query) -> Iterator[Region]:
        return places.regions(api)

    def zones(self, api: AwsSession, query: Query) -> Iterator[Zone]:
        return places.zones(api)

    def images(self, api: AwsSession, query: Query) -> Iterator[Image]:
        return find_images(api, query)

    def specs(self, api: AwsSession, query: Query) -> Iterator[Spec]:
        return sizes.specs(api)

    def prices(self, api: AwsSession, query: Query) -> Iterator[Price]:
        return pricing.spot_prices(api) if query.spot else pricing.list_prices(api, query.of)

    def quotas(self, api: AwsSession, query: Query) -> Iterator[Quota]:
        return quotas.quotas(api, query.service)

    def services(self, api: AwsSession, query: Query) -> Iterator[Offer]:
        return places.services(api)

    def whose(self, region: str | None, config: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
        """Region, settings, the variables that boto3 reads, and which versions of the profiles' files those are."""
        variables = sorted((name, value) for name, value in environ.items() if name.startswith("AWS_"))
        files = [_version(environ.get(name, file)) for name, file in FILES.items()]
        return repr((region, sorted(config.items(), key=repr), variables, files))


def _version(file: str) -> tuple[str, int, int]:
    try:
        seen = Path(file).expanduser().stat()
    except (OSError, RuntimeError):
        return file, 0, 0
    return file, seen.st_mtime_ns, seen.st_size


CATALOG = AwsCatalog()
