"""Which names an expression reads, from its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from mcflow.engine.expressions.names import METHODS, ROOTS, Reference


def references_of(tree: nodes.Node, ends: dict[int, int]) -> list[Reference]:
    """Every chain that begins with a root, in the order of the text."""
    return list(_walk(tree, ends))


def span(node: nodes.Node, ends: dict[int, int]) -> tuple[int, int]:
    """Offset and length of a node's text, brackets included."""
    inside = [inner for inner in (node, *node.find_all(nodes.Node)) if inner.lineno is not None]
    start = min(inner.lineno for inner in inside)
    last = max(attribute_end(inner) if isinstance(inner, nodes.Getattr) else ends.get(inner.lineno, inner.lineno + 1) for inner in inside)
    return start, last - start


def attribute_end(node: nodes.Getattr) -> int:
    """The dot is the node's offset; its name follows."""
    return int(node.lineno) + 1 + len(node.attr)


def _walk(node: nodes.Node, ends: dict[int, int]) -> Iterator[Reference]:
    chain = _chain(node)
    if chain is not None:
        root, path, dynamic, rest = chain
        offset, length = span(node, ends)
        yield Reference(root, path, dynamic, offset, length)
        for inner in rest:
            yield from _walk(inner, ends)
        return
    for child in node.iter_child_nodes():
        is_method = isinstance(node, nodes.Call) and child is node.node and isinstance(child, nodes.Getattr) and child.attr in METHODS
        yield from _walk(child.node if is_method else child, ends)  # type: ignore[attr-defined]


def _chain(node: nodes.Node) -> tuple[str, tuple[str, ...], bool, list[nodes.Node]] | None:
    """Root, constant prefix, whether an index is not constant, and the index expressions to look into."""
    steps: list[str | None] = []
    rest: list[nodes.Node] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            steps.append(node.attr)
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str | int) and not isinstance(node.arg.value, bool):
            steps.append(str(node.arg.value))
        else:
            steps.append(None)
            rest.append(node.arg)
        node = node.node
    if not isinstance(node, nodes.Name) or node.name not in ROOTS:
        return None
    steps.reverse()
    path: list[str] = []
    for step in steps:
        if step is None:
            break
        path.append(step)
    return node.name, tuple(path), None in steps, rest
