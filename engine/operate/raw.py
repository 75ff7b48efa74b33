"""Raw calls: any operation of any API of a connection's cloud, checked before it is sent, its secrets covered before it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.sdk import ApiOperation, DriverError, Raw, RawAnswer, UnknownNameError, WrongParametersError
from mcflow.engine.calls.asking import ask, refusal
from mcflow.engine.discover.looking import check_connection
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.operate.journalled import Deed, carry_out, left_open
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.engine.sessions import Live
from mcflow.engine.surgery.locate import nearest
from mcflow.model.diagnostic import Diagnostic, Rejected, reject

MASK = "(sensitive)"
_SECRET_KEY = re.compile(
    r"(password|passphrase|secret(?!s?(arn|id|name|version))|private_?key|credentials?$|access_?token|session_?token|refresh_?token"
    r"|auth(orization)?_?token|bearer|plaintext|secret(string|binary)|api_?key$|key_?material)", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"(next|page|pagination|continuation|client|request|lock)_?token|(arn|id|name|enabled|lastused|age|policy)$",
                        re.IGNORECASE)


@dataclass(frozen=True)
class RawCall:
    """What to call with which parameters. ``write``: what may change something is allowed; ``query``: a JMESPath over the answer."""

    connection: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    all_pages: bool = False
    query: str = ""
    write: bool = False
    reveal: bool = False


@dataclass(frozen=True)
class RawTold:
    """The answer as JSON, secrets covered unless asked for."""

    data: Any
    operation: ApiOperation
    request_id: str = ""
    findings: tuple[Diagnostic, ...] = ()


def services(project: Project, connection: str) -> Sequence[str]:
    """The services of a connection's cloud."""
    with _open(project, connection) as (live, raw):
        return raw.services(live.session)


def operations(project: Project, connection: str, service: str) -> Sequence[ApiOperation]:
    """The operations of a service. Raises Rejected (MC1055)."""
    with _open(project, connection) as (live, raw), _named(service):
        return raw.operations(live.session, service)


def describe(project: Project, connection: str, service: str, operation: str) -> ApiOperation:
    """One operation with its parameters. Raises Rejected (MC1055)."""
    with _open(project, connection) as (live, raw), _named(service):
        return raw.describe(live.session, service, operation)


def call(project: Project, wanted: RawCall, options: ApplyOptions) -> RawTold:
    """Call once. A write takes the lease and is in the audit log. Raises Rejected: MC1055 to MC1061, and what the cloud refuses."""
    query = _query(wanted.query)
    with _open(project, wanted.connection) as (live, raw), _named(wanted.service):
        operation = raw.describe(live.session, wanted.service, wanted.operation)
        raw.check(live.session, operation, wanted.parameters)
        _allow(wanted, operation)
        if operation.effect == "write":
            answer, findings = _write(project, wanted, live, raw, operation, options)
        else:
            answer, findings = _read(project, wanted, live, raw, operation), ()
    data: Any = answer.data if wanted.reveal else covered(answer)
    return RawTold(_searched(query, data, wanted.query), operation, answer.request_id, findings)


def covered(answer: RawAnswer) -> Any:
    """The answer without secrets: what the API's own model calls sensitive, and what is called like one."""
    data: Any = _by_name(answer.data)
    for path in answer.secrets:
        data = _at(data, path)
    return data


