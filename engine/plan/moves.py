"""What the blueprint's ``moved`` makes of a state before anything is compared: the same things at new addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from mcflow.engine.blueprint.blocks import Blueprint, MovedBlock
from mcflow.engine.plan.canonical import canonical, digest
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance
from mcflow.engine.plan.select import block_of
from mcflow.model.address import parse_address, without_generation
from mcflow.state.fold import fold
from mcflow.state.moving import Move, clashes, moved
from mcflow.state.records import State
from mcflow.state.sealing import Sealer

Instances = Callable[[str], Collection[str] | None]
"""A block's name → the addresses of its instances in the blueprint; None while that cannot be known."""


def moves_now(blueprint: Blueprint, state: State, instances: Instances, findings: Findings) -> dict[str, str]:
    """Every address of the state that moves now → what it becomes. A move that was made already gives nothing.

    Chains are followed as long as what they come to is not in the blueprint itself; so a swap is one step there and one back.
    """
    written = [(Move.of(block.source, block.target), block) for block in blueprint.moved]
    written.sort(key=lambda each: -len(each[0].old))
    found: dict[str, str] = {}
    for address in (*state.resources, *state.natives):
        becomes = _followed(address, [move for move, _ in written], state, blueprint, instances)
        if becomes != address:
            found[address] = becomes
            found.setdefault(without_generation(address), without_generation(becomes))
    _check_written(written, blueprint, instances, findings)
    for source, target in clashes(state, found):
        if not _told(source, found, state):
            findings.say("MC0652", _path(source, written), address=target, source=source, target=target)
    _check_types(found, state, blueprint, written, findings)
    return found


def moved_state(state: State, moves: Mapping[str, str]) -> State:
    """A copy of the state with the moves made, of the same serial: only a plan sees it. The one given is not touched."""
    copy = replace(state, natives=dict(state.natives), resources=dict(state.resources))
    fold(copy, moved(state, moves, noted=True))
    return replace(copy, serial=state.serial)


def stands(blueprint: Blueprint, source: str) -> bool:
    """True if the blueprint has a move that begins at this address."""
    return any(Move.of(block.source, block.target).becomes(source) for block in blueprint.moved)


def suggest_moves(blueprint: Blueprint, state: State, made: Mapping[str, Instance], sealer: Sealer, findings: Findings) -> None:
    """Note resources that go and others that come, equal but for the name: perhaps only renamed."""
    said = [Move.of(block.source, block.source) for block in blueprint.removed]
    going: dict[tuple[str, str], list[str]] = {}
    for address, record in state.resources.items():
        if address not in made and record.natives and not any(move.becomes(address) for move in said):
            going.setdefault((record.type, record.properties_hash), []).append(address)
    for address, instance in made.items() if going else ():
        imported = instance.record is not None or any(block_of(block.to) == instance.block.name for block in blueprint.imports)
        alike = [] if imported or not instance.lowered else going.get((instance.block.type, properties_hash(instance, sealer)), [])
        same_key = [each for each in alike if each[len(block_of(each)):] == address[len(instance.block.name):]]
        if same_key or alike:
            source = (same_key or alike)[0]
            alike.remove(source)
            whole = same_key and block_of(source) not in blueprint.resources
            old, new = (block_of(source), instance.block.name) if whole else (source, address)
            findings.say("MC0655", instance.block.path, key=True, source=old, target=new, shown_source=_quoted(old),
                         shown_target=_quoted(new))


def check_natives(blueprint: Blueprint, moves: Mapping[str, str], made: Mapping[str, Instance], nodes: Collection[str],
                  findings: Findings) -> None:
    """A native that moves now comes to one that its resource has: elsewhere it would only be destroyed (MC0662)."""
    arriving = set(moves.values())
    for block in blueprint.moved:
        address = parse_address(block.target)
        instance = made.get(str(address.resource))
        if address.role is None or block.target not in arriving or block.target in nodes or instance is None or not instance.lowered:
            continue
        known = sorted(node.rpartition("/")[2] for node in nodes if node.startswith(f"{address.resource}/"))
        findings.say("MC0662", (*block.path, "to"), address=str(address.resource), role=address.role, known=", ".join(known))


def _quoted(address: str) -> str:
    return f"'{address}'" if "[" in address else address


def properties_hash(instance: Instance, sealer: Sealer) -> str:
    """The digest by which a resource's properties are known again."""
    return digest(canonical(instance.properties, sealer.fingerprint))


def _followed(address: str, moves: Sequence[Move], state: State, blueprint: Blueprint, instances: Instances) -> str:
    now, used = address, set()
    while True:
        move = next((each for each in moves if each not in used and each.becomes(now) is not None), None)
        if move is None:
            return now
        becomes = move.becomes(now)
        assert becomes is not None
        there = state.resources.get(_resource(becomes))
        if there is not None and there.moved_from == _resource(now):
            return now
        now = becomes
        used.add(move)
        if _wanted(_resource(now), blueprint, instances):
            inner = [each for each in moves if each not in used and "/" in each.old and each.becomes(now) is not None]
            if not inner:
                return now


def _resource(address: str) -> str:
    return str(parse_address(address).resource)


def _wanted(resource: str, blueprint: Blueprint, instances: Instances) -> bool:
    name = block_of(resource)
    known = instances(name) if name in blueprint.resources else ()
    return known is not None and resource in known


def _check_written(written: Sequence[tuple[Move, MovedBlock]], blueprint: Blueprint, instances: Instances, findings: Findings) -> None:
    """Instances, which only the evaluated blueprint knows: the source gone, the target there."""
    sources, targets = {move.old for move, _ in written}, {move.new for move, _ in written}
    for move, block in written:
        if "/" in move.old:
            continue
        if "[" in move.old and _wanted(move.old, blueprint, instances) and move.old not in targets:
            findings.say("MC0246", (*block.path, "from"), what="moved", source=move.old)
        known = instances(block_of(move.new)) if block_of(move.new) in blueprint.resources else ()
        if "[" in move.new and known is not None and move.new not in known and move.new not in sources:
            findings.say("MC0247", (*block.path, "to"), name=move.new, known=", ".join(known) or "none")
        lone = "[" not in move.old and block_of(move.new) == move.old and move.old not in targets
        if lone and _wanted(move.old, blueprint, instances):
            findings.say("MC0246", (*block.path, "from"), what="moved", source=move.old)


def _check_types(moves: Mapping[str, str], state: State, blueprint: Blueprint, written: Sequence[tuple[Move, MovedBlock]],
                 findings: Findings) -> None:
    for source, target in moves.items():
        record = state.resources.get(source)
        block = blueprint.resources.get(block_of(target))
        if record is not None and block is not None and record.type != block.type:
            findings.say("MC0651", _path(source, written), address=target, source=source, target=target, was=record.type, now=block.type)


def _told(source: str, moves: Mapping[str, str], state: State) -> bool:
    """True for a native whose whole resource clashes: said once."""
    resource = _resource(source)
    return resource != source and resource in moves and moves[resource] in state.resources


def _path(source: str, written: Sequence[tuple[Move, MovedBlock]]) -> tuple[str | int, ...] | None:
    found = next((block for move, block in written if move.becomes(source) is not None), None)
    return None if found is None else (*found.path, "to")
