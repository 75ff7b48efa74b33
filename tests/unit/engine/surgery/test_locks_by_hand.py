"""Taking a lock away."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcflow.engine import api
from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import LeaseInfo, LeaseLost, Owner


def test_nobody_holds_it(applied: Any) -> None:
    assert api.release_lock(applied.project()) is None
    assert api.release_lock(applied.project(), force=True) is None


def test_a_living_holder_keeps_it_unless_forced_and_is_fenced_then(applied: Any) -> None:
    writer = applied.project().workspace.lease(Owner(who="kim", run="r-1"))
    with pytest.raises(Rejected, match="MC0789") as refused:
        api.release_lock(applied.project())
    assert refused.value.exit_code == 5
    held = api.release_lock(applied.project(), force=True)
    assert held is not None
    assert held["run"] == "r-1"
    with pytest.raises(LeaseLost):
        writer.check()
    with applied.project().workspace.lease(Owner(run="r-2")) as other:
        assert other.epoch > writer.epoch
    assert api.lock(applied.project()) is None


@pytest.mark.parametrize(("expires", "taken"), [(1.0, True), (9e9, False)])
def test_a_holder_whose_time_ran_out_loses_it_without_force(
    applied: Any, monkeypatch: pytest.MonkeyPatch, expires: float, taken: bool
) -> None:
    project = applied.project()
    info = LeaseInfo(owner="x", who="kim", run="r-1", epoch=7, since=0.5, heartbeat=0.5, lasts=0.5, expires=expires)
    broken: list[Owner] = []

    def broke(owner: Owner, now: float) -> LeaseInfo:
        broken.append(owner)
        return replace(info, released=now)

    monkeypatch.setattr(project.workspace.store, "holder", lambda: info)
    monkeypatch.setattr(project.workspace.store, "break_lease", broke)
    if taken:
        assert api.release_lock(project) is not None
    else:
        with pytest.raises(Rejected, match="MC0789"):
            api.release_lock(project)
    assert bool(broken) is taken
