"""MC08xx: applying: what a cloud refused, time-outs, ambiguous results."""

from __future__ import annotations

from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
}
