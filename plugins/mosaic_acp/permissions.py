"""What the configuration says an agent may do without asking."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

_IS_CHOICE = attrs.validators.in_(("allow", "ask", "deny"))


@attrs.frozen(kw_only=True)
class Permissions:
    """What an agent may do without asking. What leads out of the workspace is always denied."""

    edits: str = attrs.field(
        default="allow",
        validator=_IS_CHOICE,
        metadata={"help": "Changes of files in the workspace: allow, ask or deny."},
    )
    commands: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "Commands that it may run, by their first words (pytest, npm test); * for any."},
    )
    tools: Sequence[str] = attrs.field(
        default=("mosaic_*", "mcp__mosaic__*", "mcp.mosaic.*"),
        metadata={"help": "Tools of MCP servers that it may call, as patterns (* stands for any text)."},
    )
    others: str = attrs.field(
        default="ask",
        validator=_IS_CHOICE,
        metadata={"help": "All that is not settled by the rest: allow, ask or deny."},
    )
    ask_seconds: float = attrs.field(
        default=900.0,
        validator=attrs.validators.ge(0),
        metadata={"help": "How long a person may take to answer; then it is denied. 0: nobody is asked."},
    )
