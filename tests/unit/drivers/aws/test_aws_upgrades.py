"""Upgrades of a cluster whose steps fail: told at once in the run that saw it, tried again by the next."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.aws.stubbed import Stubbed

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Again, InvalidRequest

KIND = driver.natives["aws.eks_cluster"]
WANT = {"name": "kube", "version": "1.33"}


def update(id: str, status: str) -> dict[str, Any]:
    errors = [{"errorCode": "PodEvictionFailure", "errorMessage": "a pod stays"}] if status == "Failed" else []
    return {"update": {"id": id, "status": status, "type": "VersionUpdate", "params": [], "errors": errors}}


def look(api: Stubbed, **updates: str) -> None:
    """The cluster at 1.31, with these updates behind it."""
    api.expect("eks", "describe_cluster", {"cluster": {"name": "kube", "version": "1.31", "status": "ACTIVE"}}, name="kube")
    api.expect("eks", "list_updates", {"updateIds": list(updates)}, name="kube")
    for id, status in updates.items():
        api.expect("eks", "describe_update", update(id, status), name="kube", updateId=id)


def step(api: Stubbed) -> Any:
    return KIND.update(api, "kube", WANT, {}, "version")


def test_a_step_that_failed_in_this_run_is_not_repeated() -> None:
    api = Stubbed()
    look(api, old="Failed")
    api.expect("eks", "update_cluster_version", update("new", "InProgress"), name="kube", version="1.32")
    assert isinstance(step(api), Again), "what failed in an earlier run may be tried again"
    look(api, old="Failed", new="Failed")
    with pytest.raises(InvalidRequest, match=r"could not upgrade kube: PodEvictionFailure: a pod stays"):
        step(api)
    assert api.done()
