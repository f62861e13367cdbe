"""The outline: how a model writes a plan down. Nested, with names of its own, and without identifiers.

Owns the records and the JSON Schema that models are shown. An outline cannot name an agent or its work: those
are the project's to decide, not the document's that was planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject

KINDS = (
    "story",
    "feature",
    "endpoint",
    "model",
    "page",
    "test",
    "quality",
    "criterion",
    "milestone",
    "documentation",
)


@attrs.frozen(kw_only=True)
class Need:
    """A requirement: `lines` are the first and the last line of the source that ask for it (None: a goal)."""

    id: str
    kind: str
    text: str
    lines: tuple[int, int] | None = None


@attrs.frozen(kw_only=True)
class Branch:
    """A node; a leaf where it has no `children`. `needs` names the keys of what must be accepted before."""

    key: str
    title: str
    description: str = ""
    children: Sequence[Branch] = ()
    minutes: int | None = None
    serves: Sequence[str] = ()
    checks: Sequence[str] = ()
    owns: Sequence[str] = ()
    needs: Sequence[str] = ()
    labels: Sequence[str] = ()
    assumptions: Sequence[tuple[str, str]] = ()


@attrs.frozen(kw_only=True)
class Outline:
    """A whole plan, as a model writes it."""

    title: str = ""
    goal: str = ""
    requirements: Sequence[Need] = ()
    nodes: Sequence[Branch] = ()


def _object(required: Sequence[str], **properties: Any) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Any) -> JsonObject:
    return {"type": "array", "items": items}


_TEXT: JsonObject = {"type": "string"}
_TEXTS = _list(_TEXT)
REQUIREMENT: JsonObject = _object(
    ("id", "kind", "text"),
    id={"type": "string", "description": "R1, R2, …"},
    kind={"type": "string", "enum": list(KINDS)},
    text={"type": "string", "description": "What is asked for, in one sentence."},
    lines={
        "type": "array",
        "items": {"type": "integer"},
        "description": "First and last line that ask for it.",
    },
)
NODE: JsonObject = _object(
    ("key", "title"),
    key={"type": "string", "description": "A short name of its own, unique in the plan, such as api-users."},
    title={"type": "string", "description": "What is done, beginning with a verb."},
    description={"type": "string", "description": "All that the agent needs to know: files, names, behaviour."},
    children=_list({"$ref": "#/$defs/node"}),
    minutes={"type": "integer", "description": "A leaf's estimate, at most 30."},
    serves={**_TEXTS, "description": "Ids of the requirements that a leaf serves."},
    checks={**_TEXTS, "description": "Shell commands that fail unless the leaf is done; each leaf needs one."},
    owns={**_TEXTS, "description": "Files, tables or routes that this node alone defines."},
    needs={**_TEXTS, "description": "Keys of nodes that must be accepted before this one starts."},
    labels={**_TEXTS, "description": "What an agent must be able to do, such as browser; mostly empty."},
    assumptions=_list(_object(("text", "rationale"), text=_TEXT, rationale=_TEXT)),
)
NODES: JsonObject = {
    **_object(("nodes",), nodes=_list({"$ref": "#/$defs/node"})),
    "$defs": {"node": NODE},
}
REQUIREMENTS: JsonObject = _object(
    ("title", "requirements"), title=_TEXT, goal=_TEXT, requirements=_list(REQUIREMENT)
)
OUTLINE: JsonObject = {
    **_object(
        ("title", "requirements", "nodes"),
        title=_TEXT,
        goal=_TEXT,
        requirements=_list(REQUIREMENT),
        nodes=_list({"$ref": "#/$defs/node"}),
    ),
    "$defs": {"node": NODE},
}
CHANGES: JsonObject = {
    **_object(
        (),
        add=_list(
            _object(
                ("under", "node"),
                under={"type": "string", "description": "Key of the parent; empty for a new epic."},
                node={"$ref": "#/$defs/node"},
            )
        ),
        replace=_list({"$ref": "#/$defs/node"}),
        remove=_TEXTS,
        depend=_list(_object(("node", "needs"), node=_TEXT, needs=_TEXTS)),
    ),
    "$defs": {"node": NODE},
}
"""How a model changes an outline: nodes added, replaced (with all below) or removed by key, and needs added."""
