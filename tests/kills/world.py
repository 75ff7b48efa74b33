"""Environments to kill runs in: their blueprints at every revision, the cloud they live in, and the judge."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.conformance.fragments import KEY, block, ref

from mcflow.conformance.subject import Cloud
from mcflow.engine import api
from mcflow.engine.options import ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Rejected
from mcflow.state.records import State

NATIVES_A_CELL = 16


class KillCloud(Cloud, Protocol):
    """A cloud to kill runs in."""

    def settle(self) -> None:
        """Wait until what was submitted by killed runs has come to rest."""


@dataclass
class World:
    """One environment. ``cells``: networks with a machine, disk and the rest in each; ``documents``: small things that refer to others.

    ``growing``: disks grow with the revision, which therefore must not go back. ``store`` is the blueprint's ``state:`` (empty: beside the
    blueprint), ``credentials`` what it takes of the environment. ``patience``: seconds that a run to the end may take.
    """

    directory: Path
    cloud: KillCloud
    cells: int
    documents: int
    seed: int
    before: Mapping[str, str] = field(default_factory=dict)
    specs: tuple[Any, Any] = ({"vcpus": 1, "memory_gib": 4}, {"vcpus": 2, "memory_gib": 4})
    images: tuple[Any, Any] = ({"os": "ubuntu", "version": "24.04"}, {"os": "debian", "version": "12"})
    growing: bool = True
    store: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    patience: float = 120.0

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.before = dict(self.cloud.inventory())

    @property
    def environ(self) -> dict[str, str]:
        """What a run needs of the environment."""
        return {**self.cloud.environ, **self.credentials}

    def write(self, revision: int) -> None:
        """The blueprint at a revision: each changes tags, rules, sizes and specs in place, replaces some machines, adds and removes."""
        chance = random.Random(self.seed * 1000 + revision)
        resources: dict[str, Any] = {}
        for cell in range(self.cells):
            if revision == 0 or chance.random() < 0.9:
                resources |= self._cell(cell, revision, chance)
        for index in range(self.documents):
            sources = [f"{{{{ resources.doc{source}.id }}}}" for source in {index // 2, index // 3} if source < index]
            resources[f"doc{index}"] = {"type": "mock.document", "properties": {"content": f"revision {revision}", "source_ids": sources}}
        blueprint = {
            "mcflow": 1, "name": "killed", "connections": {"cloud": dict(self.cloud.connection)}, "tags": {"revision": str(revision)},
            "resources": resources,
        }
        if self.store:
            blueprint["state"] = dict(self.store)
        (self.directory / "mcflow.yaml").write_text(json.dumps(blueprint))

    def _cell(self, cell: int, revision: int, chance: random.Random) -> dict[str, Any]:
        name = f"c{cell}_"
        rule = {"protocol": "tcp", "ports": 8000 + revision, "security_group": ref(f"{name}b")}
        machine = block("vm", subnet=ref(f"{name}sub"), security_groups=[ref(f"{name}a")], key_pair=ref(f"{name}key"))
        machine["properties"] |= {
            "image": self.images[int(chance.random() < 0.25 and revision > 0)],
            "spec": chance.choice(self.specs) if revision else self.specs[1],
        }
        return {
            f"{name}net": block("vpc", cidr=f"10.{cell}.0.0/16"),
            f"{name}sub": block("subnet", vpc=ref(f"{name}net"), cidr=f"10.{cell}.1.0/24"),
            f"{name}a": block("security_group", vpc=ref(f"{name}net"), inbound=[rule]),
            f"{name}b": block("security_group", vpc=ref(f"{name}net"), inbound=[{**rule, "security_group": ref(f"{name}a")}]),
            f"{name}key": block("key_pair", public_key=KEY),
            f"{name}vm": machine,
            f"{name}disk": block(
                "disk", size_gib=10 + 10 * revision * self.growing, zone=ref(f"{name}sub.zone"), attach_to=ref(f"{name}vm")),
            f"{name}ip": block("public_ip", attach_to=ref(f"{name}vm")),
        }

    def state(self) -> State:
        """The state as the next run would read it. Raises Rejected if it cannot be read."""
        return api.read_state(self.project()).state

    def project(self) -> Project:
        """The blueprint, opened. Raises Rejected."""
        return api.open_project(ProjectOptions(directory=self.directory), Ports(environ=self.environ, user_config=self.directory / "user"))

    def unreadable(self) -> list[str]:
        """Why the state cannot be read; empty if it can."""
        try:
            self.state()
        except Rejected as rejected:
            return [f"unreadable state: {each.code} {each.message}" for each in rejected.diagnostics]
        return []

    def judge(self) -> list[str]:
        """What is wrong, by the cloud's ledger and inventory; empty if nothing."""
        self.cloud.settle()
        living = {id: kind for id, kind in self.cloud.inventory().items() if id not in self.before}
        known = Counter(record.id for record in self.state().natives.values())
        wrong = [f"orphan: {kind} {id}" for id, kind in sorted(living.items()) if id not in known]
        wrong += [f"in the state {times} times: {id}" for id, times in known.items() if times > 1]
        wrong += [f"in the state and not in the cloud: {id}" for id in known if id not in living and not _composite(id)]
        for op, ids in self.cloud.creations().items():
            alive = sorted({id for id in ids if id in living})
            if len(alive) > 1:
                wrong.append(f"duplicates of one operation {op}: {alive}")
        if self.state().open:
            wrong.append(f"open operations after a whole run: {sorted(self.state().open)}")
        return wrong


def _composite(id: str) -> bool:
    """Ids that mcflow composes for associations and parts, which no inventory lists."""
    return "|" in id or "/" in id
