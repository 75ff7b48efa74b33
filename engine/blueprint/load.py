"""Loading a blueprint: every check that needs no cloud, all findings at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from mcflow.engine.blueprint import structure
from mcflow.engine.blueprint.blocks import BlockGraph, Blueprint, ResourceBlock
from mcflow.engine.blueprint.choice import check_choices
from mcflow.engine.blueprint.connections import WrittenConnection, default_connection, gather, settle_connections
from mcflow.engine.blueprint.declarations import declared
from mcflow.engine.blueprint.expression import Written, written_in
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.given import given_values
from mcflow.engine.blueprint.graph import Edges, build_graph, edges_of
from mcflow.engine.blueprint.handles import check_handle, handles_in
from mcflow.engine.blueprint.localnames import settle_locals
from mcflow.engine.blueprint.names import check_names
from mcflow.engine.blueprint.outputs import read_outputs
from mcflow.engine.blueprint.references import Names, check_references
from mcflow.engine.blueprint.resources import find_types, read_resources
from mcflow.engine.blueprint.scope import Scope, run_facts
from mcflow.engine.blueprint.sources import LoadOptions, blueprint_file, connection_files
from mcflow.engine.blueprint.stateblock import settle_state
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.blueprint.transfers import read_imports, read_moved, read_removed
from mcflow.engine.blueprint.types import ResourceType
from mcflow.engine.blueprint.variables import Settled, settle_variables
from mcflow.engine.ports import Ports
from mcflow.engine.reading import Document, read_file
from mcflow.model.values import Secret, Value, reveal

_SECTIONS = ("variables", "locals", "connections", "resources", "outputs")


def load(options: LoadOptions, ports: Ports) -> Blueprint:
    """Read and check a blueprint with its variables and connections. Raises Rejected with every finding."""
    file = blueprint_file(options)
    document = read_file(file)
    findings = Findings()
    root = structure.top(document)
    sections = {name: structure.section(root, name) for name in _SECTIONS}
    types = find_types(document, sections["resources"], findings)
    structure.settle_document(document, types)
    structure.check_frame(document, findings)
    for name, section in sections.items():
        check_names(name.removesuffix("s"), section, document, (name,), findings)

    declarations = declared(document, sections["variables"], findings)
    given = given_values(declarations, ports.environ, options.var_files, options.variables, findings)
    variables = settle_variables(document, declarations, given, ports.environ, findings)
    blocks = read_resources(document, sections["resources"], types, findings)
    outputs = read_outputs(document, sections["outputs"], findings)
    moved = read_moved(document, root.get("moved"), sections["resources"], findings)
    removed = read_removed(document, root.get("removed"), sections["resources"], findings)
    imports = read_imports(document, root.get("import"), sections["resources"], findings)
    names = Names(declarations, sections["locals"], blocks, types, frozenset(sections["resources"]))

    run = run_facts(str(root.get("name", "")), options.environment, file.parent)
    roots = Scope(variables.values, sections["locals"], ports.environ, run)
    behind, broken = settle_locals(document, sections["locals"], names, roots, variables.broken, findings)
    written = gather(document, sections["connections"], connection_files(file, ports.user_config), ports.user_config, findings)
    graph, handles = _connect(document, blocks, types, names, behind, findings)
    _check_rest(document, root, sections, names, findings)
    connections = settle_connections(written, _wanted(blocks), roots.open(), broken, findings)
    state = settle_state(document, structure.section(root, "state"), roots.open(), broken, findings)
    default = default_connection(written)
    check_choices(document, blocks, types, handles, graph.order, written, connections, default, findings)
    _note_unused(document, names, findings)
    findings.stop()
    return Blueprint(
        name=root["name"], environment=options.environment, directory=file.parent, document=document, digest=_digest(root, written),
        variables_digest=_variables_digest(variables), variables=variables.values, connections=connections, default_connection=default,
        resources=blocks, outputs=outputs, tags=structure.section(root, "tags"), state=state, graph=graph,
        roots=roots, warnings=findings.warnings, moved=moved, removed=removed, imports=imports,
    )


def _connect(
    document: Document, blocks: Mapping[str, ResourceBlock], types: Mapping[str, ResourceType], names: Names,
    behind: Mapping[str, frozenset[str]], findings: Findings,
) -> tuple[BlockGraph, dict[str, tuple[frozenset[str], bool]]]:
    """Check what the resources' expressions name, and make the graph of it."""
    edges: dict[str, Edges] = {}
    handles: dict[str, tuple[frozenset[str], bool]] = {}
    for name, block in blocks.items():
        written = list(_expressions(document, block, findings))
        for one in written:
            inside = block.for_each is not None and one.path[2:3] != ("for_each",)
            check_references(one, names, findings, each=inside, address=name)
            if name in types:
                check_handle(one, block, types[name], names, findings)
        edges[name] = edges_of(block, types.get(name), written, behind)
        handles[name] = handles_in(iter(written), blocks)
        _add_depends_on(document, block, names, edges[name], findings)
    return build_graph(edges, findings), handles


