"""The command line. Commands call `mcflow.engine.api` and render what it returns; nothing is decided here.

One module per command in ``commands``, what people see in ``render``. What plans, compares, stores or calls a cloud does not belong here.
"""

from __future__ import annotations

from typing import Any, NoReturn

from mcflow.cli.group import Root, root


class Main(Root):
    """The root command as the ``mcflow`` script calls it: leaves the process with one of the documented exit codes."""

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        from mcflow.cli.entry import run

        run()


main = root(Main)
