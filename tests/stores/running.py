"""Runs a command with servers running around it: ``python -m tests.stores.running s3 gcs azure postgresql -- COMMAND…``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.stores.servers import RUNNING, serving, told


def main(words: list[str]) -> int:
    """Start the servers named before ``--``, run what comes after it, end them. The command's exit code."""
    cut = words.index("--")
    with tempfile.TemporaryDirectory(prefix="mcflow-stores-") as folder, ExitStack() as stack:
        waiting = [serving(name, _made(Path(folder) / name)) for name in words[:cut]]
        with ThreadPoolExecutor(len(waiting) or 1) as pool:
            servers = list(pool.map(stack.enter_context, waiting))
        print(f"· running: {', '.join(server.name for server in servers)}", file=sys.stderr)
        environ = {**os.environ, RUNNING: told({server.name: server for server in servers})}
        return subprocess.run(words[cut + 1:], env=environ, check=False).returncode


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
