"""OpenStack as the tests have it: the lab's real services, seen by its administrator. Each use has a project of its own, behind a proxy."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conformance.openstack_relations import REMOVALS as OF_RELATIONS
from tests.conformance.openstack_relations import relations
from tests.openstack.inventory import LISTINGS, Row, ask, inventory
from tests.openstack.lab import REGION, Project, running

DISTURBANCES: dict[str, dict[str, Any]] = {
    "lost_reply": {"lose_reply": 1.0}, "lost_request": {"lose_request": 0.3}, "throttle": {"throttle": 0.3},
}
PATIENCE = 90.0
UNDER_WAY = re.compile(r"^(BUILD|PENDING_.*|.*_IN_PROGRESS|creating|deleting|attaching|detaching|extending|retyping|queued|saving|available"
                       r"-pending|restoring|backing-up|downloading|uploading|DELETING|REBUILD|RESIZE|SHELVING|HARD_REBOOT|REBOOT)$")


class OpenStackCloud:
    """Satisfies `mcflow.conformance.Cloud` and `tests.kills.world.KillCloud`."""

    def __init__(self, project: Project, folder: Path) -> None:
        assert project.proxy is not None
        self.project = project
        self.folder = folder
        self.proxy = project.proxy
        project.only_by_proxy = True
        self.connection: Mapping[str, Any] = {
            "driver": "openstack", "region": REGION, "poll_interval": 0.5, "request_timeout": 60, "visibility_lag": 0.5,
            "requests_per_second": 0,
        }
        self.environ: Mapping[str, str] = project.environ

    def rows(self) -> list[Row]:
        """Every object of the project."""
        return self.project.everything()

    def inventory(self) -> Mapping[str, str]:
        rows = self.rows()
        counted = [row for row in rows if row.kind != "security_group_rule" or self._rules_stand_alone()]
        return {**inventory(counted), **dict(relations(self, rows))}

    def _rules_stand_alone(self) -> bool:
        """Rules are parts of their group, unless a blueprint has them by themselves: Neutron does not tell one from the other."""
        return any("openstack.security_group_rule" in file.read_text() for file in self.folder.glob("*/mcflow.yaml"))

    def row(self, id: str) -> Row | None:
        """An object, as it is listed."""
        return next((row for row in self.rows() if row.id == id), None)

    def tags(self, id: str) -> Mapping[str, str]:
        row = self.row(id)
        if row is not None and row.kind in TAGS:
            return TAGS[row.kind](self, id)
        return {} if row is None else {**_labels(row.raw), **_marks(row.raw)}

    def remove(self, type: str, id: str) -> None:
        if type in REMOVALS:
            REMOVALS[type](self, id)
        else:
            row = self.row(id)
            assert row is not None, f"there is no {type} {id}"
            assert row.removal is not None, f"nobody says how to remove a {type}: REMOVALS"
            self.ask(row.service, row.removal.method, row.removal.path, row.removal.body)
        _until(lambda: self.row(id) is None and id not in self.inventory(), f"{type} {id} does not go")

    def alter(self, type: str, id: str, attribute: str, value: Any) -> None:
        if (type, attribute) in ALTERATIONS:
            ALTERATIONS[type, attribute](self, id, value)
        else:
            row = self.row(id)
            assert row is not None, f"there is no {type} {id}"
            listing = next(listing for listing in LISTINGS if listing.kind == row.kind)
            path = listing.delete.format(id=id, user=self.project.user_id).partition("?")[0]
            self.ask(row.service, "PUT", path, {_singular(listing.member): {attribute: value}})
        _until(lambda: not self._under_way(id), f"{type} {id} does not come to rest")

    def ask(self, service: str, method: str, path: str, body: Any = None, *, own: bool = False) -> Any:
        """A request as the administrator (or the project's user), past the proxy. What is refused as too early is asked again."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = ask(self.project.scope, service, method, path, body, own=own or service == "object-store")
            if answer.status_code < 400:
                return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None
            if answer.status_code != 409 or time.monotonic() > end:
                raise AssertionError(f"{method} {service} {path}: {answer.status_code} {answer.text}")
            time.sleep(0.5)

    def creations(self) -> Mapping[str, Sequence[str]]:
        return self.proxy.creations()

    @contextmanager
    def disturb(self, kind: str) -> Iterator[None]:
        with self.proxy.suffering(seed="12", **DISTURBANCES[kind]):
            yield

    def settle(self) -> None:
        """What killed runs submitted comes to rest: requests that are under way, and objects that are being made or deleted."""
        self.proxy.settle()
        _until(lambda: not any(_unsettled(row) for row in self.rows()), "something does not come to rest")

    def wait(self, done: Callable[[], bool], otherwise: str) -> None:
        """Until it is so."""
        _until(done, otherwise)

    def _under_way(self, id: str) -> bool:
        row = self.row(id)
        return row is not None and _unsettled(row)


REMOVALS: dict[str, Callable[[OpenStackCloud, str], Any]] = {**OF_RELATIONS}
"""Native type → how somebody else deletes one; where a DELETE of its path is not all."""
ALTERATIONS: dict[tuple[str, str], Callable[[OpenStackCloud, str, Any], Any]] = {}
"""Native type and attribute → how somebody else changes it; where a PUT of the attribute under its own name is not it.
Both tables are filled by the files of the cases."""
TAGS: dict[str, Callable[[OpenStackCloud, str], Mapping[str, str]]] = {}
"""Kind → all tags of an object, where its listing does not tell them."""


@contextmanager
def openstack_cloud(folder: Path) -> Iterator[OpenStackCloud]:
    """An empty project, with its credentials in this process's environment."""
    with openstack_project(folder) as cloud:
        yield cloud


@contextmanager
def managed_cloud(folder: Path) -> Iterator[OpenStackCloud]:
    """The same; its user may make what policies leave to the managers of projects."""
    with openstack_project(folder, "manager") as cloud:
        yield cloud


@contextmanager
def openstack_project(folder: Path, *roles: str, cloud: type[OpenStackCloud] = OpenStackCloud) -> Iterator[OpenStackCloud]:
    """The same; its user is more than a member. ``folder``: what blueprints are in folders of."""
    lab = running()
    if isinstance(lab, str):
        raise RuntimeError(lab)
    with lab.project(*roles) as project:
        made = cloud(project, folder)
        hidden = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        with patch.dict(os.environ, {**hidden, **made.environ}, clear=True):
            yield made


def _labels(raw: Mapping[str, Any]) -> dict[str, str]:
    """Tags as pairs, wherever the service keeps them."""
    found = {str(key): str(value) for key, value in {**(raw.get("metadata") or {}), **(raw.get("labels") or {})}.items()}
    return {**found, **{key: value for key, _, value in (tag.partition("=") for tag in raw.get("tags") or ())}}


def _marks(raw: Mapping[str, Any]) -> dict[str, str]:
    """mcflow's marks behind a description."""
    return dict(re.findall(r"(mcflow-[a-z]+)=([^\s\];]+)", raw.get("description") or ""))


def _unsettled(row: Row) -> bool:
    raw = row.raw
    states = (raw.get("provisioning_status"), raw.get("status"), raw.get("OS-EXT-STS:task_state"))
    return bool(raw.get("OS-EXT-STS:task_state")) or any(UNDER_WAY.match(str(state)) for state in states if state)


def _singular(member: str) -> str:
    return f"{member[:-3]}y" if member.endswith("ies") else member.removesuffix("s")


def _until(done: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.2)
