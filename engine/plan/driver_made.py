"""Changes that no user made: a release of a driver lowers the same wants otherwise. In-place ones are marked, the rest is held back."""

from __future__ import annotations

from collections.abc import Collection, MutableMapping

from mcflow.drivers.sdk import Driver
from mcflow.engine.plan.node import Instance, Node
from mcflow.model.record import NativeRecord
from mcflow.model.values import contains_unknown
from mcflow.model.wire import Unseal, decode
from mcflow.state.records import State


def hold_back(instance: Instance, nodes: list[Node], driver: Driver, state: State, all_nodes: MutableMapping[str, Node],
              unseal: Unseal, moved_away: Collection[str]) -> None:
    """Mark the driver-made changes of an instance. If any replaces, deletes, or creates beside a delete, the whole instance stays as its
    record says (the last want kept, exports and all) and the changes wait in ``instance.held``. ``moved_away``: addresses that a renamed
    key left.
    """
    record = instance.record
    if record is None or not _made_by_driver(instance, driver):
        return
    moved = [node for node in nodes if node.action != "no-op" and _wants_otherwise(node)]
    for node in moved:
        node.driver_made = True
    wanted = {node.address for node in nodes}
    kept = wanted.union(moved_away)
    lost = [state.natives[address] for address in record.natives if address in state.natives and address not in kept]
    dangerous = [node for node in moved if node.action == "replace" or (node.action == "create" and lost)]
    if not (dangerous or lost):
        return
    instance.held = dangerous + [_as_recorded(each, driver, "delete") for each in lost if each.type in driver.natives]
    for node in instance.held:
        node.held = node.driver_made = True
        node.reason = f"made by {driver.name} {driver.version}: {node.reason or 'it lowers this type otherwise'}"
    for node in nodes:
        all_nodes.pop(node.address, None)
    for address in record.natives:
        if address in state.natives and state.natives[address].type in driver.natives:
            all_nodes[address] = _as_recorded(state.natives[address], driver, "no-op")
    instance.natives = list(record.natives)
    instance.exports = decode(record.exports, unseal)
    instance.privates = decode(record.privates, unseal)


def _as_recorded(record: NativeRecord, driver: Driver, action: str) -> Node:
    return Node(
        address=record.address, type=driver.natives[record.type], connection=record.connection, driver=record.driver, origin=record.origin,
        ownership=record.ownership, record=record, settings=record.settings, edges=record.edges, action=action, settled=True,
        generation=record.generation, name=record.name, held=True,
    )


def _made_by_driver(instance: Instance, driver: Driver) -> bool:
    record = instance.record
    if record is None or record.inputs_hash not in (instance.inputs_hash, instance.former_hash):
        return False
    version = driver.lowering_versions.get(instance.block.type, 1)
    return (record.driver_version, record.lowering_version) != (driver.version, version)


def _wants_otherwise(node: Node) -> bool:
    """True if the want itself is another one than last time; a difference that only the cloud made is drift, not the driver's."""
    record = node.record
    if record is None:
        return True
    return any(contains_unknown(value) or record.want.get(name) != value for name, value in node.known.items())
