"""What the cloud behind a connection does not run is refused in the plan, and not listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.drivers.mock.native.storage import Volume
from mcflow.drivers.mock.session import MockSession
from mcflow.model.diagnostic import Rejected

BLUEPRINT = """
resources:
  data: {type: disk, properties: {zone: mock-east-a, size_gib: 20}}
  raw: {type: mock.volume, properties: {zone: mock-east-a, size_gib: 20, volume_type: ssd}}
  admin: {type: key_pair}
"""


@pytest.fixture
def no_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(self: Volume, api: MockSession) -> str:
        return "this cloud's catalog has no volume service"

    monkeypatch.setattr(Volume, "lacking", lacking)


@pytest.mark.usefixtures("no_volumes")
def test_what_the_cloud_does_not_run_is_refused_at_its_type_before_anything_is_made(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(BLUEPRINT)
    with pytest.raises(Rejected) as rejected:
        shop.apply()
    errors = [each for each in rejected.value.diagnostics if each.severity == "error"]
    assert [(each.code, each.address, each.args["native"]) for each in errors] == [
        ("MC0636", "data", "mock.volume"), ("MC0636", "raw", "mock.volume")]
    lines = (shop.folder / "mcflow.yaml").read_text().splitlines()
    for each, type in zip(errors, ("disk", "mock.volume"), strict=True):
        assert each.position is not None
        assert lines[each.position.line - 1][each.position.column - 1:].startswith(type)
        assert "no volume service" in each.message
    shop.write("\nresources:\n  admin: {type: key_pair}\n")
    assert not shop.plan().empty, "a plan without such objects is no worse for it"
