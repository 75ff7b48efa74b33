"""Many lives in one process, for the long form."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from tests.fuzz.cases import cases, write_test
from tests.fuzz.life import Case, live


def many(count: int, chance: int, found: Path) -> dict[str, Any]:
    """Live ``count`` random lives. Returns how many were tried, the CPU seconds, and what failed, if anything."""
    lived = 0
    last: list[Case] = []

    @seed(chance)
    @given(case=cases)
    @settings(max_examples=count, deadline=None, database=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck))
    def lives(case: Case) -> None:
        nonlocal lived
        lived += 1
        last[:] = [case]
        if lived % 500 == 0:
            print(f"  {lived:,} of {count:,}", flush=True)
        live(case)

    failed = ""
    try:
        lives()
    except Exception as wrong:
        # Hypothesis runs the smallest failing case last.
        failed = f"{type(wrong).__name__}: {str(wrong)[:500]}\n  written to {write_test(last[0], found, str(wrong))}"
    return {"lives": lived, "cpu": time.process_time(), "failed": failed}
