"""MC03xx: names, references, dependencies, variables, cycles."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
