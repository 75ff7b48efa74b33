"""Every way a command can end: exit codes, streams, and never a traceback. The engine is a stand-in here."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mcflow.cli.entry import outcome
from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.options import StateView
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.event import Event
from mcflow.model.plan import Change, Plan, Step
from mcflow.model.position import Position
from mcflow.model.record import ResourceRecord
from mcflow.state.records import State


class Tty(io.StringIO):
    """A terminal that somebody sits at."""

    def isatty(self) -> bool:
        return True


PLACE = Position("mcflow.yaml", 9, 3, 9, 4)


@dataclass
class FakeProject:
    ports: Any
    name: str = "shop"
    environment: str = "default"
    warnings: tuple[Diagnostic, ...] = ()
    blueprint: Any = field(default_factory=lambda: SimpleNamespace(resources={"a": SimpleNamespace(position=PLACE)}))


@dataclass
class FakeEngine:
    """What the engine's door answers, and what it was asked."""

    made: Plan = field(default_factory=lambda: Plan(name="shop", environment="default"))
    ended: Outcome = field(default_factory=lambda: Outcome("done"))
    failure: BaseException | None = None
    asked: list[Any] = field(default_factory=list)
    during: Callable[[Any], None] = lambda project: None

    def open_project(self, options: Any, ports: Any) -> FakeProject:
        self.asked.append(options)
        if self.failure:
            raise self.failure
        return FakeProject(ports)

    def read_state(self, project: FakeProject) -> StateView:
        net = ResourceRecord(address="net", type="vpc", connection="c")
        return StateView(state=State(name="shop", environment="default", lineage="l", resources={"net": net}))

    def plan(self, project: FakeProject, options: Any) -> Plan:
        self.asked.append(options)
        return self.made

    def apply(self, project: FakeProject, saved: Plan | None, plan_options: Any, options: Any, approve: Callable[[Plan], bool]) -> Outcome:
        self.asked += [plan_options, options]
        if not self.made.empty and not approve(self.made):
            return Outcome("declined")
        self.during(project)
        return self.ended


