"""Evaluation of a parsed expression over contexts and functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import attrs

from .functions import FUNCTIONS
from .syntax import Access, Apply, ContextName, Literal, Node
from .tokens import ExpressionError
from .values import Value, are_equal, fold, is_less, is_truthy, kind_of, to_number, to_text


@attrs.frozen(kw_only=True)
class Scope:
    """What an expression sees: contexts by name, and functions beside the constant ones (``success``,
    ``hashFiles`` …), which take the evaluated arguments.
    """

    contexts: Mapping[str, Value] = attrs.field(factory=dict)
    functions: Mapping[str, Callable[..., Value]] = attrs.field(factory=dict)


class Late:
    """Stands in a context for a value that is known only when the run has come so far."""


class LateError(ExpressionError):
    """An expression needs a value that is not known yet."""


@attrs.frozen
class _Filtered:
    """What ``*`` selected: a further property is taken of each."""

    items: Sequence[Value]


def evaluate(node: Node, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises:
        ExpressionError: a function refused its arguments, or a value is not known yet.
    """
    value = _evaluate(node, scope)
    return list(value.items) if isinstance(value, _Filtered) else value


def _evaluate(node: Node, scope: Scope) -> Value:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, ContextName):
        return _context(node, scope)
    if isinstance(node, Access):
        value = _access(node, scope)
        if isinstance(value, Late):
            raise LateError("this is known only while the run goes on", node.offset)
        return value
    if node.is_operator:
        return _operate(node, scope)
    return _call(node, scope)


def _context(node: ContextName, scope: Scope) -> Value:
    wanted = node.name.lower()
    for name, value in scope.contexts.items():
        if name.lower() == wanted:
            if isinstance(value, Late):
                raise LateError(f"{node.name} is known only while the run goes on", node.offset)
            return value
    raise ExpressionError(f"there is no context {node.name!r} here", node.offset)


def _access(node: Access, scope: Scope) -> Value:
    target = _evaluate(node.target, scope)
    if node.key is None:
        return _Filtered(_children(target))
    key = evaluate(node.key, scope)
    if isinstance(target, _Filtered):
        found = [_property(item, key) for item in target.items]
        return _Filtered([item for item in found if item is not None])
    return _property(target, key)


def _children(target: Value) -> Sequence[Value]:
    if isinstance(target, _Filtered):
        return [child for item in target.items for child in _children(item)]
    if isinstance(target, Mapping):
        return list(target.values())
    return list(target) if isinstance(target, (list, tuple)) else []


def _property(target: Value, key: Value) -> Value:
    if isinstance(target, Mapping) and kind_of(key) not in ("array", "object"):
        name = to_text(key)
        if name in target:
            return target[name]
        folded = fold(name)
        return next((value for other, value in target.items() if fold(str(other)) == folded), None)
    if isinstance(target, (list, tuple)):
        number = to_number(key)
        if math.isfinite(number) and number >= 0 and int(number) < len(target):
            return target[int(number)]
    return None


def _operate(node: Apply, scope: Scope) -> Value:
    left = evaluate(node.arguments[0], scope)
    if node.name == "!":
        return not is_truthy(left)
    if node.name == "&&":
        return evaluate(node.arguments[1], scope) if is_truthy(left) else left
    if node.name == "||":
        return left if is_truthy(left) else evaluate(node.arguments[1], scope)
    right = evaluate(node.arguments[1], scope)
    return _COMPARISONS[node.name](left, right)


_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": are_equal,
    "!=": lambda left, right: not are_equal(left, right),
    "<": is_less,
    ">": lambda left, right: is_less(right, left),
    "<=": lambda left, right: is_less(left, right) or _is_level(left, right),
    ">=": lambda left, right: is_less(right, left) or _is_level(left, right),
}


def _is_level(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    return to_number(left) == to_number(right)


def _call(node: Apply, scope: Scope) -> Value:
    wanted = node.name.lower()
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    for name, function in scope.functions.items():
        if name.lower() == wanted:
            return function(*arguments)
    for name, signature in FUNCTIONS.items():
        if name.lower() == wanted and signature.function is not None:
            try:
                return signature.function(*arguments)
            except ValueError as error:
                raise ExpressionError(f"{name}: {error}", node.offset) from None
    raise ExpressionError(f"there is no function {node.name!r} here", node.offset)
