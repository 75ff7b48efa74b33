"""One machine: what it wrote to its console, its first password, how to log in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mcflow.drivers.sdk import Driver, Operations, Unsupported
from mcflow.engine.calls.asking import ask, refusal
from mcflow.engine.operate.target import Target, observed, one_target
from mcflow.engine.project import Project
from mcflow.engine.resolve import Resolver
from mcflow.model.diagnostic import Rejected, reject
from mcflow.model.values import Secret
from mcflow.model.wire import decode
from mcflow.state.records import State

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """How to log in to a machine. ``alias`` names its host key, whatever address it has: a machine that was replaced is another one.
    ``key``: the private key made for it, where the blueprint let one be made; ``key_owner`` the key_pair's address."""

    address: str
    user: str
    public: str
    private: str
    alias: str
    known_hosts: Path
    key: Secret | None = None
    key_owner: str = ""


def is_machine(driver: Driver, type: str) -> bool:
    """Whether objects of the type are machines to the driver."""
    return driver.operations is not None and bool(driver.operations.verbs(type))


def console(project: Project, address: str) -> str:
    """The console's output as the cloud has it; empty if it has none yet. Raises Rejected."""
    return _asked(project, address, "show a console", lambda operations, target: operations.console(
        target.live.session, target.record.type, target.record.id))


def password(project: Project, address: str, key: Path) -> Secret:
    """The first password, decrypted here with the private key in the file. Raises Rejected: MC1046 not there yet, MC1047, MC1048."""
    from mcflow.engine.operate.decrypting import decrypted, private_key

    opened = private_key(key)
    sealed: bytes = _asked(project, address, "have a password", lambda operations, target: operations.password(
        target.live.session, target.record.type, target.record.id))
    if not sealed:
        raise reject("MC1046", address=address)
    return decrypted(sealed, opened, key)


def access(project: Project, address: str) -> Access:
    """How to log in. Asks the cloud for the machine's addresses and image only. Raises Rejected."""
    reading = project.workspace.read()
    state = reading.state
    sessions = project.sessions(state)
    try:
        target = one_target(project, state, sessions, address, "be logged in to", is_machine)
        operations = target.live.driver.operations
        assert operations is not None
        record = target.record
        known = observed(project, state, record)
        login = _read(project, target, lambda: operations.login(target.live.session, record.type, record.id, known))
    finally:
        sessions.close()
    owner, key = _generated(project, state, target)
    return Access(
        target.address, _wanted_user(state, target) or login.user, login.public, login.private, f"{record.driver}-{record.id}",
        _known_hosts(project), key, owner)


def _asked(project: Project, address: str, can: str, question: Callable[[Operations[Any], Target], T]) -> T:
    reading = project.workspace.read()
    sessions = project.sessions(reading.state)
    try:
        target = one_target(project, reading.state, sessions, address, can, is_machine)
        operations = target.live.driver.operations
        assert operations is not None
        return _read(project, target, lambda: question(operations, target))
    finally:
        sessions.close()


def _read(project: Project, target: Target, question: Callable[[], T]) -> T:
    from mcflow.drivers.sdk import DriverError

    try:
        return ask(target.live, project.ports, question)
    except Unsupported as error:
        raise reject("MC1039", address=target.address, reason=error.message or "its cloud has no such thing") from error
    except DriverError as error:
        raise Rejected([refusal(error, about=target.address, type=target.record.type, action="read")]) from error


def _wanted_user(state: State, target: Target) -> str:
    resource = state.resources.get(target.record.origin or "")
    user = resource.properties.get("user") if resource is not None else None
    return user if isinstance(user, str) else ""


def _generated(project: Project, state: State, target: Target) -> tuple[str, Secret | None]:
    """The private key of the key pair that the machine was made with, where it was made here."""
    for address in target.record.edges:
        owner = state.natives.get(address)
        resource = state.resources.get(owner.origin or "") if owner is not None else None
        if resource is None or resource.type != "key_pair" or resource.exports.get("private_key") is None:
            continue
        found = Resolver(state, project.sealer.unseal).resolve(decode(resource.exports["private_key"], project.sealer.unseal))
        if isinstance(found, Secret):
            return resource.address, found
    return "", None


def _known_hosts(project: Project) -> Path:
    """Host keys belong to a state: two of them may use one private range."""
    folder = project.blueprint.directory / ".mcflow" / "ssh" / project.name / project.environment
    return folder / "known_hosts"
