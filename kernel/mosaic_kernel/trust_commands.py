"""Whose commands the command line must not offer: those of plugins that the configuration keeps out.

Reads the layers for the few keys that decide that, and nothing else, so that the help stays fast; the
whole of the configuration is judged when a kernel starts. Refuses to guess: where the layers cannot be read,
it raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import InputError, MosaicError

from .config_files import LIVE_FILE, STATE_DIRECTORY, find_project_file, user_file
from .documents import read_yaml
from .layers import Layer, Layers, of_document, of_environment, of_file

_DEFAULT_PROFILE = "local"


def kept_out(
    rows: Sequence[Mapping[str, Any]],
    names: Iterable[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    index: str,
) -> set[str]:
    """Return which of the plugins `names` the configuration for `directory` keeps out: denied, disabled, or
    not as the lock says. `rows` are all that are installed, as the remembered `index` has them.

    Raises:
        InputError: the configuration cannot be read, or what decides this in it is wrong.
    """
    project = find_project_file(directory)
    base = project.parent if project is not None else directory
    data = _read(rows, project, base, environment).data
    allow, deny, plugins = (data.get(key) for key in ("allow", "deny", "plugins"))
    if not all(part is None or isinstance(part, list) for part in (allow, deny)):
        raise InputError("bad-config", "'allow' or 'deny' is wrong", expected="a list")
    switched = plugins if isinstance(plugins, Mapping) else {}
    out = {
        name
        for name in names
        if name in (deny or ()) or (allow is not None and name not in allow) or switched.get(name) is False
    }
    if data.get("require_lock", False) is not False:
        out |= _not_as_locked(set(names) - out, base, index)
    return out


def _read(
    rows: Sequence[Mapping[str, Any]], project: Path | None, base: Path, environment: Mapping[str, str]
) -> Layers:
    personal = user_file(environment)
    below = [
        of_file("user", personal) if personal is not None else None,
        of_file("project", project) if project is not None else None,
    ]
    above = of_environment(environment)
    known = [layer for layer in below if layer is not None]
    state = Layers([*known, above]).data.get("state_directory", STATE_DIRECTORY)
    live = of_file("live", base / (state if isinstance(state, str) else STATE_DIRECTORY) / LIVE_FILE)
    layers = [*known, *([live] if live is not None else []), above]
    profile = Layers(layers).data.get("profile", _DEFAULT_PROFILE)
    return Layers([*([_profile(rows, profile)] if profile else []), *layers])


def _profile(rows: Sequence[Mapping[str, Any]], name: Any) -> Layer:
    for row in rows:
        file = row["manifest"].get("profiles", {}).get(name) if isinstance(name, str) else None
        if file is not None and not row["problem"]:
            path = (Path(row["directory"]) / file).resolve()
            if path.is_relative_to(Path(row["directory"]).resolve()):
                return of_document(f"profile {name}", read_yaml(path))
    raise InputError("unknown-profile", f"there is no profile {name!r}")


def _not_as_locked(names: Iterable[str], directory: Path, index: str) -> set[str]:
    from .discovery import PluginIndex
    from .trust import refuse_untrusted
    from .trust_lock import read_lock

    lock, listings = read_lock(directory), PluginIndex(index).listings()
    out = set()
    for name in names:
        try:
            refuse_untrusted(listings[name], lock)
        except MosaicError:
            out.add(name)
    return out
