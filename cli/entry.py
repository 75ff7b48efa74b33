"""Runs the root command and turns every way it can end into an exit code and, at most, a diagnostic. Never a traceback."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import NoReturn

import click

from mcflow.cli.codes import ERROR, INTERRUPTED, OK, USAGE
from mcflow.cli.terminal import Terminal, real_terminal, silence

_YOUNG = 50_000
"""Objects made before Python looks for cycles among them. A command makes many that live to its end, modules and models of services, and
few cycles."""


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run with these arguments (default: the process's) and leave the process."""
    if not os.environ.get("MCFLOW_DEBUG") and not sys.warnoptions:
        # What a library thinks of its own future is nothing its users can act on.
        warnings.simplefilter("ignore")
    gc.set_threshold(_YOUNG, 20, 20)
    code = outcome(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            silence(stream)
        except (OSError, ValueError):
            # The answer could not be written whole (a full disk): that must not look like success.
            silence(stream)
            code = code or ERROR
    sys.exit(code)


def outcome(arguments: list[str]) -> int:
    """Run and return the exit code."""
    from mcflow.cli.group import root

    try:
        done = root().main(args=arguments, prog_name="mcflow", standalone_mode=False)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.exceptions.NoArgsIsHelpError as lacking:
        click.echo(lacking.format_message(), err=True)
        return USAGE
    except click.UsageError as wrong:
        return _usage(wrong)
    except click.ClickException as wrong:
        return _say("MC0901", ERROR, message=wrong.format_message(), command="mcflow")
    except (KeyboardInterrupt, click.Abort):
        return _say("MC0905", INTERRUPTED, help="nothing was changed by this command since it was interrupted")
    except BrokenPipeError:
        silence(sys.stdout)
        return OK
    except Exception as failure:  # noqa: BLE001 - the last line of defence; see the module's text
        return _failed(failure)
    return done if isinstance(done, int) else OK


def _usage(wrong: click.UsageError) -> int:
    command = wrong.ctx.command_path if wrong.ctx else "mcflow"
    return _say("MC0901", USAGE, message=wrong.format_message(), command=command)


def _failed(failure: Exception) -> int:
    from mcflow.model.diagnostic import Rejected

    if isinstance(failure, Rejected):
        from mcflow.cli.report import show_diagnostics

        show_diagnostics(failure.diagnostics, _terminal())
        return failure.exit_code
    from mcflow.cli.crash import crash_diagnostic
    from mcflow.cli.report import show_diagnostics

    show_diagnostics([crash_diagnostic(failure, os.environ)], _terminal())
    return ERROR


def _say(code: str, exit_code: int, **texts: str) -> int:
    from mcflow.cli.report import show_diagnostics
    from mcflow.model.diagnostic import Diagnostic

    show_diagnostics([Diagnostic(code, texts)], _terminal())
    return exit_code


def _terminal() -> Terminal:
    return real_terminal("auto", True, False, os.environ)

