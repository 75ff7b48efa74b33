"""Documents and event lines for programs. Field names are Terraform's where it has one; `format_version` rules their evolution."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from mcflow.cli.render.sources import SourceLine
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.event import FORMAT_VERSION as UI_VERSION
from mcflow.model.event import Event
from mcflow.model.plan import AttributeChange, Change, Cost, CostLine, Drift, OutputChange, Plan, Step, summarise
from mcflow.model.position import Position
from mcflow.model.values import Secret, Unknown, Value, contains_unknown
from mcflow.model.wire import redact


def event_line(event: Event, source: SourceLine) -> str:
    """One event as one line of JSON. The engine's diagnostics are codes and arguments; outside they are texts."""
    if event.type == "resource_drift" and "change" not in event.data:
        event = msgspec.structs.replace(event, data=_drift(msgspec.convert(event.data, Drift)))
    found = event.data.get("diagnostic")
    if isinstance(found, dict) and "summary" not in found:
        document = diagnostic_document(msgspec.convert(found, Diagnostic), source)
        event = msgspec.structs.replace(event, data={**event.data, "diagnostic": document})
    return msgspec.json.encode(event).decode()


def version_event(time: float) -> Event:
    """The first line of every event stream."""
    from mcflow import __version__

    return Event("version", time, data={"mcflow": __version__, "ui": UI_VERSION})


def diagnostic_document(finding: Diagnostic, source: SourceLine) -> dict[str, Any]:
    """A diagnostic as `validate --json` and the event stream carry it."""
    document: dict[str, Any] = {"severity": finding.severity, "code": finding.code, "summary": finding.message, "detail": finding.help}
    if finding.address:
        document["address"] = finding.address
    if finding.suggestion:
        document["suggestion"] = finding.suggestion
    if finding.request_id:
        document["request_id"] = finding.request_id
    if finding.position:
        document["range"] = _range(finding.position)
        snippet = _snippet(finding.position, source)
        if snippet:
            document["snippet"] = snippet
    if finding.related:
        document["related"] = [
            {"message": item.message, **({"range": _range(item.position)} if item.position else {})} for item in finding.related
        ]
    return document


def _range(at: Position) -> dict[str, Any]:
    return {
        "filename": at.path, "start": {"line": at.line, "column": at.column},
        "end": {"line": at.end_line or at.line, "column": at.end_column or at.column + 1},
    }


def _snippet(at: Position, source: SourceLine) -> dict[str, Any] | None:
    code = source(at.path, at.line)
    if code is None:
        return None
    one_line = not at.end_line or at.end_line == at.line
    end = at.end_column - 1 if at.end_column and one_line else at.column if one_line else len(code)
    return {"context": None, "code": code, "start_line": at.line, "highlight_start_offset": at.column - 1, "highlight_end_offset": end,
            "values": []}


def diagnostics_document(findings: Iterable[Diagnostic], source: SourceLine) -> dict[str, Any]:
    """What `validate -o json` answers."""
    from mcflow.cli.render.diagnostics import in_order

    ordered = in_order(findings)
    errors = sum(finding.severity == "error" for finding in ordered)
    return {
        "format_version": "1.0", "valid": errors == 0, "error_count": errors,
        "warning_count": sum(finding.severity == "warning" for finding in ordered),
        "diagnostics": [diagnostic_document(finding, source) for finding in ordered],
    }


def plan_document(plan: Plan, source: SourceLine) -> dict[str, Any]:
    """A plan for programs: no secrets, no cloud-only internals; what `jq` and policy tools read."""
    wants = _wants(plan)
    return {
        "format_version": plan.format_version, "mcflow_version": plan.mcflow_version, "name": plan.name, "environment": plan.environment,
        "mode": plan.mode, "round": plan.round, "timestamp": timestamp(plan.created_at),
        "applyable": plan.applyable, "complete": plan.complete, "errored": plan.errored,
        "resource_changes": [_change(change, wants.get(change.address)) for change in plan.resource_changes],
        "resource_drift": [_drift(item) for item in plan.resource_drift],
        "output_changes": {name: output_change(item) for name, item in plan.output_changes.items()},
        "recovered": [
            {"op": item.op, "address": item.address, "type": item.type, "action": item.action, "outcome": item.outcome, "id": item.id,
             "found_by": item.found_by, "advice": list(item.advice), "commands": list(item.commands)} for item in plan.recovered
        ],
        "moved": dict(plan.moved), "deferred": list(plan.deferred), "targets": list(plan.targets), "excludes": list(plan.excludes),
        "summary": msgspec.to_builtins(summarise(plan)), "cost": None if plan.cost is None else _cost(plan.cost),
        "diagnostics": [diagnostic_document(finding, source) for finding in plan.diagnostics],
    }


def _wants(plan: Plan) -> dict[str, Step]:
    return {step.address: step for step in plan.steps if step.verb in ("create", "update") and not step.purpose}


