"""What a module does when it is imported, as far as its text shows: nothing is what it should."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mosaic_hookspecs.findings import Finding

from .rules import finding
from .subject import Module

_CALLS = {
    "open": "opens a file",
    "print": "prints",
    "input": "reads from the terminal",
    "exec": "runs code",
    "eval": "runs code",
    "breakpoint": "stops in a debugger",
    "sys.path.append": "changes the path of the whole process",
    "sys.path.insert": "changes the path of the whole process",
}
_CHANGED = {
    "os.environ": "changes the environment of the whole process",
    "sys.modules": "changes the modules of the whole process",
}
_MODULES = {
    "asyncio": "starts something asynchronous",
    "atexit": "registers what outlives the generation",
    "ctypes": "loads a library",
    "multiprocessing": "starts a process",
    "requests": "uses the network",
    "httpx": "uses the network",
    "shutil": "changes files",
    "signal": "changes signals",
    "socket": "opens a socket",
    "sqlite3": "opens a database",
    "subprocess": "starts a process",
    "tempfile": "makes files",
    "threading": "starts a thread",
    "trio": "starts something asynchronous",
    "urllib": "uses the network",
}
_HARMLESS = {
    "threading": frozenset({"local", "Lock", "RLock"}),
    "trio": frozenset({"Path", "CapacityLimiter"}),
    "asyncio": frozenset({"Semaphore"}),
    "ctypes": frozenset({"sizeof", "Structure"}),
    "urllib": frozenset({"quote", "unquote", "urlsplit", "urlparse", "urljoin"}),
    "shutil": frozenset({"ignore_patterns", "which"}),
    "socket": frozenset({"gethostname"}),
}
_METHODS = {
    "read_text": "reads a file",
    "read_bytes": "reads a file",
    "write_text": "writes a file",
    "write_bytes": "writes a file",
    "mkdir": "makes a directory",
    "makedirs": "makes a directory",
    "unlink": "removes a file",
    "rmtree": "removes files",
    "basicConfig": "configures logging for the whole process",
    "open": "opens a file",
    "start": "starts something",
    "connect": "connects to something",
    "system": "starts a process",
    "putenv": "changes the environment",
}


def check_import_time(module: Module) -> Iterator[Finding]:
    """Yield what the module would do by being imported."""
    names = _imported(module.tree)
    for node in _run_at_import(module.tree):
        what = _effect(node, names)
        if what:
            hint = "Do it in mosaic_provide or mosaic_start, and push its undo with context.on_cleanup."
            yield finding("PLG501", f"importing this {what}", module.at(node), hint)


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported: all but what functions hold, and what stands
    under ``if TYPE_CHECKING`` or ``if __name__ == "__main__"``.
    """
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.Lambda):
            waiting += node.args.defaults
        elif isinstance(node, ast.If) and _is_elsewhere(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def _is_elsewhere(test: ast.expr) -> bool:
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return "__name__" in names or "TYPE_CHECKING" in names | attributes


def _imported(tree: ast.Module) -> dict[str, str]:
    """Map each name that an import binds to the dotted name of what it is."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _effect(node: ast.AST, names: dict[str, str]) -> str:
    """Say what a node does that it should not, or ""."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        changed = {_dotted(target.value, names) for target in targets if isinstance(target, ast.Subscript)}
        return next((_CHANGED[name] for name in changed if name in _CHANGED), "")
    return _effect_of_call(node, names) if isinstance(node, ast.Call) else ""


def _effect_of_call(node: ast.Call, names: dict[str, str]) -> str:
    called = _dotted(node.func, names)
    if called in _CALLS:
        return _CALLS[called]
    top, _, rest = called.partition(".")
    last = called.rpartition(".")[2]
    if top in _MODULES and rest and last not in _HARMLESS.get(top, frozenset()) and not _is_error(last):
        return _MODULES[top]
    return _METHODS.get(last, "") if isinstance(node.func, ast.Attribute) else ""


def _is_error(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Type"))


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return f"{before}.{node.attr}" if before else f"?.{node.attr}"
    return ""
