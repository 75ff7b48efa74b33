"""``mcflow forget ADDRESS…``: take things out of the state and leave them in the cloud. The same as ``mcflow state rm``."""

from __future__ import annotations

from mcflow.cli.surgery.records import forget as command

__all__ = ["command"]