_LAST = 253402300799.0
"""The last second of the year 9999."""


def timestamp(at: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC; what no calendar has (a store may say anything) as the nearest it has."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(min(max(at, 0.0), _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _change(change: Change, step: Step | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "address": change.address, "resource": change.resource, "mode": "managed", "type": change.type, "connection": change.connection,
        "id": change.id, "ownership": change.ownership, "actions": list(change.actions), "change": _values(change, step),
    }
    if change.previous_address:
        document["previous_address"] = change.previous_address
    if change.importing:
        document["change"]["importing"] = {"id": change.importing}
    if change.reason:
        document["action_reason"] = change.reason
    flags = {"conditional": change.conditional, "driver_made": change.driver_made, "held": change.held}
    document.update({name: True for name, value in flags.items() if value})
    return document


def _values(change: Change, step: Step | None) -> dict[str, Any]:
    """before and after of what changes; a creation has the whole want in ``after``."""
    document = {"actions": list(change.actions), **_before_after(change.attributes)}
    if change.actions == ("create",):
        document["before"] = None
        if step is not None:
            document["after"], document["after_unknown"], document["after_sensitive"] = _whole(step.want)
    if change.actions == ("delete",):
        document["after"] = None
    replacing = [[item.path] for item in change.attributes if item.replaces]
    if replacing:
        document["replace_paths"] = replacing
    return document


def _before_after(attributes: tuple[AttributeChange, ...]) -> dict[str, Any]:
    before, after, unknown, before_sensitive, after_sensitive = {}, {}, {}, {}, {}
    for item in attributes:
        before[item.path] = "(sensitive)" if item.sensitive and item.before is not None else item.before
        if item.unknown:
            unknown[item.path] = True
        else:
            after[item.path] = "(sensitive)" if item.sensitive and item.after is not None else item.after
        if item.sensitive:
            before_sensitive[item.path] = after_sensitive[item.path] = True
    return {"before": before, "after": after, "after_unknown": unknown, "before_sensitive": before_sensitive,
            "after_sensitive": after_sensitive}


def _whole(want: dict[str, Value]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    after, unknown, sensitive = {}, {}, {}
    for name, value in want.items():
        if _holds_secret(value):
            sensitive[name] = True
        if contains_unknown(value):
            unknown[name] = True
        else:
            after[name] = redact(value)
    return after, unknown, sensitive


def _holds_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_secret(item) for item in value)
    return isinstance(value, Secret) or (isinstance(value, Unknown) and value.sensitive)


def _cost(cost: Cost) -> dict[str, Any]:
    """The cost for programs."""
    return {
        "hours": cost.hours, "source": cost.source or None, "as_of": timestamp(cost.at) if cost.at else None,
        "totals": [msgspec.structs.asdict(total) for total in cost.totals],
        "resources": [_cost_line(line) for line in cost.lines if not line.reason],
        "unknown": [{"address": line.address, "resource": line.resource, "type": line.type, "reason": line.reason}
                    for line in cost.lines if line.reason],
    }


def _cost_line(line: CostLine) -> dict[str, Any]:
    return {"address": line.address, "resource": line.resource, "type": line.type, "currency": line.currency, "before": line.before,
            "after": line.after}


def _drift(item: Drift) -> dict[str, Any]:
    change = {"actions": ["delete"] if item.gone else ["update"], **_before_after(item.attributes)}
    if item.gone:
        change["after"] = None
    return {"address": item.address, "resource": item.resource, "mode": "managed", "type": item.type, "id": item.id, "change": change}


def output_change(item: OutputChange) -> dict[str, Any]:
    """One output of a plan."""
    masked = "(sensitive)" if item.sensitive else None
    return {
        "actions": list(item.actions), "before": masked if item.before is not None and masked else item.before,
        "after": None if item.unknown else masked if item.after is not None and masked else item.after,
        "after_unknown": item.unknown, "before_sensitive": item.sensitive, "after_sensitive": item.sensitive,
    }


def plan_events(plan: Plan, time: float) -> Iterator[Event]:
    """A plan as events: drift, each change, the counts, the outputs."""
    for item in plan.resource_drift:
        yield Event("resource_drift", time, address=item.address, data=_drift(item))
    wants = _wants(plan)
    for change in plan.resource_changes:
        if change.actions != ("no-op",) or change.previous_address:
            yield Event("planned_change", time, address=change.address, data=_change(change, wants.get(change.address)))
    counts = msgspec.to_builtins(summarise(plan))
    yield Event("change_summary", time, data={**counts, "operation": "plan"})
    if plan.output_changes:
        yield Event("outputs", time, data={name: output_change(item) for name, item in plan.output_changes.items()})


def pretty(document: Any) -> str:
    """JSON for a file or a pipe: readable, characters as they are."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)
