"""The way in: from bytes or text to a Document."""

from __future__ import annotations

import gc
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.events import DocumentStartEvent, StreamEndEvent

from mcflow.engine.reading import limits
from mcflow.engine.reading.builder import Builder, Source
from mcflow.engine.reading.document import Document
from mcflow.engine.reading.syntax import explain_syntax
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.position import Position

_PARSER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's event parser; the pure one where PyYAML was built without it. Only events are taken from either."""

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff{_BIDI}]")
_FORBIDDEN_ASCII = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIRECTION = re.compile(rf"[{_BIDI}]")
_MOST_CHARACTERS_TOLD = 20
_LARGE = 200_000


def read_file(path: str | FilePath) -> Document:
    """Read a YAML file. Raises Rejected when it cannot be opened, is too large, is not UTF-8, or is not YAML as mcflow takes it."""
    name = str(path)
    try:
        with open(path, "rb", opener=_open_plainly) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise reject("MC0102", path=name)
            data = file.read(limits.FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise reject("MC0101", path=name, reason=getattr(error, "strerror", None) or str(error)) from error
    if len(data) > limits.FILE_BYTES:
        raise reject("MC0103", path=name, limit=limits.FILE_BYTES // (1024 * 1024))
    return read_yaml(_decode(data, name), name)


def read_yaml(text: str, path: str) -> Document:
    """Read YAML text; ``path`` is what positions call it. Raises Rejected with every finding up to the first syntax error."""
    if len(text) > limits.FILE_BYTES:
        raise reject("MC0103", path=path, limit=limits.FILE_BYTES // (1024 * 1024))
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    _check_characters(text, path)
    builder = Builder(text, path)
    parser = _PARSER(text)
    try:
        with _collector_paused(len(text)):
            value = _read_stream(parser.get_event, builder)
    except yaml.YAMLError as error:
        last = explain_syntax(error, text, path)
        raise Rejected([*(found for found in builder.problems if found.position != last.position), last]) from error
    finally:
        parser.dispose()
    if builder.problems:
        raise Rejected(builder.problems)
    return Document(path, value, builder.positions, builder.keys, builder.raw, text)


@contextmanager
def _collector_paused(size: int) -> Iterator[None]:
    """Reading makes many objects and no garbage: looking for some in a large file costs half as much again as reading it."""
    pause = size > _LARGE and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def _read_stream(get: Source, builder: Builder) -> Any:
    get()
    start = get()
    if start.__class__ is StreamEndEvent:
        return None
    if start.version is not None or start.tags:
        builder.fail("MC0134", start, problem="no directive is needed")
    value = builder.build(get, get())
    get()
    following = get()
    if following.__class__ is DocumentStartEvent:
        raise builder.stop("MC0124", following)
    return value


def _open_plainly(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _decode(data: bytes, path: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise reject("MC0104", position=Position(path, 1, 1, 1, 1), encoding="UTF-16", byte=f"0x{data[0]:02x}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1:].decode("utf-8", "replace")) + 1
        position = Position(path, line, column, line, column + 1)
        raise reject("MC0104", position=position, encoding="another encoding", byte=f"0x{data[error.start]:02x}") from error


def _check_characters(text: str, path: str) -> None:
    pattern = _FORBIDDEN_ASCII if text.isascii() else _FORBIDDEN
    if not pattern.search(text):
        return
    found: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        for match in pattern.finditer(line):
            character = match[0]
            code = "MC0106" if _DIRECTION.match(character) else "MC0105"
            position = Position(path, number, match.start() + 1, number, match.start() + 2)
            found.append(Diagnostic(code, {"character": f"U+{ord(character):04X}"}, position))
            if len(found) >= _MOST_CHARACTERS_TOLD:
                raise Rejected(found)
    raise Rejected(found)
