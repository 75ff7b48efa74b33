"""What ``mcflow state list`` and ``mcflow state history --audit`` print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation
from mcflow.cli.listing import show_list
from mcflow.cli.render.text import in_numbers
from mcflow.model.diagnostic import Diagnostic, Rejected


@dataclass(frozen=True)
class Filter:
    """Which natives: ``addresses`` (a resource's name, an instance, a native; ``*`` for any text), and column → values; empty means any."""

    addresses: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]

    def takes(self, row: Mapping[str, Any]) -> bool:
        """True if the row is meant."""
        named = not self.addresses or any(_means(pattern, row) for pattern in self.addresses)
        return named and all(not values or row[column] in values for column, values in self.columns.items())


def _means(pattern: str, row: Mapping[str, Any]) -> bool:
    resource = row["resource"] or ""
    names = (row["address"], resource, resource.partition("[")[0])
    if "*" not in pattern:
        return pattern in names
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    return any(wanted.fullmatch(name) for name in names)


def list_natives(invocation: Invocation, wanted: Filter) -> int:
    """Answer `state list`. Raises Rejected (MC0911) for an address that means nothing."""
    from mcflow.engine import api

    view = api.read_state(invocation.project())
    invocation.diagnose(view.findings)
    rows = [
        {"address": record.address, "type": record.type, "id": record.id, "connection": record.connection, "status": record.status,
         "resource": record.origin} for record in sorted(view.state.natives.values(), key=lambda record: in_numbers(record.address))
    ]
    _check_addresses(wanted, rows)
    headings = {"address": "address", "type": "type", "id": "id", "connection": "connection", "status": "status"}
    kept = [row for row in rows if wanted.takes(row)]
    show_list(invocation, kept, headings, "address", "Nothing in the state is like that." if rows else "The state is empty.")
    return OK


def _check_addresses(wanted: Filter, rows: list[dict[str, Any]]) -> None:
    from difflib import get_close_matches

    unknown = [text for text in wanted.addresses if "*" not in text and not any(_means(text, row) for row in rows)]
    known = [str(name) for row in rows for name in (row["address"], row["resource"]) if name]
    if unknown:
        raise Rejected([
            Diagnostic("MC0911", {"address": text}, suggestion=next(iter(get_close_matches(text, known, n=1)), None)) for text in unknown])


def list_audit(invocation: Invocation) -> int:
    """Answer `state history --audit`: every run, newest first."""
    from mcflow.cli.render.documents import timestamp
    from mcflow.engine import api

    rows = [{**run, "at": timestamp(run["at"])} for run in api.audit(invocation.project())]
    if invocation.settings.output == "table":
        rows = [{**row, "did": ", ".join(f"{count:,} {word}" for word, count in row["did"].items())} for row in rows]
    headings = {"at": "at", "who": "who", "host": "host", "mode": "run", "outcome": "outcome", "did": "done", "reason": "reason",
                "commit": "commit", "run": "run id"}
    headings = {key: title for key, title in headings.items() if any(row.get(key) not in (None, "") for row in rows)}
    show_list(invocation, rows, headings, "run", "There is no audit log: nothing was applied yet.")
    return OK
