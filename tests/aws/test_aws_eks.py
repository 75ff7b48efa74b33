"""Kubernetes types against moto: made, seen, changed group by group, tagged, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import InvalidRequest, NotUpdatable, Submitted

ROLE = "arn:aws:iam::123456789012:role/eks"
CLUSTER = "aws.eks_cluster"
NODES = "aws.eks_node_group"


def subnets(hand: Hand) -> list[str]:
    """Two subnets in two zones."""
    vpc = hand.make("aws.vpc", cidr_block="10.0.0.0/16")
    return [hand.make("aws.subnet", vpc_id=vpc, cidr_block=f"10.0.{index}.0/24", availability_zone=f"ap-northeast-2{zone}")
            for index, zone in enumerate("ab")]


@pytest.fixture
def cluster(hand: Hand) -> dict[str, Any]:
    """The want of a cluster that is there."""
    want = {"name": "k8s", "role_arn": ROLE, "subnet_ids": subnets(hand), "version": "1.31", "endpoint_public_access": True,
            "enabled_log_types": ["api", "audit"], "tags": {"a": "b"}}
    assert hand.make(CLUSTER, **want) == "k8s"
    return want


def test_a_cluster_is_seen_as_it_was_made(hand: Hand, cluster: dict[str, Any]) -> None:
    seen = hand.see(CLUSTER, "k8s")
    assert seen is not None
    assert seen.status == "ready"
    assert {name: seen.attributes[name] for name in cluster} == cluster
    assert seen.tags["mcflow-state"] == "lineage"
    assert seen.attributes["endpoint"].startswith("https://")
    assert seen.attributes["certificate_authority"]
    assert hand.see(CLUSTER, "nobody") is None


def test_a_cluster_is_found_by_its_name(hand: Hand, cluster: dict[str, Any]) -> None:
    kind = driver.natives[CLUSTER]
    assert [each.id for each in kind.find(hand.api, cluster, hand.intent())] == ["k8s"]
    assert [each.id for each in kind.match(hand.api, {"name": "k8s"})] == ["k8s"]
    assert [each.id for each in kind.discover(hand.api)] == ["k8s"]
    assert [each.id for each in kind.marked(hand.api, "lineage")] == ["k8s"]
    assert not list(kind.marked(hand.api, "another"))


@pytest.mark.parametrize(("group", "change"), [
    ("endpoint", {"endpoint_public_access": False, "endpoint_private_access": True}),
    ("logging", {"enabled_log_types": ["scheduler"]}),
    ("logging", {"enabled_log_types": []}),
])
def test_a_change_of_a_cluster_is_an_operation(hand: Hand, cluster: dict[str, Any], group: str, change: dict[str, Any]) -> None:
    kind = driver.natives[CLUSTER]
    answer = kind.update(hand.api, "k8s", {**cluster, **change}, {}, group)
    assert isinstance(answer, Submitted)
    assert answer.operation is not None
    assert answer.operation.startswith("k8s|")
    assert [each.status for each in kind.poll(hand.api, [answer.operation])] == ["running"]
    assert [each.status for each in kind.poll(hand.api, [answer.operation])] == ["done"]
    seen = hand.see(CLUSTER, "k8s")
    assert seen is not None
    assert {name: seen.attributes.get(name, []) for name in change} == change
    assert seen.attributes["subnet_ids"] == cluster["subnet_ids"]


def test_a_version_goes_up_one_by_one(hand: Hand, cluster: dict[str, Any]) -> None:
    assert hand.settle(CLUSTER, "k8s", "version", **{**cluster, "version": "1.34"}) == ["on the way to 1.32", "on the way to 1.33"]
    seen = hand.see(CLUSTER, "k8s")
    assert seen is not None
    assert seen.attributes["version"] == "1.34"
    with pytest.raises(InvalidRequest, match=r"back to 1\.30"):
        hand.settle(CLUSTER, "k8s", "version", **{**cluster, "version": "1.30"})


def test_tags_of_a_cluster(hand: Hand, cluster: dict[str, Any]) -> None:
    hand.settle(CLUSTER, "k8s", "tags", {"a": "b"}, **{**cluster, "tags": {"c": "d"}})
    seen = hand.see(CLUSTER, "k8s")
    assert seen is not None
    assert seen.attributes["tags"] == {"c": "d"}
    assert "mcflow-op" in seen.tags


def test_an_unknown_group_is_refused(hand: Hand, cluster: dict[str, Any]) -> None:
    with pytest.raises(NotUpdatable):
        hand.settle(CLUSTER, "k8s", "colour", **cluster)


def nodes(hand: Hand, cluster: dict[str, Any]) -> dict[str, Any]:
    want = {"cluster_name": "k8s", "nodegroup_name": "web", "node_role": ROLE, "subnets": cluster["subnet_ids"],
            "instance_types": ["t3.medium"], "min_size": 1, "max_size": 3, "desired_size": 2, "labels": {"pool": "web", "old": "1"},
            "taints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}], "tags": {"a": "b"}}
    assert hand.make(NODES, **want) == "k8s|web"
    return want


def test_a_node_group_is_seen_as_it_was_made(hand: Hand, cluster: dict[str, Any]) -> None:
    want = nodes(hand, cluster)
    seen = hand.see(NODES, "k8s|web")
    assert seen is not None
    assert seen.status == "ready"
    assert {name: seen.attributes[name] for name in want} == want
    assert seen.attributes["instances"] == []
    assert seen.attributes["auto_scaling_groups"]
    kind = driver.natives[NODES]
    assert [each.id for each in kind.find(hand.api, want, hand.intent())] == ["k8s|web"]
    assert [each.id for each in kind.match(hand.api, want)] == ["k8s|web"]
    assert [each.id for each in kind.marked(hand.api, "lineage")] == ["k8s|web"]
    assert not list(kind.observe(hand.api, ["k8s|other", "gone|web"]))


@pytest.mark.parametrize(("group", "change"), [
    ("scaling", {"min_size": 2, "max_size": 5, "desired_size": 3}),
    ("labels", {"labels": {"pool": "batch"}, "taints": []}),
    ("labels", {"taints": [{"key": "gpu", "value": "no", "effect": "NO_SCHEDULE"}, {"key": "x", "effect": "NO_EXECUTE"}]}),
    ("update_config", {"max_unavailable": 2}),
    ("version", {"release_version": "1.32-20260101"}),
])
def test_a_change_of_a_node_group_is_an_operation(hand: Hand, cluster: dict[str, Any], group: str, change: dict[str, Any]) -> None:
    want = {**nodes(hand, cluster), **change}
    kind = driver.natives[NODES]
    before = hand.see(NODES, "k8s|web")
    assert before is not None
    answer = kind.update(hand.api, "k8s|web", want, before.attributes, group)
    assert isinstance(answer, Submitted)
    assert answer.operation is not None
    assert answer.operation.startswith("k8s|web|")
    assert [each.status for each in kind.poll(hand.api, [answer.operation])] == ["running"]
    seen = hand.see(NODES, "k8s|web")
    assert seen is not None
    assert {name: seen.attributes.get(name, []) for name in change} == change


def test_labels_that_are_so_already_cost_no_call(hand: Hand, cluster: dict[str, Any]) -> None:
    want = nodes(hand, cluster)
    assert driver.natives[NODES].update(hand.api, "k8s|web", want, {}, "labels") == Submitted("k8s|web")


def test_tags_of_a_node_group_and_its_end(hand: Hand, cluster: dict[str, Any]) -> None:
    want = nodes(hand, cluster)
    hand.settle(NODES, "k8s|web", "tags", {"a": "b"}, **{**want, "tags": {"c": "d"}})
    seen = hand.see(NODES, "k8s|web")
    assert seen is not None
    assert seen.attributes["tags"] == {"c": "d"}
    hand.remove(NODES, "k8s|web")
    assert hand.see(NODES, "k8s|web") is None
    hand.remove(CLUSTER, "k8s")
    assert hand.see(CLUSTER, "k8s") is None
