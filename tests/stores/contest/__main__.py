"""``python -m tests.stores.contest [writers|sigstop|applies] --store all``: the long forms. Ends with 1 if anything was found.

writers: many writers want one lease at once, some are killed as they hold it; readers beside them.
applies: processes of `mcflow apply` on one state and one cloud.
sigstop: a run is stopped, its lease is taken, another run works, the first goes on.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.stores.servers import HONEST, RUNNING, running, serving, told

STORES = ("local", *HONEST)
DEFAULTS = {"writers": (64, 200), "applies": (8, 5), "sigstop": (1, 200)}


def main() -> int:
    """Run one kind of contest on every store asked for."""
    asked = _arguments()
    stores = STORES if asked.store == "all" else tuple(asked.store.split(","))
    count, rounds = DEFAULTS[asked.kind]
    asked.writers, asked.rounds = asked.writers or count, asked.rounds or rounds
    print(f"{asked.kind}: {asked.writers} at once, {asked.rounds} rounds, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mcflow-contest-") as folder, ExitStack() as stack:
        servers = running()
        for name in {*stores} & {*HONEST} - servers.keys():
            (Path(folder) / f"server-{name}").mkdir()
            servers[name] = stack.enter_context(serving(name, Path(folder) / f"server-{name}"))
        os.environ[RUNNING] = told(servers)
        tallies = [_contest(asked.kind)(asked, store, Path(folder)) for store in stores]
    print()
    for tally in tallies:
        print(tally)
        for finding in tally.wrong[:30]:
            print("   ", finding)
    return int(any(tally.wrong for tally in tallies))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="?", choices=sorted(DEFAULTS), default="writers")
    parser.add_argument("--store", default="all", help=f"all, or some of {','.join((*STORES, 'folder'))}")
    parser.add_argument("--writers", type=int, help="how many at once: 64 writers, 8 applies")
    parser.add_argument("--each", type=int, default=8, help="writers in one process")
    parser.add_argument("--rounds", type=int, help="200 of writers and stops, 5 of applies")
    parser.add_argument("--lease", type=float, default=5.0, help="seconds a lease of the writers lasts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    return parser.parse_args()


def _contest(kind: str) -> Callable[[argparse.Namespace, str, Path], Any]:
    # Imported when the servers run: the table of stores is made of them.
    return {"writers": _writers, "applies": _applies, "sigstop": _sigstop}[kind]


def _writers(asked: argparse.Namespace, store: str, folder: Path) -> Any:
    from tests.stores.contest.arena import Arena
    from tests.stores.contest.writers import Contest

    arena = Arena(store, _made(folder / store), asked.lease)
    return Contest(arena, asked.writers, asked.each, random.Random(asked.seed)).run(asked.rounds, _tell)


def _applies(asked: argparse.Namespace, store: str, folder: Path) -> Any:
    from tests.stores.contest.applies import Applies

    return Applies(store, _made(folder / store), asked.writers, random.Random(asked.seed)).run(asked.rounds, _tell)


def _sigstop(asked: argparse.Namespace, store: str, folder: Path) -> Any:
    from tests.stores.contest.stopped import Stops

    return Stops(store, _made(folder / store), random.Random(asked.seed)).run(asked.rounds, _tell)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _tell(tally: Any) -> None:
    if tally.rounds % 5 == 1 or tally.wrong:
        print(tally, flush=True)


if __name__ == "__main__":
    sys.exit(main())
