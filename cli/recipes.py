"""The shipped recipes."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

ALWAYS = "mcflow.yaml"
"""The file that every recipe has."""


def recipes() -> dict[str, Traversable]:
    """The shipped recipes' folders by name."""
    found = (item for item in files("mcflow.blueprints").iterdir() if item.is_dir())
    return {item.name: item for item in sorted(found, key=lambda item: item.name) if (item / ALWAYS).is_file()}
