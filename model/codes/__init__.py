"""The one table of diagnostic codes. Each module holds a hundred: what it is about is its name.

A code is never reused and never changes its meaning; `mcflow explain CODE` prints ``explain``.
"""

from __future__ import annotations

from mcflow.model.codes import apply, cli, connections, expressions, names, plan, reading, schema, state, stores
from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    **reading.CODES, **schema.CODES, **names.CODES, **expressions.CODES, **connections.CODES,
    **plan.CODES, **state.CODES, **stores.CODES, **apply.CODES, **cli.CODES,
}
