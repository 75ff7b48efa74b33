"""The kubeconfig of a cluster: derived from the state when it is asked for, kept nowhere."""

from __future__ import annotations

from typing import Any

from mcflow.engine.operate.target import is_known
from mcflow.engine.project import Project
from mcflow.engine.resolve import MissingValueError, Resolver, UncomputableError
from mcflow.engine.surgery.locate import check_known
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.record import ResourceRecord
from mcflow.model.values import Secret, reveal
from mcflow.state.records import State

OUTPUT = "kubeconfig"


def kubeconfig(project: Project, address: str) -> Secret:
    """The document as a mapping, its cluster, user and context named after blueprint and address, so that it can lie beside others.

    Raises Rejected: MC0773, MC1031, MC1052, and what evaluating an output raises.
    """
    import yaml

    state = project.workspace.read().state
    record = _cluster(state, address)
    resolver = Resolver(state, project.sealer.unseal)
    try:
        text = reveal(resolver.resolve(resolver.decode(record.exports[OUTPUT])))
    except MissingValueError as missing:
        raise Rejected([Diagnostic("MC0647", {"reference": missing.reference}, address=record.address)]) from missing
    except UncomputableError as failure:
        raise Rejected([Diagnostic("MC0648", {"reason": failure.reason}, address=record.address)]) from failure
    try:
        document = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict) or not all(isinstance(document.get(part), list) for part in ("clusters", "users", "contexts")):
        raise reject("MC1053", address=record.address)
    parts = (project.name, "" if project.environment == "default" else project.environment, record.address)
    return Secret(_from_anywhere(_renamed(document, "-".join(filter(None, parts))), project))


def _from_anywhere(document: dict[str, Any], project: Project) -> dict[str, Any]:
    """kubectl is run in any folder: a token that mcflow itself is asked for is asked of this blueprint and environment."""
    options = project.options
    file = (options.directory / (options.file or "mcflow.yaml")).resolve()
    where = ["--file", str(file)]
    for each in options.var_files:
        where += ["--var-file", str((options.directory / each).resolve())]
    if options.environment != "default":
        where += ["--environment", options.environment]
    for each in document["users"]:
        program = (each.get("user") or {}).get("exec") or {}
        if program.get("command") == "mcflow":
            program["args"] = [*program.get("args", ()), *where]
    return document


def _cluster(state: State, address: str) -> ResourceRecord:
    with_one = [record for record in state.resources.values() if record.exports.get(OUTPUT) is not None]
    found = [record for record in with_one if address in (record.address, record.address.partition("[")[0])]
    if len(found) > 1:
        raise reject("MC1052", address=address, known=", ".join(record.address for record in found))
    if not found:
        if not is_known(state, address):
            check_known(state, [address])
        known = ", ".join(record.address for record in with_one) or "none"
        raise Rejected([Diagnostic("MC1031", {"address": address, "can": "give a kubeconfig", "known": known}, address=address)])
    return found[0]


def _renamed(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The current context, under one name that is nobody else's."""
    current = document.get("current-context")
    context = next((each for each in document["contexts"] if each.get("name") == current), document["contexts"][0])["context"]
    cluster = next(each for each in document["clusters"] if each.get("name") == context["cluster"])
    user = next(each for each in document["users"] if each.get("name") == context["user"])
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{**cluster, "name": name}], "users": [{**user, "name": name}],
        "contexts": [{"name": name, "context": {**context, "cluster": name, "user": name}}],
    }
