"""``python -m benchmarks.encryption``: what an encrypted state costs, against the same apply in clear, in turn."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.journal import _preload, forked, nothing
from benchmarks.mcflow_stages import Bench


def processor(size: int, times: int) -> tuple[float, float]:
    """Median CPU seconds of an apply, encrypted and in clear."""
    rows: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(times):
        for encrypt in (False, True):
            with tempfile.TemporaryDirectory(prefix="mcflow-bench-") as folder:
                bench = Bench(Path(folder), "independent", size)
                if encrypt:
                    blueprint = Path(folder) / "mcflow.yaml"
                    blueprint.write_text(blueprint.read_text() + "\nstate: {encrypt: true}\n")
                rows[encrypt].append(forked(nothing, bench.apply)[0])
    return statistics.median(rows[True]), statistics.median(rows[False])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="natives of the apply")
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    _preload()
    encrypted, clear = processor(chosen.size, chosen.times)
    print(f"{chosen.size:,} natives: {encrypted:.2f} s CPU encrypted, {clear:.2f} in clear: {encrypted / clear - 1:+.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
