"""``mcflow validate``: check the blueprint; no cloud is asked, nothing is written."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, run_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Span
from mcflow.model.diagnostic import Diagnostic, Rejected


@click.command("validate", cls=Command)
@shares(BLUEPRINT, listing("table", "json"), SCREEN)
def command(settings: Settings) -> int:
    """Check the blueprint as far as possible without asking a cloud."""
    return run_in(settings, _validate)


def _validate(invocation: Invocation) -> int:
    from mcflow.cli.invocation import project_options
    from mcflow.engine import api

    findings: tuple[Diagnostic, ...]
    code, resources = OK, 0
    try:
        project = api.open_project(project_options(invocation.settings), invocation.ports)
        findings, resources = tuple(project.warnings), len(project.blueprint.resources)
    except Rejected as rejected:
        findings, code = rejected.diagnostics, rejected.exit_code
    if invocation.settings.output == "json" and invocation.text:
        from mcflow.cli.render.documents import diagnostics_document, pretty
        from mcflow.cli.render.sources import Sources

        invocation.terminal.raw(pretty(diagnostics_document(findings, Sources().line)))
        return code
    invocation.diagnose(findings)
    if code == OK and invocation.text and not invocation.terminal.quiet:
        from mcflow.cli.render.text import plural

        warned = f" ({plural(len(findings), 'warning')})" if findings else ""
        invocation.terminal.result([(Span("Valid.", "bold green"), f" {plural(resources, 'resource')} in the blueprint{warned}.")])
    return code
