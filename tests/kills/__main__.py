"""``python -m tests.kills --rounds 1000``: the long form. Prints a line now and then, and ends with 1 if the judge found anything."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tests.kills import aws_world, mock_world
from tests.kills.controls import VARIANTS
from tests.kills.rounds import Campaign, Tally
from tests.kills.world import World


def main() -> int:
    """Kill, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="kills that must land")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="as_it_is", help="an engine that is wrong on purpose")
    parser.add_argument("--largest", type=int, help="natives of the largest world")
    parser.add_argument("--cloud", choices=["mock", "aws"], default="mock", help="the rehearsal cloud, or moto")
    parser.add_argument("--keep", type=Path, help="keep the worlds in this folder")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, engine {chosen.variant}")
    with tempfile.TemporaryDirectory(prefix="mcflow-kills-") as folder:
        tally = _campaign(chosen, chosen.keep or Path(folder))
    print(tally)
    for finding in tally.wrong[:50]:
        print(" ", finding)
    return int(bool(tally.wrong))


def _campaign(chosen: argparse.Namespace, scratch: Path) -> Tally:
    with ExitStack() as stack:
        if chosen.cloud == "aws":
            cloud = stack.enter_context(aws_world.aws_worlds(scratch))
            make = partial(aws_world.make_world, cloud)
        else:
            make = mock_world.make_world
        largest = {"largest": chosen.largest} if chosen.largest else {}
        worlds = partial(_world, make, scratch, chosen.seed, largest)
        campaign = Campaign(worlds, scratch / "gauges", random.Random(chosen.seed), chosen.variant)
        return campaign.run(chosen.rounds, _tell)


def _world(make: Any, scratch: Path, seed: int, largest: dict[str, int], number: int) -> World:
    world: World = make(scratch, number, seed, **largest)
    return world


def _tell(tally: Tally) -> None:
    if len(tally.seconds) % 20 == 0:
        print(f"{tally}; {sum(tally.seconds[-20:]) / 20:.2f} s a round", flush=True)


if __name__ == "__main__":
    sys.exit(main())
