"""``mcflow catalog`` and the cost beside a plan, as people and programs see them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcflow.cli.entry import outcome

Say = Callable[..., tuple[str, str]]
BLUEPRINT = """\
mcflow: 1
name: priced
variables: {size: {type: string, default: m1.medium}}
connections:
  c: {driver: mock, account: priced, quotas: {vpc: 4}}
resources:
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
  app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
  web: {type: vm, properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: "{{ vars.size }}"}}
  data: {type: disk, properties: {size_gib: 100, type: ssd, attach_to: "{{ resources.web }}"}}
  logs: {type: bucket}
"""


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command in a fresh project; what it says on standard output and on standard error."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mcflow.yaml").write_text(BLUEPRINT)

    def run(*words: str, code: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        assert outcome([*words]) == code
        answer = capsys.readouterr()
        return answer.out, answer.err

    return run


def test_a_table_and_how_it_was_found(said: Say) -> None:
    out, err = said("catalog", "specs", "c", "--vcpus", "4..8", "--arch", "x86_64", "--of", "vm", "--sort", "price")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][0] == "SPEC"
    assert [line[0] for line in lines[1:]] == ["c1.large", "m1.xlarge", "c1.xlarge", "m1.2xlarge", "g1.xlarge"]
    assert "5 of 17 specs of mock/priced/mock-east" in err
    assert "from the driver's table" in err


@pytest.mark.parametrize("kind", ["regions", "zones", "images", "specs", "prices", "quotas", "services"])
def test_every_kind_in_every_form(said: Say, kind: str) -> None:
    document = json.loads(said("catalog", kind, "c", "-o", "json")[0])
    rows = document["rows"]
    assert rows
    assert document["source"] == "table"
    assert yaml.safe_load(said("catalog", kind, "c", "-o", "yaml")[0]) == document
    table = list(csv.DictReader(io.StringIO(said("catalog", kind, "c", "-o", "csv")[0])))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert len(said("catalog", kind, "c", "-o", "name")[0].splitlines()) == len(rows)
    assert len(said("catalog", kind, "c", "-o", "name", "--limit", "1")[0].splitlines()) == 1


def test_without_a_blueprint(said: Say, tmp_path: Path) -> None:
    (tmp_path / "mcflow.yaml").unlink()
    assert said("catalog", "zones", "--driver", "mock", "--region", "mock-west", "-o", "name")[0].split() == [
        "mock-west-a", "mock-west-b", "mock-west-c"]


def test_another_region_of_the_connection(said: Say) -> None:
    assert said("catalog", "zones", "c", "--region", "mock-north", "-o", "name")[0].startswith("mock-north-a")


def test_spot_prices(said: Say) -> None:
    rows = json.loads(said("catalog", "prices", "c", "--spot", "--name", "m1.*", "-o", "json")[0])["rows"]
    assert {row["kind"] for row in rows} == {"spot"}
    assert rows[0]["amount"] < 0.3


def test_nothing_is_no_error_and_says_why(said: Say) -> None:
    for form in ("table", "json", "csv", "name"):
        _, err = said("catalog", "specs", "c", "--memory", "1000..", "-o", form)
        assert "none of 17 specs fits `--memory 1000..`" in " ".join(err.split())


@pytest.mark.parametrize(("words", "code", "said_code"), [
    (("catalog", "specs"), 1, "MC1004"), (("catalog", "specs", "c", "--driver", "mock"), 64, "MC1005"),
    (("catalog", "specs", "nobody"), 1, "MC0680"), (("catalog", "specs", "c", "--sort", "cpu"), 1, "MC1003"),
    (("catalog", "specs", "c", "--vcpus", "8..2"), 64, "is not a range"),
    (("catalog", "specs", "c", "--vcpus", ".."), 64, "is not a range"),
])
def test_mistakes(said: Say, words: tuple[str, ...], code: int, said_code: str) -> None:
    assert said_code in said(*words, code=code)[1]


def test_the_plan_says_what_it_costs_and_what_it_cannot_say(said: Say) -> None:
    out, _ = said("plan")
    machine, root, disk = 730 * 0.034, 8 * 0.10, 100 * 0.10
    assert f"Cost: $0.00 → ${machine + root + disk:.2f} a month (+${machine + root + disk:.2f})." in out
    assert f"+${machine + root:.2f}  web" in out
    assert f"+${disk:.2f}  data" in out
    assert "Not in it: 1 object (it costs by what is stored in it)." in out
    assert "Cost" not in said("plan", "--no-cost")[0]


def test_a_cloud_that_knows_no_prices_is_named_once(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.drivers.mock import driver
    from mcflow.drivers.sdk import Catalog

    class Silent(Catalog[Any]):
        """Sells without saying for how much."""

    monkeypatch.setattr(driver, "catalog", Silent())
    monkeypatch.setattr(driver, "costs", {})
    monkeypatch.setattr(driver, "choosers", {})
    (Path.cwd() / "mcflow.yaml").write_text("mcflow: 1\nname: free\nconnections: {c: {driver: mock}}\nresources: {a: {type: bucket}, "
                                            "net: {type: vpc, properties: {cidr: 10.0.0.0/16}}}\n")
    assert "Cost: not known. 4 objects (driver mock knows no prices)." in said("plan")[0]


def cost(said: Say, *words: str) -> Any:
    return json.loads(said("plan", "-o", "json", *words)[0])["cost"]


def test_the_cost_of_a_change_and_of_a_part(said: Say) -> None:
    said("apply", "-y")
    same = cost(said)
    assert (same["source"], same["as_of"], same["hours"]) == ("table", None, 730.0)
    assert same["totals"] == [{"currency": "USD", "before": 35.62, "after": 35.62, "difference": 0.0}]
    assert [line["address"] for line in same["unknown"]] == ["logs/bucket"]
    grown = cost(said, "--var", "size=m1.large")
    assert grown["totals"] == [{"currency": "USD", "before": 35.62, "after": 60.44, "difference": 24.82}]
    assert {line["address"]: (line["before"], line["after"]) for line in grown["resources"]} == {
        "web/instance": (25.62, 50.44), "data/volume": (10.0, 10.0)}
    gone = cost(said, "--destroy", "--target", "data")
    assert gone["totals"] == [{"currency": "USD", "before": 35.62, "after": 25.62, "difference": -10.0}]
    assert cost(said, "--no-cost") is None


def test_a_saved_plan_keeps_its_cost_and_applies(said: Say) -> None:
    said("plan", "--out", "today.plan")
    assert json.loads(said("show", "today.plan", "-o", "json")[0])["cost"]["totals"][0]["after"] == 35.62
    said("apply", "today.plan")
    assert "No changes." in said("plan")[0]
