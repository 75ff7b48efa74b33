"""Help pages: options in sections, examples at the end."""

from __future__ import annotations

import click


class Command(click.Command):
    """A command whose help shows its options by section (`Flag.section`) and ends with examples."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "section", ""), []).append(record)
        # --help is made last, but is one of the command's own.
        for title, records in sections.items():
            if records:
                with formatter.section(title or "Options"):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(ctx, formatter)
        super().format_epilog(ctx, formatter)


def write_examples(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The examples of the command of this context."""
    from mcflow.cli.examples import EXAMPLES

    found = EXAMPLES.get(ctx.command_path.partition(" ")[2], ())
    if found:
        with formatter.section("Examples"):
            formatter.write_dl(list(found), col_max=42)
