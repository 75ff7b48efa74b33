"""Importing what was found: blueprint text and state, proven to need nothing before either is written.

The text comes first, the state after it, in one record, then this state's mark on every object. A kill in between leaves a new file that
says which objects its resources are: the same command goes on from there, and so does any plan over the file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec.structs import replace as replace_fields

from mcflow import __version__
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.blueprint.sources import LoadOptions, blueprint_file
from mcflow.engine.discover.blueprint_text import with_portraits
from mcflow.engine.discover.choosing import Chosen, choose, named, names_taken, references_to, spelled_reasons
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.looking import check_connection, look
from mcflow.engine.discover.portrait import Portrait, Surroundings, portray
from mcflow.engine.discover.records import laid_over, records_of
from mcflow.engine.options import ApplyOptions, DiscoverOptions, PlanOptions
from mcflow.engine.plan.make import make_plan
from mcflow.engine.plan.walk import Ground
from mcflow.engine.project import Project, open_project
from mcflow.engine.run import carry_out
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.model.plan import Plan, Recovery, Step
from mcflow.model.record import NativeRecord
from mcflow.state.records import State

_TRIES = 3


@dataclass
class Adoption:
    """What an import would do. ``resources``: name → (type, id). ``ignored``: what the text leaves alone, as it could not be said so that a
    plan finds nothing. ``left``: what was asked for and cannot be imported, in words. ``marked``: how many objects get
    this state's mark."""

    file: Path
    resources: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    left: str = ""
    marked: int = 0
    findings: tuple[Diagnostic, ...] = ()
    outcome: Outcome | None = None


class _DeclinedError(Exception):
    """The person said no."""


def adopt_all(
    project: Project, options: DiscoverOptions, into: Path, apply_options: ApplyOptions, approve: Callable[[Adoption], bool]
) -> Adoption:
    """Import what the options mean into a new blueprint file beside the project's, and into its state. Changes nothing in the cloud but
    our mark, and what recovery must finish. ``approve`` is asked once. Raises Rejected."""
    check_connection(project, project.workspace.read().state, options.connection)
    file = _placed(project, into)
    made = Adoption(file)

    def make(state: State, sessions: Sessions, recovered: list[Recovery]) -> Plan:
        found = look(project, state, sessions, options, whole=True)
        chosen = choose(found.items, options)
        if not chosen.items:
            unmarked = _unmarked(project, state, sessions, file)
            made.marked = len(unmarked.steps) if unmarked else 0
            if unmarked is None or not (made.marked or recovered):
                raise reject("MC0687", what="import", connection=options.connection, left=spelled_reasons(chosen.left) or "nothing fits")
            if made.marked and not approve(made):
                raise _DeclinedError
            return unmarked
        text, portraits, plan = _prove(project, state, sessions, options, chosen.items, found.every, file)
        made.marked = len(plan.steps)
        _describe(made, portraits, chosen, found.findings)
        if not approve(made):
            raise _DeclinedError
        _publish(text, file)
        return plan

    reason = apply_options.reason or f"import from {options.connection} into {file.name}"
    try:
        made.outcome = carry_out(project, replace(apply_options, reason=reason), lambda plan: True, make)
    except _DeclinedError:
        made.outcome = Outcome("declined")
    return made


def _placed(project: Project, into: Path) -> Path:
    """The new file, beside the blueprint: where its state and its relative paths are. Raises Rejected (MC0688)."""
    folder = project.blueprint.directory
    file = into if into.is_absolute() else project.options.directory / into
    if file.parent.resolve() != folder.resolve():
        raise reject("MC0688", file=into, folder=folder)
    return file


def _prove(
    project: Project, state: State, sessions: Sessions, options: DiscoverOptions, items: Sequence[Found], every: Sequence[Found],
    file: Path
) -> tuple[str, list[Portrait], Plan]:
    """The text, and the plan that records everything; made only if a plan over both finds nothing to do. Raises Rejected (MC0683)."""
    live = sessions.get(options.connection)
    known = {(record.type, record.id): record for record in state.natives.values() if record.connection == live.name and record.id}
    blueprint = project.blueprint
    around = Surroundings(every, references_to(state, blueprint, known), names_taken(state, blueprint), blueprint.tags)
    portraits = portray(items, around)
    records = records_of(portraits, live, state, project.sealer)
    source = blueprint_file(LoadOptions(project.options.file, project.options.directory)).read_text(encoding="utf-8")
    connection = None if project.blueprint.default_connection == live.name else live.name
    by_name = {made.name: made for made in portraits}
    differing: dict[str, list[str]] = {}
    for _ in range(_TRIES):
        text = with_portraits(source, portraits, connection)
        _refuse_overwriting(file, text)
        plan = _planned(project, laid_over(state, records), sessions, text, file)
        differing = _differing(plan, by_name)
        if not differing:
            return text, portraits, _recording(plan, records, by_name)
        for name, attributes in differing.items():
            by_name[name].ignored = (*by_name[name].ignored, *attributes)
    told = "; ".join(f"{name}: {', '.join(attributes) or 'all of it'}" for name, attributes in list(differing.items())[:8])
    raise reject("MC0683", what=told)


