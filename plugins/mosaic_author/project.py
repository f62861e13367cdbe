"""Makes a new plugin project: names, files, and where they go."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from mosaic_hookspecs.errors import InputError

from .naming import names_of, require_free
from .rendering import PLAIN, ports_with_templates, render_project
from .writing import write_project


def new_project(
    name: str, *, ports: Sequence[str] = (), directory: str = "", distribution: str = ""
) -> tuple[Path, Sequence[str]]:
    """Write the project of a plugin; return its directory and its files.

    Args:
        name: the plugin's name.
        ports: the ports to fill; none: a plugin with one operation. Several make a plugin each, in a
            subpackage each.
        directory: what to make; "": named for the distribution, in the current directory.
        distribution: what pip will call it; "": named for the plugin.

    Raises:
        InputError: a name or a port cannot be used, or the directory exists.
    """
    wanted = list(dict.fromkeys(ports))
    known = ports_with_templates()
    for port in wanted:
        if port not in known:
            near = difflib.get_close_matches(port, known, n=1)
            raise InputError(
                "unknown-port",
                f"there is no port {port!r}",
                where="--port",
                expected="one of " + ", ".join(known),
                got=port,
                hint=f"Did you mean {near[0]!r}?" if near else "",
            )
    whole = names_of(name, distribution)
    if len(wanted) > 1:
        plugins = {port: names_of(name, distribution, port) for port in wanted}
    else:
        plugins = {wanted[0] if wanted else PLAIN: whole}
    require_free(list(plugins.values()))
    target = Path(directory or whole.distribution).absolute()
    files = render_project(whole, plugins)
    write_project(target, files)
    return target, sorted(files)
