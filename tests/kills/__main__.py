"""``python -m tests.kills --rounds 1000``: the long form. Prints a line now and then, and ends with 1 if the judge found anything."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tests.kills import aws_world, crew, mock_world, openstack_world
from tests.kills.controls import VARIANTS
from tests.kills.rounds import Campaign, Tally
from tests.kills.stored import STORES, stored
from tests.kills.world import World


def main() -> int:
    """Kill, and tell."""
    chosen = _arguments()
    if chosen.member:
        tally = _campaign(chosen)
        crew.tell(tally)
        return int(bool(tally.wrong))
    print(f"seed {chosen.seed}, engine {chosen.variant}, state in {chosen.store}, {chosen.jobs} at a time", flush=True)
    share = -(-chosen.rounds // chosen.jobs)
    common = ["--variant", chosen.variant, "--cloud", chosen.cloud, "--store", chosen.store, "--rounds", str(share)]
    common += ["--largest", str(chosen.largest)] if chosen.largest else []
    crews = [[*common, "--seed", str(chosen.seed + job), *_kept(chosen.keep, job)] for job in range(chosen.jobs)]
    tally = crew.run(crews, lambda tally: print(tally, flush=True))
    print(tally)
    for finding in tally.wrong[:50]:
        print(" ", finding)
    return int(bool(tally.wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="kills that must land")
    parser.add_argument("--jobs", type=int, default=2, help="worlds at once")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="as_it_is", help="an engine that is wrong on purpose")
    parser.add_argument("--largest", type=int, help="natives of the largest world")
    parser.add_argument("--cloud", choices=["mock", "aws", "openstack"], default="mock", help="rehearsal, moto, or the lab that runs")
    parser.add_argument("--store", choices=STORES, default="local", help="where the state is: beside the blueprint, or in S3 by moto")
    parser.add_argument("--keep", type=Path, help="keep the worlds with findings in this folder")
    parser.add_argument("--member", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _kept(folder: Path | None, job: int) -> list[str]:
    return ["--keep", str(folder / str(job))] if folder else []


def _campaign(chosen: argparse.Namespace) -> Tally:
    with tempfile.TemporaryDirectory(prefix="mcflow-kills-") as folder, ExitStack() as stack:
        scratch = chosen.keep or Path(folder)
        if chosen.cloud == "aws":
            cloud = stack.enter_context(aws_world.aws_worlds(scratch))
            make = partial(aws_world.make_world, cloud)
        elif chosen.cloud == "openstack":
            make = partial(openstack_world.make_world, stack.enter_context(openstack_world.openstack_worlds(scratch)))
        else:
            make = mock_world.make_world
        largest = {"largest": chosen.largest} if chosen.largest else {}
        put = stack.enter_context(stored(chosen.store, Path(folder)))
        worlds = partial(_world, make, put, scratch, chosen.seed, largest)
        campaign = Campaign(worlds, scratch / "gauges", random.Random(chosen.seed), chosen.variant)
        tally = campaign.run(chosen.rounds, _now_and_then)
        tally.cpu = crew.cpu_seconds()
        return tally


def _world(make: Any, put: Callable[[World], World], scratch: Path, seed: int, largest: dict[str, int], number: int) -> World:
    return put(make(scratch, number, seed, **largest))


def _now_and_then(tally: Tally) -> None:
    if tally.kills % 5 == 0:
        crew.tell(tally)


if __name__ == "__main__":
    sys.exit(main())
