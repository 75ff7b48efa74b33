"""mcflow and Terraform with its AWS provider beside each other, against the same emulator in one run.

    python -m benchmarks.aws --mirror FOLDER [--objects 196|956] [--latency 0|0.1] [--output FILE]

FOLDER is a file-system mirror with the provider (``registry.terraform.io/hashicorp/aws/…``). Without ``terraform`` or the mirror only
mcflow is measured, and it says so. moto runs in a process of its own behind a wrapper that counts requests and answers each one
``--latency`` seconds late. Every stage is a command in a process of its own, as a person types it: CPU seconds are the kernel's, with the
processes it started (Terraform's provider is one), memory is the peak of the largest.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.aws_workload import SIZES, Size, write_mcflow, write_terraform
from tests.aws.moto_handle import CREDENTIALS, MotoCloud, serving
from tests.conformance.aws_cloud import NOWHERE

STAGES = ("validate", "plan from empty", "apply", "no-op plan", "plan after one change", "apply one change", "destroy")
EDITED = "plan after one change"
LIMIT = 1800.0


@dataclass(frozen=True)
class Peer:
    """One of the two: how its folder is filled, what comes before the stages, and the command of each stage."""

    name: str
    write: Callable[..., None]
    prepare: tuple[str, ...]
    commands: Mapping[str, tuple[str, ...]]


@dataclass
class Row:
    """What one command took. ``calls``: operation → how often it was asked for."""

    peer: str
    stage: str
    requests: int
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    exit_code: int
    calls: dict[str, int] = field(default_factory=dict)


def peers(mirror: Path | None) -> list[Peer]:
    """mcflow, and Terraform where it and its provider are there."""
    mcflow = str(Path(sys.executable).with_name("mcflow"))
    plan, apply = (mcflow, "plan"), (mcflow, "apply", "-y")
    found = [Peer("mcflow", write_mcflow, (), dict(zip(STAGES, (
        (mcflow, "validate"), plan, apply, plan, plan, apply, (mcflow, "destroy", "-y")), strict=True)))]
    if shutil.which("terraform") and mirror is not None and mirror.is_dir():
        plan, apply = ("terraform", "plan", "-input=false"), ("terraform", "apply", "-input=false", "-auto-approve")
        init = ("terraform", "init", "-input=false", f"-plugin-dir={mirror.absolute()}")
        found.append(Peer("Terraform", write_terraform, init, dict(zip(STAGES, (
            ("terraform", "validate"), plan, apply, plan, plan, apply, ("terraform", "destroy", "-input=false", "-auto-approve")),
            strict=True))))
    else:
        print("terraform or its provider's mirror is not here: only mcflow is measured", file=sys.stderr)
    return found


def measure(peer: Peer, moto: MotoCloud, size: Size, latency: float, compiled: Path, stages: tuple[str, ...] = STAGES) -> list[Row]:
    """Every stage, on an empty cloud. A command that fails ends it; its row says so."""
    moto.reset()
    image = moto.register_images()[0]
    moto.faults(delay_before=latency)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mcflow-aws-") as name:
        folder = Path(name)
        peer.write(folder, size, moto.endpoint, image)
        environ = {**os.environ, **CREDENTIALS, **NOWHERE, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        as_installed(environ, compiled)
        if peer.prepare:
            subprocess.run(peer.prepare, cwd=folder, env=environ, check=True, capture_output=True)
        for stage in stages:
            if stage == EDITED:
                peer.write(folder, size, moto.endpoint, image, edited=True)
            rows.append(run(peer.name, stage, peer.commands[stage], folder, environ, moto))
            print(f"{asdict(rows[-1])}", file=sys.stderr, flush=True)
            if rows[-1].exit_code not in (0, 2):
                print((folder / "told").read_text()[-3000:], file=sys.stderr)
                break
    return rows


def as_installed(environ: dict[str, str], compiled: Path) -> None:
    """Python's byte code in a folder of its own, whatever the machine's habit: an installation has it ready."""
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ["PYTHONPYCACHEPREFIX"] = str(compiled)
    if not any(compiled.iterdir()):
        import boto3
        import botocore

        import mcflow

        rooms = [Path(mcflow.__file__).parent, *(Path(each.__file__).parent for each in (boto3, botocore))]
        subprocess.run([sys.executable, "-m", "compileall", "-q", *map(str, rooms)], env=environ, check=False, capture_output=True)
        subprocess.run([str(Path(sys.executable).with_name("mcflow")), "--help"], env=environ, check=True, capture_output=True)


def run(peer: str, stage: str, command: tuple[str, ...], folder: Path, environ: Mapping[str, str], moto: MotoCloud) -> Row:
    """One command: what it cost and what it asked for."""
    before = moto.calls()
    begin = time.monotonic()
    with (folder / "told").open("wb") as told:
        process = subprocess.Popen(command, cwd=folder, env=dict(environ), stdout=told, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    calls = {name: count - before.get(name, 0) for name, count in moto.calls().items() if count > before.get(name, 0)}
    return Row(peer, stage, sum(calls.values()), round(used.ru_utime + used.ru_stime, 2), round(wall, 2), round(used.ru_maxrss / 1024, 1),
               process.returncode, calls)


def table(rows: list[Row]) -> str:
    """What a person reads: one line a stage, mcflow first, Terraform in brackets."""
    lines = ["| stage | requests | CPU s | wall s | peak MB |", "|---|---|---|---|---|"]
    for stage in STAGES:
        told = {row.peer: row for row in rows if row.stage == stage}
        if "mcflow" in told:
            cells = [_cell(told, name) for name in ("requests", "cpu_seconds", "wall_seconds", "peak_mb")]
            lines.append(f"| {stage} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(told: Mapping[str, Row], name: str) -> str:
    other = f" ({getattr(told['Terraform'], name)})" if "Terraform" in told else ""
    return f"{getattr(told['mcflow'], name)}{other}"


def main() -> int:
    """Measure, print the table, write the figures. Exit code 1 if a command failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mirror", type=Path, help="a file-system mirror with Terraform's AWS provider")
    parser.add_argument("--objects", type=int, choices=sorted(SIZES), default=196)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds by which every answer is late")
    parser.add_argument("--output", type=Path, help="where the figures go as JSON")
    chosen = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mcflow-moto-") as folder, serving(Path(folder)) as moto, \
            tempfile.TemporaryDirectory(prefix="mcflow-compiled-") as compiled:
        for peer in peers(chosen.mirror):
            rows += measure(peer, moto, SIZES[chosen.objects], chosen.latency, Path(compiled))
    print(f"{chosen.objects} objects, {chosen.latency * 1000:.0f} ms of latency; Terraform in brackets\n\n{table(rows)}")
    if chosen.output:
        told: dict[str, Any] = {"objects": chosen.objects, "latency": chosen.latency, "rows": [asdict(row) for row in rows]}
        chosen.output.write_text(json.dumps(told, indent=1))
    return int(any(row.exit_code not in (0, 2) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
