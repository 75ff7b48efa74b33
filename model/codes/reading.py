"""MC01xx: reading YAML: syntax, structure, limits."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
