"""From YAML events to values: structure checks, limits and the place of every node, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from mcflow.engine.reading import limits
from mcflow.engine.reading.document import Path
from mcflow.engine.reading.quoting import expression_span, quoted
from mcflow.engine.reading.scalars import WORDS, NumberError, resolve
from mcflow.model.diagnostic import Diagnostic, Rejected, Related
from mcflow.model.position import Position

Event = Any
"""An event of PyYAML; which attributes it has depends on its class."""
Source = Callable[[], Event]
"""Gives the next event."""


class Builder:
    """Builds one document. Findings that leave the rest readable are collected in ``problems``; a limit raises Rejected at once."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.positions: dict[Path, Position] = {}
        self.keys: dict[Path, Position] = {}
        self.raw: dict[Path, str] = {}
        self.problems: list[Diagnostic] = []
        self._anchors: dict[str, list[Event]] = {}
        self._open_anchors: set[str] = set()
        self._aliased = 0
        self._aliased_characters = 0

    def build(self, get: Source, event: Event, path: Path = (), depth: int = 0) -> Any:
        """The value of the node that ``event`` starts; its other events are taken from ``get``."""
        kind = event.__class__
        if kind is ScalarEvent and event.anchor is None:
            return self._scalar(event, path)
        if kind is AliasEvent:
            return self._alias(event, path, depth)
        anchor = event.anchor
        if anchor is not None:
            get = self._record(get, event)
        value = self._scalar(event, path) if kind is ScalarEvent else self._collection(get, event, path, depth)
        if anchor is not None:
            self._open_anchors.discard(anchor)
        return value

    def span(self, event: Event) -> Position:
        """Where an event stands."""
        start, end = event.start_mark, event.end_mark
        return Position(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def fail(self, code: str, event: Event, suggestion: str | None = None, **args: str) -> None:
        """Note a finding that leaves the rest of the file readable."""
        self.problems.append(Diagnostic(code, args, self.span(event), suggestion=suggestion))

    def stop(self, code: str, event: Event, **args: str) -> Rejected:
        """The findings so far and one more, after which reading on makes no sense."""
        return Rejected([*self.problems, Diagnostic(code, args, self.span(event))])

    def _scalar(self, event: Event, path: Path) -> Any:
        start, end = event.start_mark, event.end_mark
        self.positions[path] = Position(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        text: str = event.value
        if len(text) > limits.SCALAR_CHARACTERS:
            raise self.stop("MC0132", event, limit=str(limits.SCALAR_CHARACTERS), length=str(len(text)))
        if event.tag is not None:
            self.fail("MC0123", event, quoted(text), tag=event.tag)
            return text
        if not event.implicit[0]:
            return text
        if text[:1].isalpha() and text not in WORDS:
            return text
        try:
            value = resolve(text)
        except NumberError:
            self.fail("MC0129", event, quoted(text), text=text[:60])
            return text
        if value.__class__ is not str:
            self.raw[path] = text
        return value

    def _collection(self, get: Source, event: Event, path: Path, depth: int) -> Any:
        if depth >= limits.DEPTH:
            raise self.stop("MC0130", event, limit=str(limits.DEPTH))
        if len(self.positions) > limits.NODES:
            raise self.stop("MC0133", event, limit=str(limits.NODES))
        if event.tag is not None:
            self.fail("MC0123", event, tag=event.tag)
        if event.__class__ is SequenceStartEvent:
            return self._sequence(get, event, path, depth + 1)
        if event.flow_style and self._is_unquoted(event):
            return self._unquoted(get, event, path)
        return self._mapping(get, event, path, depth + 1)

    def _sequence(self, get: Source, event: Event, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while True:
            child = get()
            if child.__class__ is SequenceEndEvent:
                break
            items.append(self.build(get, child, (*path, len(items)), depth))
        self._span_collection(event, child, (*path, len(items) - 1), path)
        return items

    def _mapping(self, get: Source, event: Event, path: Path, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        keys, file = self.keys, self.path
        last = path
        while True:
            key = get()
            if key.__class__ is MappingEndEvent:
                break
            name = key.value if key.__class__ is ScalarEvent and key.tag is None and key.anchor is None else None
            if not name or name == "<<" or len(name) > limits.SCALAR_CHARACTERS:
                name = self._key(get, key, path)
            value = get()
            child = (*path, name)
            if name in items:
                self._duplicate(key, child)
                self.build(get, value, (*child, "(again)"), depth)
                continue
            mark, end = key.start_mark, key.end_mark
            keys[child] = Position(file, mark.line + 1, mark.column + 1, end.line + 1, end.column + 1)
            if value.__class__ is ScalarEvent and value.anchor is None:
                items[name] = self._scalar(value, child)
            else:
                items[name] = self.build(get, value, child, depth)
            last = child
        self._span_collection(event, key, last, path)
        return items

    def _span_collection(self, event: Event, end: Event, last: Path, path: Path) -> None:
        """A flow collection ends at its bracket, a block collection with its last node."""
        start = event.start_mark
        if event.flow_style or last == path or last not in self.positions:
            line, column = end.end_mark.line + 1, end.end_mark.column + 1
        else:
            child = self.positions[last]
            line, column = child.end_line, child.end_column
        self.positions[path] = Position(self.path, start.line + 1, start.column + 1, line, column)

    def _key(self, get: Source, event: Event, path: Path) -> str:
        if event.__class__ is not ScalarEvent:
            return self._odd_key(get, event, path)
        name: str = event.value
        if event.tag is not None:
            self.fail("MC0123", event, quoted(name), tag=event.tag)
        if event.anchor is not None:
            self._record(lambda: event, event)
            self._open_anchors.discard(event.anchor)
        if name == "<<" and event.implicit[0]:
            self.fail("MC0121", event)
        elif name == "" and event.implicit[0]:
            self.fail("MC0128", event)
        elif len(name) > limits.SCALAR_CHARACTERS:
            raise self.stop("MC0132", event, limit=str(limits.SCALAR_CHARACTERS), length=str(len(name)))
        return name

    def _odd_key(self, get: Source, event: Event, path: Path) -> str:
        if event.__class__ is AliasEvent:
            self.fail("MC0122", event, kind=f"the alias *{event.anchor}")
            return f"*{event.anchor}"
        if event.__class__ is MappingStartEvent and event.flow_style and self._is_unquoted(event):
            return self._unquoted(get, event, path, is_key=True)
        kind = "a list" if event.__class__ is SequenceStartEvent else "a mapping"
        self.fail("MC0122", event, kind=kind)
        self._skip(get)
        return f"({kind} at line {event.start_mark.line + 1}, column {event.start_mark.column + 1})"

    def _duplicate(self, event: Event, path: Path) -> None:
        first = self.keys.get(path)
        related = (Related("first written here", first),) if first else ()
        line = str(first.line) if first else "?"
        self.problems.append(Diagnostic("MC0120", {"key": str(path[-1]), "line": line}, self.span(event), related=related))

    def _alias(self, event: Event, path: Path, depth: int) -> Any:
        name = event.anchor
        events = self._anchors.get(name)
        self.positions[path] = self.span(event)
        if events is None:
            self.fail("MC0126", event, name=name, known=", ".join(sorted(self._anchors)) or "none")
            return None
        if name in self._open_anchors:
            self.fail("MC0127", event, name=name)
            return None
        self._count_aliased(events, event)
        replay = iter(events)
        first = next(replay)
        if first.__class__ is ScalarEvent:
            return self._scalar(first, path)
        return self._collection(replay.__next__, first, path, depth)

    def _count_aliased(self, events: list[Event], alias: Event) -> None:
        """An alias costs what its text would cost: whatever looks at every value looks at it again."""
        self._aliased += len(events)
        self._aliased_characters += sum(len(one.value) for one in events if one.__class__ is ScalarEvent)
        if self._aliased > limits.ALIASED_NODES:
            raise self.stop("MC0131", alias, limit=f"{limits.ALIASED_NODES} nodes")
        if self._aliased_characters > limits.ALIASED_CHARACTERS:
            raise self.stop("MC0131", alias, limit=f"{limits.ALIASED_CHARACTERS} characters")

    def _record(self, get: Source, event: Event) -> Source:
        """Keep the events of an anchored node, so that an alias is read as if its text stood there."""
        if event.anchor in self._anchors:
            self.fail("MC0135", event, name=event.anchor)
        events = self._anchors[event.anchor] = [event]
        self._open_anchors.add(event.anchor)

        def recording() -> Event:
            taken = get()
            events.append(taken)
            return taken

        return recording

    def _is_unquoted(self, event: Event) -> bool:
        return self.text.startswith("{{", event.start_mark.index)

    def _unquoted(self, get: Source, event: Event, path: Path, is_key: bool = False) -> str:
        start = event.start_mark
        text, whole = expression_span(self.text, start.index)
        position = Position(self.path, start.line + 1, start.column + 1, start.line + 1, start.column + 1 + len(text))
        self.problems.append(Diagnostic("MC0125", {"text": text}, position, suggestion=None if is_key else quoted(whole)))
        self.positions[path] = position
        self._skip(get)
        return whole

    def _skip(self, get: Source) -> None:
        """Take the rest of a collection that cannot be used."""
        depth = 1
        while depth:
            event = get()
            kind = event.__class__
            if depth > limits.DEPTH:
                raise self.stop("MC0130", event, limit=str(limits.DEPTH))
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                depth -= 1
