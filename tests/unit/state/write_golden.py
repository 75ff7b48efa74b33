"""Writes ``tests/golden/state/v<N>/`` with this version's code: run it once, when a format is about to change, and never for an old one.

``python tests/unit/state/write_golden.py``. Every later mcflow must read what it wrote.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec

from mcflow.model.record import ConnectionRecord, Edges, NativeRecord, OutputRecord, Pin, ResourceRecord, Settings
from mcflow.state.lease import Owner
from mcflow.state.records import FORMAT_VERSION, Adopted, Done, Ended, Failed, Identified, Intent, Record, Recorded, Run
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

KEY = bytes(range(32))
PLACE = Path(__file__).parents[2] / "golden" / "state" / f"v{FORMAT_VERSION}"


def intent(op: str, address: str, action: str = "create", **more: object) -> Intent:
    given: dict[str, object] = {
        "run": "run-1", "step": f"{address}:{action}", "type": "mock.vpc", "connection": "cloud",
        "identity": "mock/acct/east", "driver": "mock", "driver_version": "1.0.0", "at": 1000.0, "marks": {"mcflow-op": op},
        "token": f"token-{op}", "request": {"cidr_block": "10.0.0.0/16"}}
    return Intent(op=op, address=address, action=action, **{**given, **more})  # type: ignore[arg-type]


def first(sealer: Sealer) -> list[Record]:
    """One record of every kind, with every field that may be there."""
    secret, marked = {"$secret": sealer.seal("golden-sentinel")}, {"password": sealer.fingerprint("golden-sentinel")}
    return [
        Run(run="run-1", epoch=1, mode="apply", who="kim", host="box", pid=7, ci="https://ci.example/1", commit="abc",
            reason="first", at=999.0),
        Recorded(connections={"cloud": ConnectionRecord(name="cloud", driver="mock", account="acct", region="east", config={"path": "x"})}),
        intent("op-1", "net/vpc", settings=Settings(prevent_destroy=True, local={"force": True}), edges=Edges(order=("app/one",))),
        Identified(op="op-1", id="vpc-1", operation="poll-1", request_id="req-1", at=1001.0),
        Done(op="op-1", id="vpc-1", attributes={"cidr_block": "10.0.0.0/16"}, at=1002.0),
        intent("op-2", "db/main", request={"password": secret}, fingerprints=marked, name="db-x1"),
        Failed(op="op-2", certainty="ambiguous", code="Timeout", message="lost", at=1003.0),
        Adopted(record=NativeRecord(address="db/main", type="mock.db", connection="cloud", driver="mock", id="db-1",
                                    want={"password": secret},
                                    fingerprints=marked, name="db-x1"), op="op-2", at=1004.0),
        intent("op-3", "gone/one"), Done(op="op-3", id="g-1"), intent("op-4", "gone/one", "delete", id="g-1"), Done(op="op-4"),
        intent("op-5", "bad/one"), Failed(op="op-5", code="Denied", request_id="req-5"),
        Recorded(resources={"net": ResourceRecord(address="net", type="vpc", connection="cloud", properties={"cidr": "10.0.0.0/16"},
                                                 exports={"id": {"$ref": ["net/vpc", "id"]}},
                                                 pins={"zone": Pin("any", "a", 998.0, "picked")},
                                                 natives=("net/vpc",))},
                 outputs={"vpc": OutputRecord("vpc-1"), "password": OutputRecord(secret, True)}),
        Ended(run="run-1", outcome="partial", at=1005.0),
    ]


def second() -> list[Record]:
    """A run that was killed."""
    return [
        Run(run="run-2", epoch=2, mode="apply", who="kim", at=2000.0),
        intent("op-6", "net/vpc", "update", id="vpc-1", attributes=("tags",), group="tags", last={"tags": {}}, run="run-2"),
        intent("op-7", "new/vpc", run="run-2", listed=("a", "b")), Identified(op="op-7", id="vpc-7"),
    ]


def main() -> None:
    """Write the folder anew."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder), "shop", "default", Sealer(KEY), folder=Path(folder) / "state", spill_folder=Path(folder))
        with workspace.lease(Owner(who="kim", run="run-1", host="box", pid=7)) as writer:
            writer.append(*first(writer.sealer))
            writer.checkpoint()
        with workspace.lease(Owner(who="kim", run="run-2", host="box", pid=7)) as writer:
            writer.append(*second())
        state = workspace.read().state
        shutil.rmtree(PLACE, ignore_errors=True)
        shutil.copytree(Path(folder) / "state", PLACE / "state", ignore=shutil.ignore_patterns("reserve", "lock", "copies"))
        (PLACE / "expected.json").write_bytes(msgspec.json.format(msgspec.json.encode(state, order="sorted"), indent=1) + b"\n")


if __name__ == "__main__":
    main()
