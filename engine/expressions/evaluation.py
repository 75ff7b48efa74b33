"""The walk over an expression's syntax tree. Every value it makes is checked, counted, and keeps being secret if what it came from was.

An operation on an unknown value gives the marker `WAITING` and the walk goes on, so that errors further right are found and every
resource that is read is noted; a scalar in which that happened is unknown as a whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from jinja2 import nodes

from mcflow.engine.expressions import operators
from mcflow.engine.expressions.calls import bind, call_function, method
from mcflow.engine.expressions.chains import native_map, reach, root_value
from mcflow.engine.expressions.errors import ExpressionError, FunctionError, NotKnownError, TooMuchError
from mcflow.engine.expressions.functions import FUNCTIONS, HIGHER_ORDER
from mcflow.engine.expressions.functions.arguments import kind_of
from mcflow.engine.expressions.lookups import NativeView, closest
from mcflow.engine.expressions.missing import Missing
from mcflow.engine.expressions.names import DECLARED, METHODS, ROOTS
from mcflow.engine.expressions.references import span
from mcflow.engine.expressions.run import WAITING, Run
from mcflow.engine.expressions.template import Tree
from mcflow.engine.expressions.testing import TESTS, run_test
from mcflow.model.values import Secret, Unknown

_STEPS_PER_CALL = 8
"""What calling a function for one item of a list costs, beside what the call itself counts."""


class Evaluation:
    """Evaluates the tree of one expression."""

    def __init__(self, tree: Tree, run: Run) -> None:
        self.tree = tree
        self.ends = tree.ends
        self.run = run

    def value(self, node: nodes.Node) -> Any:
        """The value of a node; `Missing`, `WAITING`, an Unknown, a Secret or a Handle among them. Raises ExpressionError."""
        self.run.spend(1)
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def data(self, node: nodes.Node) -> Any:
        """As `value`, where something must be there."""
        return self._there(self.value(node))

    def fail(self, code: str, node: nodes.Node, suggestion: str | None = None, **arguments: object) -> ExpressionError:
        """An error whose span is the node's text."""
        offset, length = span(node, self.ends)
        return ExpressionError(code, offset, length, suggestion, **arguments)

    def written(self, node: nodes.Node) -> str:
        """The node as it stands in the scalar."""
        offset, length = span(node, self.ends)
        return self.run.text[offset:offset + length]

    def _there(self, value: Any) -> Any:
        if isinstance(value, Missing):
            raise value.error
        if isinstance(value, NativeView):
            return native_map(value, self.tree, self.run)
        return value

    # names

    def _const(self, node: nodes.Const) -> Any:
        return node.value

    def _name(self, node: nodes.Name) -> Any:
        if node.name in ROOTS:
            found = root_value(node.name, self.run, node.lineno)
            if node.name == "resources":
                self.run.uses.update(found)
            return found
        if node.name in FUNCTIONS or node.name in HIGHER_ORDER:
            raise self.fail("MC0421", node, f"{node.name}(…)", name=node.name)
        if node.name == "null":
            return None
        known = [root for root in ROOTS if root in self.run.scope]
        raise self.fail("MC0410", node, self._meant(node.name), name=node.name, known=", ".join(known))

    def _meant(self, name: str) -> str | None:
        for root in ("resources", "vars", "locals"):
            inside = self.run.scope.get(root)
            if isinstance(inside, Mapping) and name in set(inside):
                return f"{root}.{name}"
        return closest(name, [*ROOTS, *FUNCTIONS])

    def _getattr(self, node: nodes.Getattr) -> Any:
        return self._reach(node, node.attr, int(node.lineno) + 1, len(node.attr))

    def _getitem(self, node: nodes.Getitem) -> Any:
        if isinstance(node.arg, nodes.Slice):
            return self._sliced(node, node.arg)
        key = self.data(node.arg)
        offset, length = span(node.arg, self.ends)
        if key is WAITING or isinstance(key, Unknown):
            self.value(node.node)
            return self.run.wait(key)
        secret = isinstance(key, Secret)
        plain = key.reveal() if isinstance(key, Secret) else key
        if isinstance(plain, bool) or not isinstance(plain, str | int):
            raise self.fail("MC0418", node.arg, what=kind_of(plain))
        if secret:
            return self._reach_by_secret(node, plain, offset, length)
        return self._reach(node, plain, offset, length)

    def _reach_by_secret(self, node: nodes.Getitem, key: str | int, offset: int, length: int) -> Any:
        """Errors do not tell the key, and what is found under it is as secret."""
        hidden = ExpressionError("MC0411", offset, length, shown=self.written(node.node), name="(sensitive)", known="(not shown)")
        try:
            found = self._reach(node, key, offset, length)
        except ExpressionError:
            raise hidden from None
        return Missing(hidden) if isinstance(found, Missing) else operators.tainted(found, True, self.run)

    def _reach(self, node: nodes.Getattr | nodes.Getitem, key: str | int, offset: int, length: int) -> Any:
        base = node.node
        is_root = isinstance(base, nodes.Name) and base.name in ROOTS
        value = root_value(base.name, self.run, base.lineno) if is_root else self.value(base)  # type: ignore[attr-defined]
        declared = isinstance(base, nodes.Name) and base.name in DECLARED
        if isinstance(base, nodes.Name) and base.name == "resources":
            self.run.uses.add(str(key))
        return reach(value, key, self.written(base), self.run, offset, length, declared)

    def _sliced(self, node: nodes.Getitem, cut: nodes.Slice) -> Any:
        if cut.step is not None:
            raise self.fail("MC0407", cut.step, what="a step in a slice")
        start = nodes.Const(0, lineno=node.lineno) if cut.start is None else cut.start
        end = nodes.Const(None, lineno=node.lineno) if cut.stop is None else cut.stop
        return self._called("slice", node, [self.value(node.node), self.value(start), self.value(end)], {})

    # literals

    def _list(self, node: nodes.List) -> Any:
        return [self.data(item) for item in node.items]

    def _tuple(self, node: nodes.Tuple) -> Any:
        return [self.data(item) for item in node.items]

    def _dict(self, node: nodes.Dict) -> Any:
        items: dict[str, Any] = {}
        for pair in node.items:
            key = self.data(pair.key)
            if key is WAITING or isinstance(key, Unknown):
                self.run.wait(key)
                key = ""
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise self.fail("MC0418", pair.key, what=kind_of(key))
            items[str(key)] = self.data(pair.value)
        return items

    # conditions

    def _truth(self, node: nodes.Node) -> tuple[bool | None, bool]:
        """Whether a condition holds (None: only apply will know), and whether that is a secret."""
        value = self.data(node)
        if value is WAITING or isinstance(value, Unknown):
            self.run.wait(value)
            return None, False
        secret = isinstance(value, Secret)
        plain = value.reveal() if isinstance(value, Secret) else value
        if operators.is_handle(plain):
            raise self.fail("MC0419", node, f"{self.written(node)} is not none", shown=self.written(node), kind=plain.type)
        return bool(plain), secret

    def _look(self, *branches: nodes.Node | None) -> Any:
        """Note what branches would read, of which only apply will know the one that counts."""
        for branch in branches:
            if branch is not None:
                with contextlib.suppress(ExpressionError):
                    self.value(branch)
        return WAITING

    def _condexpr(self, node: nodes.CondExpr) -> Any:
        holds, secret = self._truth(node.test)
        if holds is None:
            return self._look(node.expr1, node.expr2)
        if not holds and node.expr2 is None:
            return Missing(self.fail("MC0422", node))
        chosen = node.expr1 if holds or node.expr2 is None else node.expr2
        return operators.tainted(self.value(chosen), secret, self.run)

    def _and(self, node: nodes.And) -> Any:
        return self._either(node, False)

    def _or(self, node: nodes.Or) -> Any:
        return self._either(node, True)

    def _either(self, node: nodes.And | nodes.Or, decides: bool) -> Any:
        holds, secret = self._truth(node.left)
        if holds is None:
            return self._look(node.right)
        if holds is decides:
            return operators.tainted(self.value(node.left), secret, self.run)
        return operators.tainted(self.value(node.right), secret, self.run)

    def _not(self, node: nodes.Not) -> Any:
        holds, secret = self._truth(node.node)
        return WAITING if holds is None else operators.tainted(not holds, secret, self.run)

    # operators

    def _compare(self, node: nodes.Compare) -> Any:
        left, left_node = self.data(node.expr), node.expr
        outcome: Any = True
        for operand in node.ops:
            right = self.data(operand.expr)
            one = self._operated(operand.op, node, [(left_node, left), (operand.expr, right)])
            outcome = operators.both(outcome, one, self.run)
            left, left_node = right, operand.expr
        return outcome

    def _binary(self, operator: str, node: nodes.BinExpr) -> Any:
        return self._operated(operator, node, [(node.left, self.data(node.left)), (node.right, self.data(node.right))])

    def _add(self, node: nodes.Add) -> Any:
        return self._binary("+", node)

    def _sub(self, node: nodes.Sub) -> Any:
        return self._binary("-", node)

    def _mul(self, node: nodes.Mul) -> Any:
        return self._binary("*", node)

    def _div(self, node: nodes.Div) -> Any:
        return self._binary("/", node)

    def _floordiv(self, node: nodes.FloorDiv) -> Any:
        return self._binary("//", node)

    def _mod(self, node: nodes.Mod) -> Any:
        return self._binary("%", node)

    def _neg(self, node: nodes.Neg) -> Any:
        return self._operated("negative", node, [(node.node, self.data(node.node))])

    def _pos(self, node: nodes.Pos) -> Any:
        return self._operated("positive", node, [(node.node, self.data(node.node))])

    def _concat(self, node: nodes.Concat) -> Any:
        return self._operated("~", node, [(item, self.data(item)) for item in node.nodes])

    def _operated(self, operator: str, node: nodes.Node, operands: list[tuple[nodes.Node, Any]]) -> Any:
        values = [value for _, value in operands]
        seen = operators.survey(values, self.run)
        if seen & operators.UNKNOWN:
            return self.run.wait(*values)
        if seen & operators.HANDLE:
            self._refuse_handle(operands)
        if seen & operators.SECRET:
            values = operators.revealed(values)
        try:
            result = operators.OPERATORS[operator](*values)
        except FunctionError as error:
            raise self.fail("MC0423", node, error.suggestion, operator=operator, problem=error.problem) from error
        except TooMuchError as error:
            raise self.fail("MC0405", node, what=error.what) from error
        self.run.weigh(result)
        return Secret(result) if seen & operators.SECRET else result

    def _refuse_handle(self, operands: list[tuple[nodes.Node, Any]]) -> None:
        for node, value in operands:
            handle = operators.handle_in(value)
            if handle is not None:
                shown = self.written(node)
                whole = value is handle
                raise self.fail("MC0420", node, f"{shown}.id" if whole else None, shown=shown, kind=handle.type, attribute="id")

    # calls

    def _filter(self, node: nodes.Filter) -> Any:
        target = node.node
        if target is None:
            raise self.fail("MC0407", node, what="a filter without a value")
        arguments = [self.value(target), *(self.value(argument) for argument in node.args)]
        return self._called(node.name, node, arguments, self._keywords(node))

    def _call(self, node: nodes.Call) -> Any:
        arguments = [self.value(argument) for argument in node.args]
        keywords = self._keywords(node)
        if isinstance(node.node, nodes.Name):
            return self._called(node.node.name, node, arguments, keywords)
        if isinstance(node.node, nodes.Getattr) and node.node.attr in METHODS:
            name, arguments = method(node.node.attr, [self.data(node.node.node), *arguments])
            return self._called(name, node, arguments, keywords)
        attr = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
        suggestion = f"{self.written(node.node.node)} | {attr}" if isinstance(node.node, nodes.Getattr) and attr in FUNCTIONS else None
        raise self.fail("MC0424", node, suggestion, name=attr or self.written(node.node))

    def _keywords(self, node: nodes.Filter | nodes.Call) -> dict[str, Any]:
        return {keyword.key: self.value(keyword.value) for keyword in node.kwargs if isinstance(keyword, nodes.Keyword)}

    def _called(self, name: str, node: nodes.Node, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        if name in HIGHER_ORDER:
            return self._each(name, node, arguments, keywords)
        function = FUNCTIONS.get(name)
        if function is None:
            raise self.fail("MC0425", node, closest(name, [*FUNCTIONS, *HIGHER_ORDER]), name=name)
        problem = bind(function, arguments, keywords)
        if problem:
            raise self.fail("MC0426", node, function.signature, name=name, problem=problem)
        try:
            return call_function(function, arguments, keywords, self.run)
        except FunctionError as error:
            raise self.fail("MC0427", node, error.suggestion, name=name, problem=error.problem) from error
        except TooMuchError as error:
            raise self.fail("MC0405", node, what=error.what) from error
        except NotKnownError:
            return self.run.wait(*arguments, *keywords.values())

    def _test(self, node: nodes.Test) -> Any:
        if node.name not in TESTS:
            raise self.fail("MC0428", node, closest(node.name, TESTS), name=node.name, known=", ".join(TESTS))
        value = self.value(node.node)
        return self._tested(node.name, node, value, [self.data(argument) for argument in node.args])

    def _tested(self, name: str, node: nodes.Node, value: Any, arguments: list[Any]) -> Any:
        if name == "in":
            return self._operated("in", node, [(node, self._there(value)), *((node, argument) for argument in arguments)])
        if arguments:
            raise self.fail("MC0426", node, f"is {name}", name=name, problem="the test takes no arguments")
        if name not in ("defined", "undefined"):
            value = self._there(value)
            if value is WAITING or isinstance(value, Unknown):
                return self.run.wait(value)
        return run_test(name, value)

    def _each(self, name: str, node: nodes.Node, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """map, select, reject, selectattr, rejectattr."""
        value = self._there(arguments[0]) if arguments else None
        if value is WAITING or isinstance(value, Unknown):
            return self.run.wait(value)
        secret = isinstance(value, Secret)
        plain = value.reveal() if isinstance(value, Secret) else value
        if isinstance(plain, Mapping):
            plain = list(plain)
        if not isinstance(plain, list | tuple):
            raise self.fail("MC0427", node, name=name, problem=f"it goes over a list, this is {kind_of(plain)}")
        rest = [self._there(argument) for argument in arguments[1:]]
        given = {key: self._there(argument) for key, argument in keywords.items()}
        self.run.spend(_STEPS_PER_CALL * len(plain))
        if name == "map":
            result: Any = self._mapped(node, list(plain), rest, given)
        else:
            result = self._selected(name, node, list(plain), rest)
        self.run.weigh(result)
        return operators.tainted(result, secret, self.run)

    def _mapped(self, node: nodes.Node, items: list[Any], rest: list[Any], keywords: dict[str, Any]) -> list[Any]:
        attribute = keywords.pop("attribute", None)
        if isinstance(attribute, str) and not rest:
            fallback = keywords.get("default")
            found = [self._attribute(node, item, attribute) for item in items]
            return [fallback if isinstance(one, Missing) and "default" in keywords else self._there(one) for one in found]
        if rest and isinstance(rest[0], str):
            return [self._there(self._called(rest[0], node, [item, *rest[1:]], keywords)) for item in items]
        problem = "it needs an attribute or a function's name"
        raise self.fail("MC0426", node, "map(attribute='name') or map('function')", name="map", problem=problem)

    def _selected(self, name: str, node: nodes.Node, items: list[Any], rest: list[Any]) -> Any:
        by_attribute = name.endswith("attr")
        if by_attribute and (not rest or not isinstance(rest[0], str)):
            raise self.fail("MC0426", node, f"{name}('name', 'test')", name=name, problem="it needs an attribute's name")
        test = rest[1 if by_attribute else 0:]
        wanted = name.startswith("select")
        chosen: list[Any] = []
        secret = False
        for item in items:
            subject = self._attribute(node, item, rest[0]) if by_attribute else item
            outcome = self._passes(node, subject, test)
            if outcome is WAITING or isinstance(outcome, Unknown):
                return self.run.wait(outcome)
            secret = secret or isinstance(outcome, Secret)
            plain = outcome.reveal() if isinstance(outcome, Secret) else outcome
            if operators.is_handle(plain):
                raise self.fail("MC0419", node, "select('none')", shown="an item", kind=plain.type)
            if bool(plain) is wanted:
                chosen.append(item)
        return operators.tainted(chosen, secret, self.run)

    def _passes(self, node: nodes.Node, subject: Any, test: list[Any]) -> Any:
        if not test:
            return self._there(subject)
        if not isinstance(test[0], str) or test[0] not in (*TESTS, "==", "!=", "<", "<=", ">", ">="):
            raise self.fail("MC0428", node, closest(str(test[0]), TESTS), name=test[0], known=", ".join(TESTS))
        if test[0] in TESTS:
            return self._tested(test[0], node, subject, test[1:])
        if len(test) != 2:
            raise self.fail("MC0426", node, name=test[0], problem="it compares with one value")
        return self._operated(test[0], node, [(node, self._there(subject)), (node, test[1])])

    def _attribute(self, node: nodes.Node, item: Any, name: str) -> Any:
        offset, length = span(node, self.ends)
        found = item
        for part in name.split("."):
            found = reach(found, part, "an item", self.run, offset, length)
        return found
