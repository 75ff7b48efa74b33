"""``python -m benchmarks.engine``: what the engine costs, beside Terraform where it is installed: CPU seconds, memory, bytes of state."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import terraform_stages
from benchmarks.mcflow_stages import STAGES
from benchmarks.shapes import SHAPES

ROOT = Path(__file__).parents[1]
Rows = dict[str, dict[str, Any]]


def measure_mcflow(shape: str, size: int) -> Rows:
    """In a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mcflow_stages", shape, str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows: Rows = json.loads(done.stdout.splitlines()[-1])
    return rows


def table(shape: str, size: int, ours: Rows, theirs: Rows | None) -> list[str]:
    """One table: a line a stage."""
    head = f"{'stage':<11} {'CPU s':>8} {'peak MB':>8} {'state kB':>9}"
    lines = [f"\n{shape}, {size}", head + ("  terraform: CPU s, MB, ratio" if theirs else "")]
    for stage in STAGES:
        lines.append(_line(stage, ours.get(stage), theirs.get(stage) if theirs else None))
    return lines


def _line(stage: str, ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> str:
    if ours is None or "error" in ours:
        return f"{stage:<11} {(ours or {}).get('error', 'not reached')}"
    line = f"{stage:<11} {ours['cpu_seconds']:8.2f} {ours['peak_mb']:8.0f} {ours['state_bytes'] / 1000:9.0f}"
    if theirs is None:
        return line
    more = ">" if "error" in theirs else ""
    ratio = theirs["cpu_seconds"] / max(ours["cpu_seconds"], 0.001)
    return f"{line}  {more}{theirs['cpu_seconds']:.2f}, {theirs['peak_mb']:.0f}, {more}{ratio:.1f}x"


def main() -> int:
    """Measure and print; 1 if any stage failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000", help="how many natives, comma-separated")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="comma-separated")
    parser.add_argument("--terraform-limit", type=float, default=120.0, help="seconds a terraform command may take; 0: leave terraform out")
    parser.add_argument("--json", type=Path, help="also write everything there")
    chosen = parser.parse_args()
    rival = chosen.terraform_limit > 0 and terraform_stages.available()
    print(f"Python {platform.python_version()}, {platform.machine()}" + ("" if rival else "; terraform is left out"))
    everything, failed = [], False
    for size in map(int, chosen.sizes.split(",")):
        for shape in chosen.shapes.split(","):
            ours = measure_mcflow(shape, size)
            theirs = terraform_stages.measure(shape, size, chosen.terraform_limit) if rival else None
            failed |= any("error" in row for row in ours.values()) or len(ours) < len(STAGES)
            everything.append({"shape": shape, "size": size, "mcflow": ours, "terraform": theirs})
            print("\n".join(table(shape, size, ours, theirs)), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(everything, indent=1))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
