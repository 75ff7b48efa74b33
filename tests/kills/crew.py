"""Several campaigns at once, each a process of its own with its own worlds; their tallies added up."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import forkserver
from pathlib import Path

from tests.kills.rounds import Tally

MARK = "tally "
"""What a line of a crew member begins with that has its tally in JSON."""


def cpu_seconds() -> float:
    """What this process and the runs it started (killed ones too) have used so far; Linux tells of the latter."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    used = own.ru_utime + own.ru_stime
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    place = Path(f"/proc/{server}/stat")
    if server is None or not place.exists():
        return used
    # user, system, and both of the children it has waited for.
    fields = place.read_text().rpartition(")")[2].split()[11:15]
    return used + sum(map(int, fields)) / os.sysconf("SC_CLK_TCK")


def tell(tally: Tally) -> None:
    """One line for whoever started this process."""
    line = {"kills": tally.kills, "in_flight": tally.in_flight, "killed_again": tally.killed_again, "too_late": tally.too_late,
            "wrong": tally.wrong, "cpu": cpu_seconds()}
    print(MARK + json.dumps(line), flush=True)


def run(arguments: Sequence[Sequence[str]], watch: Callable[[Tally], None], every: float = 20.0) -> Tally:
    """Start ``python -m tests.kills`` with each list of arguments; ``watch`` sees the sum now and then. Raises RuntimeError if one
    ends without a tally."""
    members = [
        subprocess.Popen([sys.executable, "-m", "tests.kills", *each, "--member"], stdout=subprocess.PIPE, text=True)
        for each in arguments
    ]
    tallies: list[Tally] = [Tally() for _ in members]
    for member in members:
        assert member.stdout is not None
        os.set_blocking(member.stdout.fileno(), False)
    told = time.monotonic()
    try:
        while any(member.poll() is None for member in members):
            time.sleep(0.2)
            _take(members, tallies)
            if time.monotonic() - told > every:
                told = time.monotonic()
                watch(added(tallies))
        _take(members, tallies)
    finally:
        for member in members:
            if member.poll() is None:
                member.kill()
            member.wait()
    for member, tally, each in zip(members, tallies, arguments, strict=True):
        if member.returncode not in (0, 1) or not tally.kills:
            raise RuntimeError(f"tests.kills {' '.join(each)} ended with {member.returncode}")
    return added(tallies)


def _take(members: list[subprocess.Popen[str]], tallies: list[Tally]) -> None:
    for index, member in enumerate(members):
        assert member.stdout is not None
        for line in member.stdout:
            if line.startswith(MARK):
                tallies[index] = Tally(**json.loads(line.removeprefix(MARK)))


def added(tallies: Sequence[Tally]) -> Tally:
    """All in one."""
    return Tally(
        kills=sum(each.kills for each in tallies), in_flight=sum(each.in_flight for each in tallies),
        killed_again=sum(each.killed_again for each in tallies), too_late=sum(each.too_late for each in tallies),
        wrong=[finding for each in tallies for finding in each.wrong], cpu=sum(each.cpu for each in tallies))
