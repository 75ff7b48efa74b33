"""Small texts: notes that nothing tells apart, and documents that refer to each other."""

from __future__ import annotations

from hashlib import sha256

from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World


def _create(world: World, attributes: Attributes) -> None:
    attributes["digest"] = sha256(str(attributes["content"]).encode()).hexdigest()


def _change(world: World, found: Object, changes: Attributes) -> None:
    if "content" in changes:
        changes["digest"] = sha256(str(changes["content"]).encode()).hexdigest()


KINDS = (
    Kind("note", "note", required=("text",), mutable=frozenset({"text"}), taggable=False, settles=0.1),
    Kind("document", "doc", optional={"content": "", "title": "", "source_ids": [], "related_ids": []}, computed=("digest",), tokens=True,
         mutable=frozenset({"content", "related_ids"}), on_create=_create, on_change=_change,
         links=(Link("source_ids", ("document",)), Link("related_ids", ("document",)))),
)
