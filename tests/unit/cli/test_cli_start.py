"""Starting: what help costs, completion, commands that other packages install, init."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest

from mcflow.cli import group
from mcflow.cli.entry import outcome
from mcflow.model.codes import CODES

HEAVY = ("yaml", "jinja2", "networkx", "jsonschema", "jsonschema_rs", "cryptography", "rapidfuzz", "tenacity", "boto3", "botocore",
    "rich", "msgspec",
         "mcflow.engine", "mcflow.drivers", "mcflow.state", "mcflow.schemas")


def run(*code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, env={**os.environ, **environ},
        check=False)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["plan", "--help"], ["apply", "--help"], []])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    done = run(
        "import sys", "from mcflow.cli.entry import outcome", f"outcome({words!r})",
        f"found = [name for name in {HEAVY!r} if name in sys.modules]", "print('HEAVY', found)")
    heavy = done.stdout.splitlines()[-1]
    if words[1:]:
        # A command's own module may know diagnostics, which msgspec makes; no engine, no parser, no cloud.
        assert heavy in ("HEAVY []", "HEAVY ['msgspec']"), heavy
    else:
        assert heavy == "HEAVY []", heavy


def test_help_is_quick() -> None:
    done = run("import time", "start = time.process_time()", "from mcflow.cli.entry import outcome", "outcome(['--help'])",
               "print('CPU', time.process_time() - start)")
    assert float(done.stdout.rpartition("CPU ")[2]) < 0.15


def test_every_command_has_help_and_the_common_options(capsys: pytest.CaptureFixture[str]) -> None:
    for name, line in group.shipped().items():
        assert line.endswith(".")
        assert outcome([name, "--help"]) == 0
        said = capsys.readouterr().out
        assert "Usage: mcflow" in said
        if name not in ("state", "driver", "lock", "catalog", "vm"):
            assert "Examples:\n  " in said
        if name not in ("completion", "state", "driver", "lock", "catalog", "vm"):
            assert "--color" in said
            assert "--json" in said


def test_every_option_has_a_variable() -> None:
    root = group.root()
    context = click.Context(root)
    for name in group.shipped():
        command = root.get_command(context, name)
        assert command is not None
        for part in command.commands.values() if isinstance(command, click.Group) else [command]:
            for option in part.params:
                if isinstance(option, click.Option) and option.name != "list_recipes":
                    assert str(option.envvar).startswith("MCFLOW_"), (name, option.name)


@pytest.mark.parametrize(("group_name", "names"), [
    ("state", ("list", "show", "history", "mv", "rm", "pull", "push", "diff", "rollback", "migrate", "repair")),
    ("lock", ("show", "release")), ("driver", ("list", "show")), ("vm", ("start", "stop", "reboot", "console", "password")),
])
def test_commands_of_groups_have_examples(group_name: str, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    for name in names:
        assert outcome([group_name, name, "--help"]) == 0
        assert f"Examples:\n  mcflow {group_name} {name}" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "moved"), [
    (["--chdir", "shop", "plan", "--full"], ["plan", "--chdir", "shop", "--full"]),
    (["--chdir=shop", "-e", "prod", "-q", "state", "list", "--full"], ["state", "list", "--chdir=shop", "-e", "prod", "-q", "--full"]),
    (["-fx.yaml", "state"], ["state"]),
    (["--chdir", "shop", "mock", "ledger"], ["mock", "--chdir", "shop", "ledger"]),
    (["--chdir"], ["--chdir"]),
    (["--nothing", "plan"], ["--nothing", "plan"]),
    (["plan", "--chdir", "shop"], ["plan", "--chdir", "shop"]),
])
def test_options_before_the_command_count_as_after_it(words: list[str], moved: list[str]) -> None:
    root = group.root()
    assert root._moved(click.Context(root), words) == moved


def test_a_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["state"]) == 64
    said = capsys.readouterr().err
    assert said.startswith("Usage: mcflow state")
    assert "error[" not in said


@pytest.mark.parametrize(("words", "expected"), [
    ("mcflow plan --target s", {"server", 'server["0"]', 'server["0"]/instance'}), ("mcflow --chdir . show n", {"net"}),
    ("mcflow output a", {"address"}), ("mcflow apply -e p", {"prod"}), ("mcflow plan -e prod --target g", {"gate/group"}),
    ("mcflow schema vp", {"vpc"}), ("mcflow driver show m", {"mock"}), ("mcflow init --recipe w", {"web-tier"}),
])
def test_names_are_completed_from_files(words: str, expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "mcflow.yaml").write_text("# x\nname: shop\nvariables:\n  size: {}\nresources:\n  net:\n    type: vpc\n  server:\n    t\n")
    for environment, natives, outputs in (
        ("default", {'server["0"]/instance': {"type": "mock.instance"}}, {"address": {"value": "x"}}), ("prod", {"gate/group": {}}, {}),
        (".heads", {}, {}),
    ):
        folder = tmp_path / ".mcflow" / "state" / "shop" / environment
        folder.mkdir(parents=True)
        resources = {'server["0"]': {"type": "vm"}} if natives else {}
        (folder / "snapshot.json").write_text(json.dumps({"state": {"natives": natives, "resources": resources, "outputs": outputs}}))
    code = f"import os; os.chdir({str(tmp_path)!r}); from mcflow.cli import main; main()"
    done = run(code, _MCFLOW_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == expected
    assert done.stderr == ""


@pytest.mark.parametrize(("shell", "mark"), [("bash", "complete -o nosort -F"), ("zsh", "#compdef mcflow"), ("fish",
    "complete --no-files")])
def test_completion_scripts(shell: str, mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["completion", shell]) == 0
    said = capsys.readouterr().out
    assert mark in said
    assert "_MCFLOW_COMPLETE" in said


@pytest.mark.parametrize(("words", "expected"), [("mcflow de", "destroy"), ("mcflow explain MC090", "MC0901"), ("mcflow plan --det",
    "--detailed-exitcode")])
def test_a_shell_gets_completions(words: str, expected: str) -> None:
    done = run("from mcflow.cli import main", "main()", _MCFLOW_COMPLETE="bash_complete", COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1))
    assert expected in done.stdout
    assert done.returncode == 0


def test_installed_commands_are_listed_and_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    points = [EntryPoint("extra", "tests_extra_commands:good", group.GROUP), EntryPoint("broken", "no_such_module:x", group.GROUP),
              EntryPoint("plan", "no_such_module:x", group.GROUP)]
    module = type(sys)("tests_extra_commands")
    module.good = click.Command("extra", callback=lambda: click.echo("from outside"))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tests_extra_commands", module)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    assert set(group.installed()) == {"extra", "broken"}
    assert outcome(["--help"]) == 0
    assert "extra" in capsys.readouterr().out
    assert outcome(["extra"]) == 0
    assert "from outside" in capsys.readouterr().out
    assert outcome(["broken"]) == 1
    assert "MC0913" in capsys.readouterr().err


def test_init_writes_a_recipe_and_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new"
    assert outcome(["init", "--chdir", str(target)]) == 0
    assert ".mcflow/" in (target / ".gitignore").read_text()
    before = (target / "mcflow.yaml").read_text()
    (target / "mcflow.yaml").write_text("mine")
    assert outcome(["init", "--chdir", str(target)]) == 1
    assert "MC0906" in capsys.readouterr().err
    assert (target / "mcflow.yaml").read_text() == "mine"
    assert before.strip()


def test_init_follows_no_symlink_and_keeps_a_gitignore(tmp_path: Path) -> None:
    (tmp_path / "mcflow.yaml").symlink_to(tmp_path / "elsewhere")
    assert outcome(["init", "--chdir", str(tmp_path)]) == 1
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "mcflow.yaml").unlink()
    (tmp_path / ".gitignore").write_text("mine")
    assert outcome(["init", "--chdir", str(tmp_path), "--recipe", "web-tier"]) == 0
    assert (tmp_path / ".gitignore").read_text() == "mine"
    assert stat.S_ISREG((tmp_path / "mcflow.yaml").lstat().st_mode)


def test_init_suggests_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["init", "--chdir", str(tmp_path), "--recipe", "quikstart"]) == 1
    assert "did you mean `quickstart`?" in capsys.readouterr().err
    assert outcome(["init", "--list"]) == 0
    assert "quickstart" in capsys.readouterr().out


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    for name in [*sorted(CODES)[::10], "MC0902"]:
        assert outcome(["explain", name]) == 0
    assert "{" not in capsys.readouterr().out.split("error[MC0902]")[1].split("\n")[0]
    assert outcome(["explain", "902"]) == 0
    assert "MC0902" in capsys.readouterr().out
    assert outcome(["explain", "MC9999"]) == 1
    assert "MC0909" in capsys.readouterr().err
    assert outcome(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CODES)
