"""MC04xx: expressions and templates."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
