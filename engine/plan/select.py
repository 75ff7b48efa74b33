"""Targets and excludes: a closed part of the execution graph. What is chosen brings along all it needs; what is left out takes along all
that needs it; and the steps of one native are never parted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

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
        users: dict[str, list[str]] = {}
        for step in steps:
            for need in step.needs:
                users.setdefault(need, []).append(step.id)
        dropped = _reached(steps, matcher(excludes), users)
        steps = [step for step in steps if step.id not in dropped]
    if targets:
        kept = _reached(steps, matcher(targets), {step.id: step.needs for step in steps})
        steps = [step for step in steps if step.id in kept]
    return steps


def _reached(steps: list[Step], meant: Matcher, links: Mapping[str, Sequence[str]]) -> set[str]:
    """The steps that are meant, all they link to, and with each step all steps of the same native."""
    home = {step.id: without_generation(step.address) for step in steps}
    siblings: dict[str, list[str]] = {}
    for name, address in home.items():
        siblings.setdefault(address, []).append(name)
    reached: set[str] = set()
    queue = [step.id for step in steps if meant(step.address, step.origin)]
    while queue:
        name = queue.pop()
        if name not in reached:
            reached.add(name)
            queue += [*links.get(name, ()), *siblings[home[name]]]
    return reached


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
