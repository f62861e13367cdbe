"""What an agent may do without a person: the one rule for permission requests, file methods and commands.

Owns the verdict. It looks only at paths, commands and tools, and never at words: nothing that stands in a file,
in a tool's output or in a message changes it. Refuses what widens the agent's own permissions.
"""

from __future__ import annotations

import enum
from fnmatch import fnmatchcase

import attrs

from .commands import is_listed, shown
from .confining import Fence
from .permissions import Permissions
from .wishes import Wish

_EDITS = {"edit", "delete", "move"}


class Verdict(enum.Enum):
    """What is to be done with a wish."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@attrs.frozen(kw_only=True)
class Decision:
    """A verdict and, in words for the agent and for people, why."""

    verdict: Verdict
    reason: str


def judge(wish: Wish, permissions: Permissions, fence: Fence) -> Decision:
    """Return what is to be done with a wish."""
    for path in (*wish.paths, *([wish.folder] if wish.folder else ())):
        if not fence.holds(path):
            return Decision(verdict=Verdict.DENY, reason=f"{path} is outside of the workspace")
    if wish.kind == "switch_mode":
        return Decision(verdict=Verdict.DENY, reason="its mode is set by Mosaic's configuration")
    return _judge_inside(wish, permissions, fence)


def _judge_inside(wish: Wish, permissions: Permissions, fence: Fence) -> Decision:
    if wish.widens:
        return _other(permissions, "it asks for wider permissions")
    if wish.command is not None or wish.kind == "execute":
        return _judge_command(wish, permissions, fence)
    if wish.kind in _EDITS:
        return _judge_edit(wish, permissions, fence)
    if wish.kind in {"think", "search"} or (wish.kind == "read" and wish.paths):
        return Decision(verdict=Verdict.ALLOW, reason="it reads in the workspace")
    return _judge_tool(wish, permissions)


def _judge_tool(wish: Wish, permissions: Permissions) -> Decision:
    if wish.kind == "other" and any(fnmatchcase(wish.tool, pattern) for pattern in permissions.tools):
        return Decision(verdict=Verdict.ALLOW, reason=f"the tool {wish.tool} is allowed")
    return _other(permissions, f"{wish.kind} is not settled by the policy")


def _judge_command(wish: Wish, permissions: Permissions, fence: Fence) -> Decision:
    if wish.command is None:
        return _other(permissions, "it does not say which command")
    if is_listed(wish.command, permissions.commands, fence, wish.folder):
        return Decision(verdict=Verdict.ALLOW, reason="the command is on the list")
    return _other(permissions, f"the command {shown(wish.command)[:200]!r} is not on the list")


def _judge_edit(wish: Wish, permissions: Permissions, fence: Fence) -> Decision:
    if not wish.paths:
        return _other(permissions, "it does not say which file")
    if any(".git" in fence.parts(path) for path in wish.paths):
        return Decision(verdict=Verdict.DENY, reason="git's own files are not to be written")
    return Decision(verdict=Verdict(permissions.edits), reason="it changes files in the workspace")


def _other(permissions: Permissions, reason: str) -> Decision:
    return Decision(verdict=Verdict(permissions.others), reason=reason)
