"""What a plugin imports: itself relatively, the contracts, and no other plugin and no insides of the kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.metadata import entry_points

from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP

from .rules import finding
from .subject import Module, top_of

_CONTRACTS, _KERNEL, _TESTING = "mosaic_hookspecs", "mosaic_kernel", "mosaic_testing"


def other_plugins(own: str) -> frozenset[str]:
    """Return the top-level packages of the installed plugins, but for one's own."""
    found = {top_of(point.value) for point in entry_points(group=ENTRY_POINT_GROUP)}
    return frozenset(found - {own, _CONTRACTS, _KERNEL, _TESTING})


def check_imports(module: Module, own: str, others: frozenset[str]) -> Iterator[Finding]:
    """Yield the imports of a module that tie it to what it must not know."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _check(module, node, alias.name, [], own, others)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [alias.name for alias in node.names]
            yield from _check(module, node, node.module, names, own, others)


def _check(  # noqa: PLR0913 - one import, and what it is held against
    module: Module, node: ast.AST, name: str, names: list[str], own: str, others: frozenset[str]
) -> Iterator[Finding]:
    top, where = name.partition(".")[0], module.at(node)
    if top == own:
        yield finding("PLG401", f"it imports itself as {name!r}", where, "Import it relatively.")
    elif top in others:
        hint = "Reach it through its port, with context.port(…), or by an operation."
        yield finding("PLG402", f"it imports the plugin package {top!r}", where, hint)
    elif top == _TESTING:
        yield finding("PLG404", f"it imports {name!r}", where, "Import it in tests only.")
    elif top == _KERNEL:
        from mosaic_kernel import __all__ as public

        inside = [one for one in names if one not in public]
        if name != _KERNEL or inside:
            what = name if name != _KERNEL else f"{_KERNEL}.{inside[0]}"
            hint = "Take what mosaic_hookspecs and the context offer."
            yield finding("PLG403", f"it imports {what!r} of the kernel's insides", where, hint)
