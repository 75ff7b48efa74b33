"""Measures Terraform on the same shapes as terraform_data: each command is a process, measured by the kernel."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from benchmarks.shapes import write_terraform

COMMANDS = {
    "validate": ["validate"],
    "plan_empty": ["plan", "-input=false"],
    "apply": ["apply", "-input=false", "-auto-approve"],
    "plan_noop": ["plan", "-input=false"],
    "plan_one": ["plan", "-input=false"],
    "destroy": ["destroy", "-input=false", "-auto-approve"],
}


def available() -> bool:
    """True if terraform is on the machine."""
    return shutil.which("terraform") is not None


def measure(shape: str, size: int, limit: float) -> dict[str, dict[str, float]]:
    """Stage → {cpu_seconds, peak_mb, state_bytes}; a command that takes more than ``limit`` seconds ends it, with an ``error``."""
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="mcflow-bench-tf-") as name:
        folder = Path(name)
        write_terraform(folder, shape, size)
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        subprocess.run(["terraform", "init", "-input=false"], cwd=folder, env=environment, check=True, capture_output=True)
        for stage, arguments in COMMANDS.items():
            if stage == "plan_one":
                write_terraform(folder, shape, size, edited=True)
            row = _run(["terraform", *arguments], folder, environment, limit)
            state = folder / "terraform.tfstate"
            results[stage] = {**row, "state_bytes": state.stat().st_size if state.exists() else 0}
            if "error" in row:
                break
    return results


def _run(command: list[str], folder: Path, environment: dict[str, str], limit: float) -> dict[str, float]:
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    timer = threading.Timer(limit, process.send_signal, [signal.SIGKILL])
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    row: dict[str, float] = {"cpu_seconds": round(used.ru_utime + used.ru_stime, 4), "peak_mb": round(used.ru_maxrss / 1024, 1)}
    if status != 0:
        row["error"] = 1.0
    return row
