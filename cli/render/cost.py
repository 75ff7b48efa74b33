"""What a plan costs a month, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import plural
from mcflow.model.plan import Cost

SHOWN = 8
"""Resources whose cost is shown one by one."""


def cost_entries(cost: Cost, full: bool) -> list[list[Line]]:
    """One line for each resource whose cost changes, the greatest difference first; some of them unless all are asked for."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for line in cost.lines:
        if line.before is not None and line.after is not None:
            key = (line.resource or line.address, line.currency)
            before, after = sums.get(key, (0.0, 0.0))
            sums[key] = before + line.before, after + line.after
    changed = [(name, currency, before, after) for (name, currency), (before, after) in sums.items() if round(after - before, 2)]
    changed.sort(key=lambda each: (-abs(each[3] - each[2]), each[0]))
    shown = changed if full or len(changed) <= SHOWN + 1 else changed[:SHOWN]
    entries: list[list[Line]] = [
        [(f"  {money(after - before, currency, signed=True):>12}  {name}", Span(_was(before, after, currency), "dim"))]
        for name, currency, before, after in shown]
    if len(shown) < len(changed):
        entries.append([(Span(f"      … and {plural(len(changed) - len(shown), 'more resource')} (--full shows all)", "dim"),)])
    return entries


def _was(before: float, after: float, currency: str) -> str:
    return f"  {money(before, currency)} → {money(after, currency)}" if before and after else ""


def cost_lines(cost: Cost | None) -> Iterator[Line]:
    """``Cost: $12.30 → $45.60 a month (+$33.30).`` and what is not in it. Nothing where nothing costs anything."""
    if cost is None or not cost.lines:
        return
    for total in cost.totals:
        change = f"{money(total.before, total.currency)} → {money(total.after, total.currency)} a month" if total.difference \
            else f"{money(total.after, total.currency)} a month"
        told = f" ({money(total.difference, total.currency, signed=True)})" if total.difference else ", as before"
        yield (Span("Cost: ", "bold"), f"{change}{told}.")
    unknown = Counter(line.reason for line in cost.lines if line.reason)
    if unknown and cost.totals:
        yield (Span(f"Not in it: {_reasons(unknown)}.", "dim"),)
    elif unknown:
        yield (Span("Cost: ", "bold"), Span(f"not known. {_reasons(unknown)[:1].upper()}{_reasons(unknown)[1:]}.", "dim"))


def _reasons(unknown: Counter[str]) -> str:
    said = [f"{plural(count, 'object')} ({reason})" for reason, count in unknown.most_common(3)]
    left = sum(unknown.values()) - sum(count for _, count in unknown.most_common(3))
    return ", ".join([*said, *([f"{left} more"] if left else [])])


def money(amount: float, currency: str, *, signed: bool = False) -> str:
    """``$1,234.50``, ``-$3.00``; other currencies by their code; currencies without cents are still told to the hundredth."""
    sign = "-" if amount < 0 else "+" if signed else ""
    return f"{sign}{'$' if currency == 'USD' else f'{currency} '}{abs(amount):,.2f}"
