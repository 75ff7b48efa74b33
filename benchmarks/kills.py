"""kill -9 in the middle of an apply, mcflow and Terraform with its AWS provider beside each other, against the same emulator.

    python -m benchmarks.kills --mirror FOLDER [--trials 10]

FOLDER is a file-system mirror with the provider (``registry.terraform.io/hashicorp/aws/…``). Without ``terraform`` or the mirror only
mcflow is measured, and it says so. Each trial: an empty cloud that answers late (half of the delay before, half after the work is done);
the whole process group is killed when a random number of creations has arrived; what the cloud then has is compared with what the
state knows; the same command is run again, twice at most; what is left over is counted.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kills_workload import WANTED, mcflow_ids, terraform_ids, write_mcflow, write_terraform
from tests.aws.moto_handle import CREDENTIALS, MotoCloud, serving
from tests.conformance.aws_cloud import NOWHERE

DELAY = 0.15
"""Seconds before and seconds after the work of each mutating call."""
PATIENCE = 300.0


@dataclass(frozen=True)
class Peer:
    """One of the two: how its folder is filled, its command, and which ids its state knows (None: the state cannot be read)."""

    name: str
    write: Callable[[Path, str, str], None]
    prepare: tuple[str, ...]
    command: tuple[str, ...]
    known: Callable[[Path], set[str] | None]


@dataclass
class Trial:
    """What came of one kill. ``real``: objects in the cloud at the kill; ``orphans``: those that the state did not know."""

    real: int
    orphans: int
    unreadable: bool
    reruns: int
    converged: bool
    left: int
    duplicates: int


def trial(peer: Peer, moto: MotoCloud, chance: random.Random) -> Trial:
    """Kill once, look, run again, count."""
    moto.reset()
    image = moto.register_images()[0]
    moto.faults(delay_before=DELAY, delay_after=DELAY, transition=0.5)
    with tempfile.TemporaryDirectory(prefix="mcflow-kill-") as name:
        folder = Path(name)
        peer.write(folder, moto.endpoint, image)
        environ = {**os.environ, **CREDENTIALS, **NOWHERE, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        if peer.prepare:
            subprocess.run(peer.prepare, cwd=folder, env=environ, check=True, capture_output=True)
        _kill(peer, folder, environ, moto, chance.randint(1, sum(WANTED.values()) - 1), chance.uniform(0.0, 1.0))
        known = peer.known(folder)
        real = _objects(moto)
        orphans = sum(1 for id in real if id not in (known or set()))
        moto.faults()
        reruns, converged = 0, False
        while not converged and reruns < 2:
            reruns += 1
            done = subprocess.run(peer.command, cwd=folder, env=environ, capture_output=True, timeout=PATIENCE)
            converged = done.returncode == 0
        return _counted(peer.known(folder), _objects(moto), len(real), orphans, known is None, reruns, converged)


def _counted(known: set[str] | None, living: Mapping[str, str], real: int, orphans: int, unreadable: bool, reruns: int,
             converged: bool) -> Trial:
    kinds = Counter(living.values())
    left = sum(1 for id in living if id not in (known or set()))
    duplicates = sum(max(0, kinds[kind] - count) for kind, count in WANTED.items())
    return Trial(real, orphans, unreadable, reruns, converged, left, duplicates)


def _kill(peer: Peer, folder: Path, environ: Mapping[str, str], moto: MotoCloud, creations: int, late: float) -> None:
    """Run until that many creations have arrived, and a moment longer; then kill -9 the whole group and let the cloud finish."""
    process = subprocess.Popen(peer.command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    deadline = time.monotonic() + PATIENCE
    while len(_objects(moto)) < creations and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(late)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    while moto.flights():
        time.sleep(0.05)


def _objects(moto: MotoCloud) -> dict[str, str]:
    return {id: kind for id, kind in moto.inventory().items() if kind in WANTED}


def table(results: Mapping[str, list[Trial]]) -> str:
    """What a person reads."""
    heads = ("", "kills", "objects at the kill", "orphans at the kill", "unreadable", "reruns that converge", "orphans in the end",
             "duplicates")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, trials in results.items():
        lines.append(
            f"| {name} | {len(trials)} | {sum(each.real for each in trials)} | {sum(each.orphans for each in trials)} "
            f"| {sum(each.unreadable for each in trials)} | {sum(each.converged for each in trials)} of {len(trials)} "
            f"| {sum(each.left for each in trials)} | {sum(each.duplicates for each in trials)} |")
    return "\n".join(lines)


def main() -> int:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mirror", type=Path, help="a file-system mirror with Terraform's AWS provider")
    chosen = parser.parse_args()
    mcflow = Peer("mcflow", write_mcflow, (), (str(Path(sys.executable).with_name("mcflow")), "apply", "-y"), mcflow_ids)
    peers = [mcflow]
    if shutil.which("terraform") and chosen.mirror:
        peers.append(Peer("Terraform", write_terraform, ("terraform", "init", "-input=false", f"-plugin-dir={chosen.mirror.absolute()}"),
                          ("terraform", "apply", "-input=false", "-auto-approve"), terraform_ids))
    else:
        print("terraform or its provider's mirror is not here: only mcflow is measured", file=sys.stderr)
    results: dict[str, list[Trial]] = {}
    with tempfile.TemporaryDirectory(prefix="mcflow-moto-") as folder, serving(Path(folder)) as moto:
        for peer in peers:
            chance = random.Random(chosen.seed)
            for number in range(chosen.trials):
                results.setdefault(peer.name, []).append(trial(peer, moto, chance))
                print(f"{peer.name} {number + 1}: {results[peer.name][-1]}", file=sys.stderr, flush=True)
    print(table(results))
    wrong = [each for each in results["mcflow"] if each.left or each.duplicates or each.unreadable or not each.converged]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
