"""The only door for faces: open a project, plan, apply, read. Everything returned is data of `mcflow.model`.

Heavy stages are imported when they are used, so that a face starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcflow.engine.options import (
    ApplyOptions,
    CatalogOptions,
    CatalogView,
    DiscoverOptions,
    GraphView,
    HistoryView,
    Import,
    PlanOptions,
    ProjectOptions,
    RefreshMode,
    StateView,
)
from mcflow.engine.ports import Ports
from mcflow.engine.surgery.origin import Origin
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.drivers.sdk import ClusterToken
    from mcflow.engine.apply.outcome import Outcome
    from mcflow.engine.discover.adoption import Adoption
    from mcflow.engine.discover.findings import Discovery
    from mcflow.engine.doctor.check import Examination
    from mcflow.engine.operate.events import Happened
    from mcflow.engine.operate.machine import Access
    from mcflow.engine.operate.metrics import Measured
    from mcflow.engine.operate.power import Approve, Operated
    from mcflow.engine.operate.raw import RawCall, RawTold
    from mcflow.engine.project import Project
    from mcflow.engine.rekey import Rekeyed
    from mcflow.engine.surgery.change import Changed, Proposal
    from mcflow.engine.surgery.migrate import Migration
    from mcflow.engine.surgery.repair import Account, Repaired
    from mcflow.model.values import Secret
    from mcflow.state.transfer import Transferred

__all__ = [
    "ApplyOptions", "CatalogOptions", "CatalogView", "DiscoverOptions", "GraphView", "HistoryView", "Import", "Origin", "PlanOptions",
    "ProjectOptions", "RefreshMode", "StateView", "adopt", "adopt_all", "apply", "audit", "catalog", "cluster_token", "decrypt",
    "destroy_found", "diff_state", "discover", "driver", "driver_names", "drivers", "evaluate", "events", "examine", "forget", "graph",
    "history",
    "kubeconfig", "load_plan", "lock", "machine_access", "machine_console", "machine_password", "metrics", "migrate_state", "move_state",
    "open_project", "operate", "outputs", "plan", "pull_state", "push_state", "raw_call", "raw_names", "raw_operation", "read_state",
    "refresh", "rekey", "release_lock", "repair_state", "rollback", "save_plan", "schema", "type_names",
]


def open_project(options: ProjectOptions, ports: Ports) -> Project:
    """Load and validate the blueprint. Raises Rejected with every finding. ``project.warnings`` has the rest."""
    from mcflow.engine import project

    return project.open_project(options, ports)


def plan(project: Project, options: PlanOptions) -> Plan:
    """Plan; writes nothing to the store. Raises Rejected."""
    from mcflow.engine import run

    return run.plan(project, options)


def apply(
    project: Project, saved: Plan | None, plan_options: PlanOptions, options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
    """Take the lease, settle what an earlier run left open, plan (or check that ``saved`` still holds), ask ``approve``, apply.

    ``approve`` is called once with the plan; False ends with status ``declined``. Raises Rejected (exit_code 5: locked).
    """
    from mcflow.engine import run

    return run.apply(project, saved, plan_options, options, approve)


def adopt(
    project: Project, imports: Sequence[Import], options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
    """Take over objects that exist as resources of the blueprint: record them and set this state's mark, nothing else. The plan given to
    ``approve`` shows what the next apply would change. Raises Rejected."""
    from mcflow.engine import run

    return run.apply(project, None, PlanOptions(imports=tuple(imports), adopt_only=True), options, approve)


def refresh(project: Project, options: ApplyOptions) -> Plan:
    """Look at everything in the state and record what was found. The plan returned has the drift; nothing in a cloud is changed."""
    from mcflow.engine import run

    return run.refresh(project, options)


def save_plan(project: Project, made: Plan, path: Path) -> None:
    """Write a plan for `apply`: 0600, secrets sealed."""
    from mcflow.engine import saved

    saved.save(project, made, path)


def load_plan(project: Project, path: Path) -> Plan:
    """Read a saved plan. Raises Rejected if it is not one, or of another format."""
    from mcflow.engine import saved

    return saved.load(project, path)


def read_state(project: Project) -> StateView:
    """The state of the project's environment; takes no lease, writes nothing."""
    from mcflow.engine import project as projects

    return projects.read_state(project)


def history(project: Project) -> HistoryView:
    """The kept snapshots, newest first, and who wrote them why."""
    from mcflow.engine import history as histories

    return histories.history(project.workspace)


def audit(project: Project) -> list[Mapping[str, Any]]:
    """Every run ever, newest first, from the audit log. Raises Rejected where its hash chain does not hold."""
    from mcflow.engine import history as histories

    return histories.audit(project.workspace)


def rekey(project: Project, options: ApplyOptions) -> Rekeyed:
    """Put the whole state under the configured key: what was encrypted or sealed with those before it needs them no more."""
    from mcflow.engine import rekey as rekeying

    return rekeying.rekey(project, options)


