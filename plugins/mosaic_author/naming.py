"""The names of a new plugin project, all made from the one that the author gives.

Refuses names that packaging, Python or Mosaic could not use, and says which would do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")  # as PEP 508 has it
_LONGEST = 40
_RULE = "small letters and digits, with single - or _ between them, a letter first"


@attrs.frozen(kw_only=True)
class PluginNames:
    """What one plugin of a project is called.

    `plugin` is the entry point, `stem` the same as Python can write it, `package` the import path of its
    code, `root` the top-level package, `words` what classes are named for.
    """

    plugin: str
    stem: str
    package: str
    root: str
    distribution: str
    words: str


def names_of(name: str, distribution: str = "", part: str = "") -> PluginNames:
    """Return the names of the plugin `name`, or of its `part` where a project holds several.

    Raises:
        InputError: the name, or the distribution's, cannot be used (codes ``bad-name``,
            ``bad-distribution``).
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise InputError(
            "bad-name",
            "a plugin cannot have this name",
            where="NAME",
            expected=f"{_RULE}; at most {_LONGEST} signs",
            got=repr(name[:80]),
            hint=_suggestion(name),
        )
    if distribution and not _DISTRIBUTION.fullmatch(distribution):
        raise InputError(
            "bad-distribution",
            "a distribution cannot have this name",
            where="--distribution",
            expected="letters, digits, and . - _ between them",
            got=repr(distribution[:80]),
        )
    stem = name.replace("-", "_")
    root = f"mosaic_{stem}"
    plugin = "-".join(filter(None, (name.replace("_", "-"), part)))
    return PluginNames(
        plugin=plugin,
        stem=plugin.replace("-", "_"),
        package=f"{root}.{part}" if part else root,
        root=root,
        distribution=distribution or "mosaic-" + name.replace("_", "-"),
        words="".join(word.capitalize() for word in plugin.split("-")),
    )


def require_free(names: Sequence[PluginNames]) -> None:
    """Refuse names that something installed has already, since Python and Mosaic would find that first.

    Raises:
        InputError: a plugin, or a package, of that name is installed (code ``name-taken``).
    """
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    taken = entry_points(group=ENTRY_POINT_GROUP).names
    for one in names:
        what = ""
        if one.plugin in taken:
            what = f"a plugin {one.plugin!r} is installed already"
        elif find_spec(one.root) is not None:
            what = f"a package {one.root!r} is installed already"
        if what:
            raise InputError("name-taken", what, where="NAME", hint="Choose another name.")


def _suggestion(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
    joined = "-".join(words).lstrip("0123456789-")[:_LONGEST].strip("-")
    return f"Try {joined!r}." if _NAME.fullmatch(joined) else ""
