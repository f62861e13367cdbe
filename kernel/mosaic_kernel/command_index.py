"""The commands that installed plugins add to the command line, fast and without importing a plugin."""

from __future__ import annotations

from .index_cache import cache_file, read_cache

OWN_DISTRIBUTION = "mosaic-stack"


def discovered_commands(*, safe_mode: bool = False, file: str | None = None) -> dict[str, tuple[str, str]]:
    """Return each command's ``module:attribute`` and help line.

    From the remembered index while nothing was installed since: then only the standard library is
    imported. Commands of third-party plugins are left out in safe mode. Of two plugins that add the
    same command, the one of the earlier name has it.
    """
    path = cache_file() if file is None else file
    rows = read_cache(path)
    if rows is None:
        from .discovery import scan

        rows = scan(path)
    commands: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row["problem"] or (safe_mode and row["distribution"] != OWN_DISTRIBUTION):
            continue
        for name, entry in row["manifest"].get("commands", {}).items():
            commands.setdefault(name, (entry["target"], entry["summary"]))
    return commands
