"""The one table of diagnostic codes. Each module holds a hundred: what it is about is its name.

A code is never reused and never changes its meaning; `mcflow explain CODE` prints ``explain``.
"""

from __future__ import annotations

from mcflow.model.codes import (
    adoption,
    apply,
    catalog,
    cli,
    connections,
    discovery,
    expressions,
    keys,
    names,
    operations,
    plan,
    reading,
    schema,
    state,
    stores,
    transfers,
)
from mcflow.model.codes.code import Code

CODES: dict[str, Code] = {
    **reading.CODES, **schema.CODES, **names.CODES, **expressions.CODES, **connections.CODES,
    **plan.CODES, **discovery.CODES, **state.CODES, **keys.CODES, **stores.CODES, **apply.CODES, **cli.CODES, **transfers.CODES,
    **adoption.CODES, **catalog.CODES, **operations.CODES,
}
