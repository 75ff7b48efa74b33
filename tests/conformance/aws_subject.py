"""AWS on moto as a subject of the conformance suite."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conformance import aws_cases_balance as balance
from tests.conformance import aws_cases_clusters as clusters
from tests.conformance import aws_cases_ec2 as ec2
from tests.conformance import aws_cases_identity as identity
from tests.conformance import aws_cases_services as services
from tests.conformance.aws_cloud import aws_cloud, plain_cloud
from tests.conformance.fragments import IMAGE, KEY, OTHER_KEY, block, machine, network, ref, tier

from mcflow.conformance import Case, Change, Drifted, Lowered, Scene, Subject

WEB_RULE = {"protocol": "tcp", "ports": 80, "cidr": "0.0.0.0/0"}

CASES = [
    Case("vpc", "net", {"net": block("vpc", cidr="10.0.0.0/16")}, replace=Change("cidr", {"cidr": "10.9.0.0/16"}, "vpc"),
         updates=[Change("internet", {"internet": False})], removable="attachment", drift=Drifted("vpc", "enable_dns_hostnames", False)),
    Case("subnet", "front", network(), replace=Change("cidr", {"cidr": "10.0.7.0/24"}, "subnet"),
         updates=[Change("public", {"public": False})], removable="route", drift=Drifted("subnet", "map_public_ip_on_launch", False)),
    Case("security_group", "web", {**network(), "web": block("security_group", vpc=ref("net"), description="web", inbound=[WEB_RULE])},
         updates=[Change("inbound", {"inbound": [WEB_RULE, {"protocol": "udp", "ports": "5000-5010", "cidr": "10.0.0.0/8"}]}),
                  Change("outbound", {"outbound": [{"protocol": "tcp", "ports": 443, "cidr": "0.0.0.0/0"}]})],
         replace=Change("description", {"description": "other"}, "group"), removable="group", drift=Drifted("group", "inbound", 22)),
    Case("key_pair", "admin", {"admin": block("key_pair", public_key=KEY)}, replace=Change("public_key", {"public_key": OTHER_KEY}, "key"),
         removable="key"),
    Case("vm", "box", machine(spec="t3.small"),
         updates=[Change("spec", {"spec": "t3.large"}), Change("power", {"power": "stopped"})],
         replace=Change("image", {"image": {**IMAGE, "version": "22.04"}}, "instance"), removable="instance"),
    Case("disk", "data", {"data": block("disk", size_gib=20, type="ssd", zone="ap-northeast-2a")},
         updates=[Change("size", {"size_gib": 40})],
         replace=Change("zone", {"zone": "ap-northeast-2b"}, "volume"), removable="volume", drift=Drifted("volume", "volume_type", "gp2")),
    Case("public_ip", "entry", {**machine(spec="t3.small"), "entry": block("public_ip")},
         updates=[Change("attach_to", {"attach_to": ref("box")})],
         removable="address"),
]
"""The first types; those of a topic stand with what the wrapper does for them."""

SUBJECT = Subject(
    driver="aws", open=aws_cloud, kill_every=4,
    cases=[*CASES, *balance.PORTABLE, *balance.NATIVE, *ec2.CASES, *services.PORTABLE, *services.NATIVE, *identity.NATIVE,
           *clusters.PORTABLE, *clusters.NATIVE],
    scene=Scene(
        resources=tier("t3.small"), small=block("key_pair", public_key=KEY), machine="box", disk="data", address="entry",
        replacement=Change("image", {"image": {**IMAGE, "version": "22.04"}}, "instance"),
        renamed=Lowered("vpc", "gateway"), altered=Lowered("disk", "volume", "availability_zone", "ap-northeast-2b"),
    ),
    skips={
        **ec2.SKIPS, **services.SKIPS, **identity.SKIPS, **clusters.SKIPS,
        "replace[public_ip]": "an address has no property that is fixed at creation, so there is nothing to replace it for",
        "drift[key_pair]": "EC2 lets nobody change a key pair but its tags, so there is nothing that could drift",
        "drift[public_ip]": "EC2 lets nobody change an address but its tags, so there is nothing that could drift",
        "drift[vm]": "moto starts an instance again with another type only through the calls that mcflow itself uses",
        "update[key_pair]": "a key pair has nothing that changes in place but its tags, which the tags check covers",
        **balance.SKIPS,
    },
)


def _older(resources: Any) -> Any:
    """With images that moto itself comes with, instead of those that the tests register."""
    if isinstance(resources, dict):
        return {key: _older(value) for key, value in resources.items()}
    if isinstance(resources, list):
        return [_older(value) for value in resources]
    return {"24.04": "16.04", "22.04": "14.04"}.get(resources, resources)


PLAIN = replace(SUBJECT, open=plain_cloud, skips={}, cases=[replace(case, resources=_older(case.resources)) for case in CASES],
                scene=replace(SUBJECT.scene, resources=_older(SUBJECT.scene.resources),
                              replacement=Change("image", {"image": {**IMAGE, "version": "14.04"}}, "instance")))
"""The first types on moto as it is, for the checks that need no ledger and no disturbance."""
