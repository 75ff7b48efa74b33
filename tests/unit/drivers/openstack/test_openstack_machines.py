"""What machines, keys, disks and copies become on OpenStack."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.conftest import Bench, natives

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Derived, Handle, Ref, Secret

TAGS = {"team": "shop"}


@pytest.fixture
def front(bench: Bench) -> Handle:
    """A public subnet."""
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    bench.lower("front", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", zone="nova")
    return bench.handle("front")


def back(bench: Bench) -> Handle:
    """One without a way to the internet."""
    bench.lower("back", "subnet", vpc=bench.handle("net"), cidr="10.0.2.0/24", zone="nova", public=False)
    return bench.handle("back")


def box(bench: Bench, subnet: Handle, **properties: Any) -> Any:
    return bench.lower("box", "vm", TAGS, subnet=subnet, image="i-1", spec="small", **properties)


def test_a_machine_has_a_port_of_its_own(bench: Bench, front: Handle) -> None:
    out = box(bench, front)
    assert natives(out) == {
        "port": {"type": "openstack.port", "name": "box", "network_id": front.private("network"),
                 "fixed_ips": [{"subnet_id": Ref("front/subnet")}], "tags": TAGS},
        "server": {"type": "openstack.server", "name": "box", "flavor": "small", "image_id": "i-1", "networks": [{"port": Ref("box/port")}],
                   "availability_zone": "nova", "tags": TAGS},
    }
    assert out.privates == {"port": Ref("box/port"), "internet": front.private("internet")}
    address = Ref("box/port", ("ip_address",))
    assert out.exports == {
        "id": Ref("box/server"), "name": Ref("box/server", ("name",)), "private_ip": address, "public_ip": None,
        "status": Derived("openstack.power", (Ref("box/server", ("status",)),)), "image_id": Ref("box/server", ("image_id",)),
        "spec_name": Ref("box/server", ("flavor",)), "zone": "nova", "ssh": Derived("format", ("ssh {}", address))}


def test_states_of_a_machine_in_words() -> None:
    assert [driver.derivations["power"](word) for word in ("ACTIVE", "SHUTOFF", "PAUSED")] == ["running", "stopped", "paused"]
    assert [driver.derivations["ready"](word) for word in ("available", "active", "creating")] == ["ready", "ready", "creating"]


def test_groups_and_the_address_are_the_ports(bench: Bench, front: Handle) -> None:
    bench.lower("web", "security_group", vpc=bench.handle("net"))
    port = natives(box(bench, front, private_ip="10.0.1.20", security_groups=[bench.handle("web")]))["port"]
    assert port["security_groups"] == [bench.handle("web").export("id")]
    assert port["fixed_ips"] == [{"subnet_id": Ref("front/subnet"), "ip_address": "10.0.1.20"}]
    with pytest.raises(Unsuitable, match="does not lie inside"):
        box(bench, front, private_ip="10.9.1.20")


def test_a_root_disk_is_a_volume_that_the_machine_boots_from(bench: Bench, front: Handle) -> None:
    out = box(bench, front, root_disk={"size_gib": 30, "type": "fast"})
    made = natives(out)
    assert made["root"] == {"type": "openstack.volume", "name": "box-root", "size": 30, "volume_type": "fast", "image_id": "i-1",
                            "tags": TAGS}
    assert made["server"]["boot_volume_id"] == Ref("box/root")
    assert "image_id" not in made["server"]
    assert out.exports["image_id"] == Ref("box/root", ("image_id",))


def test_an_address_of_its_own_waits_for_the_way_out(bench: Bench, front: Handle) -> None:
    out = box(bench, front, public_ip=True)
    address = next(native for native in out.natives if native.key == "address")
    assert (address.type, address.want) == ("openstack.floating_ip", {"port_id": Ref("box/port"), "tags": TAGS})
    assert address.after == (front.private("internet"),)
    assert out.exports["public_ip"] == Ref("box/address", ("floating_ip_address",))
    with pytest.raises(Unsuitable, match="no way to the internet"):
        box(bench, back(bench), public_ip=True)


def test_an_address_of_the_blueprint_is_led_to_the_port(bench: Bench, front: Handle) -> None:
    bench.lower("entry", "public_ip")
    out = box(bench, front, public_ip=bench.handle("entry"), user="ops")
    association = natives(out)["address"]
    assert association == {"type": "openstack.floating_ip_association", "floatingip_id": bench.handle("entry").export("id"),
                           "port_id": Ref("box/port")}
    reach = Ref("box/address", ("floating_ip_address",))
    assert out.exports["ssh"] == Derived("format", ("ssh {}@{}", "ops", reach))
    assert "name: ops" in natives(out)["server"]["user_data"]


@pytest.mark.parametrize(("properties", "property"), [
    ({"image": None}, "image"), ({"spec": None}, "spec"), ({"spot": True}, "spot"), ({"user": "me", "user_data": "x"}, "user"),
])
def test_what_openstack_cannot_honour(bench: Bench, front: Handle, properties: dict[str, Any], property: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        bench.lower("box", "vm", subnet=front, **{"image": "i-1", "spec": "small", **properties})
    assert refused.value.property == property
    assert refused.value.remedy


def test_a_password_goes_to_nova(bench: Bench, front: Handle) -> None:
    secret = Secret("long-enough")
    server = natives(box(bench, front, password=secret, power="stopped", user_data="#!/bin/sh"))["server"]
    assert (server["admin_pass"], server["power"], server["user_data"]) == (secret, "stopped", "#!/bin/sh")


@pytest.mark.parametrize("tags", [{"a/b": "c"}, {"a": "x" * 256}, {"k" * 256: "v"}])
def test_tags_that_metadata_does_not_take(bench: Bench, front: Handle, tags: dict[str, str]) -> None:
    with pytest.raises(Unsuitable) as refused:
        bench.lower("data", "disk", tags, size_gib=1)
    assert refused.value.property == "tags"


def test_a_key_made_here_leaves_only_its_public_half(bench: Bench, front: Handle) -> None:
    pair = driver.choosers["key_pair", "public_key"](None, None, Want({})).value  # type: ignore[union-attr]
    out = bench.lower("admin", "key_pair", TAGS, public_key=pair)
    assert natives(out) == {"key": {"type": "openstack.key_pair", "public_key": pair["public_key"]}}
    assert isinstance(out.exports["private_key"], Secret)
    server = natives(box(bench, front, key_pair=bench.handle("admin")))["server"]
    assert server["key_name"] == Ref("admin/key", ("name",))
    assert natives(box(bench, front, key_pair=Handle("", "key_pair", "cloud", None, literal="mine")))["server"]["key_name"] == "mine"
    with pytest.raises(Unsuitable, match="key pair's name"):
        bench.lower("admin", "key_pair", name="me@home", public_key="ssh-ed25519 AAAA")


def test_a_disk_and_its_place_in_a_machine(bench: Bench, front: Handle) -> None:
    box(bench, front)
    out = bench.lower("data", "disk", TAGS, size_gib=20, type="fast", zone="nova", attach_to=bench.handle("box"))
    assert natives(out) == {
        "volume": {"type": "openstack.volume", "name": "data", "size": 20, "volume_type": "fast", "availability_zone": "nova",
                   "tags": TAGS},
        "attachment": {"type": "openstack.volume_attachment", "server_id": Ref("box/server"), "volume_id": Ref("data/volume")},
    }
    assert out.exports["device"] == Ref("data/attachment", ("device",))
    alone = bench.lower("spare", "disk", size_gib=1)
    assert list(natives(alone)) == ["volume"]
    assert (alone.exports["device"], alone.exports["status"]) == (None, Ref("spare/volume", ("status",)))


def test_copies_of_disks_and_machines(bench: Bench, front: Handle) -> None:
    box(bench, front)
    bench.lower("data", "disk", size_gib=20)
    copy = bench.lower("copy", "snapshot", disk=bench.handle("data"), description="nightly")
    assert natives(copy)["snapshot"] == {"type": "openstack.volume_snapshot", "name": "copy", "volume_id": Ref("data/volume"),
                                         "force": True, "description": "nightly", "tags": {}}
    again = bench.lower("again", "disk", snapshot=bench.handle("copy"))
    assert natives(again)["volume"]["snapshot_id"] == Ref("copy/snapshot")
    golden = bench.lower("golden", "image", TAGS, vm=bench.handle("box"))
    assert natives(golden)["image"] == {"type": "openstack.image", "server_id": Ref("box/server"), "tags": TAGS}
    assert golden.natives[0].stem == "mcflow-golden"
    with pytest.raises(Unsuitable, match="keeps owner for itself"):
        bench.lower("golden", "image", {"owner": "me"}, vm=bench.handle("box"))
