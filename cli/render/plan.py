"""A plan as text: what destroys first, one line where one says it all, never more lines than a person reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from mcflow.cli.render.blocks import COLOURS, Block, blocks, fold, role, sign
from mcflow.cli.render.cost import cost_entries, cost_lines
from mcflow.cli.render.findings import drifts, moves, note, output, recoveries, span_of
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import plural
from mcflow.cli.render.values import MOST, attribute_lines
from mcflow.model.plan import Change, Plan, summarise

LIMIT = 150
"""Lines of a plan unless all of it is asked for."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its entries, each a few lines that stay together. ``rest`` names what is cut: ``4,900 more creations``."""

    title: str
    entries: list[list[Line]]
    rest: Callable[[int], str]
    """(entries left out) → how to say so."""


@dataclass(frozen=True, slots=True)
class Look:
    """How changes are shown: every line, or folded; with their connection where a plan has several."""

    full: bool
    several: bool
    obvious: str = ""
    """The reason that the whole plan has, not worth a word at each change."""
    meanwhile: Mapping[str, str] = field(default_factory=dict)
    """What an object must be while it is changed, by address."""


def plan_lines(plan: Plan, *, full: bool = False, types: Mapping[str, str] | None = None) -> Iterator[Line]:
    """The whole plan: what recovery found, drift, changes (destroys first), held changes, outputs, the summary line.

    ``types`` are portable types by address, of resources that the plan removes and therefore knows no more.
    """
    sections = [section for section in _sections(plan, full, types or {}) if section.entries]
    if sections:
        yield (f"{_intro(plan)}:",)
        yield ()
        yield from _fit(sections, None if full else LIMIT - 6)
    elif plan.empty:
        yield (Span("No changes.", "bold green"), f" {_nothing(plan)}")
        return
    yield from summary_lines(plan)
    yield from cost_lines(plan.cost)


def summary_lines(plan: Plan) -> Iterator[Line]:
    """``Plan: 3 to add, 1 to change, 0 to replace, 0 to destroy.`` and what it does not say."""
    counts = summarise(plan)
    parts = [f"{counts.add:,} to add", f"{counts.change:,} to change", f"{counts.replace:,} to replace", f"{counts.remove:,} to destroy"]
    if counts.adopt:
        parts.insert(0, f"{counts.adopt:,} to import")
    if counts.forget:
        parts.append(f"{counts.forget:,} to forget")
    yield (Span("Plan: ", "bold"), ", ".join(parts), ".")
    if counts.held:
        held = plural(counts.held, "change")
        yield (Span(f"{held} held back, made by a newer driver: --accept-driver-changes releases them.", "yellow"),)
    if plan.deferred:
        yield (Span(f"{plural(len(plan.deferred), 'resource')} wait for a later round: {', '.join(plan.deferred[:8])}.", "yellow"),)
    if (plan.targets or plan.excludes) and plan.mode != "import":
        yield (Span("This plan covers a part of the blueprint only (--target, --exclude).", "yellow"),)


def _intro(plan: Plan) -> str:
    where = f"{plan.name}, environment {plan.environment}"
    if plan.mode == "destroy" and plan.targets:
        return f"A part of {where} would be destroyed"
    return {"destroy": f"Everything of {where} would be destroyed", "refresh": f"What was found of {where}",
            "rollback": f"To bring {where} back to what it was, mcflow would do this"}.get(
        plan.mode, f"mcflow would do this in {where}")


def _nothing(plan: Plan) -> str:
    if plan.mode == "destroy":
        return f"There is nothing to destroy in {plan.name}, environment {plan.environment}."
    if plan.mode == "refresh":
        return f"The state of {plan.name}, environment {plan.environment}, is what the clouds say."
    if plan.mode == "rollback":
        return f"What exists in {plan.name}, environment {plan.environment}, is what it was."
    return f"What exists in {plan.name}, environment {plan.environment}, is what the blueprint says."


def _sections(plan: Plan, full: bool, types: Mapping[str, str]) -> Iterator[Section]:
    active = [change for change in plan.resource_changes if change.actions != ("no-op",)]
    held = [change for change in active if change.held]
    found = sorted(blocks(plan, (change for change in active if not change.held), types), key=lambda block: block.rank)
    several = len({change.connection for change in active}) > 1
    imported = [block for block in found if any("adopt" in change.actions for change in block.changes)]
    found = [block for block in found if block not in imported]
    grave = [block for block in found if block.rank <= 1]
    left = [block for block in found if block.sign == "x"]
    middle = [block for block in found if 1 < block.rank < 5 and block not in left]
    creates = [block for block in found if block.rank >= 5]
    alive = bool(plan.recovered) and all(item.outcome == "in-progress" for item in plan.recovered)
    yield _section("Under way in another run" if alive else "Left open by an interrupted run", recoveries(plan.recovered, full), "finding")
    yield _section("Changed outside of mcflow since the last run", drifts(plan.resource_drift, full), "object")
    prepared = {step.address: step.override for step in plan.steps if step.purpose == "prepare"}
    meanwhile = {address: ", ".join(f"{name} {value}" for name, value in needs.items()) for address, needs in prepared.items()}
    look = Look(full, several, "destroy" if plan.mode == "destroy" else "", meanwhile)
    yield _changes(_grave_title(grave), grave, look, across_names=False)
    yield _section("Move: the same things under other names", moves(plan.moved), "move")
    later = "; what differs is left to the next apply" if plan.mode == "import" else ""
    yield _changes(f"Import{later}", imported, look, across_names=False)
    yield _changes("Leave in the cloud, and forget", left, look, across_names=False)
    yield _changes("Change in place", middle, look, across_names=False)
    yield _changes("Create", creates, look, across_names=True)
    yield _changes("Held back: a newer driver would do this, you changed nothing", blocks(plan, held, types), look, across_names=True)
    notes = [finding for finding in plan.diagnostics if finding.severity == "note"]
    yield _section("Chosen", [note(finding) for finding in notes], "choice")
    if plan.cost is not None:
        yield _section("Cost a month", cost_entries(plan.cost, full), "resource")
    yield _section("Outputs", [output(name, item, full) for name, item in plan.output_changes.items()], "output")


