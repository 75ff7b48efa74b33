"""MC09xx: the command line: usage, files, terminals; and internal errors."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
