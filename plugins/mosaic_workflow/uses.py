"""What a step's ``uses`` may name, and what each takes under ``with``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

ALIASES: Mapping[str, str] = {
    "actions/checkout": "checkout",
    "actions/upload-artifact": "artifact:upload",
    "actions/download-artifact": "artifact:download",
    "artifact:upload": "artifact:upload",
    "artifact:download": "artifact:download",
}

TAKES: Mapping[str, Mapping[str, str]] = {
    "checkout": {
        "ref": "what to check out; HEAD of the repository if left out",
        "path": "where to, under the workspace",
        "fetch-depth": "how many commits of history; 1 if left out, 0 for all",
    },
    "artifact:upload": {
        "name": "the artifact's name; `artifact` if left out",
        "path": "files, directories and patterns, one a line; `!` leaves out",
        "if-no-files-found": "warn, error or ignore",
        "overwrite": "whether to replace another job's artifact of that name",
    },
    "artifact:download": {
        "name": "which artifact; all of the run, each in a directory of its name, if left out",
        "path": "where to, under the workspace",
    },
}

REQUIRED: Mapping[str, Sequence[str]] = {"artifact:upload": ("path",)}

KNOWN = (
    "actions/checkout",
    "artifact:upload",
    "artifact:download",
    "agent:NAME",
    "operation:NAME",
    "action:NAME",
    "mcp:SERVER/TOOL",
)


_LONGEST_NAME = 120
_NOT_IN_NAMES = frozenset('/\\"<>|*?\r\n:\0')


def is_artifact_name(name: str) -> bool:
    """Whether an artifact may be named so: as GitHub has it, and so that it is one step of a path."""
    return 0 < len(name) <= _LONGEST_NAME and name not in (".", "..") and not _NOT_IN_NAMES & set(name)


@attrs.frozen(kw_only=True)
class Target:
    """What a ``uses`` names: `kind` is checkout, artifact:upload, artifact:download, agent, operation or tool;
    `name` is the agent's or the operation's. A `tool` is one of an external server, whose agent is `name`.
    """

    kind: str
    name: str = ""
    tool: str = ""


def target_of(uses: str) -> Target | None:
    """Return what `uses` names; None if it is nothing that Mosaic knows. Versions (``@v4``) are ignored."""
    bare = uses.partition("@")[0]
    if bare in ALIASES:
        return Target(kind=ALIASES[bare])
    prefix, _, name = uses.partition(":")
    if not name:
        return None
    if prefix in ("agent", "operation"):
        return Target(kind=prefix, name=name)
    if prefix == "action":
        return Target(kind="agent", name=uses)
    server, _, tool = name.partition("/")
    if prefix == "mcp" and server and tool:
        return Target(kind="tool", name=f"mcp:{server}", tool=tool)
    return None
