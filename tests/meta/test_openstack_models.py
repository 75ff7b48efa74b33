"""Every native type of OpenStack against openstacksdk's models: paths, what bodies wrap, attributes, calls, states. No cloud is needed."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pytest
from tests.meta.openstack_models import problems

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.descriptions import models
from mcflow.drivers.openstack.native.containers import HEADERS
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.sdk import NativeType, Tagged, integer, string, tags

TYPES = {name: type for name, type in driver.natives.items() if isinstance(type, RestType)}
OTHERS = sorted(driver.natives.keys() - TYPES.keys())

TOLD: dict[str, dict[str, str]] = {
    "openstack.server": {
        "image_id": "imageRef", "boot_volume_id": "block_device_mapping_v2", "availability_zone": "OS-EXT-AZ:availability_zone",
        "user_data": "OS-EXT-SRV-ATTR:user_data", "admin_pass": "adminPass", "server_group_id": "OS-SCH-HNT:scheduler_hints",
        "scheduler_hints": "OS-SCH-HNT:scheduler_hints", "power": "OS-EXT-STS:power_state",
    },
    "openstack.router": {"external_gateway": "external_gateway_info", "external_address": "external_gateway_info", "leads_to": "id"},
    "openstack.port": {"ip_address": "fixed_ips"},
}
"""Attributes that a type's own code reads and writes, under which name of the API."""

NOT_IN_THE_SDK = "openstacksdk's model lacks it; the API's reference and the service's own code have it"
ANOTHER_CALL = "it is asked for by an action of another object, which no model describes"

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("openstack.image", "(server_id|volume_id|force|description): "): ANOTHER_CALL,
    ("openstack.image_member", "id: "): "the SDK keeps the name of the path, Glance answers with its own",
    ("openstack.listener", "client_(authentication|ca_tls_container_ref|crl_container_ref): "): NOT_IN_THE_SDK,
    ("openstack.pool", "tls_container_ref: "): NOT_IN_THE_SDK,
    ("openstack.l7_policy", "redirect_http_code: "): NOT_IN_THE_SDK,
    ("openstack.health_monitor", "(http_version|domain_name): "): NOT_IN_THE_SDK,
    ("openstack.(l7_policy|l7_rule|member|health_monitor)", "loadbalancer_id: "): "found out from what it lies in, and never sent",
    ("openstack.share", "export_locations: "): "a listing of its own since API version 2.9, with a model of its own",
    ("openstack.share_access_rule", "path: "): "it is made by an action of its share, and listed under a path of its own",
    ("openstack.share_network", "availability_zone: "): NOT_IN_THE_SDK,
    ("openstack.cluster", "(docker_volume_size|merge_labels|health_status): "): NOT_IN_THE_SDK,
    ("openstack.cluster", "certificate_authority: "): "a call of its own tells it, of which there is a model of its own",
    ("openstack.node_group", "path: "): "openstacksdk has no model of node groups; Magnum's API has them since microversion 1.9",
    ("openstack.database_instance", "(flavor_id|nics|availability_zone|replica_of|databases|users|is_public|allowed_cidrs|configuration"
                                    "|flavorRef|access): "): NOT_IN_THE_SDK,
    ("openstack.database_user", "host: "): NOT_IN_THE_SDK,
    ("openstack.database_user", "update: "): NOT_IN_THE_SDK,
    ("openstack.container", ".*"): "everything of a container is a header; they are compared one by one below",
}
"""Types and pattern of problems → why they are none. Every one must still be needed."""


def _excused(type: NativeType[Any]) -> list[str]:
    return [pattern for name, pattern in EXCEPTIONS if re.fullmatch(name, type.name)]


