"""What an OpenStack cloud is said to offer: systems of images, flavors with devices, zones, quotas, services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.catalog.images import image
from mcflow.drivers.openstack.catalog.sizes import spec
from mcflow.drivers.openstack.catalog.systems import architecture, system, user
from mcflow.drivers.sdk import AccessDenied, Query, Quota, Reader, Region, Zone, selecting


class Cloud(StubSession):
    """A cloud with only some services."""

    has: tuple[str, ...] = ("compute", "network", "image", "block-storage", "identity")

    def catalog(self) -> dict[str, str]:
        return {service: f"http://127.0.0.1/{service}" for service in self.has}

    def regions(self) -> set[str]:
        return {"here"}


NAMES = {
    "ubuntu-24.04-20260801": ("ubuntu", "24.04"), "Ubuntu 22.04 LTS (Jammy)": ("ubuntu", "22.04"), "ubuntu-server-20240101": ("ubuntu", ""),
    "Debian-12-generic-amd64-20240101": ("debian", "12"), "debian-bookworm": ("debian", ""), "Rocky-9-GenericCloud-9.4": ("rocky", "9"),
    "CentOS-7-x86_64-GenericCloud-2009": ("centos", "7"), "Windows Server 2022 Std": ("windows", "2022"),
    "Fedora-Cloud-Base-40-1.14": ("fedora", "40"), "AlmaLinux-9-GenericCloud": ("almalinux", "9"), "rhel-9.4-x86_64": ("rhel", "9.4"),
    "fedora-coreos-38.20230806.3.0": ("fedora-coreos", ""), "cirros-0.6.2-x86_64-disk": ("cirros", "0.6.2"), "my golden image 3": ("", ""),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_tells_the_system_where_properties_do_not(name: str) -> None:
    assert system({"name": name}) == NAMES[name]


def test_properties_count_before_the_name() -> None:
    assert system({"name": "debian-12", "os_distro": "Ubuntu", "os_version": "24.04 LTS"}) == ("ubuntu", "24.04")
    assert system({"name": "x", "os_distro": "rockylinux", "os_version": "9"}) == ("rocky", "9")
    assert system({"name": "server 2022", "os_type": "windows", "os_version": "2022"}) == ("windows", "2022")
    assert system({"name": "x", "os_distro": "debian", "os_version": "bookworm"}) == ("debian", "bookworm")


def test_whom_an_image_lets_in() -> None:
    assert user({"os_distro": "ubuntu", "os_admin_user": "boss"}) == "boss"
    assert user({"os_distro": "centos", "os_version": "7.9"}) == "centos"
    assert user({"os_distro": "centos", "os_version": "9"}) == "cloud-user"
    assert user({"name": "debian-12"}) == "debian"
    assert user({"name": "something"}) == ""


def test_architectures_in_both_spellings() -> None:
    assert architecture({"hw_architecture": "aarch64"}) == "arm64"
    assert architecture({"architecture": "x86_64"}) == "x86_64"
    assert architecture({}) == ""


def test_a_copy_of_a_server_is_of_no_system_so_that_nobody_is_given_it() -> None:
    row = {"id": "1", "name": "noble", "os_distro": "ubuntu", "os_version": "24.04", "created_at": "2026-01-01T00:00:00Z", "min_disk": 2}
    told = image(row)
    assert (told.os, told.version, told.root_gib, told.publisher) == ("ubuntu", "24.04", 2.0, "")
    assert image({**row, "visibility": "public"}).publisher == "public"
    assert image({**row, "image_type": "snapshot"}).os == ""
    assert image({**row, "virtual_size": 5 * 1024 ** 3 + 1}).root_gib == 6.0


def flavor(**extra: str) -> dict[str, Any]:
    return {"id": "1", "name": "m1", "vcpus": 2, "ram": 4096, "disk": 20, "OS-FLV-EXT-DATA:ephemeral": 5,
            "extra_specs": {key.replace("__", ":"): value for key, value in extra.items()}}


def test_a_flavor_is_a_size() -> None:
    told = spec(flavor())
    assert (told.name, told.vcpus, told.memory_gib, told.disk_gib) == ("m1", 2, 4, 25)
    assert (told.architecture, told.gpus, told.special) == ("", 0, "")
    assert told.current
    assert not spec({**flavor(), "OS-FLV-DISABLED:disabled": True}).current


def test_devices_of_a_flavor() -> None:
    shared = spec(flavor(resources__VGPU="2"))
    assert (shared.gpus, shared.special) == (2, "a share of a GPU")
    passed = spec(flavor(pci_passthrough__alias="a100-80g:4,qat:1"))
    assert (passed.gpus, passed.gpu_model, passed.special) == (4, "a100-80g", "PCI device qat")
    assert spec(flavor(resources__PGPU="1")).gpus == 1
    metal = spec(flavor(resources__VCPU="0", resources__CUSTOM_BAREMETAL="1"))
    assert metal.special == selecting.BARE
    assert not selecting.spec_fits(metal, {"vcpus": 1})
    assert not selecting.spec_fits(passed, {"vcpus": 1})
    assert selecting.spec_fits(passed, {"gpus": 2})


def test_architectures_of_flavors_are_said_in_several_ways() -> None:
    assert spec(flavor(trait__HW_ARCH_AARCH64="required")).architecture == "arm64"
    assert spec(flavor(trait__COMPUTE_ARCH_X86_64="forbidden")).architecture == ""
    assert spec(flavor(capabilities__cpu_arch="s== x86_64")).architecture == "x86_64"
    silent = spec(flavor())
    assert selecting.spec_fits(silent, {}, arch="arm64")
    assert selecting.spec_fits(silent, {}, arch="x86_64")


def test_all_pages_of_flavors() -> None:
    def page(_json: Any, params: Any) -> dict[str, Any]:
        if "marker" in params:
            return {"flavors": [{**flavor(), "name": "m2"}]}
        return {"flavors": [flavor()], "flavors_links": [{"rel": "next", "href": "http://elsewhere/flavors?limit=1&marker=1"}]}

    api = Cloud({"GET compute /flavors/detail": page})
    assert [each.name for each in CATALOG.specs(api, Query())] == ["m1", "m2"]


def test_zones_of_disks_and_routers_alone_are_no_places_for_machines() -> None:
    api = Cloud({
        "GET compute /os-availability-zone": {"availabilityZoneInfo": [{"zoneName": "b", "zoneState": {"available": True}},
                                                                       {"zoneName": "a", "zoneState": {"available": False}}]},
        "GET block-storage /os-availability-zone": {"availabilityZoneInfo": [{"zoneName": "b", "zoneState": {"available": True}},
                                                                             {"zoneName": "0-disks", "zoneState": {"available": True}}]},
        "GET network /availability_zones": {"availability_zones": [{"name": "b", "resource": "router", "state": "available"}]}})
    rows = list(CATALOG.zones(api, Query()))
    assert rows == [Zone("b", "here"), Zone("a", "here", available=False), Zone("0-disks", "here", kind="block-storage")]
    assert selecting.choose_zone(Reader(CATALOG, api), "here").value == "b"


def test_a_cloud_without_zones_of_the_network_has_zones_all_the_same() -> None:
    api = Cloud({"GET compute /os-availability-zone": {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}})
    api.has = ("compute", "network")
    assert [each.name for each in CATALOG.zones(api, Query())] == ["nova"]


def test_regions_that_keystone_shows_and_those_it_does_not() -> None:
    shown = Cloud({"GET identity /regions": {"regions": [{"id": "here", "description": "Home"}, {"id": "there", "description": ""}]}})
    assert list(CATALOG.regions(shown, Query())) == [Region("here", "Home"), Region("there", enabled=False)]
    assert list(CATALOG.regions(Cloud({"GET identity /regions": AccessDenied("no")}), Query())) == [Region("here")]


QUOTAS = {
    "GET compute /os-quota-sets/project-1/detail": {"quota_set": {"id": "project-1", "ram": {"limit": 1024, "in_use": 512, "reserved": 0},
                                                                  "cores": {"limit": -1, "in_use": 1},
                                                                  "metadata_items": {"limit": 128, "in_use": 0}}},
    "GET network /quotas/project-1/details.json": {"quota": {"port": {"limit": 100, "used": 3, "reserved": 0}}},
    "GET block-storage /os-quota-sets/project-1": {"quota_set": {"id": "project-1", "gigabytes_fast": {"limit": 50, "in_use": 5}}},
}


def test_quotas_with_what_is_used_and_without_what_is_unlimited() -> None:
    assert list(CATALOG.quotas(Cloud(QUOTAS), Query())) == [
        Quota(name="metadata_items", limit=128, service="compute", code="metadata_items"),
        Quota(name="ram", limit=1024, used=512, unit="MiB", service="compute", code="ram"),
        Quota(name="port", limit=100, used=3, service="network", code="port"),
        Quota(name="gigabytes_fast", limit=50, used=5, unit="GiB", service="block-storage", code="gigabytes_fast"),
    ]


def test_a_service_that_hides_its_quotas_is_told_only_to_who_asks_for_it() -> None:
    api = Cloud({**QUOTAS, "GET compute /os-quota-sets/project-1/detail": AccessDenied("Policy doesn't allow it")})
    assert {each.service for each in CATALOG.quotas(api, Query())} == {"network", "block-storage"}
    with pytest.raises(AccessDenied):
        list(CATALOG.quotas(api, Query(service="compute")))
    assert list(CATALOG.quotas(api, Query(service="nonsense"))) == []


def test_neutron_without_details_still_tells_limits() -> None:
    api = Cloud({"GET network /quotas/project-1": {"quota": {"port": 100, "network": -1}}})
    assert list(CATALOG.quotas(api, Query(service="network"))) == [Quota(name="port", limit=100, service="network", code="port")]


def test_what_the_cloud_lacks_is_said_of_portable_and_native_types() -> None:
    api = Cloud({"GET block-storage /types": {"volume_types": [{"name": "ssd"}, {"name": "hdd"}]},
                 "GET compute /os-availability-zone": {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}})
    offers = {(each.kind, each.type): each for each in CATALOG.services(api, Query())}
    balancer = offers["portable", "load_balancer"]
    assert not balancer.available
    assert balancer.reason == "this cloud's catalog has no load-balancer service (Octavia)"
    assert not offers["native", "openstack.pool"].available
    assert ("native", "openstack.network") not in offers
    assert offers["portable", "disk"].limits == {"type": "hdd, ssd"}
    assert offers["portable", "vm"].limits == {"zone": "nova"}


def test_every_portable_type_says_what_it_needs() -> None:
    from mcflow.drivers.openstack.catalog.services import NEEDS

    assert driver.lowerings.keys() <= NEEDS.keys()


def test_there_are_no_prices() -> None:
    assert not CATALOG.offers("prices")
    assert not CATALOG.sells


def test_who_a_connection_is_hangs_on_variables_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    config = {"cloud": "x", "auth": {"password_env": "SECRET"}}
    first = CATALOG.whose("r", config, {"OS_CLOUD": "x"})
    assert first == CATALOG.whose("r", config, {"OS_CLOUD": "x", "HOME": "/elsewhere"})
    others = [CATALOG.whose("s", config, {"OS_CLOUD": "x"}), CATALOG.whose("r", config, {"OS_CLOUD": "y"}),
              CATALOG.whose("r", config, {"OS_CLOUD": "x", "SECRET": "2"})]
    (tmp_path / "clouds.yaml").write_text("clouds: {}")
    assert first not in [*others, CATALOG.whose("r", config, {"OS_CLOUD": "x"})]
