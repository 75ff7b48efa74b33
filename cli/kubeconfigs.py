"""Files of kubectl's: written aside and renamed, readable by their owner only, everything of others kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcflow.model.diagnostic import reject

_LISTS = ("clusters", "users", "contexts")


def write(path: Path, document: Mapping[str, Any]) -> None:
    """A document as a file, whole or not at all. Raises Rejected (MC0903)."""
    from mcflow.cli.render.tables import yaml_text

    # What a link points at is what kubectl reads.
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(yaml_text(dict(document)))
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as refused:
        raise reject("MC0903", what="the kubeconfig", path=path, reason=refused.strerror or refused) from refused


def merge(path: Path, document: Mapping[str, Any], *, use: bool) -> None:
    """Put the cluster, user and context into the file; of the same name are replaced, all others stay as they are.

    ``use``: it becomes the current context, as it does where there is none. Raises Rejected (MC1054): what cannot be read is left alone.
    """
    present = _read(path)
    merged = {"apiVersion": "v1", "kind": "Config", "preferences": {}, **present}
    for part in _LISTS:
        ours = document[part]
        names = {each["name"] for each in ours}
        merged[part] = [*(each for each in present.get(part) or () if each["name"] not in names), *ours]
    if use or not merged.get("current-context"):
        merged["current-context"] = document["current-context"]
    write(path, merged)


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as refused:
        raise reject("MC1054", file=path, reason=getattr(refused, "strerror", None) or "it is not text") from refused
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise reject("MC1054", file=path, reason="it is not YAML") from wrong
    if found is None:
        return {}
    lists = [found.get(part) or [] for part in _LISTS] if isinstance(found, dict) else [None]
    if not all(isinstance(items, list) and all(isinstance(item, dict) and "name" in item for item in items) for items in lists):
        raise reject("MC1054", file=path, reason="it is no kubeconfig")
    return dict(found)
