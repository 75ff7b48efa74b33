"""Comparing what was recorded with what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mcflow.drivers.sdk import NativeType, Observed
from mcflow.engine.apply.trees import in_clear, observed_wire, sealed, secret_texts
from mcflow.engine.compare import owned, same
from mcflow.model.plan import AttributeChange, Drift
from mcflow.model.record import NativeRecord
from mcflow.model.wire import decode, redact
from mcflow.state.sealing import Sealer


def upgraded(type: NativeType[Any], record: NativeRecord, sealer: Sealer) -> NativeRecord:
    """The record in the type's present shape; the same one if it has it already."""
    if record.type_version >= type.version:
        return record
    want, attributes = decode(record.want, sealer.unseal), decode(record.attributes, sealer.unseal)
    return replace(
        record, type_version=type.version, want=sealed(type.upgrade(want, record.type_version), sealer),
        attributes=sealed(type.upgrade(attributes, record.type_version), sealer))


def compared(type: NativeType[Any], record: NativeRecord, shown: Observed, sealer: Sealer) -> tuple[NativeRecord, Drift | None]:
    """The record with what was observed, and what differs. The very same record if nothing does.

    Read-only attributes are recorded, and are no drift: they follow from what else happens (an address mapped to a machine, its state). So
    is what this native was never asked for and another one may set.
    """
    if record.attributes == shown.attributes:
        return record, None
    before = decode(record.attributes, sealer.unseal)
    want = decode(record.want, sealer.unseal)
    plain, wanted = in_clear(before), in_clear(want)
    changed = [name for name in type.attributes if _differs(type, name, plain.get(name), shown.attributes.get(name), wanted.get(name))]
    if not changed:
        return record, None
    attributes = observed_wire(type, shown.attributes, secret_texts(want), sealer, want, before)
    after = decode({name: attributes.get(name) for name in changed}, sealer.unseal)
    changes = tuple(
        AttributeChange(name, redact(before.get(name)), redact(after.get(name)), sensitive=bool(type.attributes[name].get("sensitive")))
        for name in changed if not _follows(type.attributes[name], wanted.get(name)))
    if not changes:
        return replace(record, attributes=attributes), None
    drift = Drift(address=record.address, resource=record.origin, type=record.type, id=record.id, attributes=changes)
    return replace(record, attributes=attributes), drift


def gone(record: NativeRecord) -> Drift:
    """The object is no longer there."""
    return Drift(address=record.address, resource=record.origin, type=record.type, id=record.id, gone=True)


def _differs(type: NativeType[Any], name: str, before: Any, now: Any, wanted: Any) -> bool:
    schema = type.attributes[name]
    if schema.get("write_only") or schema.get("local"):
        return False
    if schema.get("owned_keys"):
        keys = wanted if isinstance(wanted, Mapping) else {}
        before, now = _only(before, keys), _only(now, keys)
    elif schema.get("shared") and isinstance(now, list):
        before, now = owned(type, name, before, wanted), owned(type, name, now, wanted)
    elif before is None and now is not None and schema.get("default_from_cloud"):
        return True
    return not same(type, name, before, now)


def _follows(schema: Mapping[str, Any], wanted: Any) -> bool:
    return bool(schema.get("read_only") or (schema.get("by_others") and wanted is None))


def _only(value: Any, keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key in keys} if isinstance(value, Mapping) else {}
