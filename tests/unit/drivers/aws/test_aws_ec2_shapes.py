"""What EC2's further types make of rows and wants, without a cloud: spellings, what came by itself, refusals in answers that succeed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.native.dhcp import came_along
from mcflow.drivers.aws.native.ec2 import where
from mcflow.drivers.sdk import InUse, InvalidRequest, NotFound, Observed


class Told:
    """A session that answers every call with the same, and keeps what was asked."""

    def __init__(self, answer: dict[str, Any], rows: list[dict[str, Any]] | None = None) -> None:
        self.answer = answer
        self.listed = rows or []
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        self.asked.append((operation, params))
        return self.answer

    def pages(self, operation: str, member: str, **params: Any) -> Iterator[dict[str, Any]]:
        self.asked.append((operation, params))
        return iter(self.listed)


def test_entries_of_an_acl_have_one_spelling() -> None:
    acl = driver.natives["aws.network_acl"]
    entry = {"rule_number": 1, "egress": False, "protocol": "6", "rule_action": "allow", "cidr_block": "10.0.0.7/8",
             "ipv6_cidr_block": None}
    assert acl.normalise("entries", [entry]) == [
        {"rule_number": 1, "egress": False, "protocol": "tcp", "rule_action": "allow", "cidr_block": "10.0.0.0/8"}]
    everything = {**entry, "protocol": "all", "port_range": {"from": 0, "to": 65535}}
    assert acl.normalise("entries", [everything])[0]["protocol"] == "-1"
    assert "port_range" not in acl.normalise("entries", [everything])[0]
    assert acl.normalise("vpc_id", "vpc-1") == "vpc-1"


def test_the_last_entries_are_awss_own() -> None:
    row = {"NetworkAclId": "acl-1", "Entries": [
        {"RuleNumber": number, "Egress": True, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"} for number in (32767, 50)]}
    assert [entry["rule_number"] for entry in driver.natives["aws.network_acl"].read(row)["entries"]] == [50]  # type: ignore[attr-defined]


def test_an_endpoint_without_a_policy_is_portrayed_without_one() -> None:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    endpoint = driver.natives["aws.vpc_endpoint"]
    told = {"vpc_id": "vpc-1", "service_name": "s3", "policy_document": {"Version": "2008-10-17", "Statement": [everybody]}}
    assert endpoint.portray(told) == {"vpc_id": "vpc-1", "service_name": "s3"}
    kept = {"Version": "2008-10-17", "Statement": [{**everybody, "Effect": "Deny"}]}
    assert endpoint.portray({**told, "policy_document": kept})["policy_document"] == kept
    assert endpoint.normalise("policy_document", '{"a": 1}') == {"a": 1}


def test_an_endpoint_that_is_not_deleted_is_an_error() -> None:
    refused = {"Unsuccessful": [{"ResourceId": "vpce-1", "Error": {"Code": "DependencyViolation", "Message": "in use"}}]}
    with pytest.raises(InUse, match="in use"):
        driver.natives["aws.vpc_endpoint"].delete(Told(refused), "vpce-1", {})
    gone = {"Unsuccessful": [{"ResourceId": "vpce-1", "Error": {"Code": "InvalidVpcEndpointId.NotFound"}}]}
    with pytest.raises(NotFound):
        driver.natives["aws.vpc_endpoint"].delete(Told(gone), "vpce-1", {})


@pytest.mark.parametrize(("attributes", "tags", "expected"), [
    ({"domain_name": "ap-northeast-2.compute.internal", "domain_name_servers": ["AmazonProvidedDNS"]}, {}, True),
    ({"domain_name": "ec2.internal", "domain_name_servers": ["AmazonProvidedDNS"]}, {}, True),
    ({"domain_name": "ec2.internal", "domain_name_servers": ["AmazonProvidedDNS"]}, {"Name": "mine"}, False),
    ({"domain_name": "ec2.internal", "domain_name_servers": ["AmazonProvidedDNS"], "ntp_servers": ["10.0.0.1"]}, {}, False),
    ({"domain_name": "example.com", "domain_name_servers": ["AmazonProvidedDNS"]}, {}, False),
])
def test_the_options_an_account_came_with(attributes: dict[str, Any], tags: dict[str, str], expected: bool) -> None:
    assert came_along(Observed("dopt-1", attributes=attributes, tags=tags)) is expected


def pair(state: str) -> dict[str, Any]:
    return {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": state, "Message": state}, "RequesterVpcInfo": {"VpcId": "vpc-1"},
            "AccepterVpcInfo": {"VpcId": "vpc-2", "OwnerId": "1", "Region": "r"}}


@pytest.mark.parametrize(("state", "status"), [
    ("initiating-request", "pending"), ("provisioning", "pending"), ("pending-acceptance", "ready"), ("active", "ready"),
    ("rejected", "failed"), ("expired", "failed"), ("failed", "failed"), ("deleting", "deleting"), ("deleted", "gone"),
])
def test_states_of_a_peering_connection(state: str, status: str) -> None:
    found = list(driver.natives["aws.vpc_peering_connection"].discover(Told({}, [pair(state)])))
    assert [(each.status, each.reason) for each in found] == [(status, state)]


def test_acceptance_is_asked_for_once_and_not_taken_back() -> None:
    native = driver.natives["aws.vpc_peering_connection"]
    waiting = Told({}, [pair("pending-acceptance")])
    native.update(waiting, "pcx-1", {"accept": True}, {}, "accept")
    assert waiting.asked[-1] == ("accept_vpc_peering_connection", {"VpcPeeringConnectionId": "pcx-1"})
    active = Told({}, [pair("active")])
    native.update(active, "pcx-1", {"accept": True}, {}, "accept")
    assert [operation for operation, _ in active.asked] == ["describe_vpc_peering_connections"]
    with pytest.raises(InvalidRequest, match="no acceptance back"):
        native.update(active, "pcx-1", {"accept": False}, {}, "accept")
    assert "accept" not in native.portray({"vpc_id": "vpc-1", "peer_vpc_id": "vpc-2", "accept": False})


def test_rows_that_were_not_asked_for_are_left_out() -> None:
    rows = [pair("active"), {**pair("active"), "VpcPeeringConnectionId": "pcx-2", "Tags": [{"Key": "team", "Value": "ops"}]}]
    native = driver.natives["aws.vpc_peering_connection"]
    assert [each.id for each in native.observe(Told({}, rows), ["pcx-2"])] == ["pcx-2"]
    assert [each.id for each in native.look(Told({}, rows), where("tag:team", "ops"))] == ["pcx-2"]  # type: ignore[attr-defined]


def test_a_nat_gateway_tells_why_it_failed() -> None:
    row = {"NatGatewayId": "nat-1", "State": "failed", "FailureMessage": "Network vpc-1 has no Internet gateway attached", "SubnetId": "s",
           "NatGatewayAddresses": [{"AllocationId": "second"}, {"AllocationId": "first", "PublicIp": "192.0.2.1", "IsPrimary": True}]}
    seen = next(iter(driver.natives["aws.nat_gateway"].discover(Told({}, [row]))))
    assert (seen.status, seen.reason) == ("failed", row["FailureMessage"])
    assert (seen.attributes["allocation_id"], seen.attributes["public_ip"]) == ("first", "192.0.2.1")
