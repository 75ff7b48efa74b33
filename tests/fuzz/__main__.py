"""``python -m tests.fuzz --cases 10000``: the long form. Fails with 1, the smallest failing case written out as a test."""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
from pathlib import Path

from tests.fuzz.many import many


def main() -> int:
    """Live many lives, in several processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    parser.add_argument("--found", type=Path, default=Path("tests/fuzz/found"), help="where a failing case is written as a test")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    began = time.monotonic()
    share = -(-chosen.cases // chosen.jobs)
    with multiprocessing.get_context("spawn").Pool(chosen.jobs) as pool:
        told = pool.starmap(many, [(share, chosen.seed + job, chosen.found) for job in range(chosen.jobs)], chunksize=1)
    failed = [each["failed"] for each in told if each["failed"]]
    for each in failed:
        print(each)
    cpu = sum(each["cpu"] for each in told)
    print(f"{sum(each['lives'] for each in told):,} lives, {len(failed)} failed, {cpu:.0f} s CPU, {time.monotonic() - began:.0f} s")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
