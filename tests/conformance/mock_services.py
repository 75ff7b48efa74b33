"""The rest of the vocabulary on the rehearsal cloud: what stands on a network and machines, each type with what can happen to it."""

from __future__ import annotations

from tests.conformance.fragments import IMAGE, SPEC, block, machine, network, ref

from mcflow.conformance import Case, Change, Drifted

BACK = {"back": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24", zone="mock-east-b", public=False)}
OTHER = {"other": block("vm", subnet=ref("front"), image=IMAGE, spec=SPEC)}
CHECK = {"protocol": "http", "port": 80, "path": "/up", "interval_seconds": 10, "timeout_seconds": 5}
CLUSTER = {**network(), "k": block("kubernetes_cluster", vpc=ref("net"), subnets=[ref("front")], version="1.32")}
DATABASE = block("database", engine="postgresql", version="16", spec={"vcpus": 1}, storage={"size_gib": 20}, vpc=ref("net"),
                 subnets=[ref("back")], username="keeper", backup={"retention_days": 1})

CASES = [
    Case("nat_gateway", "nat", {**network(), **BACK, "nat": block("nat_gateway", subnet=ref("front"))},
         updates=[Change("subnets", {"subnets": [ref("back")]})], replace=None, removable="gateway"),
    Case("nic", "card", {**machine(), **OTHER, "card": block("nic", subnet=ref("front"))},
         updates=[Change("attach_to", {"attach_to": ref("box")})],
         replace=Change("private_ips", {"private_ips": ["10.0.1.200"]}, "interface"), removable="interface",
         drift=Drifted("interface", "security_group_ids", ["sg-foreign"])),
    Case("snapshot", "copy",
         {"data": block("disk", size_gib=20, zone="mock-east-a"), "copy": block("snapshot", disk=ref("data"), description="one")},
         updates=[Change("description", {"description": "two"})], removable="snapshot", drift=Drifted("snapshot", "description", "theirs")),
    Case("image", "golden", {**machine(), "golden": block("image", vm=ref("box"), description="one")},
         updates=[Change("description", {"description": "two"})], replace=Change("name", {"name": "renamed"}, "image"), removable="image",
         drift=Drifted("image", "description", "theirs")),
    Case("load_balancer", "lb", {**machine(), **OTHER, "lb": block(
            "load_balancer", vpc=ref("net"), subnets=[ref("front")], targets=[ref("box")], health_check=CHECK,
            listeners=[{"protocol": "http", "port": 80, "target_port": 8080}])},
         updates=[Change("targets", {"targets": [ref("other")]}), Change("health_check", {"health_check": {**CHECK, "path": "/ready"}}),
                  Change("listeners", {"listeners": [{"protocol": "http", "port": 80, "target_port": 9090},
                                                     {"protocol": "tcp", "port": 81}]})],
         replace=Change("scheme", {"scheme": "internal"}, "balancer"), removable="balancer",
         drift=Drifted("balancer", "health_check", {**CHECK, "path": "/theirs"})),
    Case("kubernetes_cluster", "k", CLUSTER, updates=[Change("version", {"version": "1.33"})],
         replace=Change("name", {"name": "renamed"}, "cluster"), removable="cluster", drift=Drifted("cluster", "public_endpoint", False)),
    Case("node_group", "nodes",
         {**CLUSTER, "nodes": block("node_group", cluster=ref("k"), spec=SPEC, size={"desired": 1, "min": 1, "max": 3})},
         updates=[Change("size", {"size": {"desired": 2, "min": 1, "max": 3}}), Change("labels", {"labels": {"tier": "web"}})],
         replace=Change("spec", {"spec": {"vcpus": 4, "memory_gib": 16}}, "nodes"), removable="nodes",
         drift=Drifted("nodes", "desired_size", 3)),
    Case("database", "db", {**network(), **BACK, "db": DATABASE},
         updates=[Change("storage", {"storage": {"size_gib": 40}}),
                  Change("backup", {"backup": {"retention_days": 7}})],
         replace=Change("engine", {"engine": "mysql", "version": "8.4"}, "database"), removable="database",
         drift=Drifted("database", "backup_retention_days", 3)),
    Case("file_system", "files",
         {**network(), **BACK, "files": block("file_system", vpc=ref("net"), subnets=[ref("front")], capacity_gib=100)},
         updates=[Change("capacity", {"capacity_gib": 200}), Change("subnets", {"subnets": [ref("front"), ref("back")]})],
         replace=Change("performance", {"performance": "max_io"}, "files"), removable="files", drift=Drifted("files", "backup", True)),
    Case("bucket", "logs", {"logs": block("bucket", versioning=False, force_destroy=True)},
         updates=[Change("versioning", {"versioning": True})], replace=Change("name", {"name": "renamed-logs"}, "bucket"),
         removable="bucket", drift=Drifted("bucket", "versioning", True)),
]

SKIPS = {
    "replace[nat_gateway]": "its subnet and address are fixed, and a vpc of this case has no second public subnet to move it to",
    "drift[nat_gateway]": "a NAT gateway of the rehearsal cloud has no attribute but tags that could be altered",
    "replace[snapshot]": "a snapshot's source is only used at its creation, so nothing replaces it",
}
