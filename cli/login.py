"""Logging in: the command of ssh, the key for as long as it runs, and what it ends with."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation
from mcflow.model.diagnostic import reject

if TYPE_CHECKING:
    from mcflow.engine.operate.machine import Access
    from mcflow.model.values import Secret


@dataclass(frozen=True)
class Wish:
    """What was typed."""

    address: str
    words: tuple[str, ...] = ()
    user: str = ""
    key: Path | None = None
    port: int = 22
    private: bool = False
    jump: str = ""
    tty: bool = False
    printing: bool = False


def log_in(invocation: Invocation, wish: Wish) -> int:
    """Run ssh, or print its command. Returns ssh's exit code."""
    from mcflow.engine import api

    access = api.machine_access(invocation.project(), wish.address)
    if wish.printing:
        key = wish.key or (Path(f"PRIVATE-KEY-OF-{access.key_owner}") if access.key is not None else None)
        invocation.terminal.raw(shlex.join(command_line(access, wish, key)))
        return OK
    line_for = command_line(access, wish, wish.key)
    _remembering(access.known_hosts)
    if wish.key is not None or access.key is None:
        return _run(invocation, line_for)
    with _key_file(access.key) as key:
        return _run(invocation, command_line(access, wish, key))


def command_line(access: Access, wish: Wish, key: Path | None) -> list[str]:
    """ssh and its arguments. Raises Rejected (MC1049) where there is no address to go to."""
    host = access.private if wish.private else access.public
    if not host:
        kind = "private" if wish.private else "public"
        advice = "give --private, or go through a jump host with --jump" if access.private and not wish.private else (
            "is it running? `mcflow vm start` starts it")
        raise reject("MC1049", address=wish.address, kind=kind, advice=advice)
    options = {
        "UserKnownHostsFile": _quoted(access.known_hosts), "StrictHostKeyChecking": "accept-new", "HostKeyAlias": access.alias,
        "CheckHostIP": "no", **({"IdentitiesOnly": "yes"} if key is not None else {}),
    }
    user = wish.user or access.user
    return [
        "ssh", *(part for name, value in options.items() for part in ("-o", f"{name}={value}")),
        *(("-i", str(key)) if key is not None else ()), *(("-p", str(wish.port)) if wish.port != 22 else ()),
        *(("-J", wish.jump) if wish.jump else ()), *(("-t",) if wish.tty else ()), *(("-l", user) if user else ()), "--", host, *wish.words,
    ]


def _quoted(path: Path) -> str:
    """A path as ssh's configuration takes it: it splits at spaces, and knows percent signs."""
    return '"' + str(path.absolute()).replace("%", "%%") + '"'


def _remembering(known_hosts: Path) -> None:
    known_hosts.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known_hosts.touch(mode=0o600, exist_ok=True)


@contextmanager
def _key_file(key: Secret) -> Iterator[Path]:
    """The key in a file that only its owner reads, in memory where there is such a place, gone afterwards."""
    memory = next((place for place in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm") if place and os.access(place, os.W_OK)), None)  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="mcflow-ssh-", dir=memory) as folder:
        path = Path(folder) / "key"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            text: str = key.reveal()
            file.write(text if text.endswith("\n") else text + "\n")
        yield path


def _run(invocation: Invocation, words: list[str]) -> int:
    """ssh has the terminal to itself; Ctrl-C is its business."""
    with invocation.progress.paused(), _signals_to_the_child():
        try:
            return subprocess.run(words, check=False).returncode
        except OSError as refused:
            raise reject("MC1051", reason=refused.strerror or refused) from refused


@contextmanager
def _signals_to_the_child() -> Iterator[None]:
    """The terminal sends Ctrl-C to ssh as well; this process waits for it, and takes the key away."""
    def wait(number: int, frame: object) -> None:
        """Nothing: ssh has got it too, and its end is waited for."""

    before = {number: signal.signal(number, wait) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
