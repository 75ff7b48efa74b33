"""Rows that several native types read, asked for once: a route table holds its routes and associations, a volume its attachments.

While a session gathers, nothing is changed and all looks are of one moment: a look by ids asks only for those that no other look of the
same listing has shown. Looks of one listing wait for each other; those of different listings do not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Ids = Callable[[Row], Iterable[str]]


def _own(member: str) -> Ids:
    return lambda row: [row[member]] if row.get(member) else []


def _inside(rows: str, member: str) -> Ids:
    return lambda row: [each[member] for each in row.get(rows, ()) if each.get(member)]


def _attachment(row: Row) -> list[str]:
    id = row.get("Attachment", {}).get("AttachmentId")
    return [id] if id else []


SHARED: dict[str, dict[str, Ids]] = {
    "describe_route_tables": {"route-table-id": _own("RouteTableId"),
                              "association.route-table-association-id": _inside("Associations", "RouteTableAssociationId")},
    "describe_volumes": {"volume-id": _own("VolumeId")},
    "describe_internet_gateways": {"internet-gateway-id": _own("InternetGatewayId")},
    "describe_addresses": {"allocation-id": _own("AllocationId"), "association-id": _own("AssociationId")},
    "describe_network_acls": {"network-acl-id": _own("NetworkAclId"),
                              "association.association-id": _inside("Associations", "NetworkAclAssociationId")},
    "describe_network_interfaces": {"network-interface-id": _own("NetworkInterfaceId"), "attachment.attachment-id": _attachment},
}
"""Listings that serve several types: the filters by id, and which of those ids a row answers."""


class _Listing:
    """What one listing has shown: filter → id → row."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.shown: dict[str, dict[str, Row]] = {}


class Gathering:
    """What the looks of one gathering have shown. Usable from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listings: dict[str, _Listing] = {}

    def rows(self, operation: str, filter: str, ids: Sequence[str], ask: Callable[[Sequence[str]], Iterable[Row]]) -> Iterator[Row]:
        """The rows that have these ids. ``ask(ids)`` asks the API for those that nobody has shown; what it raises passes through."""
        with self._lock:
            listing = self._listings.setdefault(operation, _Listing())
        with listing.lock:
            shown = listing.shown.setdefault(filter, {})
            missing = [each for each in ids if each not in shown]
            for row in ask(missing) if missing else ():
                for name, ids_of in SHARED[operation].items():
                    listing.shown.setdefault(name, {}).update((each, row) for each in ids_of(row))
            # A row may have several of the ids, and is told once.
            found = {id(shown[each]): shown[each] for each in ids if each in shown}
        yield from found.values()


def shared(operation: str, params: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """The filter and ids of a look that other looks may have answered, None for any other."""
    filters = list(params.get("Filters") or ())
    if operation in SHARED and len(params) == 1 and len(filters) == 1 and filters[0]["Name"] in SHARED[operation]:
        return filters[0]["Name"], list(filters[0]["Values"])
    return None
