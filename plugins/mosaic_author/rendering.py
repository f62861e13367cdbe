"""From templates to the files of a project.

A template is a working file of a plugin called *sample*. Rendering puts four words in the place of four
others (``mosaic-sample``, ``mosaic_sample``, ``SamplePlugin``, ``sample``) and does nothing else: there
is no logic in a template. Files of the same path, from several templates, are joined in their order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from mosaic_hookspecs.manifest import MANIFEST_FILE

from .naming import PluginNames

TEMPLATES = Path(__file__).with_name("templates")
PLAIN = "operation"
"""The template of a plugin that fills no port."""

_WORDS = re.compile(r"mosaic-sample|mosaic_sample\b|\bSamplePlugin\b|\bsample\b")
_HIDDEN = {"gitignore": ".gitignore"}  # a name of its own, or git would heed it here
_PASSED_OVER = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


def ports_with_templates() -> Sequence[str]:
    """Return the ports for which there is a template, sorted."""
    inner = {"project", "plugin", "several", PLAIN}
    return sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir() and path.name not in inner)


def render_project(name: PluginNames, plugins: Mapping[str, PluginNames]) -> dict[str, str]:
    """Return the files of a project by path, relative and with slashes.

    Args:
        name: the names of the project as a whole.
        plugins: the names of each plugin in it, by its template.
    """
    files: dict[str, str] = {}
    _add(files, "project", name)
    if len(plugins) > 1:
        _add(files, "several", name)
    for template, names in plugins.items():
        _add(files, "plugin", names)
        _add(files, template, names)
    return files


def _add(files: dict[str, str], template: str, names: PluginNames) -> None:
    root = TEMPLATES / template
    for source in sorted(path for path in root.rglob("*") if path.is_file()):
        inside = source.relative_to(root)
        if _PASSED_OVER.isdisjoint(inside.parts):
            path = _path(inside, names)
            files[path] = files.get(path, "") + _text(source.read_text(encoding="utf-8"), names)


def _path(inside: Path, names: PluginNames) -> str:
    parts = [_HIDDEN.get(part, part) for part in inside.parts]
    if parts[0] == "mosaic_sample":
        # One manifest, and one mark of types, stand for all plugins of a package.
        is_shared = parts[-1] in {MANIFEST_FILE, "py.typed"}
        parts[0] = names.root if is_shared else names.package.replace(".", "/")
    else:
        parts[-1] = parts[-1].replace("sample", names.stem)
    return str(PurePosixPath(*parts))


def _text(text: str, names: PluginNames) -> str:
    words = {
        "mosaic-sample": names.distribution,
        "mosaic_sample": names.package,
        "SamplePlugin": f"{names.words}Plugin",
        "sample": names.plugin,
    }
    return _WORDS.sub(lambda found: words[found[0]], text)
