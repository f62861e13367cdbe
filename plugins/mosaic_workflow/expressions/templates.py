"""Text with ``${{ … }}`` in it, and conditions.

Owns where expressions begin and end in a text, and what a condition without a status function means.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .evaluation import Scope, evaluate
from .functions import STATUS_FUNCTIONS
from .syntax import Apply, Node, parse, walk
from .tokens import ExpressionError
from .values import Value, is_truthy, to_text

OPEN, CLOSE = "${{", "}}"


@attrs.frozen(kw_only=True)
class Part:
    """An expression inside a text: `ordinal` counts them from 0, `start` is where its own text begins."""

    node: Node
    ordinal: int
    start: int


@attrs.frozen(kw_only=True)
class Template:
    """A text: plain pieces and expressions, in order."""

    pieces: Sequence[str | Part]

    @property
    def is_single(self) -> bool:
        """Whether it is one expression and nothing else, so that its value keeps its kind."""
        return len(self.pieces) == 1 and isinstance(self.pieces[0], Part)

    @property
    def parts(self) -> Sequence[Part]:
        """The expressions in it."""
        return [piece for piece in self.pieces if isinstance(piece, Part)]

    def value(self, scope: Scope) -> Value:
        """Return the value of a single expression, or the whole as text."""
        if self.is_single:
            return evaluate(self.parts[0].node, scope)
        return self.text(scope)

    def text(self, scope: Scope) -> str:
        """Return the text with every expression replaced by its own."""
        return "".join(
            to_text(evaluate(piece.node, scope)) if isinstance(piece, Part) else piece for piece in self.pieces
        )


class TemplateError(ExpressionError):
    """An expression inside a text is wrong; `ordinal` says which, `offset` counts from its start."""

    def __init__(self, error: ExpressionError, ordinal: int) -> None:
        super().__init__(error.message, error.offset, error.hint)
        self.ordinal = ordinal


def parse_template(text: str) -> Template:
    """Find and parse the expressions in `text`.

    Raises:
        TemplateError: one is not closed or does not follow the grammar.
    """
    pieces: list[str | Part] = []
    offset, ordinal = 0, 0
    while (found := text.find(OPEN, offset)) >= 0:
        if found > offset:
            pieces.append(text[offset:found])
        start = found + len(OPEN)
        end = _end_of(text, start)
        if end < 0:
            raise TemplateError(ExpressionError("an expression is not closed by }}"), ordinal)
        try:
            node = parse(text[start:end])
        except ExpressionError as error:
            raise TemplateError(error, ordinal) from None
        pieces.append(Part(node=node, ordinal=ordinal, start=start))
        offset, ordinal = end + len(CLOSE), ordinal + 1
    if offset < len(text):
        pieces.append(text[offset:])
    return Template(pieces=tuple(pieces))


def _end_of(text: str, start: int) -> int:
    in_string = False
    for offset in range(start, len(text)):
        if text[offset] == "'":
            in_string = not in_string
        elif not in_string and text.startswith(CLOSE, offset):
            return offset
    return -1


def parse_condition(text: str) -> Node:
    """Parse what stands at an ``if``: an expression, with or without ``${{ }}`` around it.

    Raises:
        TemplateError: it does not follow the grammar, or has text around the expression.
    """
    if OPEN not in text:
        try:
            return parse(text)
        except ExpressionError as error:
            raise TemplateError(error, -1) from None
    template = parse_template(text.strip())
    if not template.is_single:
        fault = ExpressionError(
            "text around ${{ }} makes the condition always true",
            hint="Write the whole condition inside one ${{ }}, or without it.",
        )
        raise TemplateError(fault, 0)
    return template.parts[0].node


def asks_status(node: Node) -> bool:
    """Whether an expression calls ``success``, ``failure``, ``always`` or ``cancelled``."""
    return any(
        isinstance(part, Apply) and not part.is_operator and part.name.lower() in STATUS_FUNCTIONS
        for part in walk(node)
    )


def holds(condition: str, scope: Scope) -> bool:
    """Whether a condition is true; without a status function it also asks for ``success()``."""
    if not condition:
        return is_truthy(scope.functions["success"]())
    node = parse_condition(condition)
    if not asks_status(node) and not is_truthy(scope.functions["success"]()):
        return False
    return is_truthy(evaluate(node, scope))