def decrypt(project: Project, options: ApplyOptions) -> Rekeyed:
    """Write the whole state in clear; secrets stay sealed."""
    from mcflow.engine import rekey as rekeying

    return rekeying.decrypt(project, options)


def outputs(project: Project, reveal: bool = False) -> dict[str, Any]:
    """The outputs of the last apply as JSON; sensitive ones as ``(sensitive)`` unless ``reveal``."""
    from mcflow.engine import project as projects

    return projects.outputs(project, reveal)


def graph(project: Project) -> GraphView:
    """The blueprint's dependency graph."""
    from mcflow.engine import project as projects

    return projects.graph(project)


def evaluate(project: Project, expression: str) -> Any:
    """An expression against variables, locals and the state's resources, as redacted JSON. Raises Rejected."""
    from mcflow.engine import console

    return console.evaluate(project, expression)


def schema(type: str | None = None) -> Mapping[str, Any]:
    """The schema for editors, or one portable or native type's. Raises Rejected for an unknown type."""
    from mcflow.engine import catalogue

    return catalogue.schema(type)


def driver_names() -> tuple[str, ...]:
    """Names of the installed drivers; loads none."""
    from mcflow.drivers.sdk.registry import known_drivers

    return tuple(known_drivers())


def type_names() -> tuple[str, ...]:
    """Names of the portable types."""
    from mcflow.schemas import portable_types

    return portable_types()


def drivers() -> list[Mapping[str, Any]]:
    """Installed drivers: {name, version, title, verified, available, install, portable, native, offers}."""
    from mcflow.engine import catalogue

    return catalogue.drivers()


def driver(name: str) -> Mapping[str, Any]:
    """One driver: what `drivers` says, and its connection schema and types. Raises Rejected for an unknown name."""
    from mcflow.engine import catalogue

    return catalogue.driver(name)


def move_state(project: Project, old: str, new: str, options: ApplyOptions, approve: Callable[[Proposal], bool]) -> Changed:
    """Move a resource (with its natives, all instances or one), or a native, to another address of the state; nothing is renamed."""
    from mcflow.engine.surgery import move

    return move.move(project, old, new, options, approve)


def forget(project: Project, addresses: Sequence[str], options: ApplyOptions, approve: Callable[[Proposal], bool], *,
           force: bool = False) -> Changed:
    """Take resources, instances or natives out of the state; their objects stay in the cloud."""
    from mcflow.engine.surgery import forget as forgetting

    return forgetting.forget(project, addresses, options, approve, force=force)


def pull_state(project: Project) -> bytes:
    """The state as one canonical JSON document, secrets sealed."""
    from mcflow.engine.surgery import document

    return document.pull(project)


def push_state(project: Project, file: Path, options: ApplyOptions, approve: Callable[[Proposal], bool], *, force: bool = False,
               data: bytes | None = None) -> Changed:
    """Make the state what a document says that `pull_state` wrote: ``file``, or ``data`` that came from there. Raises Rejected: of another
    lineage, older, damaged."""
    from mcflow.engine.surgery import document
    from mcflow.engine.surgery.reading import read_file

    return document.push(project, read_file(file) if data is None else data, str(file), options, approve, force=force)


def diff_state(project: Project, left: str, right: str = "current") -> list[dict[str, Any]]:
    """What differs between two states, each a serial of the history, a file or ``current``; secrets masked."""
    from mcflow.engine.surgery import difference

    return difference.diff(project, left, right)


def examine(project: Project, options: ApplyOptions, *, fix: bool = False) -> Examination:
    """A full check of the state against itself and the clouds; reads only, unless ``fix``. Raises Rejected only while fixing."""
    from mcflow.engine import doctor

    return doctor.examine(project, options, fix=fix)


def lock(project: Project) -> dict[str, Any] | None:
    """Who holds the lease of the state and since when; None if nobody does."""
    from mcflow.engine.surgery import lock as locks

    return locks.show(project)


def discover(project: Project, options: DiscoverOptions) -> Discovery:
    """What there is in a connection, whose it is, and how it differs from the state; takes no lease, writes nothing. Raises Rejected."""
    from mcflow.engine.discover import looking

    return looking.discover(project, options)


def catalog(project: Project | None, options: CatalogOptions, ports: Ports) -> CatalogView:
    """What a connection's cloud sells; without a project that of ``options.driver`` in ``options.region``. Raises Rejected."""
    from mcflow.engine import browse

    return browse.browse(project, options, ports)


def adopt_all(
    project: Project, options: DiscoverOptions, into: Path, apply_options: ApplyOptions, approve: Callable[[Adoption], bool]
) -> Adoption:
    """Import what discovery finds and nobody manages: a new blueprint file and records in the state; the plan after it is empty."""
    from mcflow.engine.discover import adoption

    return adoption.adopt_all(project, options, into, apply_options, approve)


