"""Requirements in the rows of tables. Owns what columns mean; tables of data models are read elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .context import Place
from .document import Block
from .endpoints import route_of_cells
from .findings import Findings, defines_routes
from .stories import demands, is_metadata
from .topics import Topic

_EMPTY_CELL = re.compile(r"[\s–—-]*|n/?a|tbd", re.IGNORECASE)
_SIDE_COLUMN = re.compile(
    (
        r"^(?:(?:req(?:uirement)?s?|user story|story|feature|test|us|fr|nfr|task|item)?[ ._-]?"
        r"(?:#|no\.?|nr\.?|ids?|key|ref(?:erence)?|number)"
        r"|priority|prio|status|owner|estimate|(?:story )?points?|moscow|release|version|effort|size|due"
        r"|date|notes?|rationale|justification|verification(?: method)?|verified by|source|comments?"
        r"|remarks?|assignee|sprint|risk|complexity|importance|criticality|stakeholders?|tags?|labels?"
        r"|links?|jira|depends on|dependenc(?:y|ies)|trace(?:s|ability)?(?: to)?)$"
    ),
    re.IGNORECASE,
)
_SHORT = 3
_GENERAL = re.compile(r"requirement|feature|function|scope|have|backlog|tasks|todo", re.IGNORECASE)
_WONT = re.compile(r"^(?:won'?t(?: have)?|out of scope|not planned|deferred|future|later)$", re.IGNORECASE)
_META_COLUMN = re.compile(r"^(?:version|author|reviewer|approver|revision|changed by|changes?)$", re.IGNORECASE)


def is_empty_cell(text: str) -> bool:
    """Whether a text stands for nothing."""
    return bool(_EMPTY_CELL.fullmatch(text))


def read_row(block: Block, place: Place, findings: Findings) -> None:
    """Read one row: an endpoint, a story by role and wish, or words."""
    names = [name.strip().lower() for name in block.header]
    if any(_WONT.match(cell.replace("’", "'")) for cell in block.cells):
        return
    routes = route_of_cells(block.header, block.cells)
    if routes and defines_routes(place):
        for route in routes:
            findings.route(route, block)
        return
    if findings.routes_of(block, place) or any(_META_COLUMN.match(name) for name in names):
        return
    if _role_row(block, names, findings):
        return
    kept = [
        cell
        for index, (name, cell) in enumerate(zip(names, block.cells, strict=False))
        if (not _SIDE_COLUMN.match(name) or (name == "key" and index)) and not is_empty_cell(cell)
    ]
    if kept and place.topic in (None, Topic.ABOUT) and is_metadata(": ".join(kept)):
        return
    if not kept or (place.topic in (Topic.ABOUT, Topic.EXAMPLE) and not demands(block.text)):
        return
    text = f"{kept[0]}: {'; '.join(kept[1:])}" if len(kept) > 1 else kept[0]
    if len(kept[0].split()) < _SHORT and not place.prefix and block.path and _names_rows(block, place):
        text = f"{block.path[-1]}: {text}"
    if not findings.story(text, block) and not findings.example(text, block):
        findings.words(text, block, place)


def _names_rows(block: Block, place: Place) -> bool:
    """Whether the section's name is needed to understand a short row."""
    return place.topic in (None, Topic.FEATURE) and not _GENERAL.search(block.path[-1])


def _role_row(block: Block, names: Sequence[str], findings: Findings) -> bool:
    def cell(pattern: str) -> str:
        pairs = zip(names, block.cells, strict=False)
        return next((value for name, value in pairs if re.search(pattern, name)), "")

    role, want, why = (
        cell(r"as an?\b|role|actor|persona|user type|who"),
        cell(r"want|need|goal|can|action"),
        cell(r"so that|so i|why|benefit|reason"),
    )
    if not role or not want or is_empty_cell(want):
        return False
    reason = f" so that {why}" if why and not is_empty_cell(why) else ""
    wanted = re.sub(r"^(?:i want |to )+", "", want, flags=re.IGNORECASE)
    return findings.story(f"As a {role}, I want to {wanted}{reason}", block)