CREATE = Change(address="net/vpc", resource="net", type="mock.vpc", connection="c", actions=("create",))
STEP = Step(id="1", address="net/vpc", verb="create", type="mock.vpc", connection="c")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    fake = FakeEngine()
    for name in ("open_project", "plan", "apply", "read_state"):
        monkeypatch.setattr(api, name, getattr(fake, name))
    for name in [name for name in os.environ if name.startswith(("MCFLOW_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Tty]:
    """Sit at a terminal and type this; returns what the terminal shows on standard error."""
    def sit(answer: str) -> Tty:
        screen = Tty()
        monkeypatch.setattr("sys.stdin", Tty(answer))
        monkeypatch.setattr("sys.stderr", screen)
        return screen

    return sit


def changes(engine: FakeEngine) -> None:
    engine.made = Plan(name="shop", environment="default", resource_changes=[CREATE], steps=[STEP])


def test_plan_exit_codes(engine: FakeEngine) -> None:
    assert outcome(["plan"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0
    changes(engine)
    assert outcome(["plan"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 2


@pytest.mark.parametrize(("status", "code"), [("done", 0), ("nothing", 0), ("partial", 3), ("failed", 1), ("interrupted", 130),
    ("declined", 1)])
def test_apply_exit_codes(engine: FakeEngine, status: Any, code: int) -> None:
    changes(engine)
    engine.ended = Outcome(status, done=(STEP,))
    assert outcome(["apply", "-y"]) == code
    assert outcome(["destroy", "-y"]) == code


@pytest.mark.parametrize("code", [1, 4, 5, 6])
def test_a_rejection_brings_its_own_exit_code(engine: FakeEngine, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    engine.failure = Rejected([Diagnostic("MC0910", {"name": "x", "known": "y"})], exit_code=code)
    assert outcome(["plan"]) == code
    assert "error[MC0910]: there is no output `x`" in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ["plan", "--vra", "a=b"], ["pln"], ["--nonsense"], ["plan", "extra"], ["apply", "--parallelism", "none"], ["apply", "--lock-timeout",
    "soon"],
    ["state", "lst"], ["explain", "a", "b"], ["plan", "-o", "xml"],
])
def test_usage_is_64_and_says_where_to_look(engine: FakeEngine, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(words) == 64
    error = capsys.readouterr().err
    assert error.startswith("error[MC0901]")
    assert "--help`" in error


def test_a_typo_gets_a_suggestion(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    outcome(["aply"])
    assert "did you mean `apply`?" in capsys.readouterr().err


def test_without_a_terminal_nothing_is_asked_and_nothing_done(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    changes(engine)
    assert outcome(["apply"]) == 1
    error = capsys.readouterr().err
    assert "error[MC0902]" in error
    assert "--auto-approve" in error
    assert engine.asked == []


def test_a_saved_plan_needs_no_question(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    changes(engine)
    monkeypatch.setattr(api, "load_plan", lambda project, path: engine.made)
    assert outcome(["apply", "plan.mcplan"]) == 0


def test_options_that_shape_a_plan_have_no_place_beside_a_saved_one(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["apply", "plan.mcplan", "--target", "net"]) == 1
    assert "error[MC0914]: --target" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("y\n", 1), ("no\n", 1), ("\n", 1), ("", 1), ("YES\n", 1)])
def test_only_yes_approves(engine: FakeEngine, typed: Callable[[str], Tty], answer: str, code: int) -> None:
    changes(engine)
    engine.ended = Outcome("done", done=(STEP,), seconds=1.0)
    screen = typed(answer)
    assert outcome(["apply"]) == code
    assert "Only `yes`" in screen.getvalue()


def test_no_input_wins_over_the_terminal(engine: FakeEngine, typed: Callable[[str], Tty]) -> None:
    changes(engine)
    screen = typed("yes\n")
    assert outcome(["apply", "--no-input"]) == 1
    assert "MC0902" in screen.getvalue()


def test_the_end_of_a_partial_run_says_what_to_do(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    changes(engine)
    engine.ended = Outcome("partial", done=(STEP,), failed=((Step(id="2", address="a/b", verb="create", type="t", connection="c"),
                           Diagnostic("MC0910", {"name": "quota", "known": "-"}, address="a/b")),),
                           skipped=(Step(id="3", address="c/d", verb="create", type="t", connection="c"),), seconds=3.0)
    assert outcome(["apply", "-y"]) == 3
    said = capsys.readouterr()
    assert said.out.endswith("""\
Apply was done in part in 3.0s: 1 created.
1 failed:     create a/b  (why: above)
1 not done:   create c/d

Everything that was done is recorded. Mend what failed and run `mcflow apply` again: it does only
what is left.
""")
    assert "error[MC0910]" in said.err
    assert "--> mcflow.yaml:9:3" in said.err


def test_nothing_to_do_is_said_once(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.ended = Outcome("nothing")
    assert outcome(["apply", "-y"]) == 0
    assert capsys.readouterr().out == "No changes. What exists in shop, environment default, is what the blueprint says.\n"


def test_outputs_end_an_apply(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    changes(engine)
    engine.ended = Outcome("done", done=(STEP,), outputs={"url": {"value": "http://x", "sensitive": False}, "key": {"sensitive": True}})
    outcome(["apply", "-y"])
    assert capsys.readouterr().out.endswith('Outputs\nurl = "http://x"\nkey = (sensitive)\n')


def test_events_are_lines_of_json_and_the_first_is_the_version(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    changes(engine)
    engine.during = lambda project: project.ports.events(Event("apply_errored", 1.0, address="net/vpc", step="1", data={
        "action": "create", "diagnostic": {"code": "MC0910", "args": {"name": "x", "known": "y"}}}))
    engine.ended = Outcome("failed", failed=((STEP, Diagnostic("MC0910", {"name": "x", "known": "y"})),))
    assert outcome(["apply", "-y", "--json"]) == 1
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert lines[0]["type"] == "version"
    assert lines[0]["data"]["ui"] == "1.0"
    assert [line["type"] for line in lines[1:]] == ["planned_change", "change_summary", "apply_errored", "diagnostic", "run_end"]
    assert lines[-1]["data"] == {"status": "failed", "exit_code": 1}
    assert lines[3]["data"]["diagnostic"]["summary"] == "there is no output `x`"
    assert said.err == ""


def test_events_into_a_file_beside_the_text(engine: FakeEngine, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    changes(engine)
    assert outcome(["plan", "--json-into", "events.json"]) == 0
    assert "Plan: 1 to add" in capsys.readouterr().out
    path = tmp_path / "events.json"
    assert json.loads(path.read_text().splitlines()[0])["type"] == "version"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_plan_as_a_document(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    changes(engine)
    assert outcome(["plan", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["resource_changes"][0]["change"]["actions"] == ["create"]


def test_files_that_cannot_be_used(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["plan", "--json-into", "no/such/folder/e.json"]) == 1
    assert "MC0903" in capsys.readouterr().err
    assert outcome(["plan", "--chdir", "no/such/folder"]) == 1
    assert "MC0912" in capsys.readouterr().err


def test_an_internal_error_is_a_short_diagnostic_and_a_private_report(
    engine: FakeEngine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    engine.failure = ValueError("hunter2 is not a number")
    assert outcome(["plan", "--var", "password=hunter3"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error[MC0904]: internal error: ValueError")
    assert "Traceback" not in error
    reports = list((tmp_path / "state").rglob("crash-*.txt"))
    assert len(reports) == 1
    assert stat.S_IMODE(reports[0].stat().st_mode) == 0o600
    assert "hunter" not in error + reports[0].read_text()
    assert "open_project" in reports[0].read_text()


def test_debug_shows_the_traceback(engine: FakeEngine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCFLOW_DEBUG", "1")
    engine.failure = ValueError("why")
    assert outcome(["plan"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_every_flag_has_a_variable(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENVIRONMENT": "prod", "PARALLELISM": "3", "LOCK_TIMEOUT": "5m", "REASON": "why", "AUTO_APPROVE": "1",
        "FILE": "x.yaml",
                        "TARGET": "net app", "ON_FAILURE": "stop"}.items():
        monkeypatch.setenv(f"MCFLOW_{name}", value)
    changes(engine)
    assert outcome(["apply"]) == 0
    project, plan, applied = engine.asked
    assert (project.environment, project.file) == ("prod", Path("x.yaml"))
    assert (plan.targets, plan.parallelism) == (("net", "app"), 3)
    assert (applied.lock_timeout, applied.reason, applied.on_failure) == (300.0, "why", "stop")


def test_an_interrupt_while_nothing_is_changed(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.failure = KeyboardInterrupt()
    assert outcome(["plan"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_signals_while_something_is_changed(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    import signal

    levels: list[int] = []

    def during(project: FakeProject) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.raise_signal(number)
            levels.append(int(project.ports.cancel.level))

    changes(engine)
    engine.during = during
    engine.ended = Outcome("interrupted")
    before = signal.getsignal(signal.SIGTERM)
    assert outcome(["apply", "-y"]) == 130
    assert levels == [1, 2]
    error = capsys.readouterr().err
    assert "calls in flight finish" in error
    assert "Leaving at once" in error
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_leaves_early_is_no_error(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            raise OSError

    monkeypatch.setattr("sys.stdout", Closed())
    assert outcome(["plan"]) == 0


def test_chdir_is_undone(engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert outcome(["plan", "--chdir", "sub"]) == 0
    assert Path.cwd() == tmp_path




def test_what_a_plan_removes_is_named_by_its_portable_type(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.made = Plan(name="shop", environment="default", resources={"net": None}, resource_changes=[
        Change(address="net/vpc", resource="net", type="mock.vpc", connection="c", actions=("delete",), id="v-1",
            reason="no longer there")])
    assert outcome(["plan"]) == 0
    assert "  -   vpc net  v-1  # no longer there\n" in capsys.readouterr().out
