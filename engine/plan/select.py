"""Targets and excludes: a closed part of the execution graph. What is chosen brings along all it needs; what is left out takes along all
that needs it; and the steps of one native are never parted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mcflow.model.address import AddressError, parse_address, without_generation
from mcflow.model.plan import Step

Matcher = Callable[[str, str | None], bool]


def matcher(patterns: Iterable[str]) -> Matcher:
    """Says whether a native (its address, the address of its resource) is meant: by a resource's name, one instance, or a native."""
    wanted = frozenset(patterns)

    def matches(address: str, origin: str | None) -> bool:
        plain = without_generation(address)
        return plain in wanted or address in wanted or (origin is not None and (origin in wanted or block_of(origin) in wanted))

    return matches


def block_of(resource: str) -> str:
    """The name of the block an instance was made from."""
    return resource.partition("[")[0]


def select(steps: list[Step], targets: tuple[str, ...], excludes: tuple[str, ...]) -> list[Step]:
    """The steps that targets and excludes leave, in the same order."""
    if excludes:
        dropped = _with_users(steps, matcher(excludes))
        steps = [step for step in steps if step.id not in dropped]
    if targets:
        kept = _with_needs(steps, matcher(targets))
        steps = [step for step in steps if step.id in kept]
    return steps


def _with_needs(steps: list[Step], meant: Matcher) -> set[str]:
    by_id = {step.id: step for step in steps}
    siblings = _siblings(steps)
    kept: set[str] = set()
    queue = [step.id for step in steps if meant(step.address, step.origin)]
    while queue:
        name = queue.pop()
        if name in kept:
            continue
        kept.add(name)
        queue += [*by_id[name].needs, *siblings[without_generation(by_id[name].address)]]
    return kept


def _with_users(steps: list[Step], meant: Matcher) -> set[str]:
    users: dict[str, list[str]] = {}
    for step in steps:
        for need in step.needs:
            users.setdefault(need, []).append(step.id)
    by_id = {step.id: step for step in steps}
    siblings = _siblings(steps)
    dropped: set[str] = set()
    queue = [step.id for step in steps if meant(step.address, step.origin)]
    while queue:
        name = queue.pop()
        if name in dropped:
            continue
        dropped.add(name)
        queue += [*users.get(name, ()), *siblings[without_generation(by_id[name].address)]]
    return dropped


def _siblings(steps: list[Step]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in steps:
        found.setdefault(without_generation(step.address), []).append(step.id)
    return found


def unknown_patterns(patterns: Iterable[str], known: Iterable[str]) -> list[str]:
    """Patterns that mean nothing: not an address, or of no resource and no native. ``known`` are the addresses of both."""
    names = set(known)
    names |= {block_of(name) for name in names}
    return [text for text in patterns if text not in names or not _parses(text)]


def _parses(text: str) -> bool:
    try:
        parse_address(text)
    except AddressError:
        return False
    return True