def _expressions(document: Document, block: ResourceBlock, findings: Findings) -> list[Written]:
    body = {
        "connection": block.connection, "for_each": block.for_each, "when": block.when, "properties": block.properties,
        "lifecycle": block.lifecycle, "timeouts": block.timeouts, "retry": block.retry, **block.overrides,
    }
    return list(written_in(document, body, block.path, findings))


def _add_depends_on(document: Document, block: ResourceBlock, names: Names, edges: Edges, findings: Findings) -> None:
    for index, name in enumerate(block.depends_on):
        path = (*block.path, "depends_on", index)
        if "{{" in name:
            continue
        if name == block.name:
            findings.at(document, path, "MC0315", address=block.name, name=name)
        elif name not in names.every_resource:
            findings.at(document, path, "MC0314", address=block.name, name=name, known=listed(names.every_resource),
                        suggestion=closest(name.removeprefix("resources."), names.every_resource))
        else:
            edges.after.setdefault(name, document.position(path))


def _check_rest(document: Document, root: Mapping[str, Any], sections: Mapping[str, Any], names: Names, findings: Findings) -> None:
    """References of everything but resources and locals."""
    for one in written_in(document, sections["outputs"], ("outputs",), findings):
        check_references(one, names, findings)
    for section in ("tags", "state"):
        for one in written_in(document, root.get(section), (section,), findings):
            check_references(one, names, findings, resources=False)
    for one in written_in(document, root.get("import"), ("import",), findings):
        each = len(one.path) > 2 and one.path[2] != "for_each" and "for_each" in root["import"][one.path[1]]
        check_references(one, names, findings, each=each, resources=False)
    for one in written_in(document, sections["connections"], ("connections",), findings):
        # A connection fed by a resource has a finding of its own.
        check_references(one, names, findings)
    for name, body in sections["variables"].items():
        if not isinstance(body, dict):
            continue
        for key in ("default", "validation"):
            used = set(names.used)
            for one in written_in(document, body.get(key), ("variables", name, key), Findings()):
                check_references(one, names, findings, resources=False)
            # A variable's own checks do not make it a used one.
            if ("vars", name) not in used:
                names.used.discard(("vars", name))


def _wanted(blocks: Mapping[str, ResourceBlock]) -> frozenset[str]:
    return frozenset(block.connection for block in blocks.values() if block.connection)


def _note_unused(document: Document, names: Names, findings: Findings) -> None:
    for root, kind, code in (("vars", "variables", "MC0319"), ("locals", "locals", "MC0339")):
        for name in names.variables if root == "vars" else names.locals:
            if (root, name) not in names.used:
                findings.at(document, (kind, name), code, on_key=True, name=name)


def _digest(root: Mapping[str, Any], written: Mapping[str, WrittenConnection]) -> str:
    connections = {name: one.body for name, one in sorted(written.items())}
    return hashlib.sha256(msgspec.json.encode([root, connections], order="sorted")).hexdigest()


def _variables_digest(variables: Settled) -> str:
    plain = {name: _fingerprint(value) for name, value in variables.values.items()}
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _fingerprint(value: Value) -> Any:
    if isinstance(value, Secret):
        return {"$secret": hashlib.sha256(msgspec.json.encode(reveal(value), order="sorted")).hexdigest()}
    return reveal(value)