def _grave_title(grave: list[Block]) -> str:
    kinds = {sign(change) for block in grave for change in block.changes} & {"-", "-/+", "+/-"}
    return "Destroy" if kinds == {"-"} else "Destroy or replace" if "-" in kinds else "Replace"


def _section(title: str, entries: list[list[Line]], noun: str) -> Section:
    return Section(title, entries, lambda left: plural(left, f"more {noun}"))


def _changes(title: str, found: list[Block], look: Look, *, across_names: bool) -> Section:
    folded = found if look.full else fold(found, across_names=False)
    if not look.full and across_names and len(folded) > 20:
        folded = fold(found, across_names=True)
    covered = [1 + len(block.like) for block in folded]
    entries = [list(_block(block, look)) for block in folded]

    def rest(left: int) -> str:
        return plural(sum(covered[len(covered) - left:]), "more resource") + " of other kinds" * (len(folded) < len(found))

    return Section(title, entries, rest)


def _block(block: Block, look: Look) -> Iterator[Line]:
    mark = block.sign
    signs = {sign(change) for change in block.changes}
    reasons = {change.reason for change in block.changes} - {"", look.obvious}
    name = " ".join(filter(None, (block.type, block.address)))
    head: list[Span | str] = ["  ", Span(f"{mark:<3} ", COLOURS.get(mark, "")), Span(name, "bold")]
    if look.several:
        head.append(Span(f"  in {', '.join(sorted({change.connection for change in block.changes}))}", "cyan"))
    terse = len(signs) == 1 and not look.full and (signs <= {"+", "x"} or (signs <= {"-"} and len(reasons) <= 1))
    if not terse:
        yield tuple(head)
        for change in block.changes:
            yield from _native(change, block, look)
    else:
        natives = [role(change) for change in block.changes]
        if natives != [block.type]:
            head.append(Span(f"  ({', '.join(natives)})", "dim"))
        ids = [change.id for change in block.changes if change.id]
        if signs == {"-"} and len(ids) == 1:
            head.append(f"  {ids[0]}")
        head.extend(f"  # {reason}" for reason in sorted(reasons))
        yield tuple(head)
    if block.like:
        yield (Span(f"      and {len(block.like):,} more like it: {span_of(block.like)}", "dim"),)


def _native(change: Change, block: Block, look: Look) -> Iterator[Line]:
    mark = sign(change)
    name = role(change)
    where = f" {change.id}" if change.id and not block.like else ""
    shown = f"{name}{where}" if name != change.type or change.address != block.address else f"{change.type}{where}"
    reason = f"  # {'may be replaced: ' if change.conditional else ''}{change.reason}" if change.reason not in ("", look.obvious) else ""
    if change.conditional and not reason:
        reason = "  # may be replaced: it waits for a value known after apply"
    if change.address in look.meanwhile:
        reason += f"  # {look.meanwhile[change.address]} meanwhile"
    type = f"  {change.type}" if name != change.type else ""
    yield ("      ", Span(f"{mark:<3} ", COLOURS.get(mark, "")), shown, Span(type, "dim"), reason)
    if look.full or change.actions not in (("create",), ("delete",)):
        yield from attribute_lines(change.attributes, 12, None if look.full else MOST)


def _fit(sections: list[Section], limit: int | None) -> Iterator[Line]:
    """Every section within the limit: each may have a fair share, and what earlier ones do not use goes to the later ones."""
    left = limit
    for index, section in enumerate(sections):
        behind = sections[index + 1:]
        room = None if left is None else left - sum(min(_size(other), 12) for other in behind)
        lines = list(_section_lines(section, room))
        if left is not None:
            left -= len(lines)
        yield from lines


def _size(section: Section) -> int:
    return 2 + sum(len(entry) for entry in section.entries)


def _section_lines(section: Section, room: int | None) -> Iterator[Line]:
    yield (Span(section.title, "bold"),)
    if room is None or _size(section) <= room:
        yield from (line for entry in section.entries for line in entry)
    else:
        yield from _cut(section, room - 3)
    yield ()


def _cut(section: Section, room: int) -> Iterator[Line]:
    used = shown = 0
    for entry in section.entries:
        if used + len(entry) > room:
            break
        yield from entry
        used += len(entry)
        shown += 1
    if not shown and section.entries:
        first = section.entries[0]
        yield from first[:max(1, room - 1)]
        yield (Span(f"          … {plural(len(first) - max(1, room - 1), 'more line')}", "dim"),)
        shown = 1
    if shown < len(section.entries):
        yield (Span(f"      … and {section.rest(len(section.entries) - shown)} (--full shows all)", "dim"),)
