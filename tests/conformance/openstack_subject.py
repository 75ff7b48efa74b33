"""OpenStack on the lab's real services as a subject of the conformance suite."""

from __future__ import annotations

from dataclasses import replace

from tests.conformance import openstack_cases_compute as compute
from tests.conformance import openstack_cases_network as network
from tests.conformance import openstack_cases_services as services
from tests.conformance.fragments import IMAGE, KEY, block, groups, ref, tier
from tests.conformance.fragments import network as net
from tests.conformance.openstack_cases_admin import administered
from tests.conformance.openstack_cloud import managed_cloud, openstack_cloud

from mcflow.conformance import Change, Scene, Subject

SUBJECT = Subject(
    driver="openstack", open=openstack_cloud, kill_every=4,
    cases=[*network.PORTABLE, *network.NATIVE, *compute.PORTABLE, *compute.NATIVE, *services.PORTABLE, *services.NATIVE],
    scene=Scene(
        resources=tier(), small=block("key_pair", public_key=KEY), machine="box", disk="data", address="entry",
        replacement=Change("image", {"image": {**IMAGE, "version": "22.04"}}, "server"),
    ),
    skips={**network.SKIPS, **compute.SKIPS, **services.SKIPS},
)
"""Everything: hours on the lab."""

MANAGED = replace(SUBJECT, open=managed_cloud, cases=network.QOS, skips=network.QOS_SKIPS)
"""What only the manager of a project makes."""

ADMINISTERED = administered(SUBJECT)
"""What only an administrator makes."""

LIGHT = replace(
    SUBJECT, cases=[], kill_every=12, skips={},
    scene=Scene(resources={
        **net(), **groups(), "admin": block("key_pair", public_key=KEY), "data": block("disk", size_gib=2), "entry": block("public_ip"),
        "card": block("nic", subnet=ref("front"), security_groups=[ref("web")]),
    }),
)
"""What goes wrong around an environment without machines: networks, disks and the rest that the lab makes at once."""
