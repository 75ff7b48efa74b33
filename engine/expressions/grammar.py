"""Jinja2's grammar, cut down to expressions: a syntax tree of allowed nodes whose line numbers are offsets in the scalar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import ExpressionError
from mcflow.engine.expressions.scanning import Piece

ALLOWED = (
    nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg,
    nodes.Pos, nodes.Concat, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Call, nodes.Keyword,
)
_OPENING = frozenset("([{")
_THEIR_WORDS = {"end of print statement": "end of the expression", "end of template": "end of the expression"}


class Grammar(ImmutableSandboxedEnvironment):
    """Reads expressions; renders nothing.

    The evaluation is ours (`evaluation`): filters, tests and globals are emptied, and every operator is declared intercepted, so that
    even a template compiled with this environment by mistake could reach nothing.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(autoescape=False, cache_size=0)
        self.filters.clear()
        self.tests.clear()
        self.globals.clear()

    def tree(self, piece: Piece) -> tuple[nodes.Expr, dict[int, int]]:
        """The syntax tree of one expression, and the end of each token and bracket by its offset. Raises ExpressionError."""
        source = _Source(self, piece)
        try:
            parser = Parser(self, piece.source.replace("\r", " "), state="variable")
            parser.stream = source.stream()
            if _at_end(parser):
                raise ExpressionError("MC0406", piece.start, piece.end - piece.start)
            tree = parser.parse_expression()
            if not _at_end(parser):
                offset = parser.stream.current.lineno
                word = piece.source[offset - piece.offset:].split(None, 1)[0]
                raise ExpressionError("MC0401", offset, source.length(offset), problem=f"'{word[:40]}' is not expected here")
        except TemplateSyntaxError as error:
            raise _syntax_error(error, piece, source) from error
        except RecursionError as error:
            raise ExpressionError("MC0405", piece.start, 2, what="an expression nested too deeply") from error
        except (ValueError, OverflowError) as error:
            raise ExpressionError("MC0401", piece.offset, len(piece.source), problem="a number or text that cannot be read") from error
        _check(tree, source)
        return tree, source.ends


def _at_end(parser: Parser) -> bool:
    return parser.stream.eos


class _Source:
    """The tokens of one expression with their offsets."""

    def __init__(self, grammar: Grammar, piece: Piece) -> None:
        self.grammar = grammar
        self.piece = piece
        self.ends: dict[int, int] = {}

    def stream(self) -> TokenStream:
        return TokenStream(self.grammar.lexer.wrap(self._tokens()), None, None)

    def length(self, offset: int) -> int:
        return self.ends.get(offset, offset + 1) - offset

    def _tokens(self) -> Iterator[tuple[int, str, str]]:
        at = self.piece.offset
        opened: list[int] = []
        for _, kind, text in self.grammar.lexer.tokeniter(self.piece.source.replace("\r", " "), None, None, "variable"):
            self.ends[at] = at + len(text)
            if text in _OPENING:
                opened.append(at)
            elif kind == "operator" and text in (")", "]", "}") and opened:
                self.ends[opened.pop()] = at + 1
            yield at, kind, text
            at += len(text)


def _check(tree: nodes.Expr, source: _Source) -> None:
    """Refuse what is not listed, and trees too deep to walk."""
    level: list[nodes.Node] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > limits.TREE_DEPTH:
            raise ExpressionError("MC0405", source.piece.start, 2, what=f"an expression of more than {limits.TREE_DEPTH} steps in a row")
        for node in level:
            if not isinstance(node, ALLOWED):
                raise _not_allowed(node, source)
            if isinstance(node, nodes.Const) and isinstance(node.value, float) and not math.isfinite(node.value):
                raise ExpressionError("MC0401", node.lineno, source.length(node.lineno), problem="this number is too large")
            if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (node.dyn_args is not None or node.dyn_kwargs is not None):
                raise ExpressionError("MC0407", node.lineno, source.length(node.lineno), what="* and ** in a call")
        level = [child for node in level for child in node.iter_child_nodes()]


def _not_allowed(node: nodes.Node, source: _Source) -> ExpressionError:
    what = "the operator **" if isinstance(node, nodes.Pow) else f"'{type(node).__name__.lower()}'"
    return ExpressionError("MC0407", node.lineno, source.length(node.lineno), what=what)


def _syntax_error(error: TemplateSyntaxError, piece: Piece, source: _Source) -> ExpressionError:
    """Jinja's message with our offset, in words that name no template."""
    text = error.message or "it cannot be read"
    foreign = re.fullmatch(r"unexpected char (.+) at (\d+)", text, re.DOTALL)
    if foreign:
        return ExpressionError("MC0401", piece.offset + int(foreign[2]), 1, problem=f"{foreign[1]} means nothing here")
    for theirs, ours in _THEIR_WORDS.items():
        text = text.replace(f"'{theirs}'", ours).replace(theirs, ours)
    text = re.sub(r"^expected token '([^']+)', got '?([^']+)'?$", r"expected '\1', found \2", text)
    end = piece.offset + len(piece.source.rstrip())
    offset = error.lineno if piece.offset <= error.lineno <= end else end
    if source.ends and offset not in source.ends:
        offset = max(source.ends)
    suggestion = "\"{{ '{{' }}\" writes two braces as text" if re.match(r"\s*\.", piece.source) else None
    if suggestion:
        return ExpressionError("MC0408", piece.start, piece.end - piece.start, "{{ '{{' }}" + piece.source + "}}")
    return ExpressionError("MC0401", offset, max(source.length(offset), 1), problem=text)


_GRAMMAR: list[Any] = []


def grammar() -> Grammar:
    """The grammar, made when first needed: Jinja2 costs start-up time."""
    if not _GRAMMAR:
        _GRAMMAR.append(Grammar())
    found: Grammar = _GRAMMAR[0]
    return found
