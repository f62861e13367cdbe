"""The syntax tree of expressions, and its parser.

Precedence, tightest first: access, ``!``, order, equality, ``&&``, ``||``. Refuses nesting that is
deeper than anyone writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from .tokens import ExpressionError, Token, tokenize
from .values import Value

MAX_DEPTH = 50


@attrs.frozen(kw_only=True)
class Literal:
    """A literal value."""

    value: Value
    offset: int


@attrs.frozen(kw_only=True)
class ContextName:
    """A context, such as ``env``."""

    name: str
    offset: int


@attrs.frozen(kw_only=True)
class Access:
    """A property or an index of `target`; `key` is None for the filter ``*``."""

    target: Node
    key: Node | None
    offset: int


@attrs.frozen(kw_only=True)
class Apply:
    """A call of a function, or an operator, whose name is then its sign."""

    name: str
    arguments: Sequence[Node]
    offset: int
    is_operator: bool = False


Node: TypeAlias = Literal | ContextName | Access | Apply


def parse(text: str) -> Node:
    """Parse a whole expression.

    Raises:
        ExpressionError: it does not follow the grammar.
    """
    return _Parser(tokenize(text)).parse()


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything in it."""
    yield node
    children: Sequence[Node] = ()
    if isinstance(node, Access):
        children = (node.target,) if node.key is None else (node.target, node.key)
    elif isinstance(node, Apply):
        children = node.arguments
    for child in children:
        yield from walk(child)


_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def parse(self) -> Node:
        if self._next.kind == "end":
            raise ExpressionError("the expression is empty", self._next.offset)
        node = self._binary(0)
        if self._next.kind != "end":
            raise ExpressionError(f"unexpected {self._next.text!r}", self._next.offset)
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _accept(self, *signs: str) -> Token | None:
        if self._next.kind == "sign" and self._next.text in signs:
            return self._take()
        return None

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            found = repr(self._next.text) if self._next.text else "the end"
            raise ExpressionError(f"expected {sign!r}, got {found}", self._next.offset)

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        length = 1
        while sign := self._accept(*_LEVELS[level]):
            length += 1
            if length > MAX_DEPTH:
                raise ExpressionError("the expression is too long", sign.offset)
            right = self._binary(level + 1)
            node = Apply(name=sign.text, arguments=(node, right), offset=sign.offset, is_operator=True)
        return node

    def _unary(self) -> Node:
        if sign := self._accept("!"):
            self._descend(sign)
            node = Apply(name="!", arguments=(self._unary(),), offset=sign.offset, is_operator=True)
            self._depth -= 1
            return node
        return self._postfix(self._primary())

    def _descend(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("the expression is nested too deeply", token.offset)

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "literal":
            return Literal(value=token.value, offset=token.offset)
        if token.kind == "name":
            if self._accept("("):
                return self._call(token)
            return ContextName(name=token.text, offset=token.offset)
        if token.text == "(":
            self._descend(token)
            node = self._binary(0)
            self._expect(")")
            self._depth -= 1
            return node
        found = repr(token.text) if token.text else "the end"
        raise ExpressionError(f"expected a value, got {found}", token.offset)

    def _call(self, name: Token) -> Node:
        self._descend(name)
        arguments: list[Node] = []
        if not self._accept(")"):
            arguments.append(self._binary(0))
            while self._accept(","):
                arguments.append(self._binary(0))
            self._expect(")")
        self._depth -= 1
        return Apply(name=name.text, arguments=tuple(arguments), offset=name.offset)

    def _postfix(self, node: Node) -> Node:
        length = 0
        while sign := self._accept(".", "["):
            length += 1
            if length > MAX_DEPTH:
                raise ExpressionError("the expression is too long", sign.offset)
            node = self._property(node) if sign.text == "." else self._index(node, sign)
        return node

    def _property(self, target: Node) -> Node:
        token = self._take()
        if token.text == "*":
            return Access(target=target, key=None, offset=token.offset)
        if token.kind != "name":
            found = repr(token.text) if token.text else "the end"
            raise ExpressionError(f"expected a property's name after '.', got {found}", token.offset)
        return Access(target=target, key=Literal(value=token.text, offset=token.offset), offset=token.offset)

    def _index(self, target: Node, sign: Token) -> Node:
        self._descend(sign)
        key = None if self._accept("*") else self._binary(0)
        self._expect("]")
        self._depth -= 1
        return Access(target=target, key=key, offset=sign.offset)
