"""Options that several commands share, each with an environment variable ``MCFLOW_<FLAG>``; gathered into `Settings`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Flag(click.Option):
    """An option that can also be set by MCFLOW_<its longest name>. ``section`` is its heading in the help; none: the command's own."""

    def __init__(self, declarations: list[str], *, section: str = "", **attributes: Any) -> None:
        self.section = section
        longest = max((name.partition("/")[0] for name in declarations if name.startswith("--")), key=len)
        attributes.setdefault("envvar", "MCFLOW_" + longest.lstrip("-").upper().replace("-", "_"))
        super().__init__(declarations, **attributes)


class Duration(click.ParamType[float]):
    """``30s``, ``5m``, ``1h``, ``7d``; seconds as a float."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        found = _DURATION.fullmatch(str(value).strip())
        if not found:
            self.fail(f"{value!r} is not a duration; write it like 30s, 5m, 1h or 7d", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


class Named(click.ParamType[str]):
    """A text that shells complete with the names there are; ``what`` is a key of `completing.NAMES`. Any text is accepted."""

    name = "text"

    def __init__(self, what: str) -> None:
        self.what = what

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from mcflow.cli.completing import candidates

        return [CompletionItem(name, help=about or None) for name, about in candidates(self.what, ctx, incomplete)]


@dataclass(frozen=True)
class Settings:
    """What the shared options say. Fields a command has no option for keep their default."""

    file: Path | None = None
    chdir: Path | None = None
    var: tuple[str, ...] = ()
    var_file: tuple[Path, ...] = ()
    environment: str = "default"
    parallelism: int = 16
    on_failure: str = "continue"
    auto_approve: bool = False
    no_input: bool = False
    no_sweep: bool = False
    lock_timeout: float = 0.0
    reason: str = ""
    json: bool = False
    json_into: Path | None = None
    output: str = "table"
    color: str = "auto"
    quiet: int = 0
    verbose: int = 0
    refresh: str = "all"
    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    repick: tuple[str, ...] = ()
    accept_driver_changes: bool = False
    cost: bool | None = None


def _flag(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(*declarations, cls=Flag, **attributes)


_PATH = click.Path(path_type=Path)
_ADDRESS, _ENVIRONMENT = Named("address"), Named("environment")
_screen = partial(_flag, section="Screen and events")
_blueprint = partial(_flag, section="Blueprint and environment")
_planning = partial(_flag, section="What to plan")
_running = partial(_flag, section="How to run")

SCREEN = (
    _screen("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours: auto, always or never."),
    _screen("-q", "--quiet", count=True, help="Results and errors only."),
    _screen("-v", "--verbose", count=True, help="Say more; twice: debug events too."),
    _screen("--no-input", is_flag=True, help="Never ask; fail instead."),
    _screen("--json", is_flag=True, help="JSON on standard output: a line for each event; from commands that only answer, one document."),
    _screen("--json-into", type=_PATH, metavar="FILE", help="Write the events into FILE too, beside the text."),
)
"""What every command has."""

BLUEPRINT = (
    _blueprint("-f", "--file", type=_PATH, metavar="FILE", help="The blueprint; default mcflow.yaml."),
    _blueprint("--chdir", type=_PATH, metavar="DIR", help="Work in this folder."),
    _blueprint("--var", multiple=True, metavar="NAME=VALUE", help="Set a variable; may be repeated."),
    _blueprint("--var-file", type=_PATH, multiple=True, metavar="FILE", help="Set variables from a YAML or JSON file; may be repeated."),
    _blueprint("-e", "--environment", default="default", type=_ENVIRONMENT, metavar="NAME",
               help="Which environment; each has a state of its own."),
)
"""Commands that read a blueprint or its state."""

PLANNING = (
    _planning("--refresh", type=click.Choice(["all", "changed", "none"]), default="all",
              help="Look first at everything, at what would change and what that depends on, or trust the state."),
    _planning("--target", multiple=True, metavar="ADDRESS", type=_ADDRESS, help="Only this resource and what it needs; may be repeated."),
    _planning("--exclude", multiple=True, metavar="ADDRESS", type=_ADDRESS, help="All but this and what needs it; may be repeated."),
    _planning("--replace", multiple=True, metavar="ADDRESS", type=_ADDRESS, help="Replace it though nothing asks for it; may be repeated."),
    _planning("--repick", multiple=True, metavar="ADDRESS", type=_ADDRESS, help="Choose image, spec or zone anew; may be repeated."),
    _planning("--accept-driver-changes", is_flag=True, help="Release changes held back because only a driver version made them."),
    _planning("--cost/--no-cost", default=None, help="Ask for prices, or leave the cost out; without it, prices that are kept count."),
)
"""Commands that plan."""

RUNNING = (
    _running("--parallelism", type=click.IntRange(1, 512), default=16, metavar="N", help="Calls in flight at most."),
    _running("--lock-timeout", type=Duration(), default=0.0, metavar="DURATION", help="Wait this long for another run to end: 30s, 5m."),
    _running("--reason", default="", metavar="TEXT", help="Why, for the audit log."),
)
"""Commands that write the state."""

APPLYING = (
    _running("--on-failure", type=click.Choice(["stop", "continue", "rollback"]), default="continue",
             help="After a failure: begin nothing new, go on with what does not need it, or undo what the run did."),
    _running("--no-sweep", is_flag=True, help="Do not list, at the end, what the clouds have of this state."),
    _running("-y", "--auto-approve", is_flag=True, help="Do not ask before changing anything."),
)
"""Commands that change clouds."""

WRITING = (*RUNNING[1:], APPLYING[-1])
"""Commands that change the state by hand."""


def listing(*kinds: str) -> Callable[[F], F]:
    """``-o`` with the forms this command can answer in; the first is the default."""
    return _flag("-o", "--output", type=click.Choice(kinds), default=kinds[0], help="Form of the answer.")


def parallelism() -> Callable[[F], F]:
    """--parallelism alone, for commands that read clouds but write nothing."""
    return RUNNING[0]


def shares(*groups: tuple[Callable[[Any], Any], ...] | Callable[[Any], Any]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Decorator: adds the groups of options and hands their values over as one ``settings`` argument."""
    names = {field.name for field in fields(Settings)}

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        @wraps(function)
        def call(**given: Any) -> int:
            shared = {key: given.pop(key) for key in list(given) if key in names}
            return function(Settings(**shared), **given)

        for group in reversed(groups):
            for option in reversed(group if isinstance(group, tuple) else (group,)):
                call = option(call)
        return call

    return decorate
