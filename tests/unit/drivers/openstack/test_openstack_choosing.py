"""Images, sizes, zones and disk types, chosen from what a cloud has."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle


def image(id: str, created: str, **changes: Any) -> dict[str, Any]:
    return {"id": id, "name": id, "status": "active", "visibility": "public", "created_at": created, "os_distro": "ubuntu",
            "os_version": "24.04", "hw_architecture": "x86_64", "min_disk": 1, "size": 1, **changes}


def flavor(name: str, vcpus: int, gib: int, disk: int = 20, **extra: str) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "vcpus": vcpus, "ram": gib * 1024, "disk": disk, "OS-FLV-EXT-DATA:ephemeral": 0,
            "extra_specs": extra}


IMAGES = [
    image("old", "2026-01-01T00:00:00Z"), image("new", "2026-05-01T00:00:00Z"),
    image("arm", "2026-09-01T00:00:00Z", hw_architecture="aarch64"),
    image("copy", "2026-10-01T00:00:00Z", image_type="snapshot"), image("other", "2026-09-01T00:00:00Z", os_version="22.04"),
    image("large", "2026-01-01T00:00:00Z", os_distro="windows", os_version="2022", min_disk=60),
]
FLAVORS = [flavor("tiny", 1, 1, 1), flavor("b-two", 2, 4), flavor("a-two", 2, 4), flavor("diskless", 1, 2, 0), flavor("roomy", 2, 8, 80),
           flavor("gpu", 2, 4, **{"resources:VGPU": "1"})]
ZONES = {"availabilityZoneInfo": [{"zoneName": "b", "zoneState": {"available": True}}, {"zoneName": "a", "zoneState": {"available": True}},
                                  {"zoneName": "0", "zoneState": {"available": False}}]}


def volume_zones(*names: str) -> dict[str, Any]:
    return {"availabilityZoneInfo": [{"zoneName": name, "zoneState": {"available": True}} for name in names]}


def cloud(**more: Any) -> StubSession:
    api = StubSession({
        "GET image /images": {"images": IMAGES}, **{f"GET image /images/{row['id']}": row for row in IMAGES},
        "GET compute /flavors/detail": {"flavors": FLAVORS}, "GET compute /os-availability-zone": ZONES,
        "GET block-storage /os-availability-zone": volume_zones("a", "b"), "GET network /availability_zones": {"availability_zones": []},
        "GET block-storage /types": {"volume_types": [{"name": "__DEFAULT__"}, {"name": "fast", "description": "solid state"}]},
        "GET block-storage /types/default": {"volume_type": {"name": "__DEFAULT__"}},
    })
    api.answers.update(more)
    return api


def choose(type: str, property: str, selector: Any, api: StubSession | None = None, **properties: Any) -> Any:
    chosen = driver.choosers[type, property](api or cloud(), selector, Want(properties))
    return None if chosen is None else chosen.value


def test_the_newest_image_of_the_system_and_architecture() -> None:
    assert choose("vm", "image", {"os": "ubuntu", "version": "24.04"}) == "new"
    assert choose("vm", "image", {"os": "Ubuntu", "version": "24.04", "arch": "arm64"}) == "arm"
    assert choose("vm", "image", {"os": "ubuntu"}) == "other", "the newest of any version"


def test_an_image_that_no_cloud_has_is_refused_with_the_systems_there_are() -> None:
    with pytest.raises(Unsuitable, match="no x86_64 image of os plan9") as refused:
        choose("vm", "image", {"os": "plan9"})
    assert "ubuntu 22.04, ubuntu 24.04, windows 2022" in refused.value.remedy
    with pytest.raises(Unsuitable, match="needs an image"):
        choose("vm", "image", None)


def test_an_older_image_of_that_system_is_kept_at_an_import() -> None:
    accept = driver.acceptors["vm", "image"]
    wanted = {"os": "ubuntu", "version": "24.04"}
    assert accept(cloud(), "old", wanted, Want({}))
    assert not accept(cloud(), "other", wanted, Want({}))
    assert not accept(cloud(), "gone", wanted, Want({}))


def test_the_smallest_flavor_that_fits() -> None:
    assert choose("vm", "spec", {"vcpus": 2, "memory_gib": 4}, image="new") == "a-two", "of equal ones the first by name"
    assert choose("vm", "spec", {"vcpus": 2, "memory_gib": 4, "gpus": 1}, image="new") == "gpu"
    assert choose("vm", "spec", None, image="new") == "tiny"


def test_a_flavors_own_disk_holds_the_image_where_no_other_is_asked_for() -> None:
    assert choose("vm", "spec", {"memory_gib": 2}, image="new") == "a-two", "one without a disk boots from volumes only"
    assert choose("vm", "spec", {"memory_gib": 2}, image="new", root_disk={"size_gib": 10}) == "diskless"
    assert choose("vm", "spec", {"vcpus": 2}, image="large") == "roomy"
    with pytest.raises(Unsuitable, match="vcpus 4"):
        choose("vm", "spec", {"vcpus": 4}, image="new")


def test_any_flavor_with_as_much_is_kept_at_an_import() -> None:
    accept = driver.acceptors["vm", "spec"]
    assert accept(cloud(), "roomy", {"vcpus": 2}, Want({}))
    assert not accept(cloud(), "tiny", {"vcpus": 2}, Want({}))


class Machine:
    """A machine in a blueprint, in a zone."""

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def export(self, name: str) -> Any:
        return {"zone": self.zone}[name]


def machine(zone: str) -> Handle:
    return Handle("box", "vm", "cloud", Machine(zone))  # type: ignore[arg-type]


def test_the_first_zone_that_is_available() -> None:
    assert choose("subnet", "zone", None) == "a"


def test_a_disk_lies_in_its_machines_zone_or_in_cinders_only_one() -> None:
    alone = {"GET block-storage /os-availability-zone": volume_zones("nova")}
    assert choose("disk", "zone", None, attach_to=machine("b")) == "b"
    assert choose("disk", "zone", None) == "a"
    assert choose("disk", "zone", None, cloud(**alone), attach_to=machine("b")) == "nova"
    assert choose("disk", "zone", "b") is None, "it stays what it is"
    assert choose("disk", "zone", "b", cloud(**alone)) == "nova", "the zone of machines that a blueprint names"
    with pytest.raises(Unsuitable, match="no zone elsewhere"):
        choose("disk", "zone", "elsewhere")


@pytest.mark.parametrize(("word", "rows", "type"), [
    ("ssd", ["__DEFAULT__", "fast"], "fast"), ("standard", ["__DEFAULT__", "fast"], "__DEFAULT__"), ("fast", ["fast"], None),
    ("standard", ["HDD", "SSD", "NVMe"], "HDD"), ("ssd", ["HDD", "SSD", "NVMe"], "SSD"), ("premium", ["HDD", "SSD", "NVMe"], "NVMe"),
    ("ssd", ["__DEFAULT__"], "__DEFAULT__"), ("standard", ["classic", "high-speed", "high-speed-gen2"], "classic"),
    ("ssd", ["classic", "high-speed", "high-speed-gen2"], "high-speed"), ("standard", ["ceph", "ceph-ssd"], "ceph"), (None, ["fast"], None),
])
def test_disk_types_by_what_clouds_call_theirs(word: str | None, rows: list[str], type: str | None) -> None:
    types = {"GET block-storage /types": {"volume_types": [{"name": name} for name in rows]}}
    assert choose("disk", "type", word, cloud(**types)) == type
    assert choose("vm", "root_disk.type", word, cloud(**types)) == type


def test_a_disk_type_may_say_in_its_description_or_extra_specs_what_it_is() -> None:
    types = [{"name": "t1", "description": "spinning, capacity"}, {"name": "t2", "extra_specs": {"volume_backend_name": "pure-flash"}}]
    api = cloud(**{"GET block-storage /types": {"volume_types": types}})
    assert choose("disk", "type", "ssd", api) == "t2"
    assert choose("disk", "type", "standard", api) == "t1"


def test_disk_types_that_a_cloud_has_not_are_refused_with_those_it_has() -> None:
    with pytest.raises(Unsuitable, match="no volume type 'gp3'") as refused:
        choose("disk", "type", "gp3")
    assert "__DEFAULT__, fast" in refused.value.remedy
    with pytest.raises(Unsuitable, match="none of this cloud's volume types says that it is premium"):
        choose("disk", "type", "premium")
