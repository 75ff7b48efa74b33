"""Which files a blueprint is read from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.reading import Document, read_file
from mcflow.model.diagnostic import Rejected, reject

DEFAULT_FILE = "mcflow.yaml"
CONNECTIONS_FILE = "connections.yaml"
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What to load. ``file`` None: mcflow.yaml in ``directory``, from which a relative one is taken; ``variables``: ``k=v`` texts."""

    file: FilePath | None
    directory: FilePath
    variables: Sequence[str] = ()
    var_files: Sequence[FilePath] = ()
    environment: str = "default"


def blueprint_file(options: LoadOptions) -> FilePath:
    """The path of the blueprint, as it is shown. Raises Rejected if there is no such file, or the environment's name cannot be one."""
    if not _ENVIRONMENT.fullmatch(options.environment):
        raise reject("MC0338", environment=options.environment)
    wanted = options.file if options.file is not None else FilePath(DEFAULT_FILE)
    path = options.directory / wanted
    if path.is_dir():
        path = path / DEFAULT_FILE
    if not path.exists():
        raise reject("MC0201", path=path, suggestion=_other_blueprint(path))
    return path


def connection_files(blueprint: FilePath, user_config: FilePath | None) -> list[FilePath]:
    """The connection files that exist, the nearest first: beside the blueprint, then the user's."""
    places = [blueprint.parent / CONNECTIONS_FILE]
    if user_config is not None:
        places.append(user_config / CONNECTIONS_FILE)
    return [place for place in places if place.is_file()]


def read_quietly(path: FilePath, findings: Findings) -> Document | None:
    """The file's document; what is wrong with it goes to ``findings``."""
    try:
        return read_file(path)
    except Rejected as rejected:
        findings.extend(rejected.diagnostics)
        return None


def _other_blueprint(path: FilePath) -> str | None:
    if path.suffix in (".yaml", ".yml"):
        other = path.with_suffix(".yml" if path.suffix == ".yaml" else ".yaml")
        if other.exists():
            return str(other.name)
    return None
