"""Imports run down, in no circle; files stay small; the public surface is fixed."""

import ast
import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SURFACE = Path(__file__).with_name("public_surface.txt")
FLOORS = ("hookspecs", "kernel", "plugins")
PACKAGES = {
    path.name: path
    for floor in FLOORS
    for path in sorted((ROOT / floor).glob("mosaic_*"))
    if (path / "__init__.py").exists()
}
PLUGINS = {name for name, path in PACKAGES.items() if path.parent.name == "plugins"}
# Templates of what the scaffold agent writes are data, and what npm installs is others'.
FILES = [
    path
    for package in PACKAGES.values()
    for path in package.rglob("*.py")
    if not {"templates", "node_modules"} & set(path.parts)
]
SCRIPTS = sorted((ROOT / "plugins/mosaic_dashboard/frontend/src").rglob("*.ts*"))
IMPORTABLE = {
    "mosaic_hookspecs": set(),
    "mosaic_kernel": {"mosaic_hookspecs"},
    "mosaic_testing": {"mosaic_hookspecs", "mosaic_kernel"},
    "mosaic_cli": {"mosaic_hookspecs", "mosaic_kernel"},
}


def package_of(path):
    return next(name for name, root in PACKAGES.items() if path.is_relative_to(root))


def module_name(path):
    root = PACKAGES[package_of(path)].parent
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path, *, top_level_only):
    """Yield the absolute names that a file imports."""
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text())
    skipped = set()
    if top_level_only:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                skipped.update(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            yield base, tuple(alias.name for alias in node.names)


def test_there_are_packages_to_look_at():
    assert {"mosaic_hookspecs", "mosaic_kernel", "mosaic_profiles"} <= set(PACKAGES)
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_run_down(path):
    package = package_of(path)
    allowed = {package} | IMPORTABLE.get(package, {"mosaic_hookspecs"})
    for name, _ in imports(path, top_level_only=False):
        top = name.partition(".")[0]
        if top.startswith("mosaic_"):
            assert top in allowed, f"{module_name(path)} imports {name}"
        if package != "mosaic_kernel" and top == "mosaic_kernel":
            assert name == "mosaic_kernel", f"{module_name(path)} reaches into the kernel: {name}"
        if package == "mosaic_hookspecs" and not top.startswith("mosaic_"):
            assert top in sys.stdlib_module_names | {"attrs", "pluggy"}, f"{module_name(path)} imports {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_in_a_circle(package):
    modules = {module_name(path): path for path in FILES if package_of(path) == package}
    graph = {name: set() for name in modules}
    for name, path in modules.items():
        for target, names in imports(path, top_level_only=True):
            found = {f"{target}.{one}" for one in names if f"{target}.{one}" in modules}
            # `from package import module` runs the package's own module too, unless it is the importer's.
            if target in modules and len(found) < max(len(names), 1):
                found.add(target)
            graph[name] |= found - {name}
    done, path = set(), []

    def visit(name):
        assert name not in path, " → ".join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for target in sorted(graph[name]):
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: "/".join(path.parts[-2:]))
def test_scripts_are_small(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_are_small_and_named_for_an_idea(path):
    # decide.py and tasks.py of the ground floor are one table and one vocabulary.
    if module_name(path) not in {"mosaic_hookspecs.decide", "mosaic_hookspecs.tasks"}:
        assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}


def test_the_kernel_names_no_plugin():
    manifests = [path / "mosaic-plugin.yaml" for path in PACKAGES.values()]
    assert any(path.exists() for path in manifests)
    for path in FILES:
        if package_of(path) == "mosaic_kernel":
            text = path.read_text()
            for plugin in PLUGINS:
                assert plugin not in text, f"{module_name(path)} names {plugin}"


def test_the_public_surface_is_as_it_was():
    lines = []
    for name in ("mosaic_hookspecs", "mosaic_kernel"):
        exported = importlib.import_module(name).__all__
        ruff_sorted = sorted(exported, key=lambda one: (not one.isupper(), not one[0].isupper(), one))
        assert list(exported) == ruff_sorted, f"{name}.__all__ is not sorted"
        lines += [f"{name}.{one}" for one in exported]
    surface = "\n".join(lines) + "\n"
    update = (
        "python -c 'import mosaic_hookspecs as h, mosaic_kernel as k; "
        '[print(f"{m.__name__}.{n}") for m in (h, k) for n in m.__all__]\' '
        "> tests/architecture/public_surface.txt"
    )
    assert surface == SURFACE.read_text(), f"The public surface has changed. If that is meant:\n{update}"


def test_every_public_name_can_be_imported():
    for name in ("mosaic_hookspecs", "mosaic_kernel"):
        module = importlib.import_module(name)
        for one in module.__all__:
            assert getattr(module, one) is not None
    with pytest.raises(AttributeError):
        importlib.import_module("mosaic_kernel").no_such_name  # noqa: B018 - looking is the test
