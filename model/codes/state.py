"""MC07xx: state: journal, lease, sealing, recovery."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
