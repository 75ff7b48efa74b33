"""Every type of AWS at once, through troubles and kills: nothing is made twice, nothing is left behind, nothing secret is told.

A longer form: ``MCFLOW_SEEDS=20 pytest tests/aws/test_aws_everything.py``, so many seeds of troubles and of kills instead of one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.aws.everything import HIDDEN, LACKING, everything
from tests.conformance.aws_cloud import STEADY, AwsCloud, aws_cloud

from mcflow.cli.entry import outcome
from mcflow.conformance.rig import Rig
from mcflow.drivers.aws import driver

SEEDS = range(1, 1 + int(os.environ.get("MCFLOW_SEEDS", "1")))
TROUBLES = {"lose_reply": 0.3, "throttle": 0.1, "error_500": 0.05, "error_503": 0.05}
KILLS = 3
"""How often an apply, and then a destroy, is killed before one may end."""


class Account:
    """One project in an account, and its judge."""

    def __init__(self, folder: Path, cloud: AwsCloud) -> None:
        # As long as a request may be under way, nothing can be said about one without an answer.
        cloud.connection = {**cloud.connection, "request_timeout": 3}
        self.cloud, self.rig, self.folder = cloud, Rig(folder / "project", cloud, "everything"), folder / "project"
        self.before = dict(cloud.inventory())
        self.rig.write(everything())

    def trouble(self, **faults: Any) -> None:
        """From now on this goes wrong."""
        self.cloud.moto.faults(**{**STEADY, **faults})

    def made(self) -> dict[str, str]:
        """What lives that did not before: id → kind."""
        return {id: kind for id, kind in self.cloud.inventory().items() if id not in self.before}

    def twice(self) -> dict[tuple[str, str], list[list[str]]]:
        """Operations under which one call made another thing another time, living or not."""
        told: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
        for entry in self.cloud.moto.ledger():
            before = told[entry["op"], entry["action"]]
            if entry["op"] and entry["ids"] and not entry["code"] and not entry["replayed"] and entry["ids"] not in before:
                before.append(entry["ids"])
        return {key: ids for key, ids in told.items() if len(ids) > 1}

    def judge(self) -> None:
        """Everything is there once, and the state knows it all."""
        known = {record.id: record.type for record in self.rig.state().natives.values()}
        living = self.made()
        assert {id: kind for id, kind in living.items() if id not in known} == {}, "orphans"
        assert {id: type for id, type in known.items() if id not in living} == {}, "known, and not there"
        assert self.twice() == {}
        assert not self.rig.state().open
        self.rig.expect_empty_plan("after it all")

    def gone(self) -> None:
        """The account is as it was."""
        assert self.cloud.inventory() == self.before
        assert not self.rig.state().natives

    def run(self, mode: str) -> str:
        """Apply or destroy in this process; its end, with what failed."""
        found = self.rig.attempt(mode=mode)
        return " ".join([found.status, *(f"{getattr(step, 'id', step)}: {each.code} {each.message}" for step, each in found.failed)])

    def start(self, verb: str) -> subprocess.Popen[bytes]:
        """A process that applies or destroys."""
        hidden = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MCFLOW_"))}
        return subprocess.Popen(["mcflow", verb, "-y"], cwd=self.folder, env={**hidden, **self.cloud.environ, "PATH": _path()},
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(self.folder / "told").open("wb"))

    def kill(self, verb: str, chance: random.Random) -> None:
        """Begin, and kill it while it works: so many mutating calls after its beginning."""
        there = len(self.cloud.moto.ledger())
        until = there + chance.randint(3, 70)
        process = self.start(verb)
        end = time.monotonic() + 120
        while len(self.cloud.moto.ledger()) < until and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
        process.wait(30)

    def through(self, verb: str) -> None:
        """To the end."""
        process = self.start(verb)
        assert process.wait(240) == 0, (self.folder / "told").read_text()[-3000:]


def _path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty account and a project with everything."""
    with aws_cloud(tmp_path) as cloud:
        for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
            monkeypatch.delenv(name)
        # Commands and the rig have one key.
        (tmp_path / "XDG_CONFIG_HOME").mkdir()
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "user").symlink_to(tmp_path / "XDG_CONFIG_HOME" / "mcflow")
        (tmp_path / "XDG_CONFIG_HOME" / "mcflow").mkdir()
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            monkeypatch.setenv(name, str(tmp_path / name))
        yield Account(tmp_path, cloud)
        cloud.moto.faults()


def _asked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Mapping[str, Any]:
    capsys.readouterr()
    code = outcome([*arguments, "-o", "json"])
    told = capsys.readouterr()
    assert code == 0, told.out + told.err
    answer: Mapping[str, Any] = json.loads(told.out)
    return answer


@pytest.mark.timeout(600)
def test_every_type_is_made_kept_and_destroyed(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    assert account.run("apply") == "done"
    account.judge()
    types = {record.type for record in account.rig.state().natives.values()}
    assert set(driver.natives) - types == set(LACKING), "types that are not tried, or need no longer be left out"
    assert {case["type"] for case in account.rig.resources.values()} >= set(driver.lowerings), "portable types that are not tried"
    changed = len(account.cloud.moto.ledger())
    assert account.run("apply") == "nothing"
    assert len(account.cloud.moto.ledger()) == changed
    monkeypatch.chdir(account.folder)
    checks = _asked(["doctor"], capsys)["checks"]
    assert [each for each in checks if each["health"] not in ("ok", "note")] == []
    found = _asked(["discover", "cloud"], capsys)
    _is_ours(account, found)
    _hides_secrets(account)
    assert account.run("destroy") == "done"
    account.gone()


def _is_ours(account: Account, found: Mapping[str, Any]) -> None:
    """What the state has is found as such, unchanged; what nobody has was there before."""
    assert (found["unread"], [each["id"] for each in found["objects"] if each["drift"]]) == ([], [])
    known = {(record.type, record.id) for record in account.rig.state().natives.values()}
    told = {(each["type"], each["id"]): each["managed"] for each in found["objects"]}
    unlisted = set(found["unlisted"])
    assert {(type, id) for type, id in known if told.get((type, id)) != "here" and type not in unlisted} == set()
    assert {key: managed for key, managed in told.items() if managed not in ("here", "nobody")} == {}
    made = account.made()
    assert {id for (_, id), managed in told.items() if managed == "nobody" and id in made} == set()


def _hides_secrets(account: Account) -> None:
    texts = {path: path.read_bytes() for path in account.folder.rglob("*") if path.is_file() and path.name != "mcflow.yaml"}
    assert texts
    words = [word.encode() for word in HIDDEN.values()]
    assert [(path.name, word) for path, text in texts.items() for word in words if word in text] == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_troubles_make_nothing_twice(account: Account, seed: int) -> None:
    account.trouble(seed=str(seed), **TROUBLES)
    first = account.run("apply")
    assert first == "done" or account.run("apply") == "done", first
    assert any(entry["lost"] for entry in account.cloud.moto.ledger())
    account.trouble()
    account.judge()
    account.trouble(seed=str(seed), **TROUBLES)
    first = account.run("destroy")
    assert first == "done" or account.run("destroy") == "done", first
    account.trouble()
    account.gone()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_instant_nothing_is_lost(account: Account, seed: int) -> None:
    chance = random.Random(seed)
    account.trouble(delay_after=0.05)
    for _ in range(KILLS):
        account.kill("apply", chance)
    account.through("apply")
    account.judge()
    for _ in range(KILLS):
        account.kill("destroy", chance)
    account.through("destroy")
    account.gone()
