"""The rehearsal cloud as a subject of the conformance suite: every portable type, every identity class."""

from __future__ import annotations

from tests.conformance.fragments import IMAGE, KEY, OTHER_KEY, block, machine, network, ref, tier
from tests.conformance.mock_cloud import mock_cloud
from tests.conformance.mock_services import CASES as SERVICES
from tests.conformance.mock_services import SKIPS

from mcflow.conformance import Case, Change, Drifted, Lowered, Scene, Subject

WEB_RULE = {"protocol": "tcp", "ports": 80, "cidr": "0.0.0.0/0"}

CASES = [
    Case("vpc", "net", {"net": block("vpc", cidr="10.0.0.0/16")}, replace=Change("cidr", {"cidr": "10.9.0.0/16"}, "vpc"),
         updates=[Change("internet", {"internet": False})], removable="attachment"),
    Case("subnet", "front", network(), replace=Change("cidr", {"cidr": "10.0.7.0/24"}, "subnet"),
         updates=[Change("public", {"public": False})], removable="route", drift=Drifted("subnet", "assign_public_ip", False)),
    Case("security_group", "web", {**network(), "web": block("security_group", vpc=ref("net"), description="web", inbound=[WEB_RULE])},
         updates=[Change("inbound", {"inbound": [WEB_RULE, {"protocol": "udp", "ports": "5000-5010", "cidr": "10.0.0.0/8"}]}),
                  Change("outbound", {"outbound": [{"protocol": "tcp", "ports": 443, "cidr": "0.0.0.0/0"}]})],
         replace=Change("description", {"description": "other"}, "group"), removable="group",
         drift=Drifted("group", "inbound", [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}])),
    Case("key_pair", "admin", {"admin": block("key_pair", public_key=KEY)}, replace=Change("public_key", {"public_key": OTHER_KEY}, "key"),
         removable="key"),
    Case("vm", "box", machine(),
         updates=[Change("spec", {"spec": {"vcpus": 4, "memory_gib": 16}}), Change("power", {"power": "stopped"})],
         replace=Change("image", {"image": {"os": "debian", "version": "12"}}, "instance"), removable="instance",
         drift=Drifted("instance", "instance_type", "m1.xlarge")),
    Case("disk", "data", {"data": block("disk", size_gib=20, type="ssd", zone="mock-east-a")}, updates=[Change("size", {"size_gib": 40})],
         replace=Change("zone", {"zone": "mock-east-b"}, "volume"), removable="volume", drift=Drifted("volume", "volume_type", "hdd")),
    Case("public_ip", "entry", {**machine(), "entry": block("public_ip")}, updates=[Change("attach_to", {"attach_to": ref("box")})],
         removable="address"),
]

SUBJECT = Subject(
    driver="mock", open=mock_cloud, cases=[*CASES, *SERVICES],
    scene=Scene(
        resources=tier(), further={"note": {"type": "mock.note", "properties": {"text": "nothing tells me apart"}}},
        small={"type": "mock.document", "properties": {"content": "one of many"}}, machine="box", disk="data", address="entry",
        replacement=Change("image", {"image": {**IMAGE, "version": "22.04"}}, "instance"),
        renamed=Lowered("vpc", "gateway"), altered=Lowered("disk", "volume", "zone", "mock-east-b"),
    ),
    skips={
        **SKIPS,
        "replace[public_ip]": "an address has no property that is fixed at creation, so there is nothing to replace it for",
        "drift[vpc]": "a network of the rehearsal cloud has no attribute but tags that could be altered",
        "drift[key_pair]": "a key pair of the rehearsal cloud has no attribute but tags that could be altered",
        "drift[public_ip]": "an address of the rehearsal cloud has no attribute but tags that could be altered",
        "update[key_pair]": "a key pair has nothing that changes in place but its tags, which the tags check covers",
    },
)
