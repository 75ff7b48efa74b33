"""Logging in: the command of ssh, the keys for as long as it runs, and what it ends with."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation
from mcflow.model.diagnostic import Rejected, reject

if TYPE_CHECKING:
    from mcflow.engine.operate.machine import Access
    from mcflow.engine.project import Project
    from mcflow.model.values import Secret

_HOP = re.compile(r"(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:@\[\]\"]+)(?::(?P<port>\d+))?")


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


@dataclass(frozen=True)
class Hop:
    """One machine on the way. ``alias`` names its host key; ``secret`` is a key made for it, ``owner`` its key pair."""

    host: str
    user: str
    port: int
    known_hosts: Path
    alias: str = ""
    key: Path | None = None
    secret: Secret | None = None
    owner: str = ""


def log_in(invocation: Invocation, wish: Wish) -> int:
    """Run ssh, or print its command. Returns ssh's exit code."""
    from mcflow.engine import api

    project = invocation.project()
    access = api.machine_access(project, wish.address)
    last = _hop(access, wish.address, private=wish.private, port=wish.port, user=wish.user, key=wish.key)
    jump = _jump(project, wish, access) if wish.jump else None
    if wish.printing:
        invocation.terminal.raw(shlex.join(command_line(_named(last), _named(jump) if jump else None, wish)))
        return OK
    with ExitStack() as stack:
        _remembering(access.known_hosts)
        last, jump = _with_key(stack, last), _with_key(stack, jump) if jump else None
        return _run(invocation, command_line(last, jump, wish))


def command_line(last: Hop, jump: Hop | None, wish: Wish) -> list[str]:
    """ssh and its arguments. The way through a jump host is a command of its own: only so has it its own key and host keys."""
    through = []
    if jump is not None:
        words = [word.replace("%", "%%") for word in ("ssh", *_options(jump))]
        through = ["-o", f"ProxyCommand={shlex.join([*words, '-W'])} '[%h]:%p' -- {shlex.quote(jump.host)}"]
    return ["ssh", *_options(last), *through, *(("-t",) if wish.tty else ()), "--", last.host, *wish.words]


def _options(hop: Hop) -> Iterator[str]:
    options = {
        "UserKnownHostsFile": _quoted(hop.known_hosts), "StrictHostKeyChecking": "accept-new", "CheckHostIP": "no",
        "HashKnownHosts": "no",
        **({"HostKeyAlias": hop.alias} if hop.alias else {}), **({"IdentitiesOnly": "yes"} if hop.key is not None else {}),
    }
    for name, value in options.items():
        yield from ("-o", f"{name}={value}")
    yield from (*(("-i", str(hop.key)) if hop.key is not None else ()), *(("-p", str(hop.port)) if hop.port != 22 else ()),
                *(("-l", hop.user) if hop.user else ()))


def _quoted(path: Path) -> str:
    """A path as ssh's configuration takes it: it splits at spaces, and knows percent signs."""
    return '"' + str(path.absolute()).replace("%", "%%") + '"'


def _hop(access: Access, address: str, *, private: bool, port: int = 22, user: str = "", key: Path | None = None) -> Hop:
    """Raises Rejected (MC1049) where there is no address to go to."""
    host = access.private if private else access.public
    if not host:
        advice = "give --private, or go through a jump host with --jump" if access.private and not private else (
            "is it running? `mcflow vm start` starts it")
        raise reject("MC1049", address=address, kind="private" if private else "public", advice=advice)
    secret = access.key if key is None else None
    return Hop(host, user or access.user, port, access.known_hosts, access.alias, key, secret, access.key_owner)


def _jump(project: Project, wish: Wish, access: Access) -> Hop:
    """A machine of the state, or any host. With the same key as the last one where it has none of its own."""
    from mcflow.engine import api

    try:
        found = api.machine_access(project, wish.jump)
    except Rejected as rejected:
        if any(finding.code != "MC0773" for finding in rejected.diagnostics):
            raise
        parts = _HOP.fullmatch(wish.jump)
        if parts is None:
            raise
        host = parts["host"].strip("[]")
        secret = access.key if wish.key is None else None
        return Hop(host, parts["user"] or "", int(parts["port"] or 22), access.known_hosts, "", wish.key, secret, access.key_owner)
    return _hop(found, wish.jump, private=False, key=wish.key)


def _named(hop: Hop) -> Hop:
    """With a name in place of a key that is in no file."""
    return replace(hop, key=Path(f"PRIVATE-KEY-OF-{hop.owner}")) if hop.key is None and hop.secret is not None else hop


def _with_key(stack: ExitStack, hop: Hop) -> Hop:
    """With its key in a file, for as long as the stack lasts."""
    if hop.key is not None or hop.secret is None:
        return hop
    return replace(hop, key=stack.enter_context(_key_file(hop.secret)))


def _remembering(known_hosts: Path) -> None:
    known_hosts.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known_hosts.touch(mode=0o600, exist_ok=True)


@contextmanager
def _key_file(key: Secret) -> Iterator[Path]:
    """The key in a file that only its owner reads, in memory where there is such a place, gone afterwards."""
    places = (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm")  # noqa: S108 - a folder of our own is made in it
    memory = next((place for place in places if place and os.access(place, os.W_OK)), None)
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
            code = subprocess.run(words, check=False).returncode
            # As shells say that a signal ended it.
            return code if code >= 0 else 128 - code
        except OSError as refused:
            raise reject("MC1051", reason=refused.strerror or refused) from refused


@contextmanager
def _signals_to_the_child() -> Iterator[None]:
    """The terminal sends Ctrl-C to ssh as well; this process waits for it, and takes the keys away."""
    def wait(number: int, frame: object) -> None:
        """Nothing: ssh has got it too, and its end is waited for."""

    before = {number: signal.signal(number, wait) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
