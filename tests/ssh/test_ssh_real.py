"""``mcflow ssh`` against a real sshd: the key made for the machine, host keys, exit codes, jump hosts."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

from tests.ssh.conftest import ADDRESS, JUMP, Reach


def test_a_command_runs_with_the_key_that_was_made_and_nothing_of_it_stays(reach: Reach) -> None:
    done = reach.ssh("echo", "$SSH_CONNECTION", "and", "it runs")
    assert done.returncode == 0, done.stderr
    assert ADDRESS in done.stdout
    assert done.stdout.rstrip().endswith("and it runs")
    assert reach.ssh("exit 7").returncode == 7
    assert reach.keys_left() == []
    assert stat.S_IMODE(reach.known_hosts.stat().st_mode) == 0o600
    assert reach.known_hosts.read_text().startswith("mock-i-")
    log = (reach.folder / "sshd.log").read_text()
    assert f"Accepted publickey for {reach.user}" in log


def test_another_host_key_under_the_same_machine_is_refused(reach: Reach) -> None:
    assert reach.ssh("true").returncode == 0
    reach.stop()
    reach.serve("other")
    refused = reach.ssh("true")
    assert refused.returncode == 255
    assert "IDENTIFICATION HAS CHANGED" in refused.stderr
    assert reach.keys_left() == []


def test_a_machine_that_was_replaced_is_another_one(reach: Reach) -> None:
    assert reach.ssh("true").returncode == 0
    reach.stop()
    reach.serve("other")
    assert reach.mcflow("apply", "-y", "--replace", "web").returncode == 0
    again = reach.ssh("true")
    assert again.returncode == 0, again.stderr
    assert len(reach.known_hosts.read_text().splitlines()) == 2


def test_a_key_of_ones_own(reach: Reach, tmp_path: Path) -> None:
    own = tmp_path / "own"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(own)], check=True)
    assert reach.ssh("true", options=("--key", str(own))).returncode == 255
    (reach.folder / "authorized").write_text(own.with_suffix(".pub").read_text())
    assert reach.ssh("true", options=("--key", str(own))).returncode == 0
    assert reach.ssh("true").returncode == 255, "the key that was made is let in no more"


def test_through_a_jump_host(reach: Reach) -> None:
    done = reach.ssh("echo", "$SSH_CONNECTION", options=("--jump", f"{reach.user}@{JUMP}:{reach.port}"))
    assert done.returncode == 0, done.stderr
    log = (reach.folder / "sshd.log").read_text()
    assert log.count("Accepted publickey") == 2, log
    assert reach.keys_left() == []


def test_the_command_is_printed_and_holds_no_key(reach: Reach) -> None:
    printed = reach.mcflow("ssh", "web", "--private", "--print", "--", "uptime").stdout
    assert printed.startswith("ssh -o ")
    assert "PRIVATE-KEY-OF-key" in printed
    assert f"-l {reach.user} -- {ADDRESS} uptime" in printed
    assert "PRIVATE KEY-----" not in printed
    assert not reach.known_hosts.exists()


def test_without_a_public_address_it_says_what_to_do(reach: Reach) -> None:
    told = reach.mcflow("ssh", "web")
    assert told.returncode == 1
    assert "MC1049" in told.stderr
    assert "--private" in told.stderr
