"""A project on a rehearsal cloud, and things in that cloud that mcflow did not make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.service import Cloud
from mcflow.drivers.mock.session import MockSession
from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.discover.adoption import Adoption
from mcflow.engine.discover.findings import Discovery
from mcflow.engine.options import ApplyOptions, DiscoverOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.model.connection import Connection
from mcflow.model.plan import Plan
from mcflow.state.records import State

BLUEPRINT = """mcflow: 1
name: yard
connections:
  cloud: {driver: mock, path: yard.db, visibility_lag: 0}
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIC0pv0kTqUvYg0TGcZ1Y0mVqkBkM0lcS6q3rQ0qD3kR ops"


@dataclass
class Yard:
    """``folder`` has the blueprint, ``session`` is a bare way into the same cloud."""

    folder: Path
    name: str = "mcflow.yaml"
    events: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(BLUEPRINT)
        session = driver.connect(Connection("cloud", "mock", "mock-east", {"path": "yard.db", "directory": str(self.folder)}))
        assert isinstance(session, MockSession)
        self.cloud: Cloud = session.cloud

    def write(self, text: str, name: str = "mcflow.yaml") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def text(self, name: str = "found.yaml") -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def make(self, kind: str, tags: Mapping[str, str] | None = None, **attributes: Any) -> str:
        """An object made by hand; its id."""
        return self.cloud.create(kind, attributes, tags=tags or {}).id

    def objects(self) -> set[str]:
        """Ids of everything there is."""
        return {item.id for item in self.discover().items if item.managed != "missing"}

    def project(self, file: str = "mcflow.yaml", **options: Any) -> Project:
        ports = Ports(environ={}, user_config=self.folder / "user", events=self.events.append)
        return api.open_project(ProjectOptions(directory=self.folder, file=Path(file), **options), ports)

    def discover(self, file: str = "mcflow.yaml", **options: Any) -> Discovery:
        return api.discover(self.project(file), DiscoverOptions("cloud", **options))

    def whose(self, **options: Any) -> dict[str, str]:
        """id → whose it is."""
        return {item.id: item.managed for item in self.discover(**options).items}

    def adopt(self, into: str = "found.yaml", approve: Callable[[Adoption], bool] = lambda made: True, probe: Any = None,
              **options: Any) -> Adoption:
        return api.adopt_all(self.project(), DiscoverOptions("cloud", **options), Path(into),
                             ApplyOptions(probe=probe, parallelism=1 if probe else 16), approve)

    def destroy(self, approve: Callable[[Plan], bool] = lambda plan: True, probe: Any = None, **options: Any) -> Outcome:
        return api.destroy_found(self.project(), DiscoverOptions("cloud", **options), ApplyOptions(probe=probe), approve)

    def plan(self, file: str = "found.yaml", **options: Any) -> Plan:
        return api.plan(self.project(file), PlanOptions(**options))

    def apply(self, file: str = "mcflow.yaml", **options: Any) -> Outcome:
        return api.apply(self.project(file), None, PlanOptions(**options), ApplyOptions(), lambda plan: True)

    def state(self) -> State:
        return api.read_state(self.project()).state

    def stranger(self, name: str) -> Yard:
        """Another blueprint with a state of its own, on this very cloud."""
        other = Yard.__new__(Yard)
        other.folder, other.name, other.events, other.cloud = self.folder / name, "mcflow.yaml", [], self.cloud
        other.folder.mkdir()
        other.write(BLUEPRINT.replace("name: yard", f"name: {name}").replace("path: yard.db", f"path: {self.folder / 'yard.db'}"))
        return other


def environment(yard: Yard) -> dict[str, str]:
    """A whole environment made by hand: role → id."""
    ids: dict[str, str] = {}
    ids["vpc"] = yard.make("vpc", {"Name": "legacy", "odd": "{{ x }} {% y %} {# z #}"}, cidr_block="10.7.0.0/16")
    ids["gateway"] = yard.make("internet_gateway", {"Name": "legacy"})
    ids["attachment"] = yard.make("internet_gateway_attachment", internet_gateway_id=ids["gateway"], vpc_id=ids["vpc"])
    ids["table"] = yard.make("route_table", vpc_id=ids["vpc"])
    ids["route"] = yard.make("route", route_table_id=ids["table"], destination_cidr_block="0.0.0.0/0", gateway_id=ids["gateway"])
    ids["front"] = yard.make("subnet", {"Name": "front"}, vpc_id=ids["vpc"], cidr_block="10.7.1.0/24", assign_public_ip=True)
    ids["back"] = yard.make("subnet", vpc_id=ids["vpc"], cidr_block="10.7.2.0/24")
    ids["association"] = yard.make("route_table_association", route_table_id=ids["table"], subnet_id=ids["front"])
    ids["web"] = yard.make("security_group", vpc_id=ids["vpc"], group_name="web")
    ids["db"] = yard.make("security_group", vpc_id=ids["vpc"], group_name="db", description="databases", outbound=[])
    http = {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"}
    ssh = {"protocol": "tcp", "from_port": 22, "to_port": 22, "source_group_id": ids["db"]}
    sql = {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "source_group_id": ids["web"]}
    yard.cloud.modify("security_group", ids["web"], {"inbound": [http, ssh]})
    yard.cloud.modify("security_group", ids["db"], {"inbound": [sql]})
    ids["key"] = yard.make("key_pair", key_name="ops", public_key=KEY)
    ids["machine"] = yard.make(
        "instance", {"Name": "web 1"}, subnet_id=ids["front"], image_id="img-ubuntu-2404-x64", instance_type="m1.small", key_name="ops",
        security_group_ids=[ids["web"]], user_data="echo hidden")
    ids["volume"] = yard.make("volume", {"Name": "data"}, size_gib=20, zone="mock-east-a")
    ids["plugged"] = yard.make("volume_attachment", volume_id=ids["volume"], instance_id=ids["machine"])
    ids["address"] = yard.make("address")
    ids["mapped"] = yard.make("address_association", allocation_id=ids["address"], instance_id=ids["machine"])
    ids["database"] = yard.make(
        "database", identifier="orders", engine="postgresql", instance_class="db.small", storage_gib=20, username="u",
        subnet_ids=[ids["front"], ids["back"]], master_password="hidden too", security_group_ids=[ids["db"]])
    return ids


