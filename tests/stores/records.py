"""Records for the suite, and the child processes that hold leases."""

from __future__ import annotations

from mcflow.state.records import Done, Intent, Record


def made(op: str) -> list[Record]:
    """A create that went well; its address is ``n/<op>``."""
    return [
        Intent(op=op, run="run-1", step=f"step-{op}", address=f"n/{op}", type="t", action="create", connection="c"),
        Done(op=op, id=f"id-{op}", attributes={"cidr": "10.0.0.0/16"}),
    ]


HOLDER = """
import sys, time
from pathlib import Path
from tests.stores.records import made
from tests.stores.table import COUNTERPARTS
from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import Owner
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

name, scratch, mark, lease, patience = sys.argv[1:6]
store = COUNTERPARTS[name].open(Path(scratch), "shop", "default", lease=float(lease), patience=float(patience))
workspace = Workspace(store, "shop", "default", Sealer(bytes(range(32))))
try:
    with workspace.lease(Owner(who=mark, run=mark), wait=60) as writer:
        print("epoch", writer.epoch, flush=True)
        for number in range(100_000):
            writer.append(*made(f"{mark}-{number}"))
            writer.check(0.05)
            writer.commit()
            print(f"{mark}-{number}", flush=True)
            if number % 40 == 39:
                writer.checkpoint()
except Rejected as refused:
    print("refused", *sorted({each.code for each in refused.diagnostics}), flush=True)
"""
"""A process that takes the lease, commits one record after the other and says so after each, until it is refused or killed."""
