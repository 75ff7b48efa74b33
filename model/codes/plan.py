"""MC06xx: planning: lowering, choosing, replacement, protection, targets, saved plans."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
