"""Texts of other languages: JSON, YAML, base64, shell words, digests; and files."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json as _json
import math
import shlex
from typing import Any

from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import Library, Reader
from mcflow.engine.reading import read_yaml
from mcflow.model.diagnostic import Rejected

LIBRARY = Library()


@LIBRARY.add("json", "json({'a': [1, true]})", '{"a": [1, true]}')
def json(value: Any, indent: Any = None) -> str:
    """The value as JSON text."""
    width = None if indent is None else take.integer(indent, "indent")
    if width is not None and not 0 <= width <= 16:
        raise FunctionError("the indent is 0 to 16")
    return _json.dumps(value, ensure_ascii=False, allow_nan=False, indent=width)


@LIBRARY.add("from_json", "from_json('{\"a\": 1}')", {"a": 1})
def from_json(value: Any) -> Any:
    """The value that a JSON text says. It stays data: expressions in it are not evaluated."""
    try:
        return _json.loads(take.strict_text(value), parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError as error:
        raise FunctionError(f"this is not JSON: {error}") from error
    except RecursionError as error:
        raise FunctionError("this is not JSON: nested too deeply") from error


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large")
    return value


@LIBRARY.add("yaml", "yaml({'a': 'no'})", "a: 'no'\n")
def yaml(value: Any) -> str:
    """The value as YAML text. Texts that would read back as something else are quoted."""
    from mcflow.engine.expressions.functions.dumping import dump

    return dump(value)


@LIBRARY.add("from_yaml", "from_yaml('a: 1')", {"a": 1})
def from_yaml(value: Any) -> Any:
    """The value that a YAML text says, read as blueprints are. It stays data: expressions in it are not evaluated."""
    try:
        return read_yaml(take.strict_text(value), "text").value
    except Rejected as error:
        first = error.diagnostics[0]
        where = f" (line {first.position.line})" if first.position else ""
        raise FunctionError(f"this cannot be read as YAML: {first.message}{where}") from error


@LIBRARY.add("b64", "b64('hello')", "aGVsbG8=")
def b64(value: Any) -> str:
    """The text in base64 (of its UTF-8)."""
    return base64.b64encode(take.text(value).encode("utf-8", "surrogatepass")).decode("ascii")


@LIBRARY.add("from_b64", "from_b64('aGVsbG8=')", "hello")
def from_b64(value: Any) -> str:
    """The text that base64 stands for; it must be UTF-8."""
    try:
        return base64.b64decode(take.strict_text(value), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise FunctionError("this is not base64 of UTF-8 text") from error


@LIBRARY.add("sh", "sh(\"it's\")", "'it'\"'\"'s'")
def sh(value: Any) -> str:
    """A text as one word of a shell, whatever it holds; the items of a list as several."""
    if isinstance(value, list | tuple):
        return " ".join(shlex.quote(take.text(item, "an item")) for item in value)
    return shlex.quote(take.text(value))


@LIBRARY.add("sha256", "sha256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
def sha256(value: Any) -> str:
    """The SHA-256 digest of a text (of its UTF-8), in hexadecimal."""
    return hashlib.sha256(take.text(value).encode("utf-8", "surrogatepass")).hexdigest()


@LIBRARY.add("file", "file('setup.sh')", None, reads=True)
def file(reader: Reader, name: Any) -> str:
    """The text of a file below the blueprint's folder. It is data: expressions in it are not evaluated."""
    return reader.read(take.strict_text(name, "the file's name"))
