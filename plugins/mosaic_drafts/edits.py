"""The typed edits: what each kind is about, and which fields it takes.

Refuses an edit that lacks a field, or has one that its kind does not know, before anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, get_args

import attrs

from mosaic_hookspecs import InputError

EditKind = Literal[
    "add_dependency",
    "remove_dependency",
    "rename",
    "describe",
    "set_minutes",
    "set_labels",
    "set_runtime",
    "set_serves",
    "set_checks",
    "add_node",
    "remove_node",
    "move_node",
    "split_node",
    "fix",
]


def _help(default: Any, text: str) -> Any:
    return attrs.field(default=default, metadata={"help": text})


@attrs.frozen(kw_only=True)
class Edit:
    """One change of a plan. It holds only the fields that its kind takes.

    ``add_dependency`` and ``remove_dependency`` take node and on; ``rename`` node ("": the plan itself) and
    title; ``describe`` node and text; ``set_minutes`` node and minutes; ``set_labels``, ``set_runtime``,
    ``set_serves`` and ``set_checks`` node and what they set; ``add_node`` title, parent ("": it is an epic),
    position, text, minutes, labels, runtime, serves, checks; ``remove_node`` node, which goes with all below
    it; ``move_node`` node, parent, position; ``split_node`` node and parts; ``fix`` nothing: it repairs what is
    mechanical. Lists replace what was there.
    """

    kind: EditKind = attrs.field(metadata={"help": "What to do."})
    node: str = _help("", "The identifier of the node that is changed.")
    on: str = _help("", "The node that it depends on.")
    title: str = _help("", "A title.")
    text: str = _help("", "A description.")
    minutes: int | None = _help(None, "An estimate in minutes; null: none.")
    labels: Sequence[str] = _help((), "What an agent must have.")
    runtime: str = _help("", 'The agent that does it; "": any that has the labels.')
    serves: Sequence[str] = _help((), "Identifiers of requirements.")
    checks: Sequence[str] = _help(
        (), "Acceptance checks: a command each, or the name of a check that the node has already."
    )
    parent: str = _help("", 'The node to be under; "": none, it is an epic.')
    position: int | None = _help(None, "Its place among its siblings, from 0; null: the last.")
    parts: int = _help(2, "Into how many parts to split it, 2 to 7; each waits for the one before.")


_NEEDED: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "add_dependency": ("node", "on"),
        "remove_dependency": ("node", "on"),
        "rename": ("title",),
        "add_node": ("title",),
        "fix": (),
    }
)
_TAKEN: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "rename": ("node",),
        "describe": ("text",),
        "set_minutes": ("minutes",),
        "set_labels": ("labels",),
        "set_runtime": ("runtime",),
        "set_serves": ("serves",),
        "set_checks": ("checks",),
        "add_node": ("parent", "position", "text", "minutes", "labels", "runtime", "serves", "checks"),
        "move_node": ("parent", "position"),
        "split_node": ("parts",),
    }
)
_LONGEST = MappingProxyType({"title": 500, "text": 50_000, "runtime": 200})
_MOST_ITEMS, _LONGEST_ITEM = 100, 2000
_LISTS = ("labels", "serves", "checks")
_FEWEST_PARTS, _MOST_PARTS = 2, 7

assert set(_NEEDED) | set(_TAKEN) | {"remove_node"} == set(get_args(EditKind))  # noqa: S101 - the two tables are whole


def require_sound(edit: Edit, place: str) -> None:
    """Refuse an edit whose fields do not fit its kind; `place` is where it stands.

    Raises:
        InputError: code ``bad-edit``, located.
    """
    needed = _NEEDED.get(edit.kind, ("node",))
    taken = (*needed, *_TAKEN.get(edit.kind, ()))
    for field in attrs.fields(Edit):
        value = getattr(edit, field.name)
        if field.name == "kind":
            continue
        is_given = value != field.default and not (field.name in _LISTS and not value)
        if field.name in needed and not str(value).strip():
            raise _bad(
                edit, f"{place}.{field.name}", f"{edit.kind} needs {field.name}", expected=", ".join(needed)
            )
        if is_given and field.name not in taken:
            expected = ", ".join(taken) or "no field"
            raise _bad(edit, f"{place}.{field.name}", f"{edit.kind} takes no {field.name}", expected=expected)
    _require_bounds(edit, place)


def _require_bounds(edit: Edit, place: str) -> None:
    for name, longest in _LONGEST.items():
        size = len(getattr(edit, name))
        if size > longest:
            raise _bad(edit, f"{place}.{name}", f"the {name} is too long", f"{longest} characters", str(size))
    for name in _LISTS:
        items: Sequence[str] = getattr(edit, name)
        if len(items) > _MOST_ITEMS or any(len(item) > _LONGEST_ITEM or not item.strip() for item in items):
            expected = f"at most {_MOST_ITEMS}, none empty, each at most {_LONGEST_ITEM} characters"
            raise _bad(edit, f"{place}.{name}", f"these cannot be its {name}", expected)
    if edit.minutes is not None and edit.minutes < 1:
        raise _bad(edit, f"{place}.minutes", "that is no estimate", "at least 1 minute", str(edit.minutes))
    if not _FEWEST_PARTS <= edit.parts <= _MOST_PARTS:
        raise _bad(edit, f"{place}.parts", "it cannot be split so", "2 to 7 parts", str(edit.parts))


def _bad(edit: Edit, where: str, what: str, expected: str = "", got: str = "") -> InputError:
    return InputError("bad-edit", what, where=where, expected=expected, got=got)
