"""Prices: one table of what is asked for, one way to read the answers. On-demand prices come from the Price List service, which a few
regions have for all; spot prices from EC2 itself.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Price, Unsupported

UNITS: dict[str, tuple[Literal["hour", "month"], str]] = {
    "Hrs": ("hour", ""), "Hours": ("hour", ""), "hours": ("hour", ""), "GB-Mo": ("month", "GiB"), "IOPS-Mo": ("month", "IOPS"),
    "GiBps-mo": ("month", "GiB/s"), "MiBps-Mo": ("month", "MiB/s"), "Keys": ("month", ""), "Secrets": ("month", ""),
}
"""The Price List's units: per what time, for each what. Rows of other units are paid by use and left out."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One question to the Price List. ``key``: the attribute that names what is priced, or the name itself where all rows are of one;
    ``keys`` turns the attribute's words into the API's own; ``usage``: how the usage type must end."""

    of: str
    service: str
    filters: Mapping[str, str]
    key: str
    keys: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    usage: str = ""


def _machines(system: str, variant: str) -> Listing:
    return Listing("vm", "AmazonEC2", {
        "operatingSystem": system, "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used",
        "licenseModel": "No License required"}, "@instanceType", variant=variant)


def _databases(engine: str, variant: str) -> Iterator[Listing]:
    for deployment, zones in (("Single-AZ", ""), ("Multi-AZ", " multi_az")):
        yield Listing("database", "AmazonRDS", {
            "productFamily": "Database Instance", "databaseEngine": engine, "deploymentOption": deployment}, "@instanceType",
            variant=variant + zones)


STORAGE = {"General Purpose": "gp2", "General Purpose-GP3": "gp3", "Provisioned IOPS": "io1", "Provisioned IOPS-IO2": "io2",
           "Magnetic": "standard"}
BALANCERS = {"Load Balancer-Application": "application", "Load Balancer-Network": "network", "Load Balancer-Gateway": "gateway"}

LISTINGS: tuple[Listing, ...] = (
    _machines("Linux", "linux"), _machines("Windows", "windows"),
    Listing("disk", "AmazonEC2", {"productFamily": "Storage"}, "@volumeApiName"),
    Listing("disk_iops", "AmazonEC2", {"productFamily": "System Operation", "group": "EBS IOPS"}, "@volumeApiName"),
    Listing("disk_throughput", "AmazonEC2", {"productFamily": "Provisioned Throughput"}, "@volumeApiName"),
    Listing("nat_gateway", "AmazonEC2", {"productFamily": "NAT Gateway"}, "nat_gateway", usage="NatGateway-Hours"),
    Listing("public_ip", "AmazonVPC", {"group": "VPCPublicIPv4Address"}, "in_use", usage="PublicIPv4:InUseAddress"),
    Listing("public_ip", "AmazonVPC", {"group": "VPCPublicIPv4Address"}, "idle", usage="PublicIPv4:IdleAddress"),
    Listing("endpoint", "AmazonVPC", {"productFamily": "VpcEndpoint"}, "interface", usage="VpcEndpoint-Hours"),
    *(Listing("load_balancer", "AWSELB", {"productFamily": family}, key, usage="LoadBalancerUsage") for family, key in BALANCERS.items()),
    *_databases("MySQL", "mysql"), *_databases("MariaDB", "mariadb"), *_databases("PostgreSQL", "postgres"),
    *(Listing("database_storage", "AmazonRDS", {"productFamily": "Database Storage", "deploymentOption": deployment}, "@volumeType",
              STORAGE, variant=variant) for deployment, variant in (("Single-AZ", ""), ("Multi-AZ", "multi_az"))),
    Listing("kubernetes_cluster", "AmazonEKS", {"productFamily": "Compute"}, "cluster", usage="AmazonEKS-Hours:perCluster"),
    Listing("file_system", "AmazonEFS", {"productFamily": "Storage"}, "@storageClass", {"General Purpose": "standard"}),
    Listing("key", "awskms", {"productFamily": "Encryption Key"}, "key", usage="KMS-Keys"),
    Listing("secret", "AWSSecretsManager", {"productFamily": "Secret"}, "secret", usage="AWSSecretsManager-Secrets"),
)
SOLD = tuple(dict.fromkeys(listing.of for listing in LISTINGS))
SPOT = {"Linux/UNIX": "linux", "Windows": "windows"}
"""EC2's words for systems of spot machines."""


def list_prices(api: AwsSession, of: str) -> Iterator[Price]:
    """On-demand prices of one kind in the session's region; pages of 100. Raises Unsupported where the partition has no Price List."""
    if api.partition not in ("aws", "aws-cn"):
        raise Unsupported(f"the partition {api.partition} has no Price List service")
    for listing in LISTINGS:
        if of in ("", listing.of):
            yield from _asked(api, listing)


def _asked(api: AwsSession, listing: Listing) -> Iterator[Price]:
    filters = {"regionCode": api.region, **listing.filters}
    conditions = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
    seen: set[str] = set()
    # Each product is a text of JSON.
    products: Iterator[Any] = api.pages("get_products", "PriceList", patient=True, service="pricing", ServiceCode=listing.service,
                                        Filters=conditions, FormatVersion="aws_v1", MaxResults=100)
    for text in products:
        price = read_product(json.loads(text), listing, api.region)
        if price is not None and price.key not in seen:
            seen.add(price.key)
            yield price


def read_product(product: Mapping[str, Any], listing: Listing, region: str) -> Price | None:
    """The price of one product: its first tier on demand. None for what is paid by use, or named by nothing."""
    attributes = product.get("product", {}).get("attributes", {})
    key = attributes.get(listing.key[1:], "") if listing.key.startswith("@") else listing.key
    key = listing.keys.get(key, "" if listing.keys else key)
    if not key or not str(attributes.get("usagetype", "")).endswith(listing.usage):
        return None
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for tier in term.get("priceDimensions", {}).values():
            unit = UNITS.get(tier.get("unit", ""))
            if unit is None or tier.get("beginRange", "0") not in ("0", ""):
                continue
            for currency, amount in tier.get("pricePerUnit", {}).items():
                if float(amount) > 0:
                    return Price(of=listing.of, key=key, amount=float(amount), currency=currency, per=unit[0], unit=unit[1],
                                 variant=listing.variant, region=region)
    return None


def spot_prices(api: AwsSession) -> Iterator[Price]:
    """What spot machines cost now, by zone; pages of 1,000."""
    seen: set[tuple[str, str, str]] = set()
    now = datetime.now(UTC)
    for row in api.pages("describe_spot_price_history", "SpotPriceHistory", patient=True, StartTime=now, EndTime=now,
                         ProductDescriptions=list(SPOT)):
        variant = SPOT.get(str(row["ProductDescription"]).removesuffix(" (Amazon VPC)"), "")
        name = (row["InstanceType"], variant, row["AvailabilityZone"])
        if variant and name not in seen:
            seen.add(name)
            yield Price(of="vm", key=name[0], amount=float(row["SpotPrice"]), variant=variant, kind="spot", region=api.region, zone=name[2])
