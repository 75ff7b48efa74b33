"""Finding in a state what a person named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcflow.engine.plan.select import matcher, unknown_patterns
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.record import NativeRecord
from mcflow.state.records import State


def natives_named(state: State, addresses: Sequence[str]) -> list[NativeRecord]:
    """The natives that the addresses mean, as --target means them: a name, one instance, one native. Raises Rejected (MC0773)."""
    check_known(state, addresses)
    meant = matcher(addresses)
    return [record for record in state.natives.values() if meant(record.address, record.origin)]


def check_known(state: State, addresses: Iterable[str]) -> None:
    """Raises Rejected (MC0773), with the nearest address there is, for each that means nothing."""
    known = [*state.natives, *state.resources]
    findings = [
        Diagnostic("MC0773", {"address": text}, address=text, suggestion=nearest(text, known))
        for text in unknown_patterns(addresses, known)
    ]
    if findings:
        raise Rejected(findings)


def nearest(text: str, known: Iterable[str]) -> str | None:
    """What was probably meant."""
    from rapidfuzz import process

    found = process.extractOne(text, list(known), score_cutoff=60)
    return found[0] if found else None


def check_settled(state: State, addresses: Iterable[str]) -> None:
    """Raises Rejected (MC0774) for each of these natives that an open operation is about."""
    busy = {address for opened in state.open.values() for address in (opened.intent.address, opened.aside) if address}
    findings = [Diagnostic("MC0774", {"address": address}, address=address) for address in sorted(busy & set(addresses))]
    if findings:
        raise Rejected(findings)
