"""A small environment on the rehearsal cloud, applied, to operate on."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.drivers.mock.cloud.backdoor import living
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.model.plan import Plan

_number = itertools.count()
RESOURCES = """
  net:
    type: vpc
    properties: {cidr: 10.0.0.0/16}
  app:
    type: subnet
    properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}
  store:
    type: bucket
    for_each: [red, blue]
"""


class Place:
    """A folder with a blueprint, its state, and a cloud of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = f"surgery-{os.getpid()}-{next(_number)}"
        self.head = ""
        self.name = "shop"
        self.environment = "default"

    def write(self, resources: str = RESOURCES, rest: str = "") -> Place:
        cloud = f"driver: mock, path: ':memory:{self.account}', account: {self.account}, poll_interval: 0.002"
        blocks = f"resources:\n{resources}" if resources.strip() else "resources: {}\n"
        text = f"mcflow: 1\nname: {self.name}\n{self.head}connections:\n  cloud: {{{cloud}}}\n{blocks}{rest}"
        (self.folder / "mcflow.yaml").write_text(text)
        return self

    def project(self, **environ: str) -> Project:
        ports = Ports(user_config=self.folder / "user", environ={"MCFLOW_WHO": "kim", **environ})
        return api.open_project(ProjectOptions(self.folder, environment=self.environment), ports)

    def apply(self, mode: Any = "apply") -> None:
        outcome = api.apply(self.project(), None, PlanOptions(mode=mode), ApplyOptions(), lambda plan: True)
        assert outcome.ok, outcome

    def plan(self) -> Plan:
        return api.plan(self.project(), PlanOptions())

    @property
    def state(self) -> Any:
        return api.read_state(self.project()).state

    @property
    def cloud(self) -> dict[str, Any]:
        """What is alive, by id."""
        project = self.project()
        sessions: Any = project.sessions(project.workspace.read().state)
        return {found.id: found for found in living(sessions.get("cloud").session.cloud.store)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).write()


@pytest.fixture
def applied(place: Place) -> Place:
    place.apply()
    return place


@pytest.fixture
def yes() -> Callable[[Any], bool]:
    return lambda proposal: True