def _planned(project: Project, state: State, sessions: Sessions, text: str, file: Path) -> Plan:
    with _aside(text, file) as trial:
        new = open_project(replace(project.options, directory=trial.parent, file=Path(trial.name)), project.ports)
        ground = Ground(new.blueprint, state, sessions, project.sealer, project.ports, PlanOptions(refresh="none"))
        return make_plan(ground, recovered=[], refreshed={}, drift=[], version=__version__)


def _unmarked(project: Project, state: State, sessions: Sessions, file: Path) -> Plan | None:
    """What an import into this file recorded and was killed before it was marked; None if there is no such file."""
    if not file.exists():
        return None
    plan = _planned(project, state, sessions, file.read_text(encoding="utf-8"), file)
    return _only(plan, {}, _marks(plan, state.natives))


def _marks(plan: Plan, addresses: Collection[str]) -> list[Step]:
    """The steps that set our mark on these, by themselves."""
    return [replace_fields(step, needs=()) for step in plan.steps if step.purpose == "mark" and step.address in addresses]


def _differing(plan: Plan, portraits: Mapping[str, Portrait]) -> dict[str, list[str]]:
    """Resource → attributes for which the plan would change it."""
    return {
        change.address: [item.path.partition(".")[0].partition("[")[0] for item in change.attributes]
        for change in plan.resource_changes if change.address in portraits and change.actions != ("no-op",)
    }


def _recording(plan: Plan, records: dict[str, NativeRecord], portraits: Mapping[str, Portrait]) -> Plan:
    """A plan that writes these records, as the plan of the new text would have them, marks their objects, and nothing else."""
    as_planned = {step.address: step.record for step in plan.steps if step.verb == "record" and step.address in records}
    final: dict[str, NativeRecord | None] = {**records, **as_planned}
    made = _only(plan, final, _marks(plan, records))
    made.connections = plan.connections
    made.resources = {name: record for name, record in plan.resources.items() if name in portraits}
    return made


def _only(plan: Plan, records: Mapping[str, NativeRecord | None], steps: list[Step]) -> Plan:
    return Plan(
        mcflow_version=plan.mcflow_version, name=plan.name, environment=plan.environment, mode="import", created_at=plan.created_at,
        inputs=plan.inputs, refreshed=dict(records), steps=steps)


def _describe(made: Adoption, portraits: list[Portrait], chosen: Chosen, findings: tuple[Diagnostic, ...]) -> None:
    made.resources = {each.name: (each.item.type, each.item.id) for each in portraits}
    ignored = {each.name: tuple(name for name in dict.fromkeys(each.ignored) if name not in each.asked) for each in portraits}
    made.ignored = {name: attributes for name, attributes in ignored.items() if attributes}
    made.variables = tuple(variable for each in portraits for variable in each.asked.values())
    made.left = spelled_reasons(chosen.left)
    marked = tuple(each.item for each in portraits if each.item.managed == "elsewhere")
    taken = (Diagnostic("MC0690", {"objects": named(marked)}),) if marked else ()
    made.findings = (*findings, *taken)


def _refuse_overwriting(file: Path, text: str) -> None:
    """A file that is there stays, unless it is this very text: then an import that was killed goes on. Raises Rejected (MC0684)."""
    if file.exists() and file.read_bytes() != text.encode():
        raise reject("MC0684", file=file)


@contextmanager
def _aside(text: str, file: Path) -> Iterator[Path]:
    """The text, durable, in a file of its own beside the one it will be. Raises Rejected (MC0692)."""
    try:
        trial = _written(text, file)
    except OSError as refused:
        raise reject("MC0692", file=file, reason=refused.strerror or refused) from refused
    try:
        yield trial
    finally:
        trial.unlink(missing_ok=True)


def _written(text: str, file: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".trial", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode())
            out.flush()
            os.fchmod(out.fileno(), 0o644)
            os.fsync(out.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _publish(text: str, file: Path) -> None:
    """Make the file appear whole and durable, or not at all; never over another. Raises Rejected (MC0684)."""
    if file.exists():
        _refuse_overwriting(file, text)
        return
    with _aside(text, file) as trial:
        try:
            os.link(trial, file)
        except FileExistsError as taken:
            raise reject("MC0684", file=file) from taken
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
