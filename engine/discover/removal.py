"""Destroying what was found: it is adopted into the state and deleted from there in one run, so that a kill loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from mcflow import __version__
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.discover.choosing import choose, named, names_taken, spelled_reasons
from mcflow.engine.discover.findings import Found, Key
from mcflow.engine.discover.looking import check_connection, look
from mcflow.engine.discover.portrait import Surroundings, portray
from mcflow.engine.discover.records import laid_over, records_of
from mcflow.engine.discover.referring import Index
from mcflow.engine.options import ApplyOptions, DiscoverOptions, PlanOptions
from mcflow.engine.plan.make import make_plan
from mcflow.engine.plan.walk import Ground
from mcflow.engine.project import Project
from mcflow.engine.run import carry_out
from mcflow.engine.sessions import Sessions, connection_record
from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.model.plan import Plan, Recovery
from mcflow.state.records import State


def destroy_found(
    project: Project, options: DiscoverOptions, apply_options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
    """Destroy what the options mean and nobody manages, in the order its dependencies ask for. ``approve`` is called once with the plan.

    Raises Rejected: nothing to destroy (MC0687), something else hangs on it (MC0689).
    """
    check_connection(project, project.workspace.read().state, options.connection)

    def make(state: State, sessions: Sessions, recovered: list[Recovery]) -> Plan:
        return _plan(project, state, sessions, options, recovered)

    return carry_out(project, apply_options, approve, make)


def _plan(project: Project, state: State, sessions: Sessions, options: DiscoverOptions, recovered: list[Recovery]) -> Plan:
    found = look(project, state, sessions, options, whole=True)
    chosen = choose(found.items, options)
    begun = [item for item in found.items if _begun(project, item)]
    if not chosen.items and not begun:
        raise reject("MC0687", what="destroy", connection=options.connection, left=spelled_reasons(chosen.left) or "nothing fits")
    index = Index(found.every)
    doomed = _with_parts([*chosen.items, *begun], found.every, index, options)
    _refuse_dependants(doomed, found.every, index)
    live = sessions.get(options.connection)
    portraits = portray([item for item in doomed if item.record is None], Surroundings(taken=names_taken(state, project.blueprint)))
    # No resource of the blueprint stands behind them.
    records = {address: replace(record, origin=None) for address, record in records_of(portraits, live, state, project.sealer).items()}
    targets = (*records, *(item.record.address for item in doomed if item.record is not None))
    ground = Ground(project.blueprint, laid_over(state, records), sessions, project.sealer, project.ports,
                    PlanOptions(mode="destroy", refresh="none", targets=targets, parallelism=options.parallelism))
    made = make_plan(ground, recovered=recovered, refreshed=records, drift=[], version=__version__)
    made.connections = {**made.connections, live.name: connection_record(live)}
    taken = tuple(item for item in doomed if item.managed == "elsewhere")
    notes = [Diagnostic("MC0690", {"objects": named(taken)})] if taken else []
    if chosen.left:
        notes.append(Diagnostic("MC0691", {"left": spelled_reasons(chosen.left)}))
    made.diagnostics = [*found.findings, *notes, *made.diagnostics]
    return made


def _begun(project: Project, item: Found) -> bool:
    """What an earlier run adopted in order to destroy it, and did not come to."""
    record = item.record
    return item.managed == "here" and record is not None and record.origin is None and record.ownership == "owned" and \
        record.address not in project.blueprint.resources


def _with_parts(doomed: Sequence[Found], every: Iterable[Found], index: Index, options: DiscoverOptions) -> list[Found]:
    """Also the parts that only join them to something (attachments, routes): they have no life of their own."""
    chosen = {item.key: item for item in doomed}
    for item in every:
        if item.key in chosen or item.provided or item.native is None or item.native.identity.marked or not item.settled:
            continue
        free = item.managed in ("nobody", "orphan") or (item.managed == "elsewhere" and options.take_over)
        if free and any(key in chosen for key in _needs(item, index)):
            chosen[item.key] = item
    return list(chosen.values())


def _refuse_dependants(doomed: Sequence[Found], every: Iterable[Found], index: Index) -> None:
    """What is used by something that stays cannot go. Raises Rejected (MC0689)."""
    going = {item.key for item in doomed}
    used: dict[Key, list[Found]] = {}
    for item in every:
        if item.key not in going and not item.provided and item.status not in ("gone", "deleting"):
            for key in sorted(_needs(item, index) & going):
                used.setdefault(key, []).append(item)
    if used:
        told = "; ".join(f"{id} by {named(users, 4)}" for (_, id), users in list(used.items())[:5])
        raise reject("MC0689", used=told)


def _needs(item: Found, index: Index) -> set[Key]:
    """What an object names and cannot be without; what it was only made from does not count."""
    if item.native is None or item.observed is None:
        return set()
    schemas = item.native.attributes
    lasting = [name for name in item.observed.attributes
               if name != "tags" and not schemas.get(name, {}).get("read_only") and not schemas.get(name, {}).get("at_create")]
    return index.named_by(item, lasting)
