"""A folder in which the command line runs with secrets, every byte of which is kept to be swept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conformance.mock_cloud import MockCloud
from tests.secrets.scanner import leaks

WATCH = """
import os, sys
def _watch(event, told):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system"):
        with open(os.environ["STATION_CHILDREN"], "a") as out:
            out.write(repr(told) + "\\n")
sys.addaudithook(_watch)
"""
"""Before every command: whatever process it starts is written down, its arguments and its environment too."""
MAIN = "from mcflow.cli import main; main()"


class Station:
    """Runs mcflow and keeps what it said. The cloud's own file lies apart: it is where secrets belong."""

    def __init__(self, folder: Path, secrets: dict[str, str]) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cloud = MockCloud(folder / "cloud")
        self.secrets = secrets
        self.said: list[tuple[str, bytes]] = []
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.children = folder / "children"
        self.more: dict[str, str] = {}

    def _environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV")}
        return {**kept, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1",
                "STATION_CHILDREN": str(self.children), **self.more, **more}

    def run(self, *arguments: str, expect: tuple[int, ...] = (0,), patch: str = "", **environment: str) -> bytes:
        """One command to its end. ``patch``: Python that is run ahead of it."""
        told = self._environment(**environment)
        command = [sys.executable, "-c", f"{WATCH}{patch}\n{MAIN}", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=told, capture_output=True, timeout=120)
        self.said += [(f"stdout of {arguments[0]}", done.stdout), (f"stderr of {arguments[0]}", done.stderr)]
        assert done.returncode in expect, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def run_and_kill(self, *arguments: str, when: int, **environment: str) -> None:
        """One command, killed as soon as the cloud's ledger has ``when`` more lines than now."""
        before = len(self.cloud.store.ledger())
        process = subprocess.Popen([sys.executable, "-c", f"{WATCH}\n{MAIN}", *arguments], cwd=self.folder,
                                   env=self._environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while len(self.cloud.store.ledger()) < before + when and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        out, err = process.communicate()
        assert process.returncode == -9, f"it ended before it could be killed: {err[-2000:]!r}"
        self.said += [("stdout of a killed run", out), ("stderr of a killed run", err)]

    def found(self) -> list[str]:
        """Every leak, in what was said and in every file below the project and the home folder."""
        files = [path for top in (self.folder, self.home) for path in top.rglob("*") if path.is_file()]
        assert any("journal" in str(path) for path in files), "there is no journal to sweep"
        files += [self.children] if self.children.exists() else []
        written = [(str(path.relative_to(self.folder.parent)), path.read_bytes()) for path in files if not _given(path)]
        return [
            f"{name} in {where} ({form})" for where, data in [*self.said, *written]
            for name, secret in self.secrets.items() for form in leaks(data, secret)
        ]


def _given(path: Path) -> bool:
    """Files the user wrote the secret into."""
    return path.name == "secrets.yaml"
