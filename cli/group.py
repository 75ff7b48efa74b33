"""The root command: knows every command's name and one line about it, imports one only when it runs."""

from __future__ import annotations

import importlib
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "mcflow.commands"
"""The entry-point group under which other packages install commands."""

SECTIONS: dict[str, dict[str, str]] = {
    "Working with a blueprint": {
        "init": "Start a blueprint in this folder from a recipe.",
        "validate": "Check the blueprint; asks no cloud.",
        "plan": "Show what apply would do.",
        "apply": "Make the clouds what the blueprint says.",
        "destroy": "Remove everything the state has.",
        "refresh": "Record what the clouds say; change nothing.",
        "import": "Take over what exists as a resource of the blueprint.",
    },
    "Looking at things": {
        "discover": "What there is in a connection and whose it is; import it, or destroy it.",
        "show": "A saved plan, the state, or one address of it.",
        "output": "Outputs of the last apply.",
        "graph": "The dependency graph as dot, mermaid or svg.",
        "console": "Evaluate expressions.",
        "state": "Look into the state, change it by hand, mend it.",
        "forget": "Take things out of the state; they stay in the cloud.",
        "lock": "Who holds the state's lock, and releasing it.",
        "doctor": "A full check: state, lock, history, secrets, clouds.",
        "catalog": "Regions, zones, images, sizes, prices, quotas and types of a cloud.",
        "driver": "Installed drivers and what they can do.",
    },
    "Working with what runs": {
        "metrics": "CPU, memory, disk and network of an object, measured by its cloud.",
        "events": "What happened to an object or in a connection, and who did it.",
        "vm": "Start, stop and reboot machines; their console and first password.",
        "ssh": "Log in to a machine, or run a command on it.",
        "kubeconfig": "The kubeconfig of a cluster: print it, write it, merge it.",
        "kube-token": "A token for a Kubernetes cluster; kubectl asks for it by itself.",
        "raw": "One call to any API of a cloud, with a connection's credentials.",
    },
    "Help and tools": {
        "schema": "JSON Schema for editors, or of one type.",
        "explain": "What a diagnostic code means.",
        "version": "Version of mcflow and its drivers.",
        "completion": "Completion script for bash, zsh or fish.",
    },
}


def shipped() -> dict[str, str]:
    """Every command of mcflow itself and its line of help."""
    return {name: text for section in SECTIONS.values() for name, text in section.items()}


def installed() -> dict[str, EntryPoint]:
    """Commands that other packages (and drivers) install."""
    from importlib.metadata import entry_points

    own = shipped()
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in own}


_KNOWN = {"mock": "The rehearsal cloud from behind: its objects, its ledger, its faults."}
"""Lines about commands that come with mcflow's own drivers; importing a driver for its line would cost every ``--help``."""


def _line(name: str) -> str:
    return _KNOWN.get(name, f"See `mcflow {name} --help`.")


class Root(click.Group):
    """The ``mcflow`` command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._moved(ctx, args))

    def _moved(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options before the command, put behind it: ``--chdir shop plan`` is ``plan --chdir shop``."""
        given, rest = _leading(args)
        if not given or not rest or rest[0].startswith("-"):
            return args
        chain, commands = _chain(self, ctx, rest)
        if not commands:
            return rest
        for option in given:
            taking = [at for at, command in enumerate(commands) if any(_name(option) in param.opts for param in command.params)]
            if taking or not isinstance(commands[-1], click.Group):
                chain[taking[-1] if taking else -1].extend(option)
        return [word for words in chain for word in words] + rest[len(chain):]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*shipped(), *sorted(installed())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in shipped():
            # A module cannot be named like a word of the language.
            module = importlib.import_module(f"mcflow.cli.commands.{cmd_name.replace('-', '_')}{'_' * iskeyword(cmd_name)}")
            command: click.Command = module.command
            return command
        point = installed().get(cmd_name)
        return None if point is None else _load(point)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        # What is installed is looked through only for a name that is none of ours.
        if not name.startswith("-") and name not in shipped() and name not in self.list_commands(ctx):
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), n=1)
            ctx.fail(f"there is no command `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(section.items()), col_max=14)
        others = installed()
        if others:
            with formatter.section("Commands of drivers and other packages"):
                formatter.write_dl([(name, _line(name)) for name in sorted(others)], col_max=14)


_ANYWHERE = {
    **dict.fromkeys(("-f", "--file", "--chdir", "--var", "--var-file", "-e", "--environment"), True),
    **dict.fromkeys(("-o", "--output", "--color", "--json-into"), True),
    **dict.fromkeys(("-q", "--quiet", "-v", "--verbose", "--no-input", "--json"), False),
}
"""Options that may stand before the command too, and whether they take a value."""


def _name(option: list[str]) -> str:
    """``--file=x`` → ``--file``, ``-fx`` → ``-f``."""
    return option[0].partition("=")[0] if option[0].startswith("--") else option[0][:2]


def _leading(args: list[str]) -> tuple[list[list[str]], list[str]]:
    """The options before the command, each with its value, and the rest."""
    given, rest = [], list(args)
    while rest and _name(rest) in _ANYWHERE:
        alone = not _ANYWHERE[_name(rest)] or rest[0] != _name(rest)
        size = 1 if alone else 2
        if len(rest) < size:
            break
        given.append(rest[:size])
        rest = rest[size:]
    return given, rest


def _chain(root: click.Group, ctx: click.Context, words: list[str]) -> tuple[list[list[str]], list[click.Command]]:
    """``state list …`` → the words of each command, one list each, and the commands."""
    chain: list[list[str]] = []
    commands: list[click.Command] = []
    group: click.Command | None = root
    for word in words:
        group = group.get_command(ctx, word) if isinstance(group, click.Group) else None
        if group is None:
            break
        chain.append([word])
        commands.append(group)
    return chain, commands


def _load(point: EntryPoint) -> click.Command:
    from mcflow.model.diagnostic import reject

    try:
        command = point.load()
    except Exception as broken:
        raise reject("MC0913", name=point.name, reason=f"{type(broken).__name__}: {broken}") from broken
    if not isinstance(command, click.Command):
        raise reject("MC0913", name=point.name, reason=f"{point.value} is not a click command")
    return command


def root(kind: type[Root] = Root) -> Root:
    """The root command, made anew: it keeps nothing."""
    settings: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}

    def version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            from mcflow import __version__

            click.echo(f"mcflow {__version__}")
            ctx.exit()

    group = kind("mcflow", context_settings=settings, no_args_is_help=False, invoke_without_command=True, callback=_bare, help=(
        "Infrastructure on any cloud from one blueprint: planned, journalled, recoverable.\n\n"
        "Start with `mcflow init`, then `mcflow plan` and `mcflow apply`. Every option can be set as MCFLOW_<OPTION>, "
        "for example MCFLOW_FILE. The ones below may stand before or after the command."
    ))
    group.params.append(click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=version, help="Print the version."))
    group.params.extend(_shown_options())
    return group


def _shown_options() -> list[click.Parameter]:
    """The options that may stand before the command, for help and completion; they are moved behind it before anything reads them."""
    from mcflow.cli.options import BLUEPRINT, SCREEN

    def nothing() -> None:
        """Carries the options."""

    for option in reversed((*BLUEPRINT, *SCREEN)):
        option(nothing)
    found: list[click.Option] = list(reversed(nothing.__click_params__))  # type: ignore[attr-defined]
    for shown in found:
        shown.envvar, shown.expose_value = None, False
    return list(found)


@click.pass_context
def _bare(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
