"""Reading YAML files into plain values with the place of every node.

What turns text into values belongs here: the reader's limits, the YAML 1.2 core schema, syntax errors in plain words, the mapping
from an offset inside a scalar to a line and column. What a value means (schemas, names, expressions) does not.
"""

from __future__ import annotations

from mcflow.engine.reading.document import Document, Path
from mcflow.engine.reading.place import place
from mcflow.engine.reading.reader import read_file, read_yaml

__all__ = ["Document", "Path", "place", "read_file", "read_yaml"]
