"""The OpenStack lab that runs, and projects in it.

Each test, and each world of the conformance suite, has a project of its own, made and emptied by the cloud's administrator: tests beside
each other see nothing of one another, and an inventory is exact.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.openstack.inventory import Row, Scope, ask, everything, inventory, remove_all
from tests.openstack.proxy import Proxy, proxied

FOLDER = "MCFLOW_OPENSTACK_LAB"
"""The environment's variable that names the lab's folder; default: where ``labs/openstack/up.sh`` puts it in this checkout."""
REGION = "RegionOne"
ROLES = ("member", "load-balancer_member")
BRINGS: dict[str, set[str]] = {
    "compute": {"network", "block-storage", "image"}, "load-balancer": {"network"}, "block-storage": {"image"},
    "container-infrastructure-management": {"compute", "network"},
}
"""Service → others in which it makes things too."""


@dataclass(frozen=True)
class Lab:
    """A running lab."""

    folder: Path

    @property
    def clouds(self) -> Path:
        """Its clouds.yaml, with the clouds ``oslab``, ``oslab-app``, ``oslab-2`` and ``oslab-admin``."""
        return self.folder / "clouds.yaml"

    def connect(self, cloud: str = "oslab") -> Any:
        """A bare openstacksdk connection, one a process."""
        return _connected(str(self.clouds), cloud)

    @property
    def admin(self) -> Any:
        """The administrator's."""
        return self.connect("oslab-admin")

    @cached_property
    def auth_url(self) -> str:
        """Keystone's address."""
        return str(self.admin.config.auth["auth_url"])

    @contextmanager
    def project(self, *roles: str, proxy: bool = True) -> Iterator[Project]:
        """A project with one user, and a proxy before all services; emptied and removed when the context ends. ``roles``: what the user may
        be beside a member."""
        name, secret = f"t-{uuid.uuid4().hex[:10]}", uuid.uuid4().hex
        made = _ask(self, "POST", "/projects", {"project": {"name": name, "domain_id": "default"}})["project"]["id"]
        user = {"name": name, "password": secret, "domain_id": "default", "default_project_id": made}
        user_id = _ask(self, "POST", "/users", {"user": user})["user"]["id"]
        for role in (*ROLES, *roles):
            _ask(self, "PUT", f"/projects/{made}/users/{user_id}/roles/{_roles(self.folder)[role]}")
        project = Project(self, made, name, user_id, secret)
        try:
            with proxied(project.upstreams) if proxy else contextlib.nullcontext() as listening:
                project.proxy = listening
                yield project
        finally:
            remove_all(project.scope, project.touched())
            for group in ask(project.scope, "network", "GET", f"/security-groups?project_id={made}").json()["security_groups"]:
                ask(project.scope, "network", "DELETE", f"/security-groups/{group['id']}")
            project.own.close()
            _ask(self, "DELETE", f"/users/{user_id}")
            _ask(self, "DELETE", f"/projects/{made}")


@dataclass
class Project:
    """A project of its own in the lab, and its user."""

    lab: Lab
    id: str
    name: str
    user_id: str
    password: str = field(repr=False)
    proxy: Proxy | None = None
    only_by_proxy: bool = False
    """Whether nothing is made past the proxy, whose ledger then says which services are worth a look."""

    @cached_property
    def own(self) -> Any:
        """A bare connection as the project's user, past the proxy."""
        import openstack

        return openstack.connect(region_name=REGION, load_yaml_config=False, load_envvars=False, auth=self._auth(self.lab.auth_url))

    @cached_property
    def upstreams(self) -> dict[str, str]:
        """Service type → address of everything in the catalog."""
        access = self.own.session.auth.get_access(self.own.session)
        return {kind: rows[0].url for kind, rows in access.service_catalog.get_endpoints_data(interface="public").items()}

    @property
    def environ(self) -> dict[str, str]:
        """The OS_* variables of the project's user, through the proxy if there is one."""
        auth = self._auth(self.proxy.auth_url if self.proxy else self.lab.auth_url)
        told = {f"OS_{key.upper()}": value for key, value in auth.items()}
        return {"OS_REGION_NAME": REGION, "OS_CLIENT_CONFIG_FILE": os.devnull, **told}

    def write_clouds(self, folder: Path, cloud: str = "own") -> Path:
        """A clouds.yaml (JSON is YAML) with the project's user as ``cloud``."""
        file = folder / "clouds.yaml"
        auth = self._auth(self.proxy.auth_url if self.proxy else self.lab.auth_url)
        file.write_text(json.dumps({"clouds": {cloud: {"region_name": REGION, "auth": auth}}}))
        return file

    def _auth(self, auth_url: str) -> dict[str, str]:
        return {"auth_url": auth_url, "username": self.name, "password": self.password, "project_id": self.id, "user_domain_id": "default"}

    @cached_property
    def scope(self) -> Scope:
        """For a look at it."""
        return Scope(self.lab.admin, self.own, self.id, self.user_id, frozenset(self.upstreams))

    def touched(self) -> set[str] | None:
        """The services that may have something of the project; None: any."""
        if self.proxy is None or not self.only_by_proxy:
            return None
        touched = self.proxy.touched()
        return touched.union(*(BRINGS.get(service, ()) for service in touched))

    def everything(self) -> list[Row]:
        """Every object of the project, as the administrator sees it."""
        return everything(self.scope, self.touched())

    def inventory(self) -> dict[str, str]:
        """What people could have made: id → kind. Parts of living things are left out, such as a balancer's port."""
        return inventory(self.everything())


def running() -> Lab | str:
    """The lab that runs, or why there is none."""
    folder = Path(os.environ.get(FOLDER) or Path(__file__).parents[2] / ".labs/openstack")
    if not (folder / "clouds.yaml").exists():
        return f"no OpenStack lab in {folder}; ./check openstack starts one, {FOLDER} names one that runs"
    lab = Lab(folder)
    parts = lab.auth_url.split("/")[2].split(":")
    with socket.socket() as probe:
        if probe.connect_ex((parts[0], int(parts[1]))):
            return f"the OpenStack lab in {folder} does not run"
    return lab


@cache
def _connected(clouds: str, cloud: str) -> Any:
    from openstack.config import OpenStackConfig
    from openstack.connection import Connection

    config = OpenStackConfig(config_files=[clouds], secure_files=[], vendor_files=[], load_envvars=False)
    return Connection(config=config.get_one(cloud=cloud))


@cache
def _roles(folder: Path) -> Mapping[str, str]:
    return {role.name: role.id for role in Lab(folder).admin.identity.roles()}


def _ask(lab: Lab, method: str, path: str, body: Any = None) -> Any:
    answer = lab.admin.identity.request(path, method, json=body, raise_exc=False)
    if answer.status_code >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None
