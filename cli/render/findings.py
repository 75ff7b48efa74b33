"""What a plan found beside its changes: operations left open, drift, choices, outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from mcflow.cli.render.blocks import without_keys
from mcflow.cli.render.board import OUTCOMES
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.values import MOST, attribute_lines
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import AttributeChange, Drift, OutputChange, Recovery

T = TypeVar("T")


def recoveries(items: list[Recovery], full: bool) -> list[list[Line]]:
    """What recovery found, an entry for each shape."""

    def shape(item: Recovery) -> object:
        return item.address if item.advice else (without_keys(item.address), item.action, item.outcome, item.found_by)

    return [[*_recovery(first), *_like(rest)] for first, *rest in _alike(items, shape, full)]


def moves(moved: Mapping[str, str]) -> list[list[Line]]:
    """What moves, by resource; natives only where they move by themselves."""
    resources = [(old, new) for old, new in moved.items() if "/" not in old]
    along = {old for old, _ in resources}
    alone = [(old, new) for old, new in moved.items() if "/" in old and old.partition("/")[0] not in along and "@" not in old]
    return [[("  ", Span(">   ", "cyan"), Span(new, "bold"), Span(f"  moved from {old}", "cyan"))] for old, new in [*resources, *alone]]


def drifts(items: list[Drift], full: bool) -> list[list[Line]]:
    """What somebody else changed, an entry for each shape."""

    def shape(item: Drift) -> object:
        return (without_keys(item.address), item.gone, repr(item.attributes))

    return [[*_drift(first, full), *_like(rest)] for first, *rest in _alike(items, shape, full)]


def _alike(items: list[T], shape: Callable[[T], object], full: bool) -> Iterable[list[T]]:
    groups: dict[object, list[T]] = {}
    for number, item in enumerate(items):
        groups.setdefault(number if full else shape(item), []).append(item)
    return groups.values()


def _like(rest: Sequence[Recovery | Drift]) -> Iterator[Line]:
    if rest:
        yield (Span(f"      and {len(rest):,} more like it: {span_of(tuple(item.address for item in rest))}", "dim"),)


def _recovery(item: Recovery) -> list[Line]:
    said, colour = OUTCOMES[item.outcome]
    found = f" (by {item.found_by})" if item.found_by not in ("", "id") else ""
    what = f"  {item.action} {item.id}".rstrip()
    first: Line = ("  ", Span("!   ", colour), Span(item.address, "bold"), f"{what}  ", Span(said, colour), found)
    return [first, *((f"        {line}",) for line in item.advice)]


def _drift(item: Drift, full: bool) -> list[Line]:
    if item.gone:
        return [("  ", Span("-   ", "red"), Span(item.address, "bold"), f"  {item.id}", Span("  is gone", "red"))]
    head: Line = ("  ", Span("~   ", "yellow"), Span(item.address, "bold"), f"  {item.id}")
    return [head, *attribute_lines(item.attributes, 8, None if full else MOST)]


def output(name: str, change: OutputChange, full: bool) -> list[Line]:
    """An output before and after."""
    as_attribute = AttributeChange(name, change.before, change.after, change.unknown, change.sensitive)
    return list(attribute_lines((as_attribute,), 2, None if full else MOST))


def note(finding: Diagnostic) -> list[Line]:
    """A remark of the plan: what was chosen, and why."""
    return [("  ", Span(finding.address or "", "bold"), "  " if finding.address else "", finding.message)]


def span_of(addresses: tuple[str, ...]) -> str:
    """Many addresses in a few words."""
    if len(addresses) <= 3:
        return ", ".join(addresses)
    return f"{addresses[0]}, {addresses[1]} … {addresses[-1]}"
