"""Two machines on the rehearsal cloud, applied."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.drivers.mock.session import MockSession
from mcflow.engine import api
from mcflow.engine.operate.power import Operated
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Clock, Ports
from mcflow.engine.project import Project
from mcflow.model.connection import Connection
from mcflow.model.event import Event

_number = itertools.count()
RESOURCES = """
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
  app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
  key: {type: key_pair}
  web:
    type: vm
    for_each: [a, b]
    properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: {vcpus: 1}, key_pair: "{{ resources.key }}", public_ip: true}
  data: {type: disk, properties: {size_gib: 5, zone: mock-east-a}}
"""


class Place:
    """A folder with a blueprint, its state, and a cloud of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = f"operate-{os.getpid()}-{next(_number)}"
        self.events: list[Event] = []
        self.settings = ""

    def write(self, resources: str = RESOURCES) -> Place:
        cloud = f"driver: mock, path: ':memory:{self.account}', account: {self.account}, poll_interval: 0.002{self.settings}"
        (self.folder / "mcflow.yaml").write_text(f"mcflow: 1\nname: shop\nconnections:\n  cloud: {{{cloud}}}\nresources:{resources}")
        return self

    def project(self, clock: Clock | None = None) -> Project:
        ports = Ports(user_config=self.folder / "user", environ={"MCFLOW_WHO": "kim"}, events=self.events.append, clock=clock or Clock())
        return api.open_project(ProjectOptions(self.folder), ports)

    def apply(self) -> None:
        assert api.apply(self.project(), None, PlanOptions(), ApplyOptions(), lambda plan: True).ok

    def operate(self, verb: str, *addresses: str, **more: Any) -> Operated:
        options = more.pop("options", ApplyOptions())
        return api.operate(more.pop("project", self.project()), addresses or ("web",), verb, options, lambda rows, found: True, **more)

    @property
    def session(self) -> MockSession:
        """The cloud itself."""
        return MockSession(Connection("cloud", "mock", None, {"path": f":memory:{self.account}", "account": self.account}))

    def power(self) -> list[str]:
        """Of the machines."""
        return [view.attributes["power"] for view in self.session.cloud.search("instance")]

    def calls(self, verb: str) -> list[str]:
        """What the ledger has of a verb: the outcomes."""
        return [entry.outcome for entry in self.session.cloud.ledger() if entry.verb == verb]

    def open_operations(self) -> list[str]:
        """What the state has as begun and not ended."""
        return [opened.intent.group for opened in api.read_state(self.project()).state.open.values()]

    def audited(self) -> list[tuple[str, str]]:
        """Modes and outcomes of the audit log, oldest first."""
        return [(run["mode"], run["outcome"]) for run in reversed(api.audit(self.project()))]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Written and applied."""
    found = Place(tmp_path).write()
    found.apply()
    return found


@pytest.fixture
def codes() -> Callable[[Any], list[str]]:
    """The codes of findings."""
    return lambda findings: [finding.code for finding in findings]
