"""``python -m tests.kills --rounds 1000``: the long form. Prints a line now and then, and ends with 1 if the judge found anything."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.kills.controls import VARIANTS
from tests.kills.mock_world import make_world
from tests.kills.rounds import Campaign, Tally


def main() -> int:
    """Kill, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="kills that must land")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="as_it_is", help="an engine that is wrong on purpose")
    parser.add_argument("--largest", type=int, default=200, help="natives of the largest world")
    parser.add_argument("--keep", type=Path, help="keep the worlds in this folder")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, engine {chosen.variant}")
    with tempfile.TemporaryDirectory(prefix="mcflow-kills-") as folder:
        scratch = chosen.keep or Path(folder)
        campaign = Campaign(lambda number: make_world(scratch, number, chosen.seed, chosen.largest), scratch / "gauges",
                            random.Random(chosen.seed), chosen.variant)
        tally = campaign.run(chosen.rounds, _tell)
    print(tally)
    for finding in tally.wrong[:50]:
        print(" ", finding)
    return int(bool(tally.wrong))


def _tell(tally: Tally) -> None:
    if len(tally.seconds) % 20 == 0:
        print(f"{tally}; {sum(tally.seconds[-20:]) / 20:.2f} s a round", flush=True)


if __name__ == "__main__":
    sys.exit(main())
