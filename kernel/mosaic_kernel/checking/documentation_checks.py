"""Docstrings of what is public, and what operations and configuration say of themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from mosaic_hookspecs.findings import Finding

from .rules import finding
from .subject import Module

_OPERATION_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")
_NEEDED = ("name", "kind", "input", "output", "handler", "permission", "summary")
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def check_docstrings(module: Module) -> Iterator[Finding]:
    """Yield what is public in a module and has no docstring."""
    if module.error is None and not ast.get_docstring(module.tree):
        yield finding("PLG601", f"the module {module.name} has no docstring", module.at(module.tree))
    yield from _undocumented(module, module.tree.body, "")


def _undocumented(module: Module, body: Sequence[ast.stmt], prefix: str) -> Iterator[Finding]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith(
            "_"
        ):
            continue
        if not ast.get_docstring(node) and not _is_told_elsewhere(node):
            kind = "class" if isinstance(node, ast.ClassDef) else "method" if prefix else "function"
            yield finding("PLG601", f"the {kind} {prefix}{node.name} has no docstring", module.at(node))
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(module, node.body, f"{prefix}{node.name}.")


def _is_told_elsewhere(node: Definition) -> bool:
    marks = {getattr(mark, "id", getattr(mark, "attr", "")) for mark in node.decorator_list}
    return bool(marks & {"overload", "override", "setter", "deleter"})


def check_operations(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield what operations lack, and the fields of their records and of configurations without help."""
    described: set[str] = {"Config"}
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _called(node) == "Operation":
                given = {item.arg: item.value for item in node.keywords if item.arg}
                if all(item.arg for item in node.keywords):  # with ** nobody knows what is there
                    yield from _check_operation(module, node, given)
                described |= {
                    one.id for key in ("input", "output") if isinstance(one := given.get(key), ast.Name)
                }
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and node.name in described:
                yield from _check_fields(module, node)


def _check_operation(module: Module, node: ast.Call, given: dict[str, ast.expr]) -> Iterator[Finding]:
    name = _text(given.get("name"))
    subject = name or "the operation"
    for key in _NEEDED:
        if key not in given:
            yield finding("PLG602", f"{subject} has no {key}", module.at(node), f"Add {key}=….")
    for key in ("permission", "summary"):
        if _text(given.get(key)) == "":
            yield finding("PLG602", f"the {key} of {subject} is empty", module.at(given[key]))
    if name is not None and not _OPERATION_NAME.fullmatch(name):
        yield finding("PLG603", f"{name!r} is not thing.verb", module.at(given["name"]))


def _check_fields(module: Module, record: ast.ClassDef) -> Iterator[Finding]:
    for node in record.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        value = node.value
        has_help = isinstance(value, ast.Call) and any(item.arg == "metadata" for item in value.keywords)
        if not has_help and not node.target.id.startswith("_"):
            said = f"the field {record.name}.{node.target.id} says nothing of itself"
            hint = 'Write it as attrs.field(…, metadata={"help": "…"}).'
            yield finding("PLG604", said, module.at(node), hint)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _text(node: ast.expr | None) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text and isinstance(node, ast.Constant) else None
