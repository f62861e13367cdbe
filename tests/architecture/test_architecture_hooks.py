"""Every hook has a policy, a contract in words, and an implementation somewhere."""

import ast
import inspect
from pathlib import Path

from mosaic_hookspecs.hooks import HOOK_POLICIES, Hooks

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for name in vars(Hooks) if name.startswith("mosaic_")]


def test_every_hook_has_a_policy():
    assert sorted(NAMES) == sorted(HOOK_POLICIES)


def test_every_hook_has_a_docstring():
    for name in NAMES:
        assert inspect.getdoc(getattr(Hooks, name)), name


def test_every_hook_is_implemented():
    found = set()
    for folder in ("plugins", "tests", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                    isinstance(mark, ast.Name) and mark.id == "hookimpl" for mark in node.decorator_list
                ):
                    found.add(node.name)
    assert set(NAMES) <= found
