"""Finds the example of each hook in ``docs/hook_examples``; `tests/docs` runs every one of them."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "hook_examples"


def examples() -> dict[str, tuple[str, str]]:
    """Return, for each hook that has one, the file and the source of its example implementation."""
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(EXAMPLES.glob("*.py")):
        text = file.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_function and node.name.startswith("mosaic_") and node.name not in _elsewhere(file):
                lines = text.splitlines()[node.decorator_list[0].lineno - 1 : node.end_lineno]
                if node.name in found:
                    raise SystemExit(f"{file.name} and {found[node.name][0]} both show {node.name}")
                found[node.name] = (file.name, textwrap.dedent("\n".join(lines)))
    return found


def _elsewhere(file: Path) -> set[str]:
    # What these show is something else; the hooks in them are shown by `declaring` and `handing_over`.
    shown = {
        "following.py": {"mosaic_operations", "mosaic_export_state", "mosaic_import_state"},
        "handing_over.py": {"mosaic_operations"},
    }
    return shown.get(file.name, set())
