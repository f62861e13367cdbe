"""What the manifest says, held against the entry points, the contracts and the files of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError, Location, MosaicError, Unavailable
from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.hooks import require_hooks
from mosaic_hookspecs.manifest import MANIFEST_FILE, Manifest
from mosaic_hookspecs.ports import require_contract

from ..decode import decode
from ..documents import Document, read_yaml
from ..failures import InputErrors
from .rules import finding
from .subject import PROJECT_FILE, Module, Subject


def check_manifest(
    subject: Subject, modules: Mapping[str, Module]
) -> tuple[Mapping[str, Manifest], Mapping[str, Location], list[Finding]]:
    """Return the manifests that could be read, where each stands, and what was found."""
    manifests: dict[str, Manifest] = {}
    places: dict[str, Location] = {}
    found = list(_read(subject, modules, manifests, places))
    found += _check_entry_points(subject, modules, manifests)
    return manifests, places, found


def _read(
    subject: Subject,
    modules: Mapping[str, Module],
    manifests: dict[str, Manifest],
    places: dict[str, Location],
) -> Iterator[Finding]:
    """Yield what is wrong with the manifest; fill in those parts of it that can be read."""
    if subject.package is None:
        return
    file = subject.package / MANIFEST_FILE
    path = subject.path(file)
    if not file.is_file():
        hint = f"Write it: {next(iter(subject.targets))}: {{summary: …}}."
        yield finding("PLG102", "there is no manifest", Location(path=path), hint)
        return
    try:
        document = read_yaml(file, path)
    except InputError as error:
        yield _of_error("PLG103", error)
        return
    data = document.data if isinstance(document.data, Mapping) else {}
    for name in subject.targets:
        if name not in data:
            hint = f"Add the key {name!r}."
            yield finding("PLG104", f"the plugin {name!r} is not described", Location(path=path), hint)
            continue
        try:
            manifests[name] = decode(
                Manifest,
                data[name] or {},
                locate=lambda keys, at_key: document.where(keys, at_key=at_key),
                prefix=(name,),
                code="bad-manifest",
            )
        except InputErrors as errors:
            yield from (_of_error("PLG103", error) for error in errors.others)
    for name in data:
        if name not in subject.targets:
            where = document.where((name,), at_key=True)
            hint = f"Add an entry point in the group mosaic.plugins, or remove {name!r}."
            yield finding("PLG105", f"{name!r} is no entry point", where, hint)
    for name, manifest in manifests.items():
        places[name] = document.where((name,), at_key=True)
        yield from _check_contracts(name, manifest, document)
        yield from _check_files(name, manifest, document, subject, modules)


def _check_entry_points(
    subject: Subject, modules: Mapping[str, Module], manifests: Mapping[str, Manifest]
) -> Iterator[Finding]:
    if not subject.targets:
        where = Location(path=str(subject.shown / PROJECT_FILE))
        hint = '[project.entry-points."mosaic.plugins"], and below it NAME = "PACKAGE.MODULE:CLASS".'
        yield finding("PLG101", "there is no entry point in the group mosaic.plugins", where, hint)
    for name, target in subject.targets.items():
        process = manifests[name].process if name in manifests else None
        if process is not None and process.argv and subject.package is not None:
            continue  # a program of its own need not be Python
        problem = _missing(target, subject, modules)
        if problem:
            yield finding("PLG106", problem, subject.entry_point_at(name), subject=name)


def _check_contracts(name: str, manifest: Manifest, document: Document) -> Iterator[Finding]:
    if not manifest.summary.strip():
        yield finding("PLG107", "there is no summary", document.where((name,), at_key=True), subject=name)
    try:
        require_hooks(manifest.hooks, name)
    except Unavailable as error:
        yield _of_error("PLG202", error, document.where((name, "hooks")), name)
    for number, item in enumerate(manifest.provides):
        try:
            require_contract(item.port, item.contract, name)
        except Unavailable as error:
            key = "port" if error.code == "unknown-port" else "contract"
            yield _of_error("PLG201", error, document.where((name, "provides", number, key)), name)


def _check_files(
    name: str, manifest: Manifest, document: Document, subject: Subject, modules: Mapping[str, Module]
) -> Iterator[Finding]:
    targets: dict[tuple[str, ...], str] = {}
    targets |= {("commands", key, "target"): entry.target for key, entry in manifest.commands.items()}
    targets |= {("glances", key): target for key, target in manifest.glances.items()}
    for keys, target in targets.items():
        problem = _missing(target, subject, modules)
        if problem:
            yield finding("PLG106", problem, document.where((name, *keys)), subject=name)
    for key, file in manifest.profiles.items():
        if subject.package is not None and not (subject.package / file).is_file():
            where = document.where((name, "profiles", key))
            yield finding("PLG106", f"there is no file {file!r} in the package", where, subject=name)


def _missing(target: str, subject: Subject, modules: Mapping[str, Module]) -> str:
    """Say what a ``module:attribute`` names that is not there, or ""."""
    name, _, attribute = (part.strip() for part in target.partition(":"))
    if subject.package is None:
        return f"there is no package {subject.package_name!r} in {Path(subject.shown)} or its src folder"
    if name not in modules:
        return f"there is no module {name!r}"
    if not attribute:
        return f"{target!r} names no attribute; write {name}:NAME"
    tree = modules[name].tree
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(one.id for one in targets if isinstance(one, ast.Name))
    first = attribute.partition(".")[0]
    return "" if first in names or modules[name].error else f"the module {name!r} has no {first!r}"


def _of_error(code: str, error: MosaicError, where: Location | None = None, subject: str = "") -> Finding:
    parts = [error.what]
    if error.expected:
        parts.append(f"expected {error.expected}")
    if error.got:
        parts.append(f"got {error.got}")
    place = where or (error.where if isinstance(error.where, Location) else None)
    return finding(code, "; ".join(parts), place, error.hint, subject)
