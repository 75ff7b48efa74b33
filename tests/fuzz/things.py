"""Random blueprints: each resource is a few small numbers, so that a failing case can be made small and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ["document", "document", "document", "note", "bucket", "disk", "vpc", "vpc", "subnet", "group", "group", "vm", "attached", "ip"]


@dataclass(frozen=True)
class Thing:
    """One resource of a blueprint: what differs between two versions of it are plain small numbers."""

    kind: str
    content: int
    fixed: int
    uses: tuple[int, ...]
    relates: tuple[int, ...]
    first: bool


def name(index: int) -> str:
    """What the index-th resource of a blueprint is called."""
    return f"r{index}"


def text(things: Sequence[Thing], connection: str) -> str:
    """A blueprint with these resources on a connection (YAML in one line)."""
    head = f"mcflow: 1\nname: life\nconnections:\n  cloud: {{{connection}}}\n"
    blocks = "".join(f"  {name(index)}: {_block(index, thing, things)}\n" for index, thing in enumerate(things))
    return f"{head}resources:\n{blocks}" if blocks else head + "resources: {}\n"


def _block(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    return _MADE[thing.kind](index, thing, things)


def _others(index: int, things: Sequence[Thing], kinds: tuple[str, ...], picks: tuple[int, ...], *, any_of_them: bool = False) -> list[str]:
    reach = range(len(things) if any_of_them else index)
    pool = [number for number in reach if things[number].kind in kinds and number != index]
    return [name(pool[pick % len(pool)]) for pick in dict.fromkeys(picks)] if pool else []


def _first(thing: Thing) -> str:
    return ", lifecycle: {create_before_destroy: true}" if thing.first else ""


def _document(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    sources = sorted({f'"{{{{ resources.{each}.id }}}}"' for each in _others(index, things, ("document",), thing.uses)})
    relatives = _others(index, things, ("document",), thing.relates, any_of_them=True)
    related = sorted({f'"{{{{ resources.{each}.id }}}}"' for each in relatives})
    texts = _others(index, things, ("document",), thing.uses[:1])
    title = f'"t{{{{ resources.{texts[0]}.digest | length }}}} {thing.fixed}"' if texts and thing.first else f"t{thing.fixed}"
    return (f"{{type: mock.document, properties: {{title: {title}, content: c{thing.content}, source_ids: [{', '.join(sources)}], "
            f"related_ids: [{', '.join(related)}]}}{_first(thing)}}}")


def _note(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    return f"{{type: mock.note, properties: {{text: n{index}-{thing.content}}}}}"


def _bucket(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    return f"{{type: bucket, properties: {{versioning: {str(bool(thing.content % 2)).lower()}, tags: {{v: v{thing.fixed}}}}}}}"


def _disk(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    return f"{{type: disk, properties: {{size_gib: {10 + index}, type: {'ssd' if thing.fixed else 'standard'}}}}}"


def _vpc(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    return f"{{type: vpc, properties: {{cidr: 10.{thing.fixed}.0.0/16, internet: {str(bool(thing.content % 2)).lower()}}}}}"


def _find(things: Sequence[Thing], kind: str) -> int | None:
    return next((number for number, other in enumerate(things) if other.kind == kind), None)


def _instead(index: int, missing: str) -> str:
    return f"{{type: mock.note, properties: {{text: without a {missing} {index}}}}}"


def _subnet(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    net = _find(things, "vpc")
    if net is None:
        return _instead(index, "vpc")
    public = str(_public(things, net, thing)).lower()
    cidr = f"10.{things[net].fixed}.{index * 2 + thing.fixed}.0/24"
    return f'{{type: subnet, properties: {{vpc: "{{{{ resources.{name(net)} }}}}", cidr: {cidr}, public: {public}}}}}'


def _group(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    net = _find(things, "vpc")
    if net is None:
        return _instead(index, "vpc")
    found = _others(index, things, ("group",), thing.relates, any_of_them=True)
    sources = [f'security_group: "{{{{ resources.{each} }}}}"' for each in found]
    inbound = ", ".join(f"{{protocol: tcp, ports: [{80 + thing.content}], {source}}}" for source in sorted(set(sources)))
    return (f'{{type: security_group, properties: {{vpc: "{{{{ resources.{name(net)} }}}}", description: d{thing.fixed}, '
            f"inbound: [{inbound}]}}{_first(thing)}}}")


def _vm(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    net, subnet = _find(things, "vpc"), _find(things, "subnet")
    if net is None or subnet is None:
        return _instead(index, "subnet")
    image = "{os: ubuntu, version: '24.04'}" if thing.fixed else "{os: debian, version: '12'}"
    power = "stopped" if thing.content == 2 else "running"
    return (f'{{type: vm, properties: {{subnet: "{{{{ resources.{name(subnet)} }}}}", image: {image}, power: {power}, public_ip: false, '
            f"spec: {{vcpus: {1 + thing.content % 2}, memory_gib: 4}}}}}}")


def _attached(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    machine = _machine(things)
    if machine is None:
        return _disk(index, thing, things)
    box = f"{{{{ resources.{name(machine)} }}}}"
    return (f'{{type: disk, properties: {{size_gib: {10 + index}, zone: "{{{{ resources.{name(machine)}.zone }}}}", '
            f'attach_to: "{box}"}}}}')


def _ip(index: int, thing: Thing, things: Sequence[Thing]) -> str:
    machine, net, subnet = _machine(things), _find(things, "vpc"), _find(things, "subnet")
    if machine is None or net is None or subnet is None or not _public(things, net, things[subnet]) or not thing.fixed:
        return "{type: public_ip}"
    return f'{{type: public_ip, properties: {{attach_to: "{{{{ resources.{name(machine)} }}}}"}}}}'


def _public(things: Sequence[Thing], net: int, subnet: Thing) -> bool:
    """Whether a subnet leads to the internet: its network must, too."""
    return bool(things[net].content % 2 and subnet.content % 2)


def _machine(things: Sequence[Thing]) -> int | None:
    if _find(things, "vpc") is None or _find(things, "subnet") is None:
        return None
    return _find(things, "vm")


_MADE = {
    "document": _document, "note": _note, "bucket": _bucket, "disk": _disk, "vpc": _vpc, "subnet": _subnet, "group": _group, "vm": _vm,
    "attached": _attached, "ip": _ip,
}
