"""The hooks that classes implement, held against the hookspecs: name, kind, arguments, and version."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from mosaic_hookspecs.deprecations import deprecated
from mosaic_hookspecs.errors import Location
from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.hooks import HOOK_POLICIES, Hooks
from mosaic_hookspecs.manifest import Manifest
from mosaic_hookspecs.versions import fits, parse

from ..failures import nearest
from .rules import finding
from .subject import Module

_MARK = "hookimpl"
_PREFIX = "mosaic_"


@attrs.frozen(kw_only=True)
class Implementation:
    """One hook that a class implements."""

    name: str
    where: Location
    node: ast.FunctionDef | ast.AsyncFunctionDef
    is_marked: bool


def implementations(modules: Iterable[Module]) -> list[Implementation]:
    """Return every method of the package that is a hook, or is called like one."""
    return [
        Implementation(name=node.name, where=module.at(node), node=node, is_marked=_is_marked(node))
        for module in modules
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (_is_marked(node) or node.name in HOOK_POLICIES)
    ]


def check_hooks(
    found: Sequence[Implementation], manifests: Mapping[str, Manifest], places: Mapping[str, Location]
) -> Iterator[Finding]:
    """Yield what is wrong with the hooks, each by itself and beside what the manifests say."""
    for one in found:
        if not one.is_marked:
            yield finding("PLG304", f"{one.name} is not marked", one.where, "Decorate it with @hookimpl.")
        elif one.name not in HOOK_POLICIES:
            hint = nearest(one.name, HOOK_POLICIES)
            yield finding("PLG301", f"there is no hook {one.name!r}", one.where, hint)
        else:
            yield from _check_one(one)
    names = {one.name: one for one in found if one.is_marked and one.name in HOOK_POLICIES}
    oldest = min(
        (manifest.hooks for manifest in manifests.values()), key=lambda text: parse(text) or (0, 0), default=""
    )
    for name, one in names.items():
        since = HOOK_POLICIES[name].since
        if oldest and not fits(since, oldest):
            hint = f'Write hooks: "{since}" in the manifest.'
            yield finding(
                "PLG203", f"{name} came with hooks {since}; the manifest says {oldest}", one.where, hint
            )
    for old in deprecated(names):
        said = f"{old.what} is deprecated since {old.since}, and gone in {old.removal}: {old.reason}"
        yield finding("PLG204", said, names[old.what].where, old.replacement)
    yield from _check_provided("mosaic_provide" in names, manifests, places, names)


def _check_one(one: Implementation) -> Iterator[Finding]:
    policy = HOOK_POLICIES[one.name]
    is_async = isinstance(one.node, ast.AsyncFunctionDef)
    if is_async != policy.is_async:
        said = "asynchronous" if policy.is_async else "not asynchronous"
        hint = f"Write `{'async def' if policy.is_async else 'def'} {one.name}`."
        yield finding("PLG302", f"{one.name} is {said}", one.where, hint)
    known = [name for name in inspect.signature(getattr(Hooks, one.name)).parameters if name != "self"]
    arguments = one.node.args
    taken = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][1:]
    taken += [argument.arg for argument in arguments.kwonlyargs]
    for name in taken:
        if name not in known:
            hint = nearest(name, known) or f"It may take {', '.join(known)}."
            yield finding("PLG303", f"{one.name} has no argument {name!r}", one.where, hint)
    if arguments.vararg or arguments.kwarg:
        hint = f"Take {', '.join(known)}, or some of them."
        yield finding("PLG303", f"{one.name} takes * or **", one.where, hint)


def _check_provided(
    provides: bool,  # noqa: FBT001 - one of two facts that must agree
    manifests: Mapping[str, Manifest],
    places: Mapping[str, Location],
    names: Mapping[str, Implementation],
) -> Iterator[Finding]:
    promising = [name for name, manifest in manifests.items() if manifest.provides]
    if not provides:
        for name in promising:
            if manifests[name].process is None:  # a plugin in a process of its own need not be Python
                yield finding("PLG305", "no class implements mosaic_provide", places[name], subject=name)
    elif manifests and not promising:
        hint = "Add `provides: [{port: …, contract: …, name: …}]` to the manifest."
        yield finding("PLG306", "the manifest announces no provider", names["mosaic_provide"].where, hint)


def _is_marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for decorator in node.decorator_list:
        mark = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (isinstance(mark, ast.Name) and mark.id == _MARK) or (
            isinstance(mark, ast.Attribute) and mark.attr == _MARK
        ):
            return node.name.startswith(_PREFIX)
    return False
