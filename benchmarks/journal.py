"""``python -m benchmarks.journal``: what journalling costs, each figure against the same apply without it in the same run.

CPU: an apply with a journal that takes nothing (records are folded into the state, and neither encoded, hashed nor written), beside the
one that writes. Waiting: calls that take a while, 64 at a time, with a disk whose every sync takes long, beside one whose syncs take none.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.mcflow_stages import Bench, used


def without_journal() -> None:
    """From now on this process's journals take nothing."""
    from mcflow.state import writer
    from mcflow.state.journal import Journal

    def append(self: Journal, payload: bytes) -> None:
        self.sequence += 1

    def commit(self: Journal) -> bool:
        self.durable = self.sequence
        return False

    writer.encode_record = lambda record: b""
    Journal.append = append  # type: ignore[method-assign]
    Journal.commit = commit  # type: ignore[method-assign]


def with_slow_disk(seconds: float) -> Callable[[], None]:
    """Every sync of this process's files takes that much longer."""

    def prepare() -> None:
        from mcflow.state.files import Files

        sync = Files.sync

        def slow(self: Files, fd: int) -> None:
            time.sleep(seconds)
            sync(self, fd)

        Files.sync = slow  # type: ignore[method-assign]

    return prepare


def nothing() -> None:
    """As it is."""


def forked(prepare: Callable[[], None], work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds and wall seconds of ``work`` in a fork. Raises RuntimeError if it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            prepare()
            gc.collect()
            gc.freeze()
            cpu, wall = used(), time.monotonic()
            work()
            os.write(writing, f"{used() - cpu} {time.monotonic() - wall}".encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if not told:
        raise RuntimeError("the apply failed")
    cpu, wall = map(float, told.split())
    return cpu, wall


def processor(size: int, times: int) -> tuple[float, float]:
    """Median CPU seconds of an apply with and without a journal, measured in turn."""
    rows: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(times):
        for name, prepare in (("without", without_journal), ("with", nothing)):
            with tempfile.TemporaryDirectory(prefix="mcflow-bench-") as folder:
                bench = Bench(Path(folder), "independent", size)
                rows[name].append(forked(prepare, bench.apply)[0])
    return statistics.median(rows["with"]), statistics.median(rows["without"])


def waiting(size: int, call: float, sync: float) -> tuple[float, float]:
    """Wall seconds of an apply whose calls take ``call`` seconds, 64 at a time: with syncs of ``sync`` seconds, and without."""
    def once(prepare: Callable[[], None]) -> float:
        with tempfile.TemporaryDirectory(prefix="mcflow-bench-") as folder:
            bench = Bench(Path(folder), "independent", size, {"latency": {"call": call}})
            return forked(prepare, lambda: bench.apply(parallelism=64))[1]

    return once(with_slow_disk(sync)), once(nothing)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="natives of the apply whose CPU is measured")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--calls", type=int, default=1000, help="natives of the apply whose waiting is measured")
    parser.add_argument("--call", type=float, default=0.1, help="seconds a call takes")
    parser.add_argument("--sync", type=float, default=0.02, help="seconds a sync takes")
    chosen = parser.parse_args()
    _preload()
    journalled, bare = processor(chosen.size, chosen.times)
    print(f"{chosen.size:,} natives: {journalled:.2f} s CPU, {bare:.2f} without a journal: journalling costs {journalled / bare - 1:+.1%}")
    slow, quick = waiting(chosen.calls, chosen.call, chosen.sync)
    alone = chosen.calls * 2 * chosen.sync
    print(f"{chosen.calls:,} calls of {chosen.call:.2f} s, 64 at a time: {quick:.1f} s; with syncs of {chosen.sync * 1000:.0f} ms "
          f"{slow:.1f} s ({slow / quick:.2f} times; a sync for each record would take {alone:.0f} s)")
    return 0


def _preload() -> Any:
    from mcflow.conformance import preload

    return preload


if __name__ == "__main__":
    sys.exit(main())
