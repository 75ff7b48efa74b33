"""OpenStack's cases of the conformance suite: servers, key pairs, volumes, snapshots, images."""

from __future__ import annotations

from typing import Any

from tests.conformance.fragments import IMAGE, KEY, OTHER_KEY, block, machine, ref
from tests.conformance.openstack_cloud import ALTERATIONS, REMOVALS, OpenStackCloud

from mcflow.conformance import Case, Change, Drifted

SMALL, LARGE = "m1.micro", "m1.small"
RENAMED = Change("name", {"name": "renamed"})
THEIRS = Drifted("", "name", "theirs")
BOX = machine(spec=SMALL)
SYSTEM = "{{ resources.box.image_id }}"


def id_of(name: str, native: str = "") -> str:
    """The id of a resource, or of one of its natives."""
    return f"{{{{ resources.{name}.native.{native} }}}}" if native else f"{{{{ resources.{name}.id }}}}"


def server(**properties: Any) -> dict[str, Any]:
    """A server on a network of its own, as natives, from the image of the scene's machine."""
    return {
        "wire": block("openstack.network"), "lan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24"),
        "plug": {**block("openstack.port", network_id=ref("wire"), fixed_ips=[{"subnet_id": id_of("lan")}])},
        "disk": block("openstack.volume", size=1), "other": block("openstack.volume", size=1),
        "one": block("openstack.server", **{"name": "one", "flavor": SMALL, "networks": [{"port": id_of("plug")}], **properties}),
    }


def booted() -> dict[str, Any]:
    """A server that boots from a copy of the image that a portable machine's selector finds."""
    return {**BOX, **server(boot_volume_id=id_of("root")), "root": block("openstack.volume", size=2, image_id=SYSTEM)}


PORTABLE = [
    Case("key_pair", "admin", {"admin": block("key_pair", public_key=KEY)}, replace=Change("public_key", {"public_key": OTHER_KEY}, "key"),
         removable="key"),
    Case("vm", "box", BOX, updates=[Change("spec", {"spec": LARGE}), Change("power", {"power": "stopped"}), RENAMED],
         replace=Change("image", {"image": {**IMAGE, "version": "22.04"}}, "server"), removable="server",
         drift=Drifted("server", "name", "theirs")),
    Case("disk", "data", {"data": block("disk", size_gib=1, type="standard")},
         updates=[Change("size", {"size_gib": 2}), Change("type", {"type": "ssd"}), RENAMED], removable="volume",
         drift=Drifted("volume", "name", "theirs")),
    Case("snapshot", "copy", {"data": block("disk", size_gib=1), "copy": block("snapshot", disk=ref("data"))},
         updates=[Change("description", {"description": "two"}), RENAMED], removable="snapshot",
         drift=Drifted("snapshot", "name", "theirs")),
    Case("image", "golden", {**BOX, "golden": block("image", vm=ref("box"), description="one")},
         updates=[Change("description", {"description": "two"})], replace=Change("name", {"name": "renamed"}, "image"), removable="image",
         drift=Drifted("image", "description", "theirs")),
]

NATIVE = [
    Case("openstack.server", "one", booted(),
         updates=[Change("settings", {"description": "two"}), Change("flavor", {"flavor": LARGE}), Change("power", {"power": "stopped"}),
                  Change("tags", {"tags": {"team": "ops"}})],
         replace=Change("config_drive", {"config_drive": True}), removable="", drift=THEIRS),
    Case("openstack.key_pair", "admin", {"admin": block("openstack.key_pair", name="admin", public_key=KEY)},
         replace=Change("public_key", {"public_key": OTHER_KEY}), removable=""),
    Case("openstack.server_group", "near", {"near": block("openstack.server_group", name="near", policy="soft-affinity")},
         replace=Change("policy", {"policy": "soft-anti-affinity"}), removable=""),
    Case("openstack.volume", "disk", {"disk": block("openstack.volume", name="disk", size=1)},
         updates=[Change("settings", {"description": "two"}), Change("size", {"size": 2}), Change("bootable", {"bootable": True}),
                  Change("type", {"volume_type": "fast"}), Change("tags", {"tags": {"team": "ops"}})], removable="", drift=THEIRS),
    Case("openstack.volume_attachment", "plugged", {
            **booted(), "plugged": block("openstack.volume_attachment", server_id=id_of("one"), volume_id=id_of("disk"))},
         replace=Change("volume", {"volume_id": id_of("other")}), removable=""),
    Case("openstack.volume_snapshot", "copy", {
            "disk": block("openstack.volume", size=1), "other": block("openstack.volume", size=1),
            "copy": block("openstack.volume_snapshot", volume_id=id_of("disk"), name="copy")},
         updates=[Change("settings", {"description": "two"}), Change("tags", {"tags": {"team": "ops"}})],
         replace=Change("volume", {"volume_id": id_of("other")}), removable="", drift=THEIRS),
    Case("openstack.image", "golden", {
            **BOX, "golden": block("openstack.image", name="golden", server_id=id_of("box"), min_disk=6)},
         updates=[Change("settings", {"description": "two", "visibility": "community"}), Change("tags", {"tags": {"os_distro": "ours"}})],
         replace=Change("name", {"name": "renamed"}), removable="", drift=Drifted("", "description", "theirs")),
]

_NAMED = "Nova lets nobody change it: another one is another object"
SKIPS: dict[str, str] = {
    **{f"{check}[{kind}]": _NAMED for check in ("update", "drift")
       for kind in ("key_pair", "openstack.key_pair", "openstack.server_group")},
    **{f"{check}[openstack.volume_attachment]": "it is its ends and no more: one with other ends is another one"
       for check in ("update", "drift")},
    "replace[disk]": "the lab has one zone, and all else of a disk changes in place",
    "replace[snapshot]": "what it is a copy of is looked at when it is made, and all else of it changes in place",
    "replace[openstack.volume]": "the lab has one zone, and all else of a volume changes in place",
}
"""Check → why it cannot be tried."""


def _describe(cloud: OpenStackCloud, id: str, text: Any) -> None:
    """Glance takes patches only, in a media type of their own."""
    answer = cloud.project.lab.admin.image.patch(
        f"/images/{id}", data=f'[{{"op": "replace", "path": "/description", "value": "{text}"}}]',
        headers={"Content-Type": "application/openstack-images-v2.1-json-patch"})
    assert answer.status_code == 200, answer.text


def _unplug(cloud: OpenStackCloud, id: str) -> None:
    server, _, volume = id.partition("|")
    cloud.ask("compute", "DELETE", f"/servers/{server}/os-volume_attachments/{volume}")


ALTERATIONS["openstack.image", "description"] = _describe
REMOVALS["openstack.volume_attachment"] = _unplug
