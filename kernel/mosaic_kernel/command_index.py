"""The commands that installed plugins add to the command line, fast and without importing a plugin.

Owns which of them are offered: those of plugins that the configuration lets in. It is only read in full where
something in it could keep a plugin out; where it cannot be read, third parties' commands are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .config_files import ENVIRONMENT_PREFIX, LIVE_FILE, PROJECT_FILE, STATE_DIRECTORY
from .index_cache import cache_file, read_cache

OWN_DISTRIBUTION = "mosaic-stack"

# What may keep a plugin out, and what does so only together with its name; a backslash may hide either.
_TELLTALES = ("allow", "lock", "profile", "state_directory", "\\")
_NAMING = ("deny", "false")


def discovered_commands(*, safe_mode: bool = False, file: str | None = None) -> dict[str, tuple[str, str]]:
    """Return each command's ``module:attribute`` and help line.

    From the remembered index while nothing was installed since: then only the standard library is
    imported. Commands of third-party plugins are left out in safe mode, and those of plugins that are
    denied, disabled, or not as they were locked, by the configuration for the current directory. Of two
    plugins that add the same command, the one of the earlier name has it.
    """
    path = cache_file() if file is None else file
    rows = read_cache(path)
    if rows is None:
        from .discovery import scan

        rows = scan(path)
    commands: dict[str, tuple[str, str]] = {}
    for row in _let_in(rows, path):
        if row["problem"] or (safe_mode and row["distribution"] != OWN_DISTRIBUTION):
            continue
        for name, entry in row["manifest"]["commands"].items():
            commands.setdefault(name, (entry["target"], entry["summary"]))
    return commands


def _let_in(rows: Sequence[Mapping[str, Any]], index: str) -> Sequence[Mapping[str, Any]]:
    """Return those that add commands, and that no configuration keeps out."""
    adding = [row for row in rows if row["manifest"].get("commands")]
    names = [row["name"] for row in adding]
    if not any(_may_keep_out(text, names) for text in _texts()):
        return adding
    from pathlib import Path

    from mosaic_hookspecs.errors import MosaicError

    from .trust_commands import kept_out

    try:
        out = kept_out(rows, names, directory=Path.cwd(), environment=os.environ, index=index)
    except (MosaicError, OSError):
        # What is wrong is told when a kernel is started; until then nobody knows who is let in.
        return [row for row in adding if row["distribution"] == OWN_DISTRIBUTION]
    return [row for row in adding if row["name"] not in out]


def _may_keep_out(text: str, names: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _TELLTALES) or (
        any(word in lowered for word in _NAMING) and any(name.lower() in lowered for name in names)
    )


def _texts() -> Iterator[str]:
    """Yield every text of configuration that there is for the current directory; an unreadable one as one
    that may keep a plugin out.
    """
    for name, value in os.environ.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            yield f"{name}={value}"
    for file in _files():
        try:
            with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - pathlib is not imported here
                yield stream.read(1 << 20)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            yield _TELLTALES[0]


def _files() -> Iterator[str]:
    """Yield where configuration may be, as `config_files` says, in plain text."""
    home = os.environ.get("XDG_CONFIG_HOME")
    if home:
        yield f"{home}/mosaic/{PROJECT_FILE}"
    elif os.environ.get("HOME"):
        yield f"{os.environ['HOME']}/.config/mosaic/{PROJECT_FILE}"
    try:
        here = os.getcwd()  # noqa: PTH109 - as in `_texts`
    except OSError:
        return
    folder = here
    while not os.path.isfile(f"{folder}/{PROJECT_FILE}"):  # noqa: PTH113 - as in `_texts`
        folder, last = folder.rpartition("/")[0], folder
        if folder == last:
            folder = here
            break
    yield f"{folder}/{PROJECT_FILE}"
    yield f"{folder}/{STATE_DIRECTORY}/{LIVE_FILE}"