@pytest.mark.parametrize("type", TYPES.values(), ids=TYPES)
def test_a_type_agrees_with_the_sdks_models(type: RestType) -> None:
    found, excused = problems(type, TOLD.get(type.name)), _excused(type)
    assert [each for each in found if not any(re.match(pattern, each) for pattern in excused)] == []
    needless = [pattern for pattern in excused if not any(re.match(pattern, each) for each in found)]
    assert not needless, f"{type.name}: no longer exceptions: {needless}"


def test_exceptions_have_reasons_and_types() -> None:
    assert TOLD.keys() <= TYPES.keys()
    for (name, _), reason in EXCEPTIONS.items():
        assert len(reason.split()) > 5
        assert any(re.fullmatch(name, type) for type in TYPES), name


RELATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "openstack.subnet_route": ("network", "Subnet", {"subnet_id": "id", "destination": "host_routes", "nexthop": "host_routes"}),
    "openstack.router_route": ("network", "Router", {"router_id": "id", "destination": "routes", "nexthop": "routes"}),
    "openstack.router_interface": ("network", "Port", {"router_id": "device_id", "subnet_id": "fixed_ips", "port_id": "id",
                                                       "ip_address": "fixed_ips"}),
    "openstack.interface_attachment": ("compute", "ServerInterface", {"server_id": "server_id", "port_id": "port_id"}),
    "openstack.floating_ip_association": ("network", "FloatingIP", {
        "floatingip_id": "id", "port_id": "port_id", "fixed_ip_address": "fixed_ip_address", "floating_ip_address": "floating_ip_address"}),
}
"""Types that are no object of the API but a relation: the model whose fields they are, and attribute → field (or part of the path)."""


@pytest.mark.parametrize("name", OTHERS)
def test_a_relation_is_of_fields_that_the_sdks_models_have(name: str) -> None:
    service, called, fields = RELATIONS[name]
    model = next(each for each in models(service) if each.name == called)
    known = {*model.body, *re.findall(r"\{(\w+)\}", model.path)}
    told = {attribute for attribute, schema in driver.natives[name].attributes.items() if not schema.get("local")}
    assert told == fields.keys()
    assert {field for field in fields.values() if field not in known} == set()


def test_containers_are_headers_that_swift_knows() -> None:
    container = next(model for model in models("object-store") if model.name == "Container")
    unknown = {header for header in HEADERS.values() if header not in container.headers}
    # Metadata are free; these are what Swift's own middlewares read: quotas, access from browsers, static web sites, versions.
    assert {header for header in unknown if not header.startswith("x-container-meta-")} == {"x-versions-enabled"}


class Wrong(RestType):
    """A network that is wrong in every way."""

    name = "openstack.wrong"
    identity = Tagged()
    noun = Noun("network", "/networks", "netz", "networks", detail="/alles", ids="ids", marks="metadata", change="PATCH", id="uuid")
    sent: ClassVar[dict[str, str]] = {"shade": "colour:shade"}
    states: ClassVar[dict[str, Any]] = {"Error": "failed", "ERROR": "gone", "DOWN": "sleeping"}
    state = "zustand"
    unset: ClassVar[dict[str, Any]] = {"shape": None}
    attributes: ClassVar[dict[str, Any]] = {"colour": string("No field of anything.", group="look"), "mtu": integer("One.", minimum=68),
                                            "tags": tags()}


class Lost(RestType):
    """What no API has."""

    name = "openstack.lost"
    identity = Tagged()
    noun = Noun("network", "/netzwerke", "network", "networks")
    attributes: ClassVar[dict[str, Any]] = {}


def test_what_is_wrong_is_found() -> None:
    told = {each.partition(":")[0] for each in problems(Wrong())}
    assert told == {"row", "detail", "listing", "colour", "shade", "shape", "marks", "metadata", "id", "update", "state", "Error", "ERROR",
                    "DOWN", "states"}
    assert problems(Lost()) == ["path: no model has /netzwerke"]
    assert "tone: its name is said, but there is no such attribute" in problems(TYPES["openstack.network"], {"tone": "mtu"})