def destroy_found(
    project: Project, options: DiscoverOptions, apply_options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
    """Destroy what discovery finds and nobody manages. ``approve`` is called once with the plan. Raises Rejected."""
    from mcflow.engine.discover import removal

    return removal.destroy_found(project, options, apply_options, approve)


def release_lock(project: Project, *, force: bool = False) -> dict[str, Any] | None:
    """Take the lock away from a holder that has run out, or (``force``) from any; returns who held it. Raises Rejected (exit code 5)."""
    from mcflow.engine.surgery import lock as locks

    return locks.release(project, force=force)


def rollback(project: Project, serial: int, options: ApplyOptions, approve: Callable[[Plan], bool]) -> Outcome:
    """Bring the clouds back to what the snapshot of a serial recorded: an ordinary plan, asked for and applied. Raises Rejected."""
    from mcflow.engine.surgery import rollback as back

    return back.rollback(project, serial, options, approve)


def migrate_state(project: Project, origin: Origin, options: ApplyOptions, approve: Callable[[Migration], bool]) -> Transferred | None:
    """Move the whole state from where it was to where the blueprint now says it is; None if nobody approved. Raises Rejected."""
    from mcflow.engine.surgery import migrate

    return migrate.migrate(project, origin, options, approve)


def repair_state(project: Project, options: ApplyOptions, approve: Callable[[Account], bool], *, accept_loss: bool = False,
                 serial: int | None = None) -> Repaired:
    """Explain what is damaged, and write what is proven to be the state. Raises Rejected where a person must choose (MC0783)."""
    from mcflow.engine.surgery import repair

    return repair.repair(project, options, approve, accept_loss=accept_loss, serial=serial)


def metrics(project: Project, address: str, *, span: float, step: float | None = None, names: Sequence[str] = ()) -> Measured:
    """What the clouds measured of the natives behind an address in the last ``span`` seconds. Takes no lease. Raises Rejected."""
    from mcflow.engine.operate import metrics as measuring

    return measuring.metrics(project, address, span=span, step=step, names=names)


def events(project: Project, about: str, *, since: float, until: float | None = None) -> Happened:
    """What happened to the natives behind an address, or in a connection; seconds since the epoch. Takes no lease. Raises Rejected."""
    from mcflow.engine.operate import events as happening

    return happening.events(project, about, since=since, until=until)


def operate(project: Project, addresses: Sequence[str], verb: str, options: ApplyOptions, approve: Approve, *, wait: bool = True,
            timeout: float = 900.0) -> Operated:
    """``start``, ``stop`` or ``reboot`` machines: journalled, never sent twice. Raises Rejected."""
    from mcflow.engine.operate import power

    return power.operate(project, addresses, verb, options, approve, wait=wait, timeout=timeout)


def machine_console(project: Project, address: str) -> str:
    """What a machine wrote to its console; empty if nothing yet. Raises Rejected."""
    from mcflow.engine.operate import machine

    return machine.console(project, address)


def machine_password(project: Project, address: str, key: Path) -> Secret:
    """A machine's first password, decrypted here with the private key in the file. Raises Rejected."""
    from mcflow.engine.operate import machine

    return machine.password(project, address, key)


def machine_access(project: Project, address: str) -> Access:
    """How to log in to a machine. Raises Rejected."""
    from mcflow.engine.operate import machine

    return machine.access(project, address)


def kubeconfig(project: Project, address: str) -> Secret:
    """A cluster's kubeconfig as a mapping, derived now, under a name of its own. Raises Rejected."""
    from mcflow.engine.operate import kubeconfig as deriving

    return deriving.kubeconfig(project, address)


def cluster_token(project: Project, connection: str, cluster: str) -> ClusterToken:
    """A token for a Kubernetes cluster, made now with a connection's credentials, kept nowhere. Raises Rejected."""
    from mcflow.engine.operate import tokens

    return tokens.cluster_token(project, connection, cluster)


def raw_names(project: Project, connection: str, service: str | None = None) -> list[Mapping[str, Any]]:
    """The services of a connection's cloud as {name}, or the operations of one as {name, effect, pages, about}. Raises Rejected."""
    from mcflow.engine.operate import raw

    if service is None:
        return [{"name": name} for name in raw.services(project, connection)]
    return [{"name": each.name, "effect": each.effect, "pages": each.pages, "about": each.about}
            for each in raw.operations(project, connection, service)]


def raw_operation(project: Project, connection: str, service: str, operation: str) -> Mapping[str, Any]:
    """One operation of an API: {service, name, effect, about, pages, parameters: [{path, kind, required, about, words}]}."""
    from dataclasses import asdict

    from mcflow.engine.operate import raw

    return asdict(raw.describe(project, connection, service, operation))


def raw_call(project: Project, wanted: RawCall, options: ApplyOptions) -> RawTold:
    """One call to an API of a connection's cloud; what may change something is journalled. Raises Rejected."""
    from mcflow.engine.operate import raw

    return raw.call(project, wanted, options)
