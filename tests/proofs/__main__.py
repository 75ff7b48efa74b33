"""``python -m tests.proofs PROOF``: the long forms. Each prints a table, and ends with 1 if anything was found."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from pathlib import Path

from tests.kills.controls import VARIANTS
from tests.proofs import corruption, killpoints, powercut, syscalls
from tests.proofs.operations import OPERATIONS, RECORDED
from tests.proofs.report import Progress, Table, cpu_seconds, replay
from tests.proofs.stage import prepare, scratch


def main() -> int:
    """Prove, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    proofs = parser.add_subparsers(dest="proof", required=True)
    _kill_options(proofs.add_parser("killpoints", help=killpoints.__doc__, description=killpoints.__doc__))
    _cut_options(proofs.add_parser("powercut", help=powercut.__doc__, description=powercut.__doc__))
    _syscall_options(proofs.add_parser("syscalls", help=syscalls.__doc__, description=syscalls.__doc__))
    _corruption_options(proofs.add_parser("corruption", help=corruption.__doc__, description=corruption.__doc__))
    for each in proofs.choices.values():
        each.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(30))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}")
    folder = scratch()
    try:
        findings: list[str] = chosen.run(chosen, folder)
    finally:
        shutil.rmtree(folder)
    for finding in findings[:50]:
        print(" ", finding)
    print(f"{len(findings)} findings, {cpu_seconds():.0f} s CPU besides the processes that were killed")
    return int(bool(findings))


def _kill_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_kills)
    parser.add_argument("--points", type=int, help="that many, spread over all; without it: every one")
    parser.add_argument("--operation", choices=[each.name for each in OPERATIONS], action="append", default=[])
    parser.add_argument("--point", type=int, help="only this point of the operation: a case again")
    parser.add_argument("--parallelism", type=int, default=1, help="calls in flight; more than one makes the points vary a little")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="as_it_is", help="an engine that is wrong on purpose")


def _kills(chosen: argparse.Namespace, folder: Path) -> list[str]:
    if chosen.point is not None:
        (name,) = chosen.operation
        stage = prepare(killpoints.operation(name), folder / "stage")
        return killpoints.strike_and_judge(
            stage, folder / "case", name, chosen.point, chosen.seed, chosen.parallelism, chosen.variant) or []
    progress = Progress()

    def tell(sweep: killpoints.Sweep) -> None:
        progress.tell(f"{sweep.struck.total()} of {sum(sweep.known.values())} points, {len(sweep.wrong)} findings")

    done = killpoints.sweep(
        folder, count=chosen.points, names=tuple(chosen.operation), seed=chosen.seed, parallelism=chosen.parallelism,
        variant=chosen.variant, on_point=tell)
    print(done.table())
    print()
    print(Table(("killed at", "times"), [(kind, str(times)) for kind, times in done.kinds.most_common()]))
    print(f"{done.struck.total()} kills, {done.late} points did not come")
    return [
        f"{finding}\n    {replay('killpoints', '--operation', name, '--point', point, '--seed', chosen.seed)}"
        for name, point, finding in done.wrong
    ]


def _cut_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_cuts)
    parser.add_argument("--images", type=int, default=20000, help="images in all (default: %(default)s)")
    parser.add_argument("--operation", choices=[each.name for each, _ in RECORDED], action="append", default=[])
    parser.add_argument("--parallelism", type=int, default=1, help="calls in flight while it is recorded")
    parser.add_argument("--omit", choices=sorted(powercut.SYNCS), default="", help="leave out one sort of sync: it must be found out")
    parser.add_argument("--keep", type=Path, default=Path("powercut-cases"), help="where failing cases are written (default: %(default)s)")
    parser.add_argument("--case", type=Path, help="only judge this case, which was written out, again")


def _cuts(chosen: argparse.Namespace, folder: Path) -> list[str]:
    if chosen.case is not None:
        return powercut.replay(chosen.case, folder)
    progress = Progress()

    def tell(cuts: powercut.Cuts) -> None:
        progress.tell(f"{cuts.images.total()} images, {cuts.recoveries.total()} recoveries, {len(cuts.wrong)} findings")

    done = powercut.sweep(
        folder, chosen.images, names=tuple(chosen.operation), seed=chosen.seed, parallelism=chosen.parallelism, omit=chosen.omit,
        keep=chosen.keep, on_image=tell)
    print(done.table())
    print()
    print(Table(("reported", "images"), [(code, str(times)) for code, times in sorted(done.codes.items())]))
    if done.wrong:
        print(f"cases are in {chosen.keep}; {replay('powercut', '--case', chosen.keep / 'CASE')}")
    return [f"{name} at {point}: {finding}" for name, point, finding in done.wrong]


def _syscall_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_syscalls)
    parser.add_argument("--places", type=int, help="that many places of each call for each error; without it: every place, twice")
    parser.add_argument("--strike", type=syscalls.read_strike, help="only this one, as a finding names it: a case again")


def _syscalls(chosen: argparse.Namespace, folder: Path) -> list[str]:
    progress = Progress()

    def tell(sweep: syscalls.Sweep) -> None:
        progress.tell(f"{sweep.strikes.total()} failures, {len(sweep.wrong)} findings")

    if chosen.strike is not None:
        return syscalls.Bench(folder).judge(chosen.strike, syscalls.Sweep())
    done = syscalls.sweep(folder, chosen.places, chosen.seed, tell)
    print(done.table())
    print()
    print(Table(("told", "runs"), [(code, str(times)) for code, times in sorted(done.told.items())]))
    print(f"{done.strikes.total()} failures, {done.failed.total()} of them ended the run")
    wrong = [f"{finding}\n    {replay('syscalls', '--strike', strike)}" for strike, finding in done.wrong]
    return [*wrong, *_full_disks(folder / "full")]


def _full_disks(folder: Path) -> list[str]:
    wrong, ends = [], []
    for kib in syscalls.FULL_AT:
        found = syscalls.fill_a_disk(folder, kib)
        if found is None:
            print("no disk of a given size can be mounted here; full disks were only played")
            return wrong
        ends.append((str(kib), str(found[0]), str(len(found[1]))))
        wrong += [f"a disk of {kib} KiB: {finding}" for finding in found[1]]
    print()
    print(Table(("disk, KiB", "exit code", "findings"), ends))
    return wrong


def _corruption_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_corruption)
    parser.add_argument("--kind", choices=sorted(corruption.KINDS), default="clear", help="how the states are written")
    parser.add_argument("--step", type=int, default=1, help="damage one byte in so many (default: every one)")
    parser.add_argument("--settle", type=float, default=0.05, help="the share of damaged states that is written to as well")


def _corruption(chosen: argparse.Namespace, folder: Path) -> list[str]:
    progress = Progress()

    def tell(tally: corruption.Tally) -> None:
        progress.tell(f"{tally.total} damaged states, {len(tally.wrong)} findings")

    done = corruption.sweep(folder, kind=chosen.kind, step=chosen.step, seed=chosen.seed, settle=chosen.settle, on_damage=tell)
    print(done.table())
    print()
    print(done.not_recovered())
    print(f"{done.total} damaged states, {done.recovered:.3%} recovered by themselves, {1 - len(done.wrong) / done.total:.3%} detected or "
          "harmless")
    few = [] if done.recovered >= corruption.ENOUGH else [f"only {done.recovered:.3%} recovered"]
    return [*done.wrong, *few]


if __name__ == "__main__":
    sys.exit(main())