def _by_name(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_by_name(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {key: MASK if _is_secret(key, item) else _by_name(item) for key, item in tree.items()}


def _is_secret(key: str, item: Any) -> bool:
    return isinstance(item, str) and bool(item) and bool(_SECRET_KEY.search(key)) and not _PLAIN_KEY.search(key)


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return MASK if tree not in (None, "") else tree
    first, rest = path[0], path[1:]
    if first == "*":
        if isinstance(tree, list):
            return [_at(item, rest) for item in tree]
        return {key: _at(item, rest) for key, item in tree.items()} if isinstance(tree, dict) else tree
    return {**tree, first: _at(tree[first], rest)} if isinstance(tree, dict) and first in tree else tree


@contextmanager
def _open(project: Project, connection: str) -> Iterator[tuple[Live, Raw[Any]]]:
    state = project.workspace.read().state
    check_connection(project, state, connection)
    sessions = project.sessions(state)
    try:
        live = sessions.get(connection)
        if live.driver.raw is None:
            raise reject("MC1033", driver=live.driver.name, what="raw calls")
        yield live, live.driver.raw
    finally:
        sessions.close()


@contextmanager
def _named(service: str) -> Iterator[None]:
    """What the driver does not know becomes diagnostics that say what was probably meant."""
    try:
        yield
    except UnknownNameError as unknown:
        code = "MC1057" if unknown.what == "parameter" else "MC1055"
        where = "" if unknown.what == "service" else f" in {service}" if unknown.what == "operation" else ""
        known = ", ".join(unknown.known[:12]) + (" …" if len(unknown.known) > 12 else "")
        problem = f"there is no parameter `{unknown.name}`"
        raise reject(code, what=unknown.what, name=unknown.name, where=where, known=known, problem=problem,
                     suggestion=nearest(unknown.name, unknown.known)) from unknown
    except WrongParametersError as wrong:
        raise Rejected([Diagnostic("MC1057", {"problem": f"{where}: {what}" if where else what, "name": where})
                        for where, what in wrong.problems]) from wrong


def _allow(wanted: RawCall, operation: ApiOperation) -> None:
    if operation.effect == "write" and not wanted.write:
        raise reject("MC1058", exit_code=6, operation=f"{operation.service} {operation.name}")
    if wanted.all_pages and not operation.pages:
        raise reject("MC1061", operation=f"{operation.service} {operation.name}")


def _read(project: Project, wanted: RawCall, live: Live, raw: Raw[Any], operation: ApiOperation) -> RawAnswer:
    try:
        return ask(live, project.ports,
                   lambda: raw.call(live.session, operation, wanted.parameters, all_pages=wanted.all_pages))
    except DriverError as error:
        raise _refused(live, operation, error) from error


def _write(project: Project, wanted: RawCall, live: Live, raw: Raw[Any], operation: ApiOperation, options: ApplyOptions,
           ) -> tuple[RawAnswer, tuple[Diagnostic, ...]]:
    run = new_run_id()
    name = f"{operation.service} {operation.name}"
    with take_lease(project, options, run) as writer:
        findings = (*writer.findings, *left_open(writer))
        deed = Deed(live, name, f"{live.driver.name}.raw", lambda: raw.call(live.session, operation, wanted.parameters))
        sent = carry_out(writer, project, run, f"raw {name}", options, [deed])[0]
    if sent.error is None:
        answer: RawAnswer = sent.answer
        return answer, findings
    if sent.certain:
        raise Rejected([*findings, *_refused(live, operation, sent.error).diagnostics])
    args = {"operation": name, "what": f"connection {live.name}", "reason": sent.error.message or sent.error.code}
    raise Rejected([*findings, Diagnostic("MC1041", args, request_id=sent.error.request_id or None)])


def _refused(live: Live, operation: ApiOperation, error: DriverError) -> Rejected:
    told = refusal(error, about=live.name, type=f"{operation.service} {operation.name}", action="call")
    return Rejected([told])


def _query(text: str) -> Any:
    """The compiled query; None for none. Raises Rejected (MC1059)."""
    if not text:
        return None
    try:
        import jmespath
    except ImportError as missing:
        raise reject("MC1059", query=text, reason="JMESPath is not installed; it comes with the drivers that offer raw calls") from missing
    try:
        return jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as wrong:
        raise reject("MC1059", query=text, reason=" ".join(str(wrong).split())) from wrong


def _searched(query: Any, data: Any, text: str) -> Any:
    if query is None:
        return data
    import jmespath

    try:
        return query.search(data)
    except jmespath.exceptions.JMESPathError as wrong:
        raise reject("MC1059", query=text, reason=" ".join(str(wrong).split())) from wrong
