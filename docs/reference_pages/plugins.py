"""The built-in plugins and what can be configured about each."""

import importlib
import importlib.resources
from importlib.metadata import entry_points

import yaml

from mosaic_hookspecs import ENTRY_POINT_GROUP, MANIFEST_FILE

from .markdown import HEAD, fields_table, text_of

INTRODUCTION = """# Plugins

What ships with Mosaic. Configure each under `plugins.NAME`. Where one needs an extra, install that from
Mosaic's clone, `pip install -e "/path/to/mosaic[EXTRA]"`; the extra `local` has all of them.

"""


def page() -> str:
    parts = [HEAD, INTRODUCTION]
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda one: one.name):
        if point.dist is None or point.dist.name != "mosaic-stack":
            continue
        package = importlib.import_module(point.module.partition(".")[0])
        folder = importlib.resources.files(package)
        manifest = yaml.safe_load((folder / MANIFEST_FILE).read_text("utf-8"))[point.name]
        parts.append(f"## `{point.name}`\n\n{manifest['summary']}\n\n")
        provides = [
            f"`{item['port']}` ({item.get('name', point.name)})" for item in manifest.get("provides", ())
        ]
        if provides:
            parts.append(f"Provides: {', '.join(provides)}.\n\n")
        if manifest.get("extra"):
            parts.append(f"Needs the extra `{manifest['extra']}`.\n\n")
        config = getattr(point.load(), "Config", None)
        if config is not None:
            parts.append(f"{text_of(config)}\n\n{fields_table(config)}")
    return "".join(parts)
