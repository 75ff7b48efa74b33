"""The command line. Commands call `mcflow.engine.api` and render what it returns; nothing is decided here.

One module per command in ``commands``, what people see in ``render``. What plans, compares, stores or calls a cloud does not belong here.
"""

from __future__ import annotations


def main() -> None:
    """The ``mcflow`` command. Leaves the process with one of the documented exit codes."""
    from mcflow.cli.entry import run

    run()
