"""Checks a document against the vocabulary: kinds, keys, values, and the grammar of expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mosaic_hookspecs import Location, Severity

from .document import Node
from .expressions.functions import FUNCTIONS, STATUS_FUNCTIONS
from .expressions.syntax import Apply, ContextName, walk
from .expressions.syntax import Node as Expression
from .expressions.templates import OPEN, TemplateError, parse_condition, parse_template
from .places import locate
from .problems import Problems, nearest, shown
from .shapes import (
    Anything,
    Condition,
    Contexts,
    Fields,
    Flag,
    Items,
    Number,
    OneOf,
    Shape,
    Table,
    Text,
    kinds_of,
)

_ARTICLES = {"null": "nothing", "text": "a text", "number": "a number", "boolean": "true or false",
             "mapping": "a mapping", "sequence": "a list"}  # fmt: skip


def check_shape(node: Node, shape: Shape, path: str, source: str, problems: Problems) -> None:
    """Add everything about `node` that does not fit `shape`; `path` is its key path."""
    _Checker(source, problems).check(node, shape, path)


class _Checker:
    def __init__(self, source: str, problems: Problems) -> None:
        self._source = source
        self._problems = problems

    def check(self, node: Node, shape: Shape, path: str) -> None:
        if isinstance(shape, OneOf):
            fitting = [part for part in shape.of if node.kind in kinds_of(part)]
            if not fitting:
                self._wrong_kind(node, shape, path)
            else:
                self.check(node, fitting[0], path)
        elif node.kind not in kinds_of(shape):
            self._wrong_kind(node, shape, path)
        elif isinstance(shape, Fields):
            self._fields(node, shape, path)
        elif isinstance(shape, Table):
            self._table(node, shape, path)
        elif isinstance(shape, Items):
            self._items(node, shape, path)
        elif isinstance(shape, Condition):
            self._condition(node, shape, path)
        elif isinstance(shape, Anything):
            self._anything(node, shape, path)
        elif isinstance(shape, (Text, Number, Flag)):
            self._scalar(node, shape, path)

    def _add(self, code: str, what: str, node: Node, path: str, **more: str) -> None:
        self._problems.add(code, what, node.location, subject=path, **more)  # type: ignore[arg-type]  # texts only

    def _wrong_kind(self, node: Node, shape: Shape, path: str) -> None:
        wanted = " or ".join(_ARTICLES[kind] for kind in _ARTICLES if kind in kinds_of(shape))
        got = _ARTICLES[node.kind]
        if node.kind in ("text", "number", "boolean"):
            got = f"{got}: {shown(node.raw)}"
        self._add("wrong-type", "the value is of the wrong type", node, path, expected=wanted, got=got)

    def _fields(self, node: Node, shape: Fields, path: str) -> None:
        for key, child in node.items():
            inner = f"{path}.{key}" if path else key
            where = node.keys[key]
            if key in shape.of:
                self.check(child, shape.of[key], inner)
            elif key in shape.unsupported:
                self._problems.add(
                    "unsupported-key",
                    "Mosaic has no such key",
                    where,
                    subject=inner,
                    hint=shape.unsupported[key],
                )
            elif key in shape.ignored:
                self._problems.add(
                    "ignored-key",
                    f"this has no effect here: {shape.ignored[key]}",
                    where,
                    subject=inner,
                    severity=Severity.WARNING,
                )
            else:
                self._unknown_key(key, where, shape.of, inner)
        for key in shape.required:
            if key not in node.value:
                self._add("missing-key", f"the key {key!r} is missing", node, path, expected=f"{key}: …")

    def _unknown_key(self, key: str, where: Location, known: object, path: str) -> None:
        names = sorted(known)  # type: ignore[call-overload]  # a mapping's keys
        self._problems.add(
            "unknown-key",
            "there is no such key",
            where,
            subject=path,
            expected=f"one of {', '.join(names)}",
            got=shown(key),
            hint=nearest(key, names),
        )

    def _table(self, node: Node, shape: Table, path: str) -> None:
        if len(node.value) < shape.least:
            self._add("empty", "nothing stands here", node, path, expected=f"at least {shape.least} entry")
        for key, child in node.items():
            inner = f"{path}.{key}" if path else key
            if shape.pattern and key not in shape.special and not re.match(shape.pattern, key):
                self._problems.add(
                    "bad-name",
                    "this cannot be a name",
                    node.keys[key],
                    subject=inner[:120],
                    expected="letters, digits, _ and -, beginning with a letter or _",
                    got=shown(key),
                )
            self.check(child, shape.special.get(key, shape.of), inner)

    def _items(self, node: Node, shape: Items, path: str) -> None:
        elements = node.elements()
        if len(elements) < shape.least:
            self._add("empty", "the list is empty", node, path, expected=f"at least {shape.least} element")
        for index, child in enumerate(elements):
            self.check(child, shape.of, f"{path}[{index}]")

    def _anything(self, node: Node, shape: Anything, path: str) -> None:
        if node.kind == "text":
            self._template(node, shape.contexts, frozenset({"hashFiles"}), path)
        elif node.kind == "number" and "." in node.raw and node.raw != repr(node.value):
            self._problems.add(
                "number-not-text",
                f"{node.raw} is the number {node.value!r}",
                node.location,
                subject=path,
                hint=f"Write '{node.raw}' in quotes if you mean a version.",
                severity=Severity.WARNING,
            )
        for key, child in node.items():
            self.check(child, shape, f"{path}.{key}")
        for index, child in enumerate(node.elements()):
            self.check(child, shape, f"{path}[{index}]")

    def _scalar(self, node: Node, shape: Text | Number | Flag, path: str) -> None:
        if isinstance(shape, Text):
            self._text(node, shape, path)
        elif node.kind == "text":
            template = self._template(node, shape.contexts, frozenset(), path)
            if template is not None and not template:
                self._wrong_kind(node, attrs_without_contexts(shape), path)
        elif isinstance(shape, Number):
            self._number(node, shape, path)

    def _text(self, node: Node, shape: Text, path: str) -> None:
        text = node.raw
        if not shape.may_be_empty and not text.strip():
            self._add("empty", "the text is empty", node, path)
        elif self._template(node, shape.contexts, shape.functions, path):
            return
        elif shape.choices and text not in shape.choices:
            self._add(
                "bad-value",
                "this is not one of the values that there are",
                node,
                path,
                expected=", ".join(shape.choices),
                got=shown(text),
                hint=nearest(text, shape.choices),
            )
        elif shape.pattern and not re.match(shape.pattern, text):
            self._add(
                "bad-name",
                "this cannot be a name",
                node,
                path,
                expected="letters, digits, _ and -, beginning with a letter or _",
                got=shown(text),
            )

    def _number(self, node: Node, shape: Number, path: str) -> None:
        value = node.value
        is_low = value <= shape.least if shape.excludes_least else value < shape.least
        is_high = shape.most is not None and value > shape.most
        if is_low or is_high or (shape.is_whole and value != int(value)):
            kind = "a whole number" if shape.is_whole else "a number"
            low = f"above {shape.least:g}" if shape.excludes_least else f"of at least {shape.least:g}"
            high = f" and at most {shape.most:g}" if shape.most is not None else ""
            self._add(
                "bad-number",
                "the number cannot be used",
                node,
                path,
                expected=kind + " " + low + high,
                got=node.raw,
            )

    def _condition(self, node: Node, shape: Condition, path: str) -> None:
        if node.kind != "text":
            return
        try:
            expression = parse_condition(node.value)
        except TemplateError as error:
            self._syntax(node, error, path)
        else:
            self._names(
                node, expression, -1 if OPEN not in node.value else 0, shape.contexts, shape.functions, path
            )

    def _template(self, node: Node, contexts: Contexts, functions: frozenset[str], path: str) -> bool | None:
        """Check the expressions in a text; return whether there are any (None: they are wrong)."""
        if node.kind != "text" or OPEN not in node.value:
            return False
        if contexts is None:
            self._add("no-expression", "no expression may stand here", node, path, got=shown(node.value))
            return None
        try:
            template = parse_template(node.value)
        except TemplateError as error:
            self._syntax(node, error, path)
            return None
        for part in template.parts:
            self._names(node, part.node, part.ordinal, contexts, functions, path)
        return True

    def _syntax(self, node: Node, error: TemplateError, path: str) -> None:
        where = locate(self._source, node, error.ordinal, error.offset)
        self._problems.add("bad-expression", error.message, where, subject=path, hint=error.hint)

    def _names(  # noqa: PLR0913 - what is allowed here, and where here is
        self,
        node: Node,
        expression: Expression,
        ordinal: int,
        contexts: Contexts,
        functions: frozenset[str],
        path: str,
    ) -> None:
        for part in walk(expression):
            fault: tuple[str, str, str, Sequence[str]] | None = None
            if isinstance(part, ContextName) and part.name.lower() not in (contexts or ()):
                what = "there is no such context here"
                fault = ("unknown-context", what, part.name, sorted(contexts or ()))
            elif isinstance(part, Apply) and not part.is_operator:
                fault = _function_fault(part, functions)
            if fault is not None:
                code, what, got, known = fault
                self._problems.add(
                    code,
                    what,
                    locate(self._source, node, ordinal, part.offset),
                    subject=path,
                    expected=", ".join(known),
                    got=shown(got),
                    hint=nearest(got, known),
                )


def attrs_without_contexts(shape: Number | Flag) -> Number | Flag:
    """Return the shape as it is said to people who wrote a text that is no expression."""
    return Number() if isinstance(shape, Number) else Flag()


def _function_fault(call: Apply, allowed: frozenset[str]) -> tuple[str, str, str, Sequence[str]] | None:
    depending = STATUS_FUNCTIONS | {"hashFiles"}
    known = [name for name in FUNCTIONS if name not in depending or name in allowed]
    name = next((name for name in known if name.lower() == call.name.lower()), None)
    if name is None:
        return ("unknown-function", "there is no such function here", call.name, sorted(known))
    signature = FUNCTIONS[name]
    if signature.least <= len(call.arguments) <= signature.most:
        return None
    wanted = str(signature.least) if signature.least == signature.most else f"{signature.least} or more"
    if name == "join":
        wanted = "1 or 2"
    return ("bad-arguments", f"{name} takes {wanted} arguments", str(len(call.arguments)), [wanted])
