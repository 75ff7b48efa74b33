"""A real sshd on the loopback, and a machine of the rehearsal cloud that has its address."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ADDRESS, JUMP = "127.0.0.10", "127.0.0.11"
"""All of 127/8 is this machine alone."""
BLUEPRINT = """
mcflow: 1
name: reach
connections:
  cloud: {{driver: mock, poll_interval: 0.01}}
resources:
  net:
    type: vpc
    properties: {{cidr: 127.0.0.0/16, internet: false}}
  app:
    type: subnet
    properties: {{vpc: "{{{{ resources.net }}}}", cidr: 127.0.0.0/24, public: false}}
  key:
    type: key_pair
  web:
    type: vm
    properties: &machine
      subnet: "{{{{ resources.app }}}}"
      image: {{os: ubuntu, version: "24.04"}}
      spec: {{vcpus: 1}}
      key_pair: "{{{{ resources.key }}}}"
      private_ip: {address}
      user: {user}
outputs:
  public_key: "{{{{ resources.key.public_key }}}}"
"""


def sshd_program() -> str:
    """Where the server is. Not on an ordinary user's PATH."""
    found = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, "sshd is not installed; `./check ssh` installs it"
    return found


class Reach:
    """A folder with the blueprint, applied; a server that lets its key in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = getpass.getuser()
        self.port = 0
        self._server: subprocess.Popen[bytes] | None = None
        (folder / "mcflow.yaml").write_text(BLUEPRINT.format(address=ADDRESS, user=self.user))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MCFLOW_", "SSH_"))}
        self.environ = {**kept, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}
        (folder / "run").mkdir(mode=0o700)
        assert self.mcflow("apply", "-y").returncode == 0
        (folder / "authorized").write_text(self.mcflow("output", "--raw", "public_key").stdout)

    def mcflow(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What one types, in a process of its own."""
        program = [sys.executable, "-c", "from mcflow.cli.entry import run; run()"]
        return subprocess.run([*program, *words], cwd=self.folder, env=self.environ, text=True, capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)

    def ssh(self, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """``mcflow ssh web`` to the server."""
        return self.mcflow("ssh", "web", "--private", "-p", str(self.port), *options, "--", *words)

    @property
    def known_hosts(self) -> Path:
        """Where host keys are kept."""
        return self.folder / ".mcflow/ssh/reach/default/known_hosts"

    def keys_left(self) -> list[Path]:
        """Files of private keys that nobody took away."""
        return [*(self.folder / "run").glob("mcflow-ssh-*")]

    def serve(self, key: str = "host") -> None:
        """Start the server, with the host key of that name."""
        if not (self.folder / key).exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / key)], check=True)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.port = self.port or _free_port()
        config = self.folder / "sshd_config"
        config.write_text("".join(f"{line}\n" for line in (
            f"Port {self.port}", f"ListenAddress {ADDRESS}", f"ListenAddress {JUMP}", f"HostKey {self.folder / key}", "PidFile none",
            f"AuthorizedKeysFile {self.folder / 'authorized'}", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
            "PermitRootLogin prohibit-password", "LogLevel VERBOSE")))
        self._server = subprocess.Popen([sshd_program(), "-D", "-e", "-f", str(config)], stdout=subprocess.DEVNULL,
                                        stderr=(self.folder / "sshd.log").open("ab"))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert self._server.poll() is None, (self.folder / "sshd.log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex((ADDRESS, self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("sshd does not listen")

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[Reach]:
    """The machine can be reached."""
    found = Reach(tmp_path)
    found.serve()
    yield found
    found.stop()
