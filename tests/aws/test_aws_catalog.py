"""AWS's catalog: from moto what moto has, the Price List and applied quotas from sketches of botocore's models."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.aws.conftest import REGION, Hand
from tests.aws.moto_handle import MotoCloud
from tests.aws.sketched import Sketch

from mcflow.cli.entry import outcome
from mcflow.drivers.aws import driver
from mcflow.drivers.aws.catalog import CATALOG
from mcflow.drivers.aws.catalog.pricing import LISTINGS, SOLD
from mcflow.drivers.aws.session import home
from mcflow.drivers.sdk import AccessDenied, NotFound, Price, Query, Reader, Unpriced, reader_of
from mcflow.drivers.sdk.selecting import choose_spec
from mcflow.engine.catalog import Keeper
from mcflow.engine.catalog.keeping import key_of
from mcflow.model.connection import ConnectionIdentity

ACCOUNT = "123456789012"


def product(amount: str, unit: str = "Hrs", *, spot: bool = False, begin: str = "0", **attributes: str) -> str:
    """One product as the Price List spells it."""
    tier = {"unit": unit, "beginRange": begin, "endRange": "Inf", "pricePerUnit": {"USD": amount}, "description": "", "rateCode": "r"}
    terms = {} if spot else {"OnDemand": {"SKU.TERM": {"priceDimensions": {"SKU.TERM.TIER": tier}, "sku": "SKU", "termAttributes": {}}}}
    return json.dumps({"product": {"productFamily": "x", "attributes": attributes, "sku": "SKU"}, "serviceCode": "x", "terms": terms})


def wanted(params: dict[str, Any], field: str) -> str:
    return next((each["Value"] for each in params["Filters"] if each["Field"] == field), "")


def price_list(params: dict[str, Any]) -> dict[str, Any]:
    """A small Price List: two pages of machines, one of everything else."""
    assert wanted(params, "regionCode") == REGION
    if wanted(params, "operatingSystem"):
        extra = 0.01 if wanted(params, "operatingSystem") == "Windows" else 0
        if "NextToken" not in params:
            return {"PriceList": [product(str(0.0416 + extra), instanceType="t3.medium"), product("0", instanceType="t3.free")],
                    "NextToken": "more"}
        return {"PriceList": [product(str(0.02 + extra), instanceType="t3a.medium"), product("9", "Quantity", instanceType="t3.large")]}
    family, group = wanted(params, "productFamily"), wanted(params, "group")
    found = {
        "Storage": [product("0.096", "GB-Mo", volumeApiName="gp3", storageClass="General Purpose")],
        "System Operation": [product("0.006", "IOPS-Mo", volumeApiName="gp3")],
        "Provisioned Throughput": [product("49.152", "GiBps-mo", volumeApiName="gp3")],
        "NAT Gateway": [product("0.059", "GB", usagetype="APN2-NatGateway-Bytes"), product("0.059", usagetype="APN2-NatGateway-Hours")],
        "Load Balancer-Application": [product("0.0225", usagetype="APN2-LoadBalancerUsage"),
                                      product("0.008", "LCU-Hrs", usagetype="APN2-LCUUsage")],
        "Database Instance": [product("0.025", instanceType="db.t3.micro")],
        "Database Storage": [product("0.131", "GB-Mo", volumeType="General Purpose-GP3"), product("1", "GB-Mo", volumeType="Unheard of")],
        "Compute": [product("0.10", "Hours", usagetype="APN2-AmazonEKS-Hours:perCluster"),
                    product("0.60", "Hours", usagetype="APN2-AmazonEKS-Hours:extendedSupport")],
        "Encryption Key": [product("1.0", "Keys", usagetype="ap-northeast-2-KMS-Keys")],
    }.get(family, [])
    if group == "VPCPublicIPv4Address":
        found = [product("0.005", usagetype="APN2-PublicIPv4:InUseAddress"), product("0.005", usagetype="APN2-PublicIPv4:IdleAddress")]
    return {"PriceList": found}


@pytest.fixture
def prices(hand: Hand) -> Sketch:
    return Sketch(hand.api.client("pricing", patient=True), GetProducts=price_list)


def read(hand: Hand, kind: Any, **query: Any) -> list[Any]:
    return list(getattr(CATALOG, kind)(hand.api, Query(**query)))


def test_regions_and_zones(hand: Hand) -> None:
    regions = {region.name: region for region in read(hand, "regions")}
    assert regions[REGION].title == "Asia Pacific (Seoul)"
    assert not regions["ap-east-1"].enabled
    assert [zone.name for zone in read(hand, "zones")] == [f"{REGION}{letter}" for letter in "abcd"]


def test_images_of_a_system_and_of_all(hand: Hand, aws_cloud: MotoCloud) -> None:
    ids = aws_cloud.register_images("debian-12-amd64-20260101-1", "RHEL-9.4.0_HVM-20260101-x86_64-0", "something-else")
    found = {image.id: image for image in read(hand, "images")}
    assert (found[ids[0]].os, found[ids[0]].version, found[ids[0]].architecture) == ("debian", "12", "x86_64")
    assert (found[ids[1]].os, found[ids[1]].version) == ("rhel", "9.4.0")
    assert ids[2] not in found
    assert {image.os for image in found.values()} >= {"debian", "rhel", "amazon-linux"}
    assert [image.id for image in read(hand, "images", os="debian", version="12", architecture="x86_64")] == [ids[0]]
    assert read(hand, "images", os="plan9") == []


def test_all_sizes_with_what_they_have_and_where(hand: Hand) -> None:
    specs = {spec.name: spec for spec in read(hand, "specs")}
    assert len(specs) > 700
    assert (specs["t3.medium"].vcpus, specs["t3.medium"].memory_gib, specs["t3.medium"].architecture) == (2, 4, "x86_64")
    assert f"{REGION}a" in specs["t3.medium"].zones
    assert specs["g4dn.xlarge"].gpus == 1
    assert "T4" in specs["g4dn.xlarge"].gpu_model
    assert "bare metal" in specs["m5.metal"].special
    assert not specs["c4.2xlarge"].current
    assert "d3en.xlarge" not in specs, "what is offered in no zone of the region"
    assert all(spec.vcpus > 0 and spec.memory_gib > 0 for spec in specs.values())


def test_every_listing_asks_what_the_price_list_takes(hand: Hand, prices: Sketch) -> None:
    for of in SOLD:
        read(hand, "prices", of=of)
    firsts = [params for _, params in prices.asked if "NextToken" not in params]
    assert len(firsts) == len(LISTINGS)
    assert {params["FormatVersion"] for params in firsts} == {"aws_v1"}


@pytest.mark.parametrize(("of", "found"), [
    ("vm", [("t3.medium", 0.0416, "hour", "", "linux"), ("t3a.medium", 0.02, "hour", "", "linux"),
            ("t3.medium", 0.0516, "hour", "", "windows"), ("t3a.medium", 0.03, "hour", "", "windows")]),
    ("disk", [("gp3", 0.096, "month", "GiB", "")]), ("disk_iops", [("gp3", 0.006, "month", "IOPS", "")]),
    ("nat_gateway", [("nat_gateway", 0.059, "hour", "", "")]),
    ("public_ip", [("in_use", 0.005, "hour", "", ""), ("idle", 0.005, "hour", "", "")]),
    ("load_balancer", [("application", 0.0225, "hour", "", "")]),
    ("database_storage", [("gp3", 0.131, "month", "GiB", ""), ("gp3", 0.131, "month", "GiB", "multi_az")]),
    ("kubernetes_cluster", [("cluster", 0.10, "hour", "", "")]), ("key", [("key", 1.0, "month", "", "")]),
])
def test_prices_on_demand(hand: Hand, prices: Sketch, of: str, found: list[tuple[Any, ...]]) -> None:
    rows = read(hand, "prices", of=of)
    assert [(row.key, pytest.approx(row.amount), row.per, row.unit, row.variant) for row in rows] == found
    assert {(row.currency, row.region) for row in rows} == {("USD", REGION)}


def test_spot_prices_by_zone(hand: Hand) -> None:
    rows = read(hand, "prices", of="vm", spot=True)
    assert {row.kind for row in rows} == {"spot"}
    assert {row.zone for row in rows} <= {f"{REGION}{letter}" for letter in "abcd"}
    assert len(rows) == len({(row.key, row.variant, row.zone) for row in rows}) > 100


def test_with_prices_the_cheapest_that_fits(hand: Hand, prices: Sketch) -> None:
    chosen = choose_spec(reader_of(hand.api, CATALOG), {"vcpus": 2, "memory_gib": 4, "max_price": 0.04}, arch="x86_64")
    assert (chosen.value, "$0.02/h, the cheapest that fits" in chosen.note) == ("t3a.medium", True)


def test_prices_that_this_account_may_not_read(hand: Hand) -> None:
    Sketch(hand.api.client("pricing", patient=True), GetProducts=lambda _: {"__type": "AccessDeniedException", "message": "not you"})
    with pytest.raises(AccessDenied, match="not you"):
        reader_of(hand.api, CATALOG).read("prices", Query(of="disk"))


@pytest.mark.parametrize(("region", "place"), [
    ("eu-west-1", "eu-central-1"), ("us-west-2", "us-east-1"), ("ap-northeast-2", "ap-south-1"), ("cn-north-1", "cn-northwest-1"),
])
def test_the_price_list_is_asked_where_it_is(region: str, place: str) -> None:
    assert home("pricing", region) == place
    assert home("ec2", region) == region


def quota(code: str, value: float) -> dict[str, Any]:
    return {"ServiceCode": "ec2", "ServiceName": "EC2", "QuotaCode": code, "QuotaName": f"quota {code}", "Value": value, "Unit": "None",
            "Adjustable": True, "GlobalQuota": False}


def test_quotas_are_defaults_with_what_the_account_was_given(hand: Hand) -> None:
    sketch = Sketch(
        hand.api.client("service-quotas", patient=True),
        ListAWSDefaultServiceQuotas=lambda params: {"Quotas": [quota("L-1", 5)], "NextToken": "next"} if "NextToken" not in params
        else {"Quotas": [quota("L-2", 20)]},
        ListServiceQuotas=lambda _: {"Quotas": [quota("L-1", 50)]})
    found = read(hand, "quotas", service="ec2")
    assert [(row.code, row.limit, row.adjustable, row.service) for row in found] == [("L-1", 50, True, "ec2"), ("L-2", 20, True, "ec2")]
    assert {params["ServiceCode"] for _, params in sketch.asked} == {"ec2"}


def test_quotas_on_moto_which_knows_defaults_of_one_service(hand: Hand) -> None:
    assert len(read(hand, "quotas")) == len(read(hand, "quotas", service="vpc")) > 10
    with pytest.raises(NotFound):
        read(hand, "quotas", service="ec2")


def test_who_it_is_changes_with_credentials_and_files(tmp_path: Path) -> None:
    base = {"AWS_ACCESS_KEY_ID": "a", "AWS_CONFIG_FILE": str(tmp_path / "config"), "HOME": "/x"}
    first = CATALOG.whose("eu-west-1", {}, base)
    assert CATALOG.whose("eu-west-1", {}, {**base, "EDITOR": "vi"}) == first
    assert CATALOG.whose("eu-west-1", {}, {**base, "AWS_ACCESS_KEY_ID": "b"}) != first
    assert CATALOG.whose("eu-west-2", {}, base) != first
    assert CATALOG.whose("eu-west-1", {"profile": "p"}, base) != first
    (tmp_path / "config").write_text("[default]")
    assert CATALOG.whose("eu-west-1", {}, base) != first


def test_every_native_has_a_cost_or_a_reason() -> None:
    assert sorted(driver.natives.keys() - driver.costs.keys()) == []
    assert sorted(driver.costs.keys() - driver.natives.keys()) == []


@pytest.mark.parametrize(("type", "want", "charges"), [
    ("aws.instance", {"instance_type": "t3.medium", "root_volume_size": 20, "root_volume_type": "gp3"},
     [("vm", "t3.medium", 1), ("disk", "gp3", 20)]),
    ("aws.instance", {"instance_type": "t3.medium", "power": "stopped"}, []),
    ("aws.volume", {"size": 100, "volume_type": "gp3", "iops": 4000, "throughput": 250},
     [("disk", "gp3", 100), ("disk_iops", "gp3", 1000), ("disk_throughput", "gp3", 125 / 1024)]),
    ("aws.volume", {"size": 100, "volume_type": "io2", "iops": 4000}, [("disk", "io2", 100), ("disk_iops", "io2", 4000)]),
    ("aws.vpc", {}, []), ("aws.vpc_endpoint", {"vpc_endpoint_type": "Gateway"}, []),
    ("aws.vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}, [("endpoint", "interface", 2)]),
    ("aws.lb", {"type": "network"}, [("load_balancer", "network", 1)]),
    ("aws.eks_node_group", {"instance_types": ["m5.large"], "scaling_config": {"desired_size": 3}, "disk_size": 50},
     [("vm", "m5.large", 3), ("disk", "gp3", 150)]),
    ("aws.db_instance", {"engine": "mysql", "db_instance_class": "db.t3.micro", "allocated_storage": 20, "multi_az": True},
     [("database", "db.t3.micro", 1), ("database_storage", "gp2", 20)]),
])
def test_what_natives_cost(type: str, want: dict[str, Any], charges: list[tuple[str, str, float]]) -> None:
    assert [(each.of, each.key, each.quantity) for each in driver.costs[type](want)] == charges


@pytest.mark.parametrize(("type", "want", "reason"), [
    ("aws.volume", {}, "its size is not known yet"), ("aws.bucket", {}, "it costs by what is stored"),
    ("aws.eks_node_group", {"instance_types": ["m5.large"]}, "how many machines"), ("aws.lb", {"type": "odd"}, "type odd has no price"),
])
def test_what_is_not_known(type: str, want: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unpriced, match=reason):
        list(driver.costs[type](want))


@pytest.fixture
def priced(folder: Path, aws_cloud: MotoCloud) -> Path:
    """A project on the wrapped server."""
    fast = {"poll_interval": 0.02, "request_timeout": 60, "visibility_lag": 0.2, "requests_per_second": 0}
    connection = {"driver": "aws", "region": REGION, "endpoint": aws_cloud.endpoint, **fast}
    (folder / "mcflow.yaml").write_text(json.dumps({
        "mcflow": 1, "name": "priced", "connections": {"cloud": connection},
        "resources": {"data": {"type": "disk", "properties": {"size_gib": 100, "type": "gp3", "zone": f"{REGION}a"}}}}))
    return folder


def test_a_plan_counts_prices_that_are_kept_and_asks_for_none(
    priced: Path, aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str],
) -> None:
    assert outcome(["plan"]) == 0
    assert "no prices are kept; `mcflow plan --cost` asks for them" in " ".join(capsys.readouterr().out.split())
    who = ConnectionIdentity("aws", ACCOUNT, REGION, aws_cloud.endpoint)
    at = os.path.getmtime(priced / "mcflow.yaml")
    Keeper(priced / "XDG_CACHE_HOME" / "mcflow" / "catalog").put(
        key_of(who, "prices", Query(of="disk")), [Price(of="disk", key="gp3", amount=0.096, per="month", unit="GiB")], at)
    assert outcome(["plan"]) == 0
    assert "Cost: $0.00 → $9.60 a month (+$9.60)." in capsys.readouterr().out
    assert outcome(["plan", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"]["source"] == "cached"
    assert outcome(["plan", "--cost"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "$9.60" in said, "--cost takes what is young enough"


def test_the_second_answer_imports_no_sdk(priced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import subprocess
    import sys

    assert outcome(["catalog", "zones", "cloud"]) == 0
    capsys.readouterr()
    code = ("import sys; from mcflow.cli.entry import outcome; code = outcome(['catalog', 'zones', 'cloud', '-o', 'name']); "
            "sys.exit(code or ('boto3' in sys.modules) or ('botocore' in sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, f"{REGION}a"), done.stderr


def test_a_reader_is_the_sessions_own(hand: Hand) -> None:
    assert isinstance(reader_of(hand.api, CATALOG), Reader)
    assert reader_of(hand.api, CATALOG) is reader_of(hand.api, CATALOG)
