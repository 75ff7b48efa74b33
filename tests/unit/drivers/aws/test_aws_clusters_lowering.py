"""What clusters, node groups and databases become on AWS, and what is refused before anything is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.drivers.aws.conftest import Bench, natives

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.portable.classes import CLASSES
from mcflow.drivers.sdk import Catalog, Price, Query, Reader, Unsuitable, Want
from mcflow.drivers.sdk.lowering import Derived
from mcflow.model.values import Ref, Secret, reveal

DATABASE: dict[str, Any] = {"engine": "postgresql", "version": "16", "spec": "db.t4g.medium", "storage": {"size_gib": 20},
                            "username": "shop", "password": Secret("correct-horse-battery")}


def network(bench: Bench, *zones: str) -> list[Any]:
    """Subnets in these zones."""
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    for index, zone in enumerate(zones):
        bench.lower(f"s{index}", "subnet", vpc=bench.handle("net"), cidr=f"10.0.{index}.0/24", zone=zone)
    return [bench.handle(f"s{index}") for index in range(len(zones))]


def cluster(bench: Bench, **properties: Any) -> Any:
    return bench.lower("k8s", "kubernetes_cluster", **{"vpc": bench.handle("net"), "subnets": network(bench, "a", "b"), **properties})


def test_a_cluster_acts_as_a_role_that_all_share(bench: Bench) -> None:
    out = cluster(bench, version="1.31")
    made = natives(out)
    assert {key: each["type"] for key, each in made.items()} == {
        "eks_cluster_role": "aws.iam_role", "eks_cluster_role_policy": "aws.iam_role_policy_attachment", "cluster": "aws.eks_cluster"}
    policy = made["eks_cluster_role_policy"]["policy_arn"]
    assert policy == Derived("aws.managed_policy", (Ref("@aws/eks_cluster_role", ("arn",)), "AmazonEKSClusterPolicy"))
    assert made["cluster"]["subnet_ids"] == [Ref("s0/subnet"), Ref("s1/subnet")]
    assert (made["cluster"]["endpoint_public_access"], made["cluster"]["endpoint_private_access"]) == (True, True)
    last = out.natives[-1]
    assert last.after == (Ref("@aws/eks_cluster_role_policy"),), "the role keeps its rights as long as the cluster lives"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_policy_of_amazons_is_of_the_roles_partition(partition: str) -> None:
    made = driver.derivations["managed_policy"](f"arn:{partition}:iam::123456789012:role/any", "AmazonEKSClusterPolicy")
    assert made == f"arn:{partition}:iam::aws:policy/AmazonEKSClusterPolicy"


def test_a_kubeconfig_holds_no_token(bench: Bench) -> None:
    derived = cluster(bench).exports["kubeconfig"]
    assert isinstance(derived, Derived)
    assert derived.op == "aws.eks_kubeconfig"
    made = driver.derivations["eks_kubeconfig"]("cloud", "k8s", "https://k8s.example", "Q0E=")
    assert isinstance(made, Secret)
    document = json.loads(reveal(made))
    assert document["clusters"][0]["cluster"] == {"server": "https://k8s.example", "certificate-authority-data": "Q0E="}
    assert document["users"][0]["user"] == {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "mcflow", "args": ["kube-token", "cloud", "k8s"],
        "interactiveMode": "Never", "provideClusterInfo": False}}


@pytest.mark.parametrize(("zones", "properties", "about"), [
    (("a", "a"), {}, "subnets"), (("a",), {}, "subnets"),
    (("a", "b"), {"version": "1.31.2"}, "version"), (("a", "b"), {"version": "1.19"}, "version"),
    (("a", "b"), {"version": "2.0"}, "version"),
])
def test_clusters_that_eks_cannot_make(bench: Bench, zones: tuple[str, ...], properties: dict[str, Any], about: str) -> None:
    subnets = network(bench, *zones)
    with pytest.raises(Unsuitable) as refused:
        bench.lower("k8s", "kubernetes_cluster", vpc=bench.handle("net"), subnets=subnets, **properties)
    assert refused.value.property == about
    assert refused.value.remedy


def nodes(bench: Bench, **properties: Any) -> dict[str, Any]:
    cluster(bench)
    return natives(bench.lower("pool", "node_group", **{"cluster": bench.handle("k8s"), "spec": "t3.medium", "size": {"desired": 2},
                                                        **properties}))


def test_a_node_group(bench: Bench) -> None:
    made = nodes(bench, root_disk={"size_gib": 50}, labels={"a": "b"}, taints=[{"key": "gpu", "effect": "NoSchedule"}])
    group = made["nodes"]
    assert group["cluster_name"] == Ref("k8s/cluster", ("name",))
    assert group["subnets"] == [Ref("s0/subnet"), Ref("s1/subnet")]
    assert (group["min_size"], group["desired_size"], group["max_size"]) == (2, 2, 2)
    assert (group["disk_size"], group["ami_type"]) == (50, "AL2023_x86_64_STANDARD")
    assert group["taints"] == [{"key": "gpu", "effect": "NO_SCHEDULE"}]
    assert sum(each["type"] == "aws.iam_role_policy_attachment" for each in made.values()) == 3


@pytest.mark.parametrize(("size", "autoscale", "numbers"), [
    ({"desired": 2, "min": 1, "max": 4}, False, (1, 2, 4)), ({"desired": 0}, False, (0, 0, 1)),
    ({"desired": 2, "min": 1, "max": 4}, True, (1, None, 4)),
])
def test_how_many(bench: Bench, size: dict[str, int], autoscale: bool, numbers: tuple[int | None, ...]) -> None:
    group = nodes(bench, size=size, autoscale=autoscale)["nodes"]
    assert tuple(group.get(name) for name in ("min_size", "desired_size", "max_size")) == numbers


@pytest.mark.parametrize(("spec", "image"), [
    ("m7g.large", "ARM_64"), ("c7gn.xlarge", "ARM_64"), ("t4g.medium", "ARM_64"), ("a1.large", "ARM_64"),
    ("m7i.large", "x86_64"), ("g5.xlarge", "x86_64"), ("t3.medium", "x86_64"),
])
def test_the_image_is_of_the_processor(bench: Bench, spec: str, image: str) -> None:
    assert image in nodes(bench, spec=spec)["nodes"]["ami_type"]


def test_a_type_of_disk_needs_a_launch_template(bench: Bench) -> None:
    made = nodes(bench, root_disk={"size_gib": 50, "type": "premium"}, key_pair="admin")
    volume = made["template"]["launch_template_data"]["block_device_mappings"][0]["ebs"]
    assert volume == {"volume_size": 50, "volume_type": "io2", "iops": 2500, "delete_on_termination": True}
    assert made["template"]["launch_template_data"]["key_name"] == "admin"
    assert not {"disk_size", "ec2_ssh_key"} & set(made["nodes"])
    assert made["nodes"]["launch_template_id"] == Ref("pool/template")


@pytest.mark.parametrize(("properties", "about"), [
    ({"image": "ami-1"}, "image"), ({"cluster": "literal"}, "cluster"), ({"size": {"desired": 2}, "autoscale": True}, "autoscale"),
    ({"size": {"desired": 5, "max": 4}}, "size.desired"), ({"size": {"desired": 1, "min": 2}}, "size.min"),
    ({"root_disk": {"type": "floppy"}}, "root_disk.type"),
])
def test_node_groups_that_eks_cannot_make(bench: Bench, properties: dict[str, Any], about: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        nodes(bench, **properties)
    assert refused.value.property == about


def database(bench: Bench, **properties: Any) -> dict[str, Any]:
    return natives(bench.lower("db", "database", **{**DATABASE, **properties}))


def test_a_database(bench: Bench) -> None:
    subnets = network(bench, "a", "b")
    made = database(bench, vpc=bench.handle("net"), subnets=subnets, databases=["shop"],
                    backup={"retention_days": 7, "window": "23:45-00:30"})
    assert {key: each["type"] for key, each in made.items()} == {"subnet_group": "aws.db_subnet_group", "database": "aws.db_instance"}
    wanted = {"engine": "postgres", "engine_version": "16", "db_instance_class": "db.t4g.medium", "allocated_storage": 20,
              "storage_type": "gp3", "db_name": "shop", "multi_az": False, "publicly_accessible": False, "backup_retention_period": 7,
              "db_subnet_group_name": Ref("db/subnet_group")}
    assert {name: made["database"][name] for name in wanted} == wanted
    assert "iops" not in made["database"]


def test_premium_disks_promise_something(bench: Bench) -> None:
    assert database(bench, storage={"size_gib": 200, "type": "premium"})["database"]["iops"] == 2000


@pytest.mark.parametrize(("properties", "about"), [
    ({"vpc": "vpc-1"}, "subnets"), ({"databases": ["a", "b"]}, "databases"), ({"version": "9.6"}, "version"),
    ({"engine": "mysql", "version": "5.6"}, "version"), ({"engine": "mysql", "version": "8.0", "username": "x" * 17}, "username"),
    ({"username": "admin"}, "username"), ({"username": "_x"}, "username"), ({"password": Secret("short")}, "password"),
    ({"password": Secret("with space 123")}, "password"), ({"password": Secret("with/slash/123")}, "password"),
    ({"engine": "mysql", "version": "8.0", "password": Secret("x" * 42)}, "password"),
    ({"storage": {"size_gib": 10}}, "storage.size_gib"), ({"storage": {"size_gib": 20, "type": "sc1"}}, "storage.type"),
    ({"storage": {"size_gib": 20, "iops": 12000}}, "storage.iops"),
    ({"storage": {"size_gib": 50, "type": "gp2", "iops": 1000}}, "storage.iops"),
    ({"storage": {"size_gib": 500, "iops": 1000}}, "storage.iops"), ({"backup": {"retention_days": 36}}, "backup.retention_days"),
    ({"backup": {"window": "02:00-02:10"}}, "backup.window"),
])
def test_databases_that_rds_cannot_make(bench: Bench, properties: dict[str, Any], about: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        database(bench, **properties)
    assert refused.value.property == about
    assert not any(isinstance(value, Secret) and value.reveal() in str(refused.value) for value in properties.values())


class Told(Catalog[Any]):
    """Knows these prices of databases: class and variant → dollars an hour."""

    def __init__(self, told: dict[tuple[str, str], float]) -> None:
        self.told = told

    def prices(self, api: Any, query: Query) -> Iterator[Price]:
        assert query == Query()
        for (key, variant), amount in self.told.items():
            yield Price(of="database", key=key, variant=variant, amount=amount)


class Sold:
    """A session that knows which classes are sold, a page at a time, and what they cost."""

    def __init__(self, *classes: str, prices: dict[tuple[str, str], float] | None = None) -> None:
        self.classes = classes
        self.reader = Reader(Told(prices or {}), self)

    def remember(self, key: Any, ask: Any) -> tuple[Any, bool]:
        return ask(), True

    def ask(self, operation: str, *, service: str, **params: Any) -> dict[str, Any]:
        assert (operation, service, params["Engine"]) == ("describe_orderable_db_instance_options", "rds", "postgres")
        page = int(params.get("Marker", "0"))
        further = {"Marker": str(page + 1)} if page + 1 < len(self.classes) else {}
        return {"OrderableDBInstanceOptions": [{"DBInstanceClass": each} for each in self.classes[page:page + 1]], **further}


@pytest.mark.parametrize(("sold", "selector", "chosen", "source"), [
    ((), {"vcpus": 2, "memory_gib": 8}, "db.t4g.large", "table"), ((), {"memory_gib": 60}, "db.r7g.2xlarge", "table"),
    ((), None, "db.t4g.medium", "table"), (("db.m5.large", "db.r5.large"), {"vcpus": 2}, "db.m5.large", "live"),
])
def test_the_smallest_class_that_fits(sold: tuple[str, ...], selector: Any, chosen: str, source: str) -> None:
    answer = driver.choosers["database", "spec"](Sold(*sold), selector, Want({"engine": "postgresql"}))
    assert (answer.value, answer.source) == (chosen, source)
    assert "not the cheapest" in answer.note
    assert driver.acceptors["database", "spec"](SimpleNamespace(), "db.r5.4xlarge", selector, Want({}))


PRICES = {("db.m7g.large", "postgres"): 0.2, ("db.r5.large", "postgres"): 0.15, ("db.t3.large", "mysql"): 0.01,
          ("db.m7g.large", "postgres multi_az"): 0.3, ("db.r5.large", "postgres multi_az"): 0.5}


@pytest.mark.parametrize(("properties", "selector", "chosen", "cost"), [
    ({}, {"vcpus": 2, "memory_gib": 8}, "db.r5.large", "$0.15/h"), ({}, {"vcpus": 2, "max_price": 0.16}, "db.r5.large", "$0.15/h"),
    ({"high_availability": True}, {"vcpus": 2}, "db.m7g.large", "$0.30/h"),
])
def test_the_cheapest_class_for_the_engine_where_prices_are_known(
        properties: dict[str, Any], selector: Any, chosen: str, cost: str) -> None:
    want = Want({"engine": "postgresql", **properties})
    answer = driver.choosers["database", "spec"](Sold(prices=PRICES), selector, want)
    assert answer.value == chosen
    assert cost in answer.note
    with pytest.raises(Unsuitable, match="max_price"):
        driver.choosers["database", "spec"](Sold(prices=PRICES), {**selector, "max_price": 0.1}, want)


@pytest.mark.parametrize("selector", [{"max_price": 1}, {"vcpus": 1000}])
def test_no_class_fits(selector: dict[str, Any]) -> None:
    with pytest.raises(Unsuitable):
        driver.choosers["database", "spec"](Sold(), selector, Want({"engine": "postgresql"}))


def test_passwords_made_here_are_taken_by_every_engine(bench: Bench) -> None:
    made = driver.choosers["database", "password"](None, None, Want({})).value
    for engine, version in (("mysql", "8.0"), ("mariadb", "11.4"), ("postgresql", "16")):
        assert database(bench, engine=engine, version=version, password=made)["database"]["master_user_password"] == made


def test_classes_have_one_name_each() -> None:
    assert len({each.name for each in CLASSES}) == len(CLASSES)
