"""OpenStack's cases of what only a cloud's administrator makes: flavors and volume types, private ones, which no other test is offered.

They belong to no project: what counts is what has the names of these cases, so only one worker may run them at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.conformance.fragments import block
from tests.conformance.openstack_cloud import ALTERATIONS, REMOVALS, OpenStackCloud, openstack_project

from mcflow.conformance import Case, Change, Drifted

STEM = "conformance-"
SPECS = {"extra_specs": {"hw:cpu_policy": "shared"}}
FAST = {"extra_specs": {"volume_backend_name": "files"}}
PLACES = {"openstack.flavor": ("compute", "flavors", "/flavors/detail?is_public=None", "/flavors"),
          "openstack.volume_type": ("block-storage", "volume_types", "/types?is_public=None", "/types")}

CASES = [
    Case("openstack.flavor", "size", {"size": block(
            "openstack.flavor", name=f"{STEM}size", ram=1024, vcpus=1, disk=5, is_public=False, description="one", **SPECS)},
         updates=[Change("description", {"description": "two"}), Change("specs", {"extra_specs": {"hw:cpu_policy": "mixed"}})],
         replace=Change("ram", {"ram": 2048}), removable="", drift=Drifted("", "description", "theirs")),
    Case("openstack.volume_type", "kind", {"kind": block(
            "openstack.volume_type", name=f"{STEM}kind", is_public=False, description="one", **FAST)},
         updates=[Change("description", {"description": "two"}), Change("specs", {"extra_specs": {"volume_backend_name": "others"}})],
         replace=Change("is_public", {"is_public": True}), removable="", drift=Drifted("", "description", "theirs")),
]
_OFFERED = "what administrators offer to all is listed as the cloud's own, and not taken over with a project"
SKIPS = {f"{check}[{case.type}]": _OFFERED for check in ("discovered", "imported") for case in CASES}


class AdminCloud(OpenStackCloud):
    """A project whose user is the cloud's administrator."""

    def inventory(self) -> Mapping[str, str]:
        offered = {
            row["id"]: type.removeprefix("openstack.") for type, (service, member, listing, _) in PLACES.items()
            for row in self.ask(service, "GET", listing)[member] if row["name"].startswith(STEM)
        }
        return {**super().inventory(), **offered}


@contextmanager
def admin_cloud(folder: Path) -> Iterator[AdminCloud]:
    """A project for an administrator; what an earlier run left of these cases is taken away first."""
    with openstack_project(folder, "admin", cloud=AdminCloud) as cloud:
        assert isinstance(cloud, AdminCloud)
        for id, kind in cloud.inventory().items():
            _remove(cloud, f"openstack.{kind}", id)
        yield cloud


def administered(subject: Any) -> Any:
    """A subject with these cases and nothing else."""
    return replace(subject, open=admin_cloud, cases=CASES, skips=SKIPS)


def _remove(cloud: OpenStackCloud, type: str, id: str) -> None:
    service, _, _, path = PLACES[type]
    cloud.ask(service, "DELETE", f"{path}/{id}")


def _describe(cloud: OpenStackCloud, type: str, id: str, text: str) -> None:
    service, _, _, path = PLACES[type]
    cloud.ask(service, "PUT", f"{path}/{id}", {type.removeprefix("openstack."): {"description": text}})


for _type in PLACES:
    REMOVALS[_type] = lambda cloud, id, type=_type: _remove(cloud, type, id)  # type: ignore[misc]
    ALTERATIONS[_type, "description"] = lambda cloud, id, text, type=_type: _describe(cloud, type, id, text)  # type: ignore[misc]
