"""Error injection: AWS that fails, throttles and loses replies, and what one run makes of it.

    python -m benchmarks.injection [--objects 196] [--output FILE]

For each trouble one apply on an empty emulator: whether it converges, how many objects were made twice (the emulator tells, by ledger and
inventory), and how many requests it took, beside those of a run without trouble.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.aws import as_installed, peers, run
from benchmarks.aws_workload import SIZES, Size, write_mcflow
from tests.aws.moto_handle import CREDENTIALS, MotoCloud, serving
from tests.conformance.aws_cloud import NOWHERE

TROUBLES: dict[str, dict[str, Any]] = {
    "none": {},
    "5 % 500": {"error_500": 0.05}, "5 % 503": {"error_503": 0.05}, "5 % throttled": {"throttle": 0.05},
    "20 % 500": {"error_500": 0.2}, "20 % 503": {"error_503": 0.2}, "20 % throttled": {"throttle": 0.2},
    "20 % lost replies": {"lose_reply": 0.2}, "a bit of all": {"error_500": 0.05, "error_503": 0.05, "throttle": 0.05, "lose_reply": 0.05},
}
"""Name → faults of the emulator; shares are of calls, those of lost replies of calls that change something."""
SHARE = 1.5
"""Requests may be so many times those of a run without trouble."""


@dataclass
class Told:
    """What one run came to. ``again``: changes that a plan after it still finds."""

    trouble: str
    exit_code: int
    requests: int
    ideal: int
    duplicates: int
    strays: int
    again: bool
    wall_seconds: float

    @property
    def fine(self) -> bool:
        """Whether it converged without duplicates and with few requests more."""
        return self.exit_code == 0 and not self.duplicates and not self.strays and not self.again and self.requests <= SHARE * self.ideal


def one(trouble: str, size: Size, moto: MotoCloud, ideal: int, compiled: Path) -> Told:
    """One apply under one trouble, and a plan after it without any."""
    mcflow = peers(None)[0]
    moto.reset()
    image = moto.register_images()[0]
    with tempfile.TemporaryDirectory(prefix="mcflow-injection-") as name:
        folder = Path(name)
        write_mcflow(folder, size, moto.endpoint, image, poll_interval=0.5)
        environ = {**os.environ, **CREDENTIALS, **NOWHERE}
        as_installed(environ, compiled)
        moto.faults(seed=trouble, **TROUBLES[trouble])
        done = run(mcflow.name, "apply", mcflow.commands["apply"], folder, environ, moto)
        if done.exit_code:
            print((folder / "told").read_text()[-2000:], file=sys.stderr)
        moto.faults()
        after = run(mcflow.name, "plan", (*mcflow.commands["no-op plan"], "--detailed-exitcode"), folder, environ, moto)
        living = Counter(moto.inventory().values())
    wanted = {"vpc": 1, "subnet": size.subnets, "security_group": size.groups, "key_pair": size.keys, "instance": size.machines,
              "volume": size.volumes, "volume_attachment": size.volumes}
    duplicates = sum(len(ids) - 1 for ids in moto.creations().values() if len(ids) > 1)
    strays = sum(max(0, living[kind] - count) for kind, count in wanted.items())
    return Told(trouble, done.exit_code, done.requests, ideal or done.requests, duplicates, strays, after.exit_code != 0, done.wall_seconds)


def table(rows: list[Told]) -> str:
    """What a person reads."""
    lines = ["| trouble | converged | requests | of the ideal | made twice | empty plan after | wall s |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {row.trouble} | {'yes' if row.exit_code == 0 else 'no'} | {row.requests} | {row.requests / row.ideal:.2f} "
              f"| {row.duplicates + row.strays} | {'no' if row.again else 'yes'} | {row.wall_seconds} |" for row in rows]
    return "\n".join(lines)


def main() -> int:
    """Every trouble once; exit code 1 if one of them was not fine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, choices=sorted(SIZES), default=196)
    parser.add_argument("--output", type=Path, help="where the figures go as JSON")
    chosen = parser.parse_args()
    rows: list[Told] = []
    with tempfile.TemporaryDirectory(prefix="mcflow-moto-") as folder, serving(Path(folder)) as moto, \
            tempfile.TemporaryDirectory(prefix="mcflow-compiled-") as compiled:
        for trouble in TROUBLES:
            rows.append(one(trouble, SIZES[chosen.objects], moto, rows[0].ideal if rows else 0, Path(compiled)))
            print(rows[-1], file=sys.stderr, flush=True)
    print(f"{chosen.objects} objects\n\n{table(rows)}")
    if chosen.output:
        chosen.output.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return int(not all(row.fine for row in rows))


if __name__ == "__main__":
    sys.exit(main())
